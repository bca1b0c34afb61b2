"""The customer's browser asks again and again whether the payment is done: one invoice comes."""

import json
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from journey_cart import ADDRESS
from journey_shop import (
    Guest,
    choose_delivery,
    enter_address,
    open_cart,
    pay_by_card,
    put_into_cart,
)

from devtools.wait import wait_for

POLL = "/payment/status/poll"
POLLS = 16  # at the same moment
TRIES = 20  # of each, as a page that is told to retry
FAY = Guest("Fay Hill", "fay.hill@example.com")
ON_PAYMENT = """
env["ir.config_parameter"].set_param("sale.automatic_invoice", False)
env["website"].search([]).write({"invoicing_b2c": "on_payment", "invoicing_b2b": "on_payment"})
"""
MADE = """
order = env["res.partner"].search([("email", "=", email)]).sale_order_ids
{
    "order": [order.name, order.state, order.shop_invoicing_state],
    "payments": order.transaction_ids.payment_id.mapped("amount") == [order.amount_total],
    "invoices": [
        [move.name, move.state, move.shop_send_state, move.amount_residual]
        for move in order.invoice_ids
    ],
}
"""


@pytest.fixture(scope="module")
def odoo_server(make_server, odoo_db, odoo_run):
    """A server of several processes, which runs its crons itself."""
    odoo_run(ON_PAYMENT)  # before it runs the cron that this changes
    return make_server(odoo_db, workers=4, crons=1)


def test_many_polls_at_once(odoo_server, odoo_run, new_page, mails):
    odoo_run(ADDRESS, url=odoo_server.url)
    guest = new_page()
    put_into_cart(guest, "Individual Workplace")
    open_cart(guest)
    enter_address(guest, FAY)
    choose_delivery(guest, "Standard delivery")
    pay_by_card(guest)
    guest.route(f"**{POLL}", lambda route: route.abort())  # ours come first, all at once
    guest.locator("button[name=o_payment_submit_button]").first.click()
    guest.wait_for_url("**/payment/status")
    [session] = [c["value"] for c in guest.context.cookies() if c["name"] == "session_id"]
    barrier = threading.Barrier(POLLS, timeout=60)

    def poll(_number: int) -> list[str]:
        """Ask as the page does, until the payment is said to be done; return what was said."""
        said: list[str] = []
        barrier.wait()
        while not said or (said[-1] != "done" and len(said) < TRIES):
            said.append(_ask(odoo_server.url, session))
        return said

    with ThreadPoolExecutor(POLLS) as threads:
        answers = list(threads.map(poll, range(POLLS)))
    assert [said[-1] for said in answers] == ["done"] * POLLS
    assert {one for said in answers for one in said} <= {"done", "retry"}

    def is_sent() -> dict | None:
        made = odoo_run(MADE, email=FAY.email)
        return made if [move[2] for move in made["invoices"]] == ["sent"] else None

    made = wait_for(is_sent, "the invoice to be made and sent by the server", 120)
    [[invoice, *_state]] = made["invoices"]
    order = made["order"][0]
    assert made == {
        "order": [order, "sale", "done"],
        "payments": True,
        "invoices": [[invoice, "posted", "sent", 0.0]],
    }
    assert len(mails.find(to=FAY.email, subject=invoice)) == 1
    guest.unroute(f"**{POLL}")
    guest.goto("/payment/status")
    guest.wait_for_url("**/shop/confirmation")
    assert odoo_run(MADE, email=FAY.email) == made
    errors = [error for error in odoo_server.new_errors() if "retry" not in error]
    assert errors == []


def _ask(url: str, session: str) -> str:
    """Poll once, with the customer's session; return the state of the payment, or what failed."""
    request = urllib.request.Request(
        url + POLL,
        json.dumps({"jsonrpc": "2.0", "method": "call", "params": {}}).encode(),
        {"Content-Type": "application/json", "Cookie": f"session_id={session}"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        answer = json.load(response)
    if "error" in answer:
        return answer["error"]["data"]["message"]
    return answer["result"]["state"]
