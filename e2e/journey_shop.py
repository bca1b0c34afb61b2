"""What a guest does in the shop, as the steps of a story."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

PATIENCE = 60_000  # milliseconds for the payment's page, which asks every few seconds


@dataclass(frozen=True)
class Guest:
    """Somebody who buys without an account."""

    name: str
    email: str
    phone: str = "+1 503-555-0199"
    street: str = "21 Maple Street"
    city: str = "Portland"
    zip: str = "97205"
    country: str = "United States"
    state: str = "Oregon"


def put_into_cart(page: Page, *products: str) -> None:
    """Look for each product, and add one of it to the cart."""
    for number, product in enumerate(products, 1):
        page.goto("/shop")
        page.get_by_role("searchbox").first.fill(product)
        page.get_by_role("searchbox").first.press("Enter")
        page.wait_for_url("**/shop?search=*")
        title = page.get_by_role("article").get_by_role("heading", name=product, exact=True)
        title.get_by_role("link").click()
        expect(page.locator("#product_detail h1")).to_have_text(product)
        ready(page)
        page.locator("#product_detail #add_to_cart").click()
        expect(page.locator("sup.my_cart_quantity").first).to_have_text(str(number))


def open_cart(page: Page) -> None:
    """Go to the cart."""
    page.goto("/shop/cart")
    ready(page)


def enter_address(page: Page, guest: Guest, agrees: bool = False) -> None:
    """Go on from the cart, and fill in where the goods go.

    :param agrees: whether the guest ticks the box of the reminders
    """
    page.locator("a[name=website_sale_main_button]").first.click()
    page.wait_for_url("**/shop/address*")
    ready(page)
    form = page.locator("form.address_autoformat")
    form.locator("#o_country_id").select_option(label=guest.country)
    form.locator("#o_state_id").select_option(label=guest.state)
    for name in ("name", "email", "phone", "street", "city", "zip"):
        form.locator(f"input[name={name}]").fill(getattr(guest, name))
    if agrees:
        form.locator("#cart_recovery_consent").check()
    page.locator("a[name=website_sale_main_button]").first.click()
    page.wait_for_url("**/shop/checkout*")
    ready(page)


def choose_delivery(page: Page, method: str) -> None:
    """Choose how the goods come, and go on to the payment."""
    page.get_by_role("radio", name=method).check()
    page.locator("a[name=website_sale_main_button]").first.click()
    page.wait_for_url("**/shop/payment")
    ready(page)


def pay_by_card(page: Page) -> None:
    """Pay with the provider Demo, successfully."""
    page.locator("label.o_payment_option_label", has_text="Demo").click()
    page.get_by_label("Payment Details (test data)").fill("4242424242424242")
    page.get_by_label("Payment Status").select_option(label="Successful")


def pay_by_wire_transfer(page: Page) -> None:
    """Choose to transfer the money later."""
    page.locator("label.o_payment_option_label", has_text="Wire Transfer").click()


def order(page: Page) -> str:
    """Press the button that orders; return the order's number."""
    page.locator("button[name=o_payment_submit_button]").first.click()
    page.wait_for_url("**/shop/confirmation", timeout=PATIENCE)
    ready(page)
    return re.search(r"S\d{5,}", page.locator("#wrap").inner_text())[0]


def ready(page: Page) -> None:
    """Wait until the page's scripts listen to what is clicked."""
    page.locator("body[is-ready=true]").wait_for(state="attached")
