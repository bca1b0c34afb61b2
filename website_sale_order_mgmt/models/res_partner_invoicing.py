"""Customers who are invoiced otherwise than the website's other customers."""

from odoo import api, fields, models

from ..const import STAFF
from ..tools.invoicing import POLICIES


class ResPartner(models.Model):
    _inherit = "res.partner"

    # === FIELDS === #

    invoicing_policy = fields.Selection(
        selection=POLICIES,
        string="Web Orders are Invoiced",
        help="When this customer's web orders are invoiced by themselves, whatever the website's"
        " settings say. It counts for orders that are confirmed from now on.",
        groups=STAFF,
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        if any(vals.get("invoicing_policy") for vals in vals_list):
            self.env["website"]._toggle_invoicing_cron()
        return partners

    def write(self, vals):
        result = super().write(vals)
        if "invoicing_policy" in vals:
            self.env["website"]._toggle_invoicing_cron()
        return result

    # === BUSINESS METHODS === #

    def _get_invoicing_exception(self):
        """Return the policy set for this address or for its company.

        :rtype: str | bool
        """
        self.ensure_one()
        return self.invoicing_policy or self.commercial_partner_id.invoicing_policy

    def _is_invoiced_as_business(self):
        """Return whether invoices to this address go to a business.

        :rtype: bool
        """
        self.ensure_one()
        company = self.commercial_partner_id
        # "/" says that somebody has no VAT number, as `base_vat` explains to its users.
        return company.is_company or bool(company.vat and company.vat != "/")
