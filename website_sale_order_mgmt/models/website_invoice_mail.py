"""Websites: in which words their customers get the invoice."""

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
