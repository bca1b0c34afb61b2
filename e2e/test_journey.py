"""Web orders in a real browser: what the user guide tells, and where its pictures come from."""

import pytest
from journey_photos import SIZE, photograph
from journey_shop import (
    Guest,
    choose_delivery,
    enter_address,
    open_cart,
    order,
    pay_by_card,
    put_into_cart,
)
from playwright.sync_api import expect

from devtools.inside import Inside

ANNA = Guest("Anna Berg", "anna.berg@example.com")
PREPARE = """
# Click & Collect asks a server in the Internet for coordinates that are not there
env["stock.warehouse"].search([]).partner_id.write(
    {"partner_latitude": 37.7, "partner_longitude": -122.4}
)
"""
expect.set_options(timeout=20_000)  # milliseconds


@pytest.fixture(autouse=True)
def prepared(odoo_run: Inside) -> None:
    """Product pages open without the Internet."""
    odoo_run(PREPARE)


def test_guest_pays_by_card(new_page, mails):
    anna = new_page(SIZE)
    anna.goto("/shop")
    photograph(anna, "shop")
    put_into_cart(anna, "Individual Workplace")
    open_cart(anna)
    photograph(anna, "cart")
    enter_address(anna, ANNA)
    choose_delivery(anna, "Standard delivery")
    pay_by_card(anna)
    photograph(anna, "payment")
    number = order(anna)
    expect(anna.locator("#wrap")).to_contain_text("Your payment has been processed.")
    photograph(anna, "confirmation")
    [confirmation] = mails.wait(to=ANNA.email, subject=f"Order (Ref {number})")
    assert confirmation.recipients == (ANNA.email,)
