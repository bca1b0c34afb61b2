"""A guest returns one of three mugs: from the footer of the shop to the money on the card."""

import re

import pytest
from journey_cart import ADDRESS, QUEUE
from journey_office import button, status, validate
from journey_photos import SIZE, photograph
from orders import deliver, new_orders, pay
from playwright.sync_api import expect

ANSWERS = "website_sale_order_mgmt.ir_cron_answer_order_status"
NOTICES = "website_sale_order_mgmt.ir_cron_tell_returns"
REFUNDS = "website_sale_order_mgmt.ir_cron_send_refunds"
REFUND_NOTICES = "website_sale_order_mgmt.ir_cron_tell_refunds"
BOOKING = "payment.cron_post_process_payment_tx"
THREE = """
order = env["sale.order"].browse(ids)
order.order_line.product_uom_qty = 3
order.website_id.return_fee_percent = 10
order.user_id = env["res.users"].search([("login", "=", "sales")])
order.user_id.group_ids += env.ref("website_sale_order_mgmt.group_refund_user")
order.name
"""
TRANSFER = "env['sale.order.return'].search([('order_id', 'in', ids)]).picking_ids.id"
MONEY = """
order = env["sale.order"].browse(ids)
refund = order.transaction_ids.child_transaction_ids
[refund.state, refund.amount, refund.payment_id.amount, order.shop_payment_status]
"""
SHELF = """
stock = env["stock.warehouse"].search([("company_id", "=", env.company.id)])[0].lot_stock_id
product = env["product.product"].search([("default_code", "=", "e2e-mug")])
product.with_context(location=stock.id).qty_available
"""


@pytest.fixture(scope="module")
def odoo_server(make_server, odoo_db):
    """A server without crons: these are run here, one after the other."""
    return make_server(odoo_db, crons=0)


def test_guest_returns_one_of_three(odoo_server, odoo_run, run_cron, new_page, log_in, mails):
    odoo_run(ADDRESS, url=odoo_server.url)
    ids = odoo_run(new_orders, prefix="returns")
    name = odoo_run(THREE, ids=ids)
    pay(odoo_run, ids)
    odoo_run(deliver, order_ids=ids)
    email = "returns0@example.com"

    # 1. From the footer, by the number and the address, to the form.
    guest = new_page(SIZE)
    guest.goto("/shop")
    guest.get_by_role("link", name="Return something").click()
    guest.fill("#order_number", name)
    guest.fill("#order_email", email)
    guest.get_by_role("button", name="Send me the link").click()
    expect(guest.locator(".o_shop_order_status_answer")).to_be_visible()
    run_cron(ANSWERS)
    run_cron(QUEUE)
    [letter] = mails.wait(to=email, subject="Return something")
    [link] = [link for link in letter.links if "/return?" in link]

    # 2. One of three, and what comes of it.
    guest.goto(link)
    guest.get_by_label("How many").fill("1")
    guest.get_by_label("Why", exact=True).select_option(label="I changed my mind")
    guest.get_by_label("In your words").fill("I have enough mugs.")
    photograph(guest, "return-form")
    guest.get_by_role("button", name="Continue").click()
    expect(guest.locator(".o_shop_refund_total")).to_contain_text("9.00")
    expect(guest.locator(".o_shop_return_next")).to_contain_text("You pay for the parcel.")
    photograph(guest, "return-review")
    guest.get_by_role("button", name="Send the return").click()
    expect(guest.locator(".o_shop_return_state")).to_contain_text("We have your return")
    page = guest.url

    # 3. The salesperson approves; the guest gets the slip.
    emma = new_page(SIZE)
    log_in(emma, "sales")
    emma.goto("/odoo/ecommerce-returns")
    card = emma.locator(".o_kanban_record", has_text=name)
    expect(card).to_be_visible()
    photograph(emma, "returns")
    card.click()
    button(emma, "action_approve").click()
    expect(status(emma)).to_have_text("Approved")
    photograph(emma, "return")
    run_cron(NOTICES)
    run_cron(QUEUE)
    [approved] = mails.wait(to=email, subject="Please send us what you return")
    assert "1 × Mug" in approved.html
    guest.goto(page)
    expect(guest.get_by_role("link", name="Print the return slip")).to_be_visible()
    photograph(guest, "return-page")

    # 4. The warehouse receives it by validating the transfer.
    before = odoo_run(SHELF)
    oscar = new_page(SIZE)
    log_in(oscar, "warehouse")
    oscar.goto(f"/odoo/action-stock.action_picking_tree_all/{odoo_run(TRANSFER, ids=ids)}")
    validate(oscar)
    assert odoo_run(SHELF) == before + 1

    # 5. The guest reads that it is here, and that two can still come back.
    guest.goto(page)
    expect(guest.locator(".o_shop_return_state")).to_contain_text(re.compile("Everything is here"))
    expect(guest.get_by_role("button", name="Cancel this return")).to_have_count(0)
    guest.goto(link)
    expect(guest.locator("fieldset")).to_contain_text(re.compile(r"At most\s+2"))

    # 6. Who may refund sends the money back, less the fee; the guest reads how much and why.
    emma.reload()
    expect(status(emma)).to_have_text("Received")
    button(emma, "action_refund").click()
    emma.locator(".modal-footer .btn-primary").click()
    expect(status(emma)).to_have_text("Done")
    guest.goto(page)
    expect(guest.locator(".o_shop_return_refund_state")).to_have_text("On its way")
    run_cron(REFUND_NOTICES)
    run_cron(QUEUE)
    [told] = mails.wait(to=email, subject=f"Your refund for order {name}")
    assert "9.00" in told.html and "Demo" in told.html

    # 7. The provider gives it back, and the guest sees that it has come.
    run_cron(REFUNDS)
    run_cron(BOOKING)
    assert odoo_run(MONEY, ids=ids) == ["done", -9, 9, "partly_refunded"]
    guest.goto(page)
    expect(guest.locator(".o_shop_return_refund_state")).to_have_text("Refunded")
    expect(guest.locator(".o_shop_refund_total")).to_contain_text("9.00")
    guest.get_by_role("link", name=f"Order {name}").click()
    expect(guest.locator(".o_shop_refunds")).to_contain_text("Refunded")
