"""Invoices beside Odoo's own apps: Peppol, in its demo mode, and the check of VAT numbers."""

import pytest
from orders import CRONS, new_orders, pay
from processes import RUN_CRON

from devtools.inside import Inside
from devtools.mailcatcher import MailCatcher

SENDING = "website_sale_order_mgmt.ir_cron_send_requested_invoices"
REGISTER = """
company = env.ref("website.default_website").company_id
env["ir.config_parameter"].set_param("account_peppol.edi.mode", "demo")
company.write({
    "country_id": env.ref("base.be").id, "vat": "BE0477472701", "street": "Rue 1",
    "city": "Bruxelles", "zip": "1000", "peppol_eas": "0208", "peppol_endpoint": "0477472701",
})
wizard = env["peppol.registration"].with_company(company)
wizard._create_connection("0208:0477472701", "uuid", company)
env["ir.config_parameter"].set_param("sale.automatic_invoice", False)
env["website"].search([]).write({"invoicing_b2c": "on_payment", "invoicing_b2b": "on_payment"})
env["mail.mail"].search([]).state = "cancel"
country = company.account_fiscal_country_id
group = env["account.tax.group"].create(
    {"name": "21 %", "company_id": company.id, "country_id": country.id}
)
env["account.tax"].create({"name": "21 %", "amount": 21.0, "company_id": company.id,
    "country_id": country.id, "tax_group_id": group.id,
    "ubl_cii_tax_category_code": "S"}).id
"""
ON_PEPPOL = """
orders = env["sale.order"].browse(ids)
for order in orders:
    order.partner_id.write({
        "country_id": env.ref("base.be").id, "is_company": True, "vat": "BE0477472701",
        "street": "Rue 2", "city": "Namur", "zip": "5000",
        "peppol_eas": "0208", "peppol_endpoint": "0477472701",
    })
    order.partner_id.button_account_peppol_check_partner_endpoint(company=order.company_id)
env.flush_all()
orders.order_line.tax_ids = env["account.tax"].browse(tax_id)
orders.partner_id.with_company(orders.company_id).mapped("peppol_verification_state")
"""
LEFT = """
orders = env["sale.order"].browse(ids)
[
    [order.shop_invoicing_state, move.name, move.peppol_move_state, move.shop_send_state,
     move.is_move_sent]
    for order in orders for move in order.invoice_ids
]
"""
MESSAGES = """
moves = env["sale.order"].browse(ids).invoice_ids
[moves.mapped("peppol_message_uuid"), moves.mapped("shop_send_error")]
"""
LAYOUT = """
layout = env.ref("website_sale_order_mgmt.mail_layout_invoice")
before = layout.arch
layout.arch = arch or before.replace("button_access['title']", "1 / 0")
before
"""
BILL = """
order = env["sale.order"].browse(ids)
details, errors = order._clean_shop_billing_details(
    {"company_name": "Lind & Co", "street": "Rue 1", "city": "Namur", "zip": "5000", "vat": vat}
)
company = (errors or order._request_shop_invoice(details)) and order.invoice_ids.partner_id
[errors.get("vat", ""), company.name or "", company.vat or ""]
"""
IN_BELGIUM = """
env["website"].search([]).write({"invoicing_b2c": "on_demand", "invoicing_b2b": "on_demand"})
env["sale.order"].browse(ids).partner_id.country_id = env.ref("base.be")
None
"""
CENTS = """
order = env["sale.order"].browse(ids)
order.company_id.tax_calculation_rounding_method = "round_globally"
order.website_id.write({"invoicing_b2c": "on_delivery", "invoicing_b2b": "on_delivery"})
order.order_line.write({"product_uom_qty": 3, "price_unit": 29.95, "discount": 10.0})
None
"""
PARCELS = """
order = env["sale.order"].browse(ids)
for parcel in range(3):
    picking = order.picking_ids.filtered(lambda pick: pick.state != "done")
    picking.move_ids.write({"quantity": 1, "picked": True})
    picking.with_context(skip_backorder=True).button_validate()
    order._make_shop_invoices()
last = order.invoice_ids.sorted("id")[-1]
_file, errors = env["account.edi.xml.ubl_bis3"]._export_invoice(last)
[last.invoice_line_ids.mapped("price_subtotal"), list(errors)]
"""
DUE = "env['sale.order'].browse(ids).invoice_ids.shop_send_next_try = False"


@pytest.fixture(scope="module")
def run(neighbours: Inside) -> Inside:
    """Run code in a shop that has these apps."""
    return neighbours


@pytest.fixture(scope="module")
def tax(run: Inside) -> int:
    """A company that is on Peppol, in demo mode; the id of a tax that it charges."""
    return run(REGISTER)


@pytest.fixture
def buy(run: Inside, tax: int):
    """Make paid orders of customers who are on Peppol, or of others, which wait for invoices."""

    def make(prefix: str, count: int = 1, on_peppol: bool = True) -> list[int]:
        orders = run(new_orders, prefix=prefix, count=count)
        if on_peppol:
            states = run(ON_PEPPOL, ids=orders, tax_id=tax)
            assert states == ["valid"] * count
        pay(run, orders)
        return orders

    return make


def test_by_peppol_and_by_mail(run: Inside, mails: MailCatcher, buy) -> None:
    orders = [*buy("peppol", 2), *buy("plain", on_peppol=False)]
    for cron in (CRONS["invoicing"], SENDING, CRONS["mails"]):
        run(RUN_CRON, xmlid=cron)
    left = run(LEFT, ids=orders)
    assert [[one[0], *one[2:]] for one in left] == [
        ["done", "processing", "sent", True],
        ["done", "processing", "sent", True],
        ["done", False, "sent", True],
    ]
    for customer, one in zip(("peppol0", "peppol1", "plain0"), left, strict=True):
        assert len(mails.find(to=f"{customer}@example.com", subject=one[1])) == 1


def test_by_peppol_alone(run: Inside, mails: MailCatcher, buy) -> None:
    [order] = buy("alone")
    run("env['sale.order'].browse(ids).partner_id.email = False", ids=[order])
    for cron in (CRONS["invoicing"], SENDING, CRONS["mails"]):
        run(RUN_CRON, xmlid=cron)
    [[state, _name, *sent]] = run(LEFT, ids=[order])
    assert (state, sent) == ("done", ["processing", "sent", True])


def test_what_peppol_has_taken_is_not_sent_there_again(
    run: Inside, mails: MailCatcher, buy
) -> None:
    """The mail cannot be made: it is made later, alone."""
    [order] = buy("twice")
    arch = run(LAYOUT, arch="")
    run(RUN_CRON, xmlid=CRONS["invoicing"])
    run(RUN_CRON, xmlid=SENDING)
    [[message], [error]] = run(MESSAGES, ids=[order])
    assert message, "Peppol has it"
    assert "division by zero" in error
    run(LAYOUT, arch=arch)
    run(DUE, ids=[order])
    for cron in (SENDING, CRONS["mails"]):
        run(RUN_CRON, xmlid=cron)
    assert run(MESSAGES, ids=[order]) == [[message], [False]]
    [[_state, name, *sent]] = run(LEFT, ids=[order])
    assert sent == ["processing", "sent", True]
    assert len(mails.find(to="twice0@example.com", subject=name)) == 1


def test_a_vat_number_that_is_none_is_refused_in_core_words(run: Inside, tax: int) -> None:
    orders = run(new_orders, prefix="vat")
    run(IN_BELGIUM, ids=orders)
    pay(run, orders)
    [error, *company] = run(BILL, ids=orders, vat="BE0477472702")
    assert "0477472702" in error
    assert "does not seem to be valid" in error
    assert company == ["", ""], "Nothing is made"
    assert run(BILL, ids=orders, vat="be 0477.472.701") == ["", "Lind & Co", "BE0477472701"]


def test_the_last_cents_pass_where_each_line_has_a_tax(run: Inside, tax: int) -> None:
    orders = run(new_orders, prefix="cents")
    run(ON_PEPPOL, ids=orders, tax_id=tax)
    run(CENTS, ids=orders)
    pay(run, orders)
    assert run(PARCELS, ids=orders) == [[26.96, -0.01], []]
