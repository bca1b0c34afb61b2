"""A guest orders, gets the invoice on the order's page, then has it made out to the company."""

import io

import pytest
from journey_cart import ADDRESS, QUEUE
from journey_photos import SIZE, photograph
from journey_shop import (
    Guest,
    choose_delivery,
    enter_address,
    open_cart,
    order,
    pay_by_card,
    put_into_cart,
    ready,
)
from playwright.sync_api import expect
from pypdf import PdfReader

DORA = Guest("Dora Frost", "dora.frost@example.com")
SENDING = "website_sale_order_mgmt.ir_cron_send_requested_invoices"
WITHDRAWAL = "You may withdraw from this contract within 14 days."
PREPARE = """
website = env.ref("website.default_website")
website.write({"invoicing_b2c": "on_demand", "invoicing_b2b": "on_demand"})
env["ir.config_parameter"].set_param("sale.automatic_invoice", False)
env["website.invoice.text"].create(
    {
        "website_id": website.id,
        "customers": "b2c",
        "on_credit_notes": False,
        "text": f"<p>{text}</p>",
    }
)
None
"""
PAGE = "env['sale.order'].search([('name', '=', name)]).get_portal_url()"
DOCUMENTS = """
moves = env["sale.order"].search([("name", "=", name)]).invoice_ids.sorted("id")
moves.mapped(lambda move: [move.move_type, move.name, move.amount_residual])
"""


@pytest.fixture(scope="module")
def odoo_server(make_server, odoo_db):
    """A server without crons: these are run here, one after the other."""
    return make_server(odoo_db, crons=0)


def test_guest_gets_the_invoice_then_the_companys(odoo_server, odoo_run, run_cron, new_page, mails):
    odoo_run(ADDRESS, url=odoo_server.url)
    odoo_run(PREPARE, text=WITHDRAWAL)

    # 1. The guest orders; nothing is invoiced by itself.
    guest = new_page(SIZE)
    put_into_cart(guest, "Individual Workplace")
    open_cart(guest)
    enter_address(guest, DORA)
    choose_delivery(guest, "Standard delivery")
    pay_by_card(guest)
    name = order(guest)
    assert odoo_run(DOCUMENTS, name=name) == []

    # 2. On the order's page she asks for the invoice, confirms the details, and has it.
    guest.goto(odoo_run(PAGE, name=name))
    guest.get_by_role("link", name="Get the invoice").first.click()
    expect(guest.get_by_label("Your name")).to_have_value("Dora Frost")
    photograph(guest, "invoice-details")
    guest.get_by_role("button", name="Get the invoice").click()
    download = guest.locator("a.o_shop_invoice_pdf")
    expect(download).to_have_count(1)
    photograph(guest, "invoice-ready")
    [[_type, first, residual]] = odoo_run(DOCUMENTS, name=name)
    assert residual == 0
    text = _text(guest.request.get(download.get_attribute("href")).body())
    assert first in text
    assert "Dora Frost" in text
    assert WITHDRAWAL in text

    # 3. She needs it for her company: credited, made out anew, nothing to pay.
    guest.get_by_role("link", name="Back to the order").click()
    guest.get_by_role("link", name="I need it with my company's details").first.click()
    ready(guest)
    guest.get_by_label("Company").fill("Frost Ltd")
    photograph(guest, "invoice-company")
    guest.get_by_role("button", name="Send me the new invoice").click()
    expect(download).to_contain_text("Download")
    documents = odoo_run(DOCUMENTS, name=name)
    assert [kind for kind, _name, _residual in documents].count("out_invoice") == 2
    assert [residual for _kind, _name, residual in documents] == [0, 0, 0]
    [note] = [number for kind, number, _residual in documents if kind == "out_refund"]
    [second] = {number for _kind, number, _residual in documents} - {first, note}
    text = _text(guest.request.get(download.get_attribute("href")).body())
    assert second in text
    assert "Frost Ltd" in text
    assert WITHDRAWAL not in text, "It is for consumers"

    # 4. The credit note, which names the invoice that it corrects, and the new one come by e-mail.
    run_cron(SENDING)
    run_cron(QUEUE)
    [credited] = mails.wait(to=DORA.email, subject=note)
    text = _text(*credited.attachments.values())
    assert note in text
    assert f"Reversal of: {first}" in " ".join(text.split())
    assert WITHDRAWAL not in text
    [anew] = mails.wait(to=DORA.email, subject=second)
    assert "Frost Ltd" in _text(*anew.attachments.values())

    # 5. Once only: the page offers it no more.
    guest.goto(odoo_run(PAGE, name=name))
    expect(guest.get_by_role("link", name="I need it with my company's details")).to_have_count(0)


def _text(content):
    """Return the text of a PDF."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
