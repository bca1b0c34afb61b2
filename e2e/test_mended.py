"""A paid order that could not be confirmed: what each person sees until it is mended."""

import pytest
from journey_photos import SIZE, photograph
from journey_shop import (
    Guest,
    choose_delivery,
    enter_address,
    open_cart,
    pay_by_card,
    put_into_cart,
)
from playwright.sync_api import expect

WATCHDOG = "website_sale_order_mgmt.ir_cron_watch_web_orders"
ORDER_MAILS = "sale.send_pending_emails_cron"
CARLA = Guest("Carla Moss", "carla.moss@example.com")
PREPARE = """
# Somebody has archived the rules that bring goods to customers: no order can be confirmed
env["stock.warehouse"].search([]).delivery_route_id.rule_ids.active = False
"""
MEND = """
routes = env["stock.warehouse"].search([]).delivery_route_id
env["stock.rule"].with_context(active_test=False).search(
    [("route_id", "in", routes.ids)]
).active = True
"""
TEN_MINUTES_LATER = """
from datetime import timedelta
payment = env["payment.transaction"].search([], limit=1, order="id desc")
payment.last_state_change -= timedelta(minutes=11)
payment.sale_order_ids.name
"""


@pytest.fixture(scope="module")
def odoo_server(make_server, odoo_db):
    """A server without crons: these are run here, one after the other."""
    return make_server(odoo_db, crons=0)


def test_salesperson_mends_a_paid_order(odoo_server, odoo_run, run_cron, new_page, log_in, mails):
    odoo_run(PREPARE)
    customer = new_page(SIZE)
    put_into_cart(customer, "Individual Workplace")
    open_cart(customer)
    enter_address(customer, CARLA)
    choose_delivery(customer, "Standard delivery")
    pay_by_card(customer)
    with customer.expect_response("**/payment/status/poll"):
        customer.locator("button[name=o_payment_submit_button]").first.click()
    expect(customer.get_by_text("Your payment has been processed.")).to_be_visible()
    customer.close()  # it would ask until the order is confirmed
    order = odoo_run(TEN_MINUTES_LATER)
    run_cron(WATCHDOG)
    errors = odoo_server.new_errors()
    assert any("No rule has been found" in error for error in errors), "The confirmation failed"
    assert not mails.find(to=CARLA.email), "Nothing is promised that is not so"

    office = new_page(SIZE)
    log_in(office, "sales")
    office.goto("/odoo/ecommerce-attention")
    row = office.locator(".o_data_row", has_text=order)
    expect(row).to_contain_text("Paid, but not confirmed")
    expect(row).to_contain_text("Emma Reed")
    photograph(office, "attention")
    row.get_by_role("cell", name=order).click()
    banner = office.get_by_role("alert").filter(has_text="The money is there")
    expect(banner).to_contain_text("No rule has been found to replenish")
    expect(office.locator(".o-mail-Activity")).to_contain_text("Confirm the paid order")
    photograph(office, "order-attention")
    banner.get_by_role("button", name="Confirm now").click()
    refusal = office.get_by_role("dialog")
    expect(refusal).to_contain_text("No rule has been found to replenish")
    refusal.get_by_text("Close", exact=True).click()

    odoo_run(MEND)
    banner.get_by_role("button", name="Confirm now").click()
    expect(office.get_by_role("radio", name="Sales Order")).to_be_checked()
    expect(banner).to_be_hidden()
    expect(office.locator(".o-mail-Activity")).to_have_count(0)
    office.goto("/odoo/ecommerce-attention")
    expect(office.locator(".o_view_nocontent")).to_contain_text("Nothing is stuck")
    run_cron(ORDER_MAILS)
    run_cron("mail.ir_cron_mail_scheduler_action")
    [confirmation] = mails.wait(to=CARLA.email)
    assert order in confirmation.subject
