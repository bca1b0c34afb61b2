"""The pages that the user guide shows, opened by those who work with them.

With photographs on (`./dev screenshots`) they become the guide's pictures.
"""

import pytest
from journey_photos import SIZE, photograph
from playwright.sync_api import Page, expect

ADDRESS = """
env["ir.config_parameter"].set_param("web.base.url", url)
env["website"].search([], limit=1).domain = url
"""
TOO_MUCH = """
order = env["sale.order"].search(
    [("shop_payment_status", "=", "paid"), ("state", "=", "sale")], limit=1
)
payment = order.transaction_ids[:1]
payment.copy({"reference": "Twice", "amount": 50, "state": "done", "is_post_processed": True,
              "sale_order_ids": [(6, 0, order.ids)]})
env["sale.order"]._cron_watch_web_orders()
"""
DELIVERED = """
picking = env["stock.picking"].search(
    [("state", "=", "done"), ("sale_id.website_id", "!=", False)], limit=1
)
picking.id
"""
INVOICED = """
env["account.move"].search([("move_type", "=", "out_invoice"), ("state", "=", "posted"),
                            ("website_id", "!=", False)], limit=1).id
"""
QUEUES = (
    "sale.send_invoice_cron",
    "website_sale_order_mgmt.ir_cron_send_delivery_mails",
    "mail.ir_cron_mail_scheduler_action",
)


@pytest.fixture(scope="module")
def odoo_server(make_server, odoo_db):
    """A server without crons: these are run here, one after the other."""
    return make_server(odoo_db, crons=0)


@pytest.fixture(scope="module")
def told(odoo_run, odoo_server, run_cron, mails):
    """The shop, when its queues have been worked through."""
    odoo_run(ADDRESS, url=odoo_server.url)
    for cron in QUEUES:
        run_cron(cron)
    return mails


@pytest.fixture
def office(new_page, log_in, told):
    """A page of the backend, as wide as the guide's pictures."""

    def open_as(login: str) -> Page:
        page = new_page(SIZE)
        log_in(page, login)
        return page

    return open_as


def test_salesperson_sees_where_orders_stand(office, odoo_run):
    odoo_run(TOO_MUCH)
    page = office("admin")
    page.goto("/odoo/ecommerce-orders")
    expect(page.get_by_role("cell", name="Order, to ship").first).to_be_visible()
    expect(page.get_by_role("cell", name="Emma Reed").first).to_be_visible()
    photograph(page, "orders")
    page.goto("/odoo/ecommerce-attention")
    page.get_by_role("cell", name="Too much was paid").first.click()
    expect(page.get_by_role("button", name="Give back")).to_be_visible()
    photograph(page, "order")


def test_administrator_finds_the_settings_under_their_headings(office):
    page = office("admin")
    page.goto("/odoo/settings#website")
    for heading in ("Checkout process", "E-mail & marketing", "Invoicing"):
        expect(page.locator("h3", has_text=heading).first).to_be_attached()
    photograph(page, "settings", top=page.locator("h2", has_text="Order management"))


def test_warehouse_worker_sees_the_delivery(office, odoo_run):
    page = office("warehouse")
    page.goto(f"/odoo/deliveries/{odoo_run(DELIVERED)}")
    expect(page.get_by_role("radio", name="Done")).to_be_visible()
    photograph(page, "transfer")


def test_accountant_sees_the_posted_invoice(office, odoo_run):
    page = office("admin")
    page.goto(f"/odoo/action-account.action_move_out_invoice_type/{odoo_run(INVOICED)}")
    expect(page.get_by_role("radio", name="Posted")).to_be_visible()
    photograph(page, "invoice")


def test_customers_get_their_mails(new_page, told):
    for name, words in (
        ("delivery-mail", "/OUT/"),
        ("invoice-mail", "INV/"),
    ):
        sent = [mail for mail in told.wait(subject=words) if mail.html]
        assert sent, name
        page = new_page(SIZE)
        page.set_content(sent[0].html)
        photograph(page, name)
