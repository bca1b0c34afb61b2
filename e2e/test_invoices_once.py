"""Workers that make the same invoice at the same moment make it once, and no number is left out."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from orders import new_orders, new_payments, paid_orders, settle
from processes import after, kill, together

from devtools.database import Database
from devtools.inside import Inside

WORKERS = 8
ORDERS = 64
SEED = 20261126  # of the moments at which workers are killed
SET_POLICY = """
env["ir.config_parameter"].set_param("sale.automatic_invoice", False)
env["website"].search([]).write({"invoicing_b2c": "on_payment", "invoicing_b2b": "on_payment"})
env["sale.order"].search([("shop_invoicing_state", "=", "queued")]).shop_invoicing_state = "none"
"""
POST_PROCESS = "env['payment.transaction'].browse(ids)._post_process()"
MAKE_AS_A_REQUEST = """
from odoo.service.model import retrying
retrying(lambda: env['sale.order'].browse(ids)._make_shop_invoices(), env)
None
"""
# As the scheduler does it, in small batches, each committed; without the sending.
MAKE_AS_CRON = """
from odoo.addons.website_sale_order_mgmt.models.sale_order_invoicing import MAKING
from odoo.addons.website_sale_order_mgmt.tools import work_queue
cron = env.ref("sale.send_invoice_cron")
cron, _progress = cron.with_context(cron_id=cron.id)._add_progress()
env.cr.commit()
work_queue.process(
    cron.env["sale.order"],
    work_queue.due_domain("shop_invoicing"),
    list(MAKING),
    "_shop_invoicing_failed",
    4,
)
None
"""
ERRORS = """
[error for error in env["sale.order"].browse(ids).mapped("shop_invoicing_error") if error]
"""
# Goes on only when another process waits for a lock that this one holds.
MAKE_AND_HOLD = """
from devtools.wait import wait_for
WAITS = (
    "SELECT pg_stat_clear_snapshot(), count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
def somebody_waits():
    env.cr.execute(WAITS)
    return env.cr.fetchone()[1]
env['sale.order'].browse(ids)._make_shop_invoices()
env.flush_all()
env.cr.execute("SELECT pg_advisory_xact_lock(77)")  # the second one may come
wait_for(somebody_waits, "the second one", 60)
None
"""
# Comes when the first one has made it and nobody can see it yet; comes again when it is there.
MAKE_WHILE_HELD = """
from devtools.wait import wait_for
HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77"
order = env['sale.order'].browse(ids)
def is_made():
    env.cr.execute(HELD)
    return env.cr.fetchone()[0] or order.invoice_ids
wait_for(is_made, "the first one", 60)
order._make_shop_invoices()
None
"""
PART = """
order = env["sale.order"].browse(ids)
order.write({"require_payment": True, "prepayment_percent": 0.1})
None
"""
INVOICED = """
[[invoice.state for invoice in order.invoice_ids] for order in env["sale.order"].browse(ids)]
"""
AMOUNTS = "env['sale.order'].browse(ids).invoice_ids.mapped('amount_total')"
# Posted twice, or a number left out.
GAPS = """
SELECT max(sequence_number) - min(sequence_number) + 1 - count(DISTINCT sequence_number)
  FROM account_move
 WHERE shop_invoicing_key IS NOT NULL AND state = 'posted'
 GROUP BY journal_id, sequence_prefix
"""
TWICE = """
SELECT count(*)
  FROM (SELECT name FROM account_move WHERE move_type = 'out_invoice' AND state = 'posted'
         GROUP BY name, journal_id HAVING count(*) > 1) same
"""


@pytest.fixture(scope="module", autouse=True)
def switched_on(odoo_run: Inside) -> None:
    """The website's policy is on, core's switch is off."""
    odoo_run(SET_POLICY)


def _assert_sound(odoo_db: Database) -> None:
    assert odoo_db.sql(GAPS) in ("0", "")
    assert odoo_db.sql(TWICE) == "0"


def test_workers_that_are_killed_at_any_moment(odoo_db, odoo_run, new_run):
    """Whatever a worker was at, the others and the next run make each order's invoice, once."""
    orders = paid_orders(odoo_run, "many", ORDERS)
    moments = random.Random(SEED)
    runs = [new_run() for _number in range(WORKERS)]
    for run in runs:
        run("env.cr.dbname")  # the process is up and has its registry

    def die(run: Inside, seconds: float) -> bool:
        return kill(run, odoo_db, lambda: run(MAKE_AS_CRON), after(seconds))

    with ThreadPoolExecutor(WORKERS) as threads:
        killed = list(threads.map(die, runs, [moments.uniform(0, 5) for _run in runs]))
    assert any(killed)
    together(runs[:4], MAKE_AS_CRON)  # new processes: the old ones are dead
    odoo_run(MAKE_AS_CRON)  # whatever one of them held when another came by
    assert odoo_run(INVOICED, ids=orders) == [["posted"]] * ORDERS
    assert odoo_run(ERRORS, ids=orders) == []
    _assert_sound(odoo_db)


def test_polls_of_one_payment_at_the_same_moment(odoo_db, odoo_run, new_run):
    """The customer's page, the provider and the cron come by together, then several workers."""
    [order] = odoo_run(new_orders, prefix="polled")
    payments = odoo_run(new_payments, order_ids=[order])
    runs = [new_run() for _number in range(4)]
    together(runs, POST_PROCESS, ids=payments)
    together(runs, MAKE_AS_CRON)
    assert odoo_run(INVOICED, ids=[order]) == [["posted"]]
    _assert_sound(odoo_db)


def test_a_down_payment_that_many_workers_make(odoo_db, odoo_run, new_run):
    """It changes no line of the order that another one would wait for: the number does."""
    [order] = odoo_run(new_orders, prefix="part")
    odoo_run(PART, ids=[order])
    odoo_run(new_payments, order_ids=[order])
    odoo_run(
        "env['sale.order'].browse(ids).transaction_ids.write({'amount': 3.0}); None", ids=[order]
    )
    odoo_run(settle, order_ids=[order])
    runs = [new_run() for _number in range(WORKERS)]
    together(runs, MAKE_AS_A_REQUEST, ids=[order])
    assert odoo_run(AMOUNTS, ids=[order]) == [3.0]
    _assert_sound(odoo_db)


def test_who_comes_second_is_refused_and_finds_nothing_left(odoo_run, new_run):
    [order] = paid_orders(odoo_run, "late", 1)
    first, second = new_run(), new_run()
    for run in (first, second):
        run("env.cr.dbname")
    with ThreadPoolExecutor(2) as threads:
        works = [
            threads.submit(first, MAKE_AND_HOLD, ids=[order]),
            threads.submit(second, MAKE_WHILE_HELD, ids=[order]),
        ]
        refused = [work.exception() for work in works if work.exception()]
    assert len(refused) <= 1
    assert all("serialize" in str(error) for error in refused), refused
    assert odoo_run(INVOICED, ids=[order]) == [["posted"]]
