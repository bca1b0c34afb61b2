"""Invoices are made and sent once, whatever statement the process is killed before."""

from collections.abc import Callable
from functools import partial

import pytest
from orders import CRONS, paid_orders
from processes import RUN_CRON, run_at_once

from devtools.inside import Inside

EACH = 2  # orders that join those that wait before a process dies
SIZES = {"sale_order_invoicing.BATCH_SIZE": 2, "sale_order_invoicing.SENDING_BATCH_SIZE": 1}
ON_PAYMENT = """
env["ir.config_parameter"].set_param("sale.automatic_invoice", False)
env["website"].search([]).write({"invoicing_b2c": "on_payment", "invoicing_b2b": "on_payment"})
env["sale.order"].search([("shop_invoicing_state", "=", "queued")]).shop_invoicing_state = "none"
env["mail.mail"].search([]).state = "cancel"
"""
LEFT = """
[
    [order.shop_invoicing_state, order.shop_invoicing_error]
    + [[move.state, move.shop_send_state] for move in order.invoice_ids]
    for order in env["sale.order"].browse(ids)
]
"""
WRITTEN = """
moves = env["sale.order"].browse(ids).invoice_ids
mails = env["mail.mail"].search([("model", "=", "account.move"), ("res_id", "in", moves.ids)])
# not what tells a colleague that the invoice is theirs
mails = mails.filtered(lambda mail: mail.message_type != "user_notification")
[[m.recipient_ids.mapped("email") for m in mails if m.res_id == move.id] for move in moves]
"""
SENT = """
moves = env["sale.order"].browse(ids).invoice_ids
[[move.name, move.shop_send_state, move.is_move_sent] for move in moves]
"""


@pytest.fixture(scope="module", autouse=True)
def switched_on(odoo_run: Inside) -> None:
    """Orders are invoiced when they are paid; nothing else waits."""
    odoo_run(ON_PAYMENT)


@pytest.fixture
def wait_in_line(odoo_run: Inside) -> Callable[[str, int], list[int]]:
    """Make paid orders that wait for their invoices."""

    return partial(paid_orders, odoo_run)


def _die_everywhere(
    odoo_run: Inside, xmlid: str, deaths: int, more: Callable[[int], object]
) -> None:
    """Kill a scheduled action before its n-th statement, for n spread over all that it sends."""
    statements = 0
    for warm_up in range(2):
        more(-warm_up)
        [statements] = odoo_run(run_at_once, xmlid=xmlid, deaths=[0], sizes=SIZES)
    for number in range(1, deaths):
        more(number)
        moment = 1 + statements * number // deaths
        assert odoo_run(run_at_once, xmlid=xmlid, deaths=[moment], sizes=SIZES) == [-1]


def test_each_invoice_and_its_mail_are_made_once(odoo_run, wait_in_line):
    orders: list[int] = []
    customers: list[str] = []

    def more(number: int) -> None:
        orders.extend(wait_in_line(f"dead{number}-", EACH))
        customers.extend(f"dead{number}-{one}@example.com" for one in range(EACH))

    _die_everywhere(odoo_run, CRONS["invoicing"], 15, more)
    assert odoo_run(RUN_CRON, xmlid=CRONS["invoicing"]) is True
    made = odoo_run(LEFT, ids=orders)
    assert made == [["done", False, ["posted", "leaving"]]] * len(orders)
    assert odoo_run(WRITTEN, ids=orders) == [[[customer]] for customer in customers]


def test_each_customer_gets_the_invoice_once(odoo_run, mails, wait_in_line):
    """Nothing is lost. What the server had taken without our noting it leaves as the same mail:
    with the same Message-ID, by which mail programs know that they have it already."""
    deaths, orders = 15, {}

    def more(number: int) -> None:
        for order in wait_in_line(f"sent{number}-", EACH):
            orders[order] = f"sent{number}-{len(orders) % EACH}@example.com"
        odoo_run(RUN_CRON, xmlid=CRONS["invoicing"])

    _die_everywhere(odoo_run, CRONS["mails"], deaths, more)
    odoo_run(RUN_CRON, xmlid=CRONS["mails"])
    came = 0
    sent = odoo_run(SENT, ids=list(orders))
    for (name, *state), customer in zip(sent, orders.values(), strict=True):
        assert state == ["sent", True]
        copies = mails.find(to=customer, subject=name)
        assert len({mail.message["Message-ID"] for mail in copies}) == 1
        came += len(copies)
    assert came - len(orders) < deaths, "No death costs more than one copy"
