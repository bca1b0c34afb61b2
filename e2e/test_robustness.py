"""What must not get lost or happen twice: refused mails, no wkhtmltopdf, two workers, kill -9."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from orders import CRONS, abandon, deliver, new_orders, new_payments, pay
from processes import RUN_CRON, RUN_CRON_UNLOCKED, after, kill, together, when

from devtools.database import Database
from devtools.inside import Inside
from devtools.mailcatcher import MailCatcher

NOBODY_LISTENS = 9  # a port
BATCH = 20  # invoices; a PDF each, as delivery mails have
CONFIRMATION, DELIVERY, INVOICE, REMINDER = (
    "Order (Ref S",
    "has been shipped",
    "Invoice",
    "your cart",
)
REFUND_CRON = "website_sale_order_mgmt.ir_cron_send_refunds"
POST_PROCESS = "env['payment.transaction'].browse(ids)._post_process()"
GIVE_BACK = """
from odoo.exceptions import UserError
order = env["sale.order"].with_user(env.ref("base.user_admin")).browse(ids)
try:
    order.action_shop_refund_surplus()
except UserError:
    pass  # the other one has done it
"""
CHANGE_SLOWLY = """
import time
env.cr.execute("UPDATE sale_order SET write_date = now() WHERE id = ANY(%s)", [ids])
time.sleep(5)
"""
TRIGGERS = "env['ir.cron.trigger'].search_count([('cron_id', '=', env.ref(xmlid).id)])"
FORGET_TRIGGERS = TRIGGERS.replace("search_count", "search") + ".unlink(); None"
REFUNDED = """
SELECT -sum(refund.amount)
  FROM payment_transaction refund
  JOIN sale_order_transaction_rel rel ON rel.transaction_id = refund.source_transaction_id
 WHERE rel.sale_order_id = {}
   AND refund.operation = 'refund'
"""
PAID = "SELECT count(*) FROM account_payment p JOIN payment_transaction t ON t.payment_id = p.id"
FAILED_MAILS = """
mails = env["mail.mail"].search([("state", "=", "exception")])
failed = [[mail.recipient_ids[:1].email or mail.email_to, mail.failure_reason] for mail in mails]
[[to, reason] for to, reason in failed if to.startswith("refused")]
"""
RETRY = """
orders = env["sale.order"].browse(ids)
orders.filtered("shop_mail_state").action_retry_shop_mails()
env["mail.mail"].search([("state", "=", "exception")]).mark_outgoing()
"""
ORDER = "env['sale.order'].browse(ids).read(fields)"
INVOICES = "env['sale.order'].browse(ids).invoice_ids.read(['state', 'is_move_sent'])"
INVOICED = """
[[invoice.state for invoice in order.invoice_ids] for order in env["sale.order"].browse(ids)]
"""


@pytest.fixture(scope="module", autouse=True)
def switched_on(odoo_run: Inside) -> None:
    """All that runs by itself is on; the demo data's own carts are left alone."""
    odoo_run("""
    env["ir.config_parameter"].set_param("sale.automatic_invoice", True)
    env["res.company"].search([]).stock_move_email_validation = True
    env["sale.order"].search([]).cart_recovery_email_sent = True
    env["mail.mail"].search([]).state = "cancel"
    """)


@pytest.fixture(scope="module")
def make_run(odoo_db: Database, mails: MailCatcher) -> Iterator[Callable[..., Inside]]:
    """Make more processes on the database: `make_run(PATH=...)`."""
    runs: list[Inside] = []

    def make(smtp_port: int = mails.smtp_port, **variables: str) -> Inside:
        config = odoo_db.config(f"-{len(runs)}", smtp_server="127.0.0.1", smtp_port=smtp_port)
        runs.append(Inside(config, odoo_db.env() | variables))
        return runs[-1]

    yield make
    for run in runs:
        run.close()


@pytest.fixture(scope="module")
def second_run(odoo_run: Inside) -> Iterator[Inside]:
    """A second process on the database."""
    with odoo_run.fork() as run:
        yield run


@pytest.fixture
def run_crons(odoo_run: Inside) -> Callable[..., None]:
    """Run scheduled actions one after the other, by their names in `CRONS`."""

    def run(*names: str) -> None:
        for name in names:
            assert odoo_run(RUN_CRON, xmlid=CRONS[name]) is True, name

    return run


def _mails_of(mails: MailCatcher, prefix: str, count: int, subject: str) -> Counter[int]:
    """Return how many customers got so many mails about this: {1: 40} is one each."""
    return Counter(
        len(mails.find(to=f"{prefix}{number}@example.com", subject=subject))
        for number in range(count)
    )


def _path_without(program: str, path: str) -> str:
    """Return the PATH without the folders that hold the program."""
    folders = path.split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if not (Path(folder) / program).exists())


def test_refusing_mail_server_stops_nothing_and_loses_nothing(odoo_run, mails, run_crons):
    [order, cart] = odoo_run(new_orders, prefix="refused", count=2)
    odoo_run(abandon, order_ids=[cart])
    mails.refuse()
    paid = odoo_run(new_payments, order_ids=[order])
    odoo_run(POST_PROCESS, ids=paid)
    [picking] = odoo_run(deliver, order_ids=[order])
    run_crons("orders", "invoicing", "deliveries", "reminders", "mails")

    [state] = odoo_run(ORDER, ids=[order], fields=["state", "shop_mail_error"])
    assert state["state"] == "sale"
    assert "refuses this recipient" in state["shop_mail_error"]
    assert odoo_run("env['stock.picking'].browse(id).state", id=picking) == "done"
    [invoice] = odoo_run(INVOICES, ids=[order])
    assert invoice["state"] == "posted"
    failed = odoo_run(FAILED_MAILS)
    assert Counter(to for to, _reason in failed) == {
        "refused0@example.com": 3,  # confirmation, delivery, invoice
        "refused1@example.com": 1,  # reminder
    }
    assert all("refuses this recipient" in reason for _to, reason in failed)

    mails.accept()
    odoo_run(RETRY, ids=[order])
    run_crons("mails", "invoicing", "deliveries", "reminders", "mails")
    for subject in (CONFIRMATION, DELIVERY, INVOICE):
        assert len(mails.find(to="refused0@example.com", subject=subject)) == 1, subject
    assert len(mails.find(to="refused0@example.com")) == 3
    assert len(mails.find(to="refused1@example.com")) == 1
    assert odoo_run(FAILED_MAILS) == []


def test_without_wkhtmltopdf_the_money_counts_and_the_mails_wait(
    odoo_db, odoo_run, make_run, mails, run_crons
):
    bare_run = make_run(PATH=_path_without("wkhtmltopdf", odoo_db.env()["PATH"]))
    [order] = odoo_run(new_orders, prefix="bare")
    bare_run(POST_PROCESS, ids=odoo_run(new_payments, order_ids=[order]))
    bare_run(RUN_CRON, xmlid=CRONS["orders"])
    bare_run(RUN_CRON, xmlid=CRONS["invoicing"])
    fields = ["state", "shop_payment_status", "shop_invoicing_error", "shop_mail_error"]
    [state] = odoo_run(ORDER, ids=[order], fields=fields)
    assert (state["state"], state["shop_payment_status"]) == ("sale", "paid")
    assert "wkhtmltopdf" in state["shop_invoicing_error"].lower()
    assert "wkhtmltopdf" in state["shop_mail_error"].lower()
    [invoice] = odoo_run(INVOICES, ids=[order])
    assert (invoice["state"], invoice["is_move_sent"]) == ("posted", False)
    assert mails.find(to="bare0@example.com") == []
    bare_run.close()

    odoo_run("env['sale.order'].browse(ids).action_retry_shop_invoicing()", ids=[order])
    odoo_run(RETRY, ids=[order])
    run_crons("invoicing", "mails")
    [mail] = mails.find(to="bare0@example.com", subject=INVOICE)
    [pdf] = mail.attachments.values()
    assert pdf.startswith(b"%PDF")
    assert len(mails.find(to="bare0@example.com", subject=CONFIRMATION)) == 1
    assert [made["is_move_sent"] for made in odoo_run(INVOICES, ids=[order])] == [True]
    [state] = odoo_run(ORDER, ids=[order], fields=fields)
    assert not state["shop_invoicing_error"]


def test_two_workers_at_once_work_each_queue_through_once(odoo_run, second_run, mails, run_crons):
    ids = odoo_run(new_orders, prefix="pair", count=BATCH + 4)
    delivered = ids[:12]
    carts = odoo_run(new_orders, prefix="idle", count=40)
    pay(odoo_run, ids)
    odoo_run(deliver, order_ids=delivered)
    odoo_run(abandon, order_ids=carts)
    for queue in ("invoicing", "deliveries", "reminders"):
        together([odoo_run, second_run], RUN_CRON_UNLOCKED, xmlid=CRONS[queue])
    run_crons("invoicing", "deliveries", "reminders", "mails")
    assert odoo_run(INVOICED, ids=ids) == [["posted"]] * len(ids)
    assert _mails_of(mails, "pair", len(ids), INVOICE) == {1: len(ids)}
    assert _mails_of(mails, "pair", len(delivered), DELIVERY) == {1: len(delivered)}
    assert _mails_of(mails, "idle", len(carts), REMINDER) == {1: len(carts)}


def test_order_that_is_changed_while_its_mail_is_made_gets_it_once(
    odoo_db, odoo_run, second_run, mails, run_crons
):
    [order] = odoo_run(new_orders, prefix="busy")
    odoo_run(POST_PROCESS, ids=odoo_run(new_payments, order_ids=[order]))
    odoo_run(FORGET_TRIGGERS, xmlid=CRONS["orders"])
    free = f"SELECT id FROM sale_order WHERE id = {order} FOR UPDATE SKIP LOCKED"
    with ThreadPoolExecutor(1) as thread:
        change = thread.submit(second_run, CHANGE_SLOWLY, ids=[order])
        when(partial(odoo_db.sql, free), "")(change)
        run_crons("orders")
        change.result()
    assert mails.find(to="busy0@example.com") == []
    assert odoo_run(TRIGGERS, xmlid=CRONS["orders"]) == 1, "It comes back by itself"
    run_crons("orders", "mails")
    assert len(mails.find(to="busy0@example.com", subject=CONFIRMATION)) == 1


def test_payment_that_two_requests_find_done_counts_once(
    odoo_db, odoo_run, second_run, mails, run_crons
):
    ids = odoo_run(new_orders, prefix="poll", count=4)
    before = int(odoo_db.sql(PAID))
    for order in ids:
        paid = odoo_run(new_payments, order_ids=[order])
        together([odoo_run, second_run], POST_PROCESS, ids=paid)
    run_crons("orders", "invoicing", "mails")
    assert int(odoo_db.sql(PAID)) == before + 4
    states = odoo_run(ORDER, ids=ids, fields=["state", "shop_payment_status"])
    assert [(s["state"], s["shop_payment_status"]) for s in states] == [("sale", "paid")] * 4
    assert odoo_run(INVOICED, ids=ids) == [["posted"]] * 4
    assert _mails_of(mails, "poll", 4, CONFIRMATION) == {1: 4}
    assert _mails_of(mails, "poll", 4, INVOICE) == {1: 4}


def test_two_accountants_give_a_surplus_back_once(odoo_db, odoo_run, second_run):
    for order in odoo_run(new_orders, prefix="twice", count=4):
        for _time in range(2):
            paid = odoo_run(new_payments, order_ids=[order])
            odoo_run(POST_PROCESS, ids=paid)
        [state] = odoo_run(ORDER, ids=[order], fields=["amount_total", "shop_amount_surplus"])
        assert state["shop_amount_surplus"] == pytest.approx(state["amount_total"])
        together([odoo_run, second_run], GIVE_BACK, ids=[order])
        together([odoo_run, second_run], RUN_CRON_UNLOCKED, xmlid=REFUND_CRON)
        refunded = float(odoo_db.sql(REFUNDED.format(order)))
        assert refunded == pytest.approx(state["amount_total"])


def test_killed_worker_leaves_nothing_undone_and_nothing_done_twice(
    odoo_db, odoo_run, make_run, mails, run_crons
):
    ids = odoo_run(new_orders, prefix="kill", count=8)
    delivered = ids[:4]
    carts = odoo_run(new_orders, prefix="lost", count=60)
    pay(odoo_run, ids)
    odoo_run(deliver, order_ids=delivered)
    odoo_run(abandon, order_ids=carts)
    # no SMTP can tell whether a mail has left that was on its way when the power went
    doomed = make_run(smtp_port=NOBODY_LISTENS)
    first_committed = {
        "invoicing": "SELECT count(*) FROM account_move WHERE invoice_origin IN"
        f" (SELECT name FROM sale_order WHERE id = {ids[0]})",
        "deliveries": "SELECT count(*) FROM stock_picking WHERE delivery_mail_state = 'sent'"
        f" AND sale_id = {ids[0]}",
        "reminders": "SELECT count(*) FROM sale_order WHERE cart_recovery_email_sent"
        f" AND id = {carts[0]}",
    }
    killed = 0
    for (queue, count), seconds in zip(first_committed.items(), (1.5, 0.8, 0.4), strict=True):
        start = partial(doomed, RUN_CRON, xmlid=CRONS[queue])
        for moment in (after(seconds), when(partial(odoo_db.sql, count), "1")):
            killed += kill(doomed, odoo_db, start, moment)
    assert killed >= 4  # one that was quicker than we were has done its work
    run_crons("invoicing", "deliveries", "reminders")
    odoo_run(RETRY, ids=[])
    run_crons("mails")
    assert odoo_run(INVOICED, ids=ids) == [["posted"]] * len(ids)
    assert _mails_of(mails, "kill", len(ids), INVOICE) == {1: len(ids)}
    assert _mails_of(mails, "kill", len(delivered), DELIVERY) == {1: len(delivered)}
    assert _mails_of(mails, "lost", len(carts), REMINDER) == {1: len(carts)}
