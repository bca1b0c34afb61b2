"""A guest leaves a cart, is reminded, comes back in another browser and orders: it counts."""

import pytest
from journey_cart import ADDRESS, LEFT, QUEUE, REMINDERS, leave_cart
from journey_shop import Guest, choose_delivery, order, pay_by_card, put_into_cart
from playwright.sync_api import expect

CORA = Guest("Cora Diaz", "cora.diaz@example.com")
DEAN = Guest("Dean Fox", "dean.fox@example.com")
DESK = "Individual Workplace"
PREPARE = """
env["website"].search([]).write(
    {"cart_recovery_holdout": 0, "cart_recovery_consent": "customers"}
)
"""
COUNTED = """
[order] = env["sale.order"].search([("name", "=", name)])
[row] = order.cart_recovery_mail_ids.filtered(lambda row: row.state == "sent")
{
    "state": order.cart_recovery_state,
    "clicked": bool(row.click_date),
    "order": row.recovered_order_id.name,
    "medium": order.medium_id.name,
    "revenue": row.recovered_amount == order.amount_total,
}
"""
CONSENT = """
[consent] = env["website.cart.recovery.consent"].search([("partner_id.email", "=", email)])
[consent.text, consent.lang]
"""


@pytest.fixture(scope="module")
def odoo_server(make_server, odoo_db):
    """A server without crons: these are run here, one after the other."""
    return make_server(odoo_db, crons=0)


def test_a_cart_comes_back(odoo_server, odoo_run, run_cron, new_page, log_in, mails):
    odoo_run(ADDRESS, url=odoo_server.url)
    odoo_run(PREPARE)

    # 1. Two guests leave their carts in the checkout; one of them has agreed to reminders.
    for guest, agrees in ((CORA, True), (DEAN, False)):
        browser = new_page()
        put_into_cart(browser, DESK)
        leave_cart(browser, guest, agrees)
        browser.close()
        cart = odoo_run(LEFT, email=guest.email, hours=11)
        if agrees:
            coras = cart
    text, lang = odoo_run(CONSENT, email=CORA.email)
    assert "may remind me by e-mail" in text
    assert lang == "en_US"

    # 2. She gets one e-mail, he none.
    for _twice in range(2):
        run_cron(REMINDERS)
    run_cron(QUEUE)
    [reminder] = mails.wait(to=CORA.email)
    assert reminder.subject == "You left something in your cart"
    assert DESK in reminder.html
    assert not mails.find(to=DEAN.email)
    office = new_page()
    log_in(office, "sales")
    office.goto("/odoo/ecommerce-abandoned-carts")
    row = office.locator(".o_data_row", has_text=DEAN.name)
    expect(row).to_contain_text("The customer has not agreed to reminders")

    # 3. On another device the link shows the cart; she orders.
    phone = new_page()
    phone.set_content(reminder.html)
    link = phone.get_by_role("link", name="Go to your cart")
    phone.goto(link.get_attribute("href"))
    expect(phone.locator("#shop_cart")).to_contain_text(DESK)
    phone.locator("a[name=website_sale_main_button]").first.click()
    phone.wait_for_url("**/shop/checkout*")
    choose_delivery(phone, "Standard delivery")
    pay_by_card(phone)
    name = order(phone)
    assert name == coras

    # 4. It is counted once, in the book, on the order and in the report.
    assert odoo_run(COUNTED, name=name) == {
        "state": "recovered",
        "clicked": True,
        "order": name,
        "medium": "Email",
        "revenue": True,
    }
    phone.goto(link_of(reminder))
    expect(phone.locator("#wrap")).to_contain_text("already been completed")
    manager = new_page()
    log_in(manager, "admin")
    manager.goto("/odoo/action-website_sale_order_mgmt.website_cart_recovery_mail_action")
    manager.locator(".o_switch_view.o_list").click()
    recovered = manager.locator(".o_data_row", has_text=name)
    expect(recovered).to_have_count(1)
    expect(recovered.locator("[name=recovered_order_id]")).to_contain_text(name)
    run_cron(REMINDERS)
    run_cron(QUEUE)
    assert [m for m in mails.find(to=CORA.email) if "cart" in m.subject] == [reminder]


def link_of(mail):
    """Return the address that the reminder's button leads to."""
    return next(link for link in mail.links if "/shop/cart?" in link)
