"""A consumer withdraws from a contract, in a real browser with real mails: what the guide shows."""

import io

import pytest
from conftest import PHONE
from journey_photos import SIZE, photograph
from playwright.sync_api import expect
from pypdf import PdfReader

CRON = "website_sale_order_mgmt.ir_cron_withdrawals"
ORDER_MAILS = "sale.send_pending_emails_cron"
MAILS = "mail.ir_cron_mail_scheduler_action"
ORDER = """
website = env.ref("website.default_website")
website.withdrawal_function = True
website.domain = url
env["ir.config_parameter"].set_param("web.base.url", url)
website.company_id.write({"street": "Main Street 1", "city": "Ghent", "email": "shop@example.com"})
partner = env["res.partner"].create({"name": "Dana Weber", "email": "dana@example.com",
                                     "country_id": env.ref("base.de").id})
product = env["product.product"].create({"name": "Oak Shelf", "type": "consu", "list_price": 80,
                                         "taxes_id": False})
order = env["sale.order"].create({
    "partner_id": partner.id, "website_id": website.id, "company_id": website.company_id.id,
    "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 3})]})
order.with_context(send_email=True).action_confirm()
for move in order.picking_ids.move_ids:
    move.write({"quantity": move.product_uom_qty, "picked": True})
order.picking_ids._action_done()
order._portal_ensure_token()
{"name": order.name, "path": order.get_portal_url()}
"""
STATEMENT = """
statement = env["sale.order.withdrawal"].search([], limit=1)
{"id": statement.id, "order": statement.order_id.name, "state": statement.return_id.state,
 "quantity": sum(statement.return_id.line_ids.mapped("quantity")),
 "acknowledged": bool(statement.acknowledged_at)}
"""


@pytest.fixture(scope="module")
def odoo_server(make_server, odoo_db):
    """A server without crons: these are run here."""
    return make_server(odoo_db, crons=0)


@pytest.fixture(scope="module")
def bought(odoo_run, odoo_server):
    """A consumer's order, delivered."""
    return odoo_run(ORDER, url=odoo_server.url)


def test_consumer_withdraws_from_a_part(new_page, bought, odoo_run, run_cron, mails, log_in):
    run_cron(ORDER_MAILS)
    run_cron(MAILS)
    [confirmation] = mails.wait(to="dana@example.com", subject=bought["name"])
    assert "Withdraw from contract here" in confirmation.html
    [pdf] = [file for name, file in confirmation.attachments.items() if "withdrawal" in name]
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    for words in ("Model withdrawal form", "Main Street 1", "/shop/withdrawal"):
        assert words in text

    page = new_page(SIZE)
    page.goto(bought["path"])
    link = page.locator("#order_timeline").get_by_role("link", name="Withdraw from contract here")
    link.click()
    expect(page.get_by_label("Your name")).to_have_value("Dana Weber")
    page.get_by_role("spinbutton").fill("2")
    photograph(page, "withdrawal")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".o_shop_withdrawal_text")).to_contain_text("2 × Oak Shelf")
    photograph(page, "withdrawal-confirm")
    page.get_by_role("button", name="Confirm withdrawal").click()
    expect(page.get_by_text("We have received your statement:")).to_be_visible()
    photograph(page, "withdrawal-received")

    run_cron(CRON)
    run_cron(MAILS)
    [mail] = mails.wait(to="dana@example.com", subject="received your withdrawal")
    assert "2 × Oak Shelf" in mail.html and " UTC" in mail.html
    found = odoo_run(STATEMENT)
    assert (found["order"], found["quantity"]) == (bought["name"], 2.0)
    assert found["state"] == "approved" and found["acknowledged"]

    admin = new_page(SIZE)
    log_in(admin, "admin")
    admin.goto(f"/odoo/ecommerce-withdrawals/{found['id']}")
    expect(admin.locator("[name=refund_state]")).to_contain_text("Withheld")
    photograph(admin, "withdrawal-office")


def test_guest_withdraws_by_keyboard_on_a_phone(new_page, bought):
    page = new_page(PHONE)
    page.goto("/shop")
    page.locator("footer").get_by_role("link", name="Withdraw from contract here").click()
    page.get_by_label("Order number").focus()
    page.keyboard.type("S99999")
    page.keyboard.press("Tab")
    page.keyboard.type("Nobody")
    page.keyboard.press("Tab")
    page.keyboard.type("nobody@example.com")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["viewport"]["width"], "nothing to scroll sideways"
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Confirm withdrawal")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("We have received your statement:")).to_be_visible()
    photograph(page, "withdrawal-phone")
