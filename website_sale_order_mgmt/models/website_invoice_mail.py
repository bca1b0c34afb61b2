"""Websites: in which words their customers get the invoice, and how long they may change it."""

from odoo import fields, models


class Website(models.Model):
    _inherit = "website"

    # === FIELDS === #

    invoice_mail_template_id = fields.Many2one(
        comodel_name="mail.template",
        string="Invoice E-mail",
        help="For the invoices of this website's orders. Without one: the template beside Automatic"
        " Invoice, or Odoo's own.",
        domain=[("model", "=", "account.move")],
        ondelete="set null",
    )
    invoice_change_days = fields.Integer(
        string="Days to Ask for Other Billing Details",
        help="How long after an invoice its customer may have it replaced by one with the details"
        " of a company, once. With 0 nobody may.",
        default=30,
    )

    # === CONSTRAINTS AND INDEXES === #

    _invoice_change_days_positive = models.Constraint(
        "CHECK(invoice_change_days >= 0)",
        "The days to ask for other billing details cannot be negative.",
    )
