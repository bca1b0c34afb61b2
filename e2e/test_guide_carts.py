"""Abandoned carts, as the user guide shows them: e-mails, settings, lists, report."""

import pytest
from journey_cart import ADDRESS, QUEUE, REMINDERS
from journey_photos import SIZE, photograph
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
LANGUAGES = ("en_US", "sv_SE")
SPEAKS = 'env["res.users"].search([("login", "=", login)]).lang = lang'
READY = """
env.ref("website.default_website").cart_recovery_holdout = 0
env.ref("website_sale_order_mgmt.partner_nora").email
"""
# Carts of some weeks, more than anybody would want in the demo.
BOOK = """
from datetime import timedelta
from odoo import fields
now = fields.Datetime.now()
website = env.ref("website.default_website")
order = env.ref("website_sale_order_mgmt.order_delivered")
carts = env["sale.order"].create(
    [
        {"partner_id": order.partner_id.id, "website_id": website.id, "name": f"Guide {number}",
         "date_order": now - timedelta(days=number % 40), "state": "cancel"}
        for number in range(400)
    ]
)
env["website.cart.recovery.mail"].create(
    [
        {"order_id": cart.id, "step_key": 0, "step_number": 1 + number % 3,
         "cart_activity": now, "sent_date": now - timedelta(days=number % 40),
         "state": "holdout" if number % 5 == 0 else "sent", "amount": 100 + number % 90,
         "click_date": number % 5 and number % 3 == 0 and now,
         "recovered_order_id": number % (4 if number % 5 else 75) == 0 and order.id}
        for number, cart in enumerate(carts)
    ]
)
None
"""
WORDS = {
    "en_US": {"effect": "more orders of", "reminders": "Reminders"},
    "sv_SE": {"effect": "", "reminders": ""},
}


@pytest.fixture(scope="module")
def odoo_server(make_server, odoo_db):
    """A server without crons: these are run here, one after the other."""
    return make_server(odoo_db, crons=0)


@pytest.fixture(scope="module")
def reminder(odoo_server, odoo_run, run_cron, mails):
    """The first reminder of a cart, as it has arrived."""
    odoo_run(ADDRESS, url=odoo_server.url)
    email = odoo_run(READY)
    run_cron(REMINDERS)
    run_cron(QUEUE)
    [mail] = mails.wait(to=email, subject="You left something")
    return mail


def test_customer_reads_the_mail(new_page, reminder, tmp_path):
    for name, device, scheme in (
        ("reminder-mail", SIZE, "light"),
        ("reminder-mail-phone", PHONE, "light"),
        ("reminder-mail-dark", PHONE, "dark"),
    ):
        page = new_page(device, color_scheme=scheme)
        page.set_content(reminder.html)
        expect(page.get_by_role("link", name="Go to your cart")).to_be_visible()
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= device["viewport"]["width"], "Nobody has to scroll sideways"
        background = page.locator(".cr_card").evaluate(
            "element => getComputedStyle(element).backgroundColor"
        )
        assert (background == "rgb(255, 255, 255)") == (scheme == "light")
        photograph(page, name)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_salesperson_reads_why_a_cart_waits(new_page, log_in, odoo_run, reminder, lang):
    odoo_run(SPEAKS, login="admin", lang=lang)
    page = new_page(SIZE)
    log_in(page, "admin")
    page.goto("/odoo/ecommerce-abandoned-carts")
    rows = page.locator(".o_data_row")
    expect(rows.filter(has_text="Nora").first).to_be_visible()
    shot(page, "abandoned-carts", lang)
    rows.filter(has_text="Nora").first.locator("[name=partner_id]").click()
    expect(page.locator("[name=cart_recovery]").first).to_be_visible()
    shot(page, "abandoned-cart", lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_manager_reads_what_the_reminders_bring(new_page, log_in, odoo_run, reminder, lang):
    if not odoo_run("env['sale.order'].search_count([('name', '=', 'Guide 1')])"):
        odoo_run(BOOK)
    odoo_run(SPEAKS, login="admin", lang=lang)
    page = new_page(SIZE)
    log_in(page, "admin")
    page.goto("/odoo/action-website_sale_order_mgmt.website_cart_recovery_effect_action")
    expect(page.locator("[name=summary]")).to_contain_text(WORDS[lang]["effect"])
    shot(page, "effect", lang)
    page.locator("button[name=action_open_rows]").click()
    expect(page.locator(".o_pivot table")).to_be_visible()
    shot(page, "reminder-report", lang)
    page.locator(".o_switch_view.o_graph").click()
    expect(page.locator(".o_graph_view canvas")).to_be_visible()
    shot(page, "reminder-graph", lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_administrator_sets_up_the_reminders(new_page, log_in, odoo_run, reminder, lang):
    odoo_run(SPEAKS, login="admin", lang=lang)
    page = new_page(SIZE)
    log_in(page, "admin")
    page.goto("/odoo/settings#website")
    setting = page.locator("#abandoned_carts_setting")
    expect(setting).to_be_attached()
    shot(page, "reminder-settings", lang, top=setting)
    setting.locator("button[name=action_preview_cart_reminder]").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(reminder.subject)
    shot(page, "reminder-preview", lang)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    setting.locator("button[name=action_open_cart_recovery_steps]").click()
    expect(page.locator(".o_data_row")).to_have_count(2)
    shot(page, "more-reminders", lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_salesperson_reads_the_carts_on_a_phone(new_page, log_in, odoo_run, reminder, lang):
    odoo_run(SPEAKS, login="sales", lang=lang)
    page = new_page(PHONE)
    log_in(page, "sales")
    page.goto("/odoo/ecommerce-abandoned-carts")
    expect(page.locator(".o_kanban_record:visible, .o_data_row:visible").first).to_be_visible()
    shot(page, "abandoned-carts-phone", lang)


def shot(page, name, lang, top=None):
    """Take a picture; the guide shows the English ones."""
    photograph(page, name if lang == "en_US" else f"{name}-{lang}", top=top)
