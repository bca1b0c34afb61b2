"""The pages about an order's status, its assignment and its way, as the user guide shows them."""

import pytest
from journey_photos import SIZE, photograph
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
LANGUAGES = ("en_US", "sv_SE")
SHIPPED = """
order = env["sale.order"].search(
    [("shop_status", "=", "shipped"), ("shop_payment_status", "=", "paid")], limit=1
)
order.get_portal_url()
"""
PAID = """
order = env["sale.order"].search(
    [("shop_status", "=", "to_ship"), ("shop_payment_status", "=", "paid")], limit=1
)
[order.id, f"{order.amount_total:.2f}"]
"""
SPEAKS = """
env["res.users"].search([("login", "=", login)]).lang = lang
"""
WORDS = {
    "en_US": {
        "kanban": "Order, to ship",
        "rule": "Whoever has the fewest open web orders",
        "refund": "Refund",
        "point": ".",
    },
    "sv_SE": {
        "kanban": "Order, att skicka",
        "rule": "Den som har minst antal öppna webborder",
        "refund": "Återbetalning",
        "point": ",",
    },
}


@pytest.fixture(scope="module")
def odoo_server(make_server, odoo_db):
    """A server without crons: nothing changes while it is looked at."""
    return make_server(odoo_db, crons=0)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_salesperson_reads_cards_and_rules(new_page, log_in, odoo_run, lang):
    odoo_run(SPEAKS, login="admin", lang=lang)
    page = new_page(SIZE)
    log_in(page, "admin")
    page.goto("/odoo/ecommerce-orders?view_type=kanban")
    expect(page.get_by_text(WORDS[lang]["kanban"]).first).to_be_visible()
    _photograph(page, "orders-kanban", lang)
    page.goto("/odoo/action-website_sale_order_mgmt.sale_order_assignment_rule_action")
    page.get_by_role("cell", name="Large orders").click()
    expect(page.get_by_role("radio", name=WORDS[lang]["rule"])).to_be_checked()
    _photograph(page, "rule", lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_salesperson_reads_the_orders_on_a_phone(new_page, log_in, odoo_run, lang):
    odoo_run(SPEAKS, login="sales", lang=lang)
    page = new_page(PHONE)
    log_in(page, "sales")
    page.goto("/odoo/ecommerce-orders")
    expect(page.get_by_text(WORDS[lang]["kanban"]).first).to_be_visible()
    _photograph(page, "orders-phone", lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_office_reads_what_a_refund_is_made_of(new_page, log_in, odoo_run, lang):
    odoo_run(SPEAKS, login="admin", lang=lang)
    order, total = odoo_run(PAID)
    page = new_page(SIZE)
    log_in(page, "admin")
    page.goto(f"/odoo/ecommerce-orders/{order}")
    page.get_by_role("button", name=WORDS[lang]["refund"], exact=True).click()
    window = page.get_by_role("dialog")
    expect(window.get_by_role("row").last).to_contain_text(total.replace(".", WORDS[lang]["point"]))
    expect(window.get_by_role("listitem")).to_contain_text("Demo")
    _photograph(page, "refund", lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_customer_reads_where_the_order_is(new_page, odoo_run, lang):
    address = ("" if lang == "en_US" else "/sv") + odoo_run(SHIPPED)
    for name, device in (("order-page", SIZE), ("order-page-phone", PHONE)):
        page = new_page(device)
        page.goto(address)
        steps = page.locator(".o_shop_timeline")
        expect(steps).to_be_visible()
        _photograph(page, name, lang, top=steps if device is PHONE else None)
        _assert_readable(page, steps)
    page.goto("/shop/order-status" if lang == "en_US" else "/sv/shop/order-status")
    expect(page.locator("input[name=order_number]")).to_be_visible()
    _photograph(page, "order-status-phone", lang)


def _assert_readable(page, steps):
    """Nothing is wider than the screen, and the keyboard reaches whatever can be done."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert steps.get_by_role("listitem").count() > 3
    links = steps.locator("a")
    links.first.focus()
    for number in range(links.count()):
        expect(links.nth(number)).to_be_focused()
        page.keyboard.press("Tab")


def _photograph(page, name, lang, top=None):
    """Take a picture of the English page: the guide is in English."""
    if lang == "en_US":
        photograph(page, name, top=top)
