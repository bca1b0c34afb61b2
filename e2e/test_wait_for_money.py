"""A guest orders by wire transfer: the goods are kept, the money comes, they leave, she is told."""

import re

import pytest
from journey_cart import ADDRESS, QUEUE
from journey_office import button, cell, open_list, open_order, open_transfer, status, validate
from journey_photos import SIZE, photograph
from journey_shop import (
    Guest,
    choose_delivery,
    enter_address,
    open_cart,
    order,
    pay_by_wire_transfer,
    put_into_cart,
)
from playwright.sync_api import expect

HEDDA = Guest("Hedda Lind", "hedda.lind@example.com")
CHAIR = "Office Chair"
PARCEL = "PX-4711"
UNPAID = "action-website_sale_order_mgmt.sale_order_action_unpaid"
DELIVERY_MAILS = "website_sale_order_mgmt.ir_cron_send_delivery_mails"
PREPARE = """
website = env.ref("website.default_website")
website.warehouse_id = env.ref("stock.warehouse0")  # one step
website.company_id.has_received_warning_stock_sms = True  # a question that comes once
env["delivery.carrier"].search([]).tracking_url = (
    "https://carrier.example/follow/<shipmenttrackingnumber>"
)
env.ref("payment.payment_provider_transfer").write(
    {"unpaid_order_policy": "reserve", "unpaid_reminder_days": 3, "unpaid_expiry_days": 10}
)
"""
TERMS = """
order = env["sale.order"].search([("name", "=", name)])
{
    "day": order.unpaid_last_day.strftime("%B %-d, %Y"),
    "amount": f"{order.amount_total:,.2f}",
    "reference": order.reference,
}
"""


@pytest.fixture(scope="module")
def odoo_server(make_server, odoo_db):
    """A server without crons: these are run here, one after the other."""
    return make_server(odoo_db, crons=0)


def test_wait_for_money(odoo_server, odoo_run, run_cron, new_page, log_in, mails):
    odoo_run(ADDRESS, url=odoo_server.url)
    odoo_run(PREPARE)

    # 1. A guest orders, and reads what is true: until when, how much, with which reference.
    hedda = new_page(SIZE)
    put_into_cart(hedda, CHAIR)
    open_cart(hedda)
    enter_address(hedda, HEDDA)
    choose_delivery(hedda, "Standard delivery")
    pay_by_wire_transfer(hedda)
    name = order(hedda)
    terms = odoo_run(TERMS, name=name)
    waits = hedda.locator(".o_shop_order_waiting")
    expect(waits).to_contain_text("keep the goods for you until")
    for term in terms.values():
        expect(waits).to_contain_text(term)
    expect(hedda.locator("#wrap")).not_to_contain_text("Your payment has been processed")
    photograph(hedda, "order-waits")

    # 2. Staff find it among the unpaid orders, reserved; its delivery cannot leave.
    admin = new_page(SIZE)
    log_in(admin, "admin")
    open_list(admin, UNPAID)
    expect(cell(admin, name, "shop_status")).to_have_text("Order, reserved until paid")
    open_order(admin, UNPAID, name)
    expect(admin.locator("div[name=shop_unpaid]")).to_contain_text("reserved and on hold")
    photograph(admin, "order-reserved")
    oscar = new_page(SIZE)
    log_in(oscar, "warehouse")
    open_list(oscar, "web-deliveries")
    expect(cell(oscar, name, "hold_reason")).to_have_text("Waits for the payment")
    photograph(oscar, "web-deliveries")
    open_transfer(oscar, "My Company", "Delivery Orders", name)
    expect(oscar.locator(".ribbon:visible")).to_have_text("On hold")
    photograph(oscar, "transfer-on-hold")
    oscar.get_by_role("button", name="Validate").click()
    refusal = oscar.get_by_role("dialog")
    expect(refusal).to_contain_text("It goes on by itself when the money is there")
    refusal.get_by_text("Close", exact=True).click()

    # 3. The money has come: the hold ends by itself.
    button(admin, "action_payment_received").click()
    wizard = admin.get_by_role("dialog")
    expect(wizard.locator("[name=line_ids]")).to_contain_text(terms["amount"])
    photograph(admin, "payment-received")
    wizard.get_by_role("button", name="Register").click()
    expect(wizard).to_be_hidden()
    expect(admin.locator(".o_form_view [name=shop_status]").first).to_have_text("Order, to ship")
    open_transfer(oscar, "My Company", "Delivery Orders", name)
    expect(oscar.locator("div[name=hold]")).to_be_hidden()

    # 4. The warehouse ships with a tracking reference; she can follow the parcel.
    oscar.get_by_role("tab", name="Additional Info").click()
    oscar.locator("[name=carrier_tracking_ref] input").fill(PARCEL)
    validate(oscar)
    expect(status(oscar)).to_have_text("Done")
    for _twice in range(2):
        run_cron(DELIVERY_MAILS)
        run_cron(QUEUE)
    [shipped] = mails.wait(to=HEDDA.email, subject="has been shipped")
    assert CHAIR in shipped.html
    assert f"https://carrier.example/follow/{PARCEL}" in shipped.links
    letter = new_page(SIZE)
    letter.set_content(shipped.html)
    photograph(letter, "delivery-mail-tracking")
    link = letter.get_by_role("link", name="See your order")
    letter.goto(link.get_attribute("href"))
    expect(letter.locator("#wrap")).to_contain_text(re.compile(name))
