"""The whole way of web orders, in a real browser, with real mails: what the user guide tells."""

import io
from collections.abc import Callable

import pytest
from journey_office import (
    button,
    cell,
    open_invoice,
    open_list,
    open_order,
    open_transfer,
    status,
    validate,
)
from journey_photos import SIZE, photograph
from journey_shop import (
    Guest,
    choose_delivery,
    enter_address,
    open_cart,
    order,
    pay_by_card,
    pay_by_wire_transfer,
    put_into_cart,
)
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from devtools.inside import Inside
from devtools.mailcatcher import Mail, MailCatcher

ANNA = Guest("Anna Berg", "anna.berg@example.com")
BEN = Guest("Ben Carter", "ben.carter@example.com")
CORA = Guest("Cora Diaz", "cora.diaz@example.com")
DESK = "Individual Workplace"  # 885.00 and 15 % of tax
CHAIR = "Office Chair"
TOTAL = "1,017.75"
PREPARE = """
website = env.ref("website.default_website")
website.warehouse_id = env.ref("website_sale_order_mgmt.warehouse_central")  # pick, pack, ship
website.cart_abandoned_delay = 1.0
website.cart_recovery_consent = "everyone"
website.company_id.has_received_warning_stock_sms = True  # a question that comes once
"""
ONE_STEP = "env.ref('website.default_website').warehouse_id = env.ref('stock.warehouse0')"
AN_HOUR_LATER = """
from datetime import timedelta
[cart] = env["sale.order"].search([("partner_id.email", "=", email), ("state", "=", "draft")])
cart.cart_last_activity -= timedelta(hours=2)
"""
DOCUMENTS = """
order = env["sale.order"].search([("name", "=", name)])
order.picking_ids.mapped("name") + order.invoice_ids.mapped("name")
"""
TEAM = "env['sale.order'].search([('name', '=', name)]).team_id.name"
REMINDERS = "website_sale.ir_cron_send_availability_email"
expect.set_options(timeout=20_000)  # milliseconds


@pytest.fixture(autouse=True)
def prepared(odoo_run: Inside) -> None:
    """The shop delivers from the warehouse with three steps, and reminds after an hour."""
    odoo_run(PREPARE)


@pytest.fixture
def person(new_page, log_in) -> Callable[[str], Page]:
    """Give a page on which somebody has logged in."""

    def person(login: str) -> Page:
        page = new_page(SIZE)
        log_in(page, login)
        return page

    return person


def test_journey(new_page, person, odoo_run: Inside, run_cron, mails: MailCatcher):
    # 1. Three guests: one pays by card, one will pay by wire transfer, one leaves her cart behind.
    anna = new_page(SIZE)
    anna.goto("/shop")
    photograph(anna, "shop")
    put_into_cart(anna, DESK)
    open_cart(anna)
    photograph(anna, "cart")
    enter_address(anna, ANNA)
    choose_delivery(anna, "Standard delivery")
    pay_by_card(anna)
    photograph(anna, "payment")
    paid = order(anna)
    expect(anna.locator("#wrap")).to_contain_text("Your payment has been processed.")
    photograph(anna, "confirmation")
    odoo_run(ONE_STEP)
    ben = new_page(SIZE)
    put_into_cart(ben, CHAIR)
    open_cart(ben)
    enter_address(ben, BEN)
    choose_delivery(ben, "Standard delivery")
    pay_by_wire_transfer(ben)
    waiting = order(ben)
    expect(ben.locator("#wrap")).to_contain_text("Please use the following transfer details")
    photograph(ben, "wire-transfer")
    cora = new_page(SIZE)
    put_into_cart(cora, DESK, CHAIR)
    open_cart(cora)
    enter_address(cora, CORA)

    # 2. The salesperson sees whose they are and where they stand.
    emma = person("sales")
    for path in ("orders", "ecommerce-orders"):
        open_list(emma, path)
        expect(cell(emma, paid, "user_id")).to_have_text("Emma Reed")
    assert odoo_run(TEAM, name=paid) == "Web shop"
    expect(cell(emma, paid, "shop_payment_status")).to_have_text("Paid")
    open_list(emma, "ecommerce-unpaid-orders")
    assert odoo_run(TEAM, name=waiting) == "Web shop"
    expect(cell(emma, waiting, "shop_status")).to_have_text("Quotation sent")
    photograph(emma, "unpaid-orders")

    # 3. Nothing leaves, and nothing is invoiced, before the wire transfer is confirmed by hand.
    open_order(emma, "ecommerce-unpaid-orders", waiting)
    expect(status(emma)).to_have_text("Quotation Sent")
    assert not odoo_run(DOCUMENTS, name=waiting)
    button(emma, "action_confirm").click()
    expect(status(emma)).to_have_text("Sales Order")
    expect(emma.locator(".o_form_view [name=shop_status]")).to_have_text("Order, to ship")
    [delivery] = odoo_run(DOCUMENTS, name=waiting)
    assert "/OUT/" in delivery

    # 4. The warehouse picks, packs and ships the one, and ships the other.
    oscar = person("warehouse")
    for operation in ("Pick", "Pack", "Delivery Orders"):
        open_transfer(oscar, "Central Warehouse", operation, paid)
        validate(oscar)
    photograph(oscar, "delivery")
    open_transfer(oscar, "My Company", "Delivery Orders", waiting)
    validate(oscar)

    # 5. The customers have heard of it, once; the invoice is there and paid.
    [confirmation] = mails.wait(to=ANNA.email, subject=f"Order (Ref {paid})")
    [shipped] = mails.wait(to=ANNA.email, subject="has been shipped")
    [invoice] = mails.wait(to=ANNA.email, subject="Invoice", seconds=150)
    admin = person("admin")
    number = open_invoice(admin, paid)
    expect(status(admin)).to_have_text("Posted")
    expect(admin.locator(".o_form_view .ribbon:visible")).to_contain_text("Paid")
    text = pdf_text(invoice)
    assert number in text and TOTAL in text
    assert paid in confirmation.html
    mails.wait(to=BEN.email, subject="has been shipped")
    # 6. The cart that was left behind is reminded, once, and opens in another browser.
    odoo_run(AN_HOUR_LATER, email=CORA.email)
    open_list(emma, "ecommerce-abandoned-carts")
    expect(cell(emma, CORA.name, "partner_id")).to_be_visible()
    run_cron(REMINDERS)
    run_cron(REMINDERS)
    [reminder] = mails.wait(to=CORA.email, seconds=90)
    elsewhere = new_page(SIZE)
    elsewhere.goto(next(link for link in reminder.links if "/shop/cart?" in link))
    for product in (DESK, CHAIR):
        expect(elsewhere.locator("#shop_cart")).to_contain_text(product)
    photograph(elsewhere, "cart-again")

    # 7. Each mail went out once, to one person.
    assert {mail.id for mail in mails.find(to=ANNA.email)} == {
        mail.id for mail in (confirmation, shipped, invoice)
    }
    assert mails.find(to=CORA.email) == [reminder]
    for guest in (ANNA, BEN, CORA):
        assert {mail.recipients for mail in mails.find(to=guest.email)} == {(guest.email,)}


def pdf_text(mail: Mail) -> str:
    """Return the text of the only PDF that the mail carries."""
    [content] = [file for name, file in mail.attachments.items() if name.endswith(".pdf")]
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
