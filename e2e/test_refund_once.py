"""Money that goes back goes back once: two people, two workers, providers that fail, kill -9."""

from collections.abc import Callable, Iterator

import pytest
from bank import CONNECT, Bank
from orders import new_orders, pay
from playwright.sync_api import Page, expect
from processes import RUN_CRON, RUN_CRON_UNLOCKED, kill, together, when

from devtools.inside import Inside

REFUND_CRON = "website_sale_order_mgmt.ir_cron_send_refunds"
THREE = """
env["sale.order"].browse(ids).order_line.product_uom_qty = 3
None
"""
MAY_REFUND = """
group = env.ref("website_sale_order_mgmt.group_refund_user")
env["res.users"].search([("login", "=", "sales")]).group_ids += group
None
"""
# As the button does it, with a wizard of its own for each order.
REFUND = """
wizards = env["sale.order.refund"]
for order in env["sale.order"].with_user(env.ref("base.user_admin")).browse(ids):
    context = order.action_shop_refund()["context"]
    wizards.with_user(env.ref("base.user_admin")).with_context(**context).create({}).action_refund()
None
"""
CLICK = """
from odoo.exceptions import UserError
payment = env["sale.order"].browse(ids).refund_payment_ids
try:
    getattr(payment.with_user(env.ref("base.user_admin")), button)()
    answer = ""
except UserError as error:
    answer = str(error)
answer
"""
PASS_HOUR = """
from datetime import datetime, timedelta
env["sale.order"].browse(ids).refund_payment_ids.date_sent = datetime.now() - timedelta(hours=1)
"""
PAYMENTS = """
[
    [payment.state, payment.is_unknown, payment.attempt_ids.sorted("id").mapped("state")]
    for payment in env["sale.order"].browse(ids).refund_payment_ids
]
"""
STATUS = "env['sale.order'].browse(ids).mapped('shop_payment_status')"
ATTENTION = "env['sale.order'].browse(ids).mapped('shop_attention')"
REFUNDS = "SELECT count(*), sum(amount) FROM sale_order_refund_statement WHERE order_id = {}"
STATE = "SELECT state FROM sale_order_refund_payment WHERE order_id = {}"
WIZARD = ".modal button[name=action_refund]"
DONE = "body:not(:has(.modal))"
# The process stands still with the refund noted as being sent, before the provider is asked.
STOP_BEFORE = """
import urllib.request
ask = env.registry["payment.transaction"]._send_refund_request
def stop(request):
    urllib.request.urlopen(request.provider_id._build_request_url("/stand-still"))
    ask(request)
env.registry["payment.transaction"]._send_refund_request = stop
"""
# The process stands still when the provider has answered and nothing of it is committed.
STOP_AFTER = """
import urllib.request
ask = env.registry["payment.transaction"]._send_refund_request
def stop(request):
    ask(request)
    urllib.request.urlopen(request.provider_id._build_request_url("/stand-still"))
env.registry["payment.transaction"]._send_refund_request = stop
"""
CHOKE = """
ask = env.registry["payment.transaction"]._send_refund_request
def choke(request):
    ask(request)
    raise ZeroDivisionError
env.registry["payment.transaction"]._send_refund_request = choke
"""


@pytest.fixture(scope="module", autouse=True)
def people(odoo_run: Inside) -> None:
    """Two who may refund."""
    odoo_run(MAY_REFUND)


@pytest.fixture(scope="module")
def odoo_server(make_server, odoo_db):
    """A server whose two processes work at the same time; crons are run here."""
    return make_server(odoo_db, workers=2, crons=0)


@pytest.fixture(scope="module")
def bank() -> Iterator[Bank]:
    """The provider."""
    with Bank() as provider:
        yield provider


@pytest.fixture
def make_run(new_run: Callable[[], Inside], bank: Bank) -> Callable[..., Inside]:
    """Make processes that ask the bank: `make_run(STOP_AFTER)`."""
    bank.does, bank.waits = "answer", False
    bank.asked.clear()
    bank.refunded.clear()

    def make(*changes: str) -> Inside:
        run = new_run()
        run(CONNECT, url=bank.url)
        for change in changes:
            run(change)
        return run

    return make


@pytest.fixture
def worker(make_run: Callable[..., Inside]) -> Inside:
    """A process that works through the refunds."""
    return make_run()


def paid_orders(odoo_run: Inside, prefix: str, count: int = 1) -> list[int]:
    """Return orders of 30.00 each, paid."""
    ids = odoo_run(new_orders, prefix=prefix, count=count)
    odoo_run(THREE, ids=ids)
    pay(odoo_run, ids)
    return ids


def refunded_order(odoo_run: Inside, prefix: str) -> list[int]:
    """Return an order whose refund waits to be sent."""
    ids = paid_orders(odoo_run, prefix)
    odoo_run(REFUND, ids=ids)
    assert odoo_run(PAYMENTS, ids=ids) == [["to_do", False, []]]
    return ids


def send(run: Inside) -> None:
    """Have what waits be sent, and what was lost be found."""
    assert run(RUN_CRON, xmlid=REFUND_CRON) is True


# === TWO PEOPLE === #


def open_wizard(page: Page, order: int) -> None:
    """Open the wizard of a refund on an order."""
    page.goto(f"/odoo/orders/{order}")
    page.locator("button[name=action_shop_refund]").click()
    expect(page.locator(WIZARD)).to_be_visible()


def click_at_once(pages: list[Page]) -> None:
    """Have all browsers click on the wizard's button in the same millisecond."""
    click = "([at, button]) => void setTimeout("
    click += "() => document.querySelector(button).click(), at - Date.now())"
    at = pages[0].evaluate("() => Date.now() + 1000")
    for page in pages:
        page.evaluate(click, [at, WIZARD])


def test_two_browsers_refund_the_same_order_at_once(
    odoo_server, odoo_db, odoo_run, new_page, log_in, worker, bank
):
    pages = [new_page(), new_page()]
    for page, login in zip(pages, ("admin", "sales"), strict=True):
        log_in(page, login)
    for attempt in range(3):
        [order] = paid_orders(odoo_run, f"browsers{attempt}-")
        for page in pages:
            open_wizard(page, order)
        click_at_once(pages)
        told = 0
        for page in pages:
            # Either the wizard is gone, or somebody is told that there is nothing left.
            expect(page.locator(".o_error_dialog").or_(page.locator(DONE)).first).to_be_visible()
            told += page.locator(".o_error_dialog").count()
        assert told == 1
        assert odoo_db.sql(REFUNDS.format(order)) == "1|30.00"
    send(worker)
    assert len(bank.refunded) == len(set(bank.refunded)) == 3


@pytest.mark.parametrize("kind", ["lines", "amount"])
def test_a_refund_of_a_part_is_refused_when_another_was_faster(
    odoo_server, odoo_db, odoo_run, new_page, log_in, worker, bank, kind
):
    """There is enough left for both, but who is second has not seen the first."""
    pages = [new_page(), new_page()]
    [order] = paid_orders(odoo_run, f"part-{kind}-")
    for page, login in zip(pages, ("admin", "sales"), strict=True):
        log_in(page, login)
        open_wizard(page, order)
        page.locator(f".modal [name=kind] input[data-value={kind}]").check()
        if kind == "lines":
            page.locator(".modal td[name=quantity]").click()
            page.locator(".modal td[name=quantity] input").fill("1")
        else:
            page.locator(".modal [name=amount] input").fill("10")
        page.locator(".modal [name=reason] input").fill("A crack")
        page.locator(".modal [name=reason] input").blur()
        expect(page.locator(".modal [name=account_html]")).to_contain_text("10.00")
    click_at_once(pages)
    for page in pages:
        expect(page.locator(".o_error_dialog").or_(page.locator(DONE)).first).to_be_visible()
    told = [page.locator(".o_error_dialog") for page in pages]
    [refused] = [dialog for dialog in told if dialog.count()]
    expect(refused).to_contain_text("meanwhile")
    assert odoo_db.sql(REFUNDS.format(order)) == "1|10.00"
    send(worker)
    assert len(bank.refunded) == 1


# === TWO WORKERS === #


def test_two_workers_send_each_refund_once(odoo_run, make_run, bank):
    ids = paid_orders(odoo_run, "workers", 12)
    odoo_run(REFUND, ids=ids)
    together([make_run(), make_run()], RUN_CRON_UNLOCKED, xmlid=REFUND_CRON)
    send(make_run())
    assert len(bank.asked) == len(set(bank.asked)) == 12
    assert odoo_run(PAYMENTS, ids=ids) == [["done", False, ["done"]]] * 12
    assert odoo_run(STATUS, ids=ids) == ["refunded"] * 12


def test_two_people_retry_at_once(odoo_run, make_run, bank):
    ids = refunded_order(odoo_run, "retry")
    first, second = make_run(), make_run()
    bank.does = "refuse"
    send(first)
    assert odoo_run(PAYMENTS, ids=ids) == [["failed", False, ["error"]]]
    assert odoo_run(ATTENTION, ids=ids) == ["refund_failed"]
    assert bank.refunded == []
    bank.does = "answer"
    together([first, second], CLICK, ids=ids, button="action_retry")
    together([first, second], RUN_CRON_UNLOCKED, xmlid=REFUND_CRON)
    send(first)
    assert len(bank.refunded) == 1
    assert odoo_run(PAYMENTS, ids=ids) == [["done", False, ["error", "done"]]]
    assert odoo_run(ATTENTION, ids=ids) == [False]


# === A PROVIDER THAT FAILS === #


def test_it_fails_before_the_refund(odoo_run, worker, bank):
    """It refuses, and is asked again when somebody says so: never by itself."""
    ids = refunded_order(odoo_run, "before")
    bank.does = "refuse"
    send(worker)
    bank.does = "answer"
    send(worker)
    assert bank.refunded == []
    assert odoo_run(PAYMENTS, ids=ids) == [["failed", False, ["error"]]]
    assert odoo_run(CLICK, ids=ids, button="action_retry") == ""
    send(worker)
    send(worker)
    assert len(bank.refunded) == 1
    assert odoo_run(STATUS, ids=ids) == ["refunded"]


@pytest.mark.parametrize("does", ["hang_up", "babble", "stumble"])
def test_it_fails_during_the_refund(odoo_run, worker, bank, does):
    """It has refunded, and its answer does not come: that is not taken for a no."""
    ids = refunded_order(odoo_run, does)
    bank.does = does
    send(worker)
    assert odoo_run(PAYMENTS, ids=ids) == [["failed", True, ["draft"]]]
    bank.does = "answer"
    send(worker)
    assert "Nobody knows" in odoo_run(CLICK, ids=ids, button="action_retry")
    assert "Look first" in odoo_run(CLICK, ids=ids, button="action_by_hand")
    send(worker)
    assert len(bank.refunded) == 1
    assert odoo_run(ATTENTION, ids=ids) == ["refund_failed"]
    odoo_run(CLICK, ids=ids, button="action_was_refunded")
    send(worker)
    assert len(bank.refunded) == 1
    assert odoo_run(PAYMENTS, ids=ids) == [["done", False, ["done"]]]
    assert odoo_run(STATUS, ids=ids) == ["refunded"]


def test_our_side_fails_after_the_refund(odoo_run, make_run, bank):
    """The provider has refunded and said so, and we choke on it."""
    ids = refunded_order(odoo_run, "after")
    send(make_run(CHOKE))
    assert odoo_run(PAYMENTS, ids=ids) == [["failed", True, ["draft"]]]
    worker = make_run()
    send(worker)
    assert "Nobody knows" in odoo_run(CLICK, ids=ids, button="action_retry")
    odoo_run(CLICK, ids=ids, button="action_was_refunded")
    send(worker)
    assert len(bank.asked) == len(bank.refunded) == 1
    assert odoo_run(STATUS, ids=ids) == ["refunded"]


# === KILL -9 === #


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_before_or_after_the_provider_was_asked(
    odoo_db, odoo_run, make_run, worker, bank, moment
):
    ids = refunded_order(odoo_run, f"killed-{moment}")
    doomed = make_run(STOP_BEFORE if moment == "before" else STOP_AFTER)
    work = lambda: doomed(RUN_CRON, xmlid=REFUND_CRON)  # noqa: E731
    assert kill(doomed, odoo_db, work, when(lambda: bank.waits, True))
    asked = 0 if moment == "before" else 1
    assert len(bank.asked) == asked
    assert odoo_db.sql(STATE.format(ids[0])) == "sending"
    send(worker)
    assert odoo_run(PAYMENTS, ids=ids) == [["sending", False, ["draft"]]], "It may be at work"

    odoo_run(PASS_HOUR, ids=ids)
    send(worker)
    assert odoo_run(PAYMENTS, ids=ids) == [["failed", True, ["draft"]]]
    assert "Nobody knows" in odoo_run(CLICK, ids=ids, button="action_retry")
    send(worker)
    assert len(bank.asked) == asked, "Not sent again by itself"

    # Somebody looks at the provider's pages, and says what is there.
    found = "action_was_refunded" if asked else "action_was_not_refunded"
    odoo_run(CLICK, ids=ids, button=found)
    send(worker)
    send(worker)
    assert len(bank.refunded) == 1
    assert odoo_run(STATUS, ids=ids) == ["refunded"]
    assert odoo_run(ATTENTION, ids=ids) == [False]


def test_killed_while_the_refund_is_booked(odoo_db, odoo_run, make_run, worker, bank):
    """All of it or nothing: a refund is one transaction, and the provider is asked after it."""
    ids = paid_orders(odoo_run, "booking", 12)
    doomed = make_run()
    locked = f"SELECT id FROM sale_order WHERE id = {ids[0]} FOR UPDATE SKIP LOCKED"
    work = lambda: doomed(REFUND, ids=ids)  # noqa: E731
    assert kill(doomed, odoo_db, work, when(lambda: odoo_db.sql(locked), ""))
    assert odoo_run(PAYMENTS, ids=ids) == []
    odoo_run(REFUND, ids=ids)
    send(worker)
    assert len(bank.refunded) == len(set(bank.refunded)) == 12
    assert odoo_run(STATUS, ids=ids) == ["refunded"] * 12
