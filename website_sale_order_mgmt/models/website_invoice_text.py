"""What a website's invoices must say by law, beside what Odoo prints."""

from odoo import fields, models
from odoo.tools import is_html_empty


class WebsiteInvoiceText(models.Model):
    """A paragraph on invoices; a fiscal position's note, such as reverse charge, is Odoo's."""

    _name = "website.invoice.text"
    _description = "Text on a Website's Invoices"
    _rec_name = "website_id"
    _order = "website_id, sequence, id"

    # === FIELDS === #

    website_id = fields.Many2one(
        "website",
        required=True,
        ondelete="cascade",
        index=True,
        default=lambda self: self.env["website"].get_current_website(),
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    country_ids = fields.Many2many(
        "res.country",
        string="Countries",
        help="Only on invoices of what is delivered there. Without any: everywhere.",
    )
    customers = fields.Selection(
        selection=[("all", "Everybody"), ("b2c", "Consumers"), ("b2b", "Businesses")],
        help="Businesses are companies, and whoever has a VAT number.",
        required=True,
        default="all",
    )
    on_credit_notes = fields.Boolean(
        string="On Credit Notes, Too",
        help="What the law asks for on invoices, such as why no VAT is charged, it asks for on"
        " credit notes, too. Not what is said about the purchase, such as the right to withdraw.",
        default=True,  # VAT Directive, Art. 219: a credit note counts as an invoice
    )
    text = fields.Html(required=True, translate=True)

    # === BUSINESS METHODS === #

    def _is_for(self, country, is_business, is_credit_note):
        """Return whether an invoice or a credit note has this text.

        :param res.country country: where the goods go
        :param bool is_business: whether the customer is a company or has a VAT number
        :param bool is_credit_note: whether it is a credit note
        :rtype: bool
        """
        self.ensure_one()
        return (
            not is_html_empty(self.text)
            and (self.on_credit_notes or not is_credit_note)
            and (not self.country_ids or country in self.country_ids)
            and self.customers in ("all", "b2b" if is_business else "b2c")
        )
