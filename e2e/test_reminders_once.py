"""Reminders of abandoned carts: each once, whatever kills the run, however many run at once."""

import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from orders import CRONS, abandon, new_orders
from processes import RUN_CRON, run_at_once

from devtools.inside import Inside
from devtools.mailcatcher import MailCatcher
from devtools.server import Server

WORKERS, CARTS = 8, 120
DEATHS, CARTS_EACH = 40, 4
CRON = CRONS["reminders"]
BATCH = "website_cart_recovery.BATCH_SIZE"

PREPARE = """
env["sale.order"].search([]).cart_recovery_never = True
env["mail.mail"].search([]).state = "cancel"
website = env.ref("website.default_website")
website.cart_recovery_consent = "everyone"
step = env["website.cart.recovery.step"]
step.search([("website_id", "=", website.id)]).unlink()
step.create({"website_id": website.id, "delay": 20})
"""
AN_HOUR_LATER = """
past = "UPDATE website_cart_recovery_mail SET sent_date = sent_date - interval '61 minutes'"
env.cr.execute(past)
env.cr.execute("UPDATE sale_order SET cart_recovery_next_try = NULL")
"""
BOOK = """
rows = env["website.cart.recovery.mail"].search([("order_id", "in", ids)])
sorted([row.order_id.id, row.step_number, row.state] for row in rows)
"""


@pytest.fixture(scope="module", autouse=True)
def two_steps(odoo_run: Inside) -> None:
    """A website with two reminders; the demo data's own carts are left alone."""
    odoo_run(PREPARE)


def new_carts(odoo_run: Inside, prefix: str, count: int) -> list[int]:
    """Make carts that were left long enough ago for both reminders."""
    ids = odoo_run(new_orders, prefix=prefix, count=count)
    odoo_run(abandon, order_ids=ids)
    odoo_run(
        """
        env.cr.execute(
            "UPDATE sale_order SET cart_last_activity = date_order WHERE id = ANY(%s)", [ids]
        )
        """,
        ids=ids,
    )
    return ids


def assert_once(odoo_run: Inside, mails: MailCatcher, prefix: str, ids: list[int]) -> None:
    """Assert that each of these carts has had both reminders once, in the book and by mail."""
    booked = odoo_run(BOOK, ids=ids)
    assert booked == [[number, step, "sent"] for number in sorted(ids) for step in (1, 2)]
    odoo_run("env['mail.mail'].process_email_queue(batch_size=5000); None")
    received = Counter(
        len(mails.find(to=f"{prefix}{number}@example.com")) for number in range(len(ids))
    )
    assert received == {2: len(ids)}


def test_eight_workers_at_once(odoo_run: Inside, mails: MailCatcher) -> None:
    """All begin at the same moment, with the same carts."""
    ids = new_carts(odoo_run, "eight", CARTS)
    for _step in (1, 2):
        odoo_run(run_at_once, xmlid=CRON, deaths=[0] * WORKERS, sizes={BATCH: 5})
        assert odoo_run(RUN_CRON, xmlid=CRON) is True  # what was in use is left for the next run
        odoo_run(AN_HOUR_LATER)
    odoo_run(RUN_CRON, xmlid=CRON)
    assert_once(odoo_run, mails, "eight", ids)


def test_killed_between_any_two_statements(odoo_run: Inside, mails: MailCatcher) -> None:
    """The process dies before its n-th statement, for n spread over all that a run sends."""
    ids = new_carts(odoo_run, "dead", DEATHS * CARTS_EACH)
    waiting = ids.copy()
    odoo_run("env['sale.order'].browse(ids).cart_recovery_never = True", ids=ids)

    def let_wait() -> None:
        """Have a few more carts wait for their reminder."""
        now, waiting[:] = waiting[:CARTS_EACH], waiting[CARTS_EACH:]
        odoo_run("env['sale.order'].browse(ids).cart_recovery_never = False", ids=now)

    let_wait()
    [statements] = odoo_run(run_at_once, xmlid=CRON, deaths=[0], sizes={BATCH: 2})
    deaths = 0
    for number in range(1, DEATHS):
        let_wait()
        if number % 4 == 0:
            odoo_run(AN_HOUR_LATER)  # now the second reminder of those before is due, too
        moment = 1 + statements * number // DEATHS
        sizes = {BATCH: 2}
        deaths += odoo_run(run_at_once, xmlid=CRON, deaths=[moment], sizes=sizes) == [-1]
    assert deaths == DEATHS - 1
    for _step in (1, 2):
        assert odoo_run(RUN_CRON, xmlid=CRON) is True
        odoo_run(AN_HOUR_LATER)
    assert_once(odoo_run, mails, "dead", ids)


def test_everybody_objects_at_once(odoo_run: Inside, odoo_server: Server) -> None:
    """Mail programs click at the same time as people: all are answered, it is noted once."""
    [cart] = new_carts(odoo_run, "object", 1)
    link = odoo_run("env['sale.order'].browse(id)._get_cart_recovery_optout_url()", id=cart)
    url = odoo_server.url + link[link.index("/shop/") :]

    def click(_number: int) -> int:
        with urllib.request.urlopen(url, data=b"List-Unsubscribe=One-Click") as answer:
            return answer.status

    with ThreadPoolExecutor(WORKERS) as threads:
        assert set(threads.map(click, range(4 * WORKERS))) == {200}
    key = odoo_run("env['sale.order'].browse(id)._get_cart_email_key()", id=cart)
    count = "env['website.cart.recovery.optout'].search_count([('email_key', '=', key)])"
    assert odoo_run(count, key=key) == 1
