"""Invoicing of a website's orders: when they are invoiced by themselves, and how."""

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.invoicing import POLICIES, PREPAID
from .sale_order_invoicing import INVOICING_CRON

AUTOMATIC = ("on_demand", "on_payment", "on_delivery")  # Policies that need the cron.


class Website(models.Model):
    _inherit = "website"

    # === FIELDS === #

    invoicing_b2c = fields.Selection(
        selection=POLICIES,
        string="Invoices to Consumers",
        help="When orders of people without a VAT number are invoiced. It counts for orders that"
        " are confirmed from now on.",
        default="core",
        required=True,
    )
    invoicing_b2b = fields.Selection(
        selection=POLICIES,
        string="Invoices to Businesses",
        help="When orders of companies, or with a VAT number, are invoiced. It counts for orders"
        " that are confirmed from now on.",
        default="core",
        required=True,
    )
    invoicing_per_delivery = fields.Boolean(
        string="One Invoice for each Delivery",
        help="Each delivery is invoiced when it leaves. Otherwise the order gets one invoice when"
        " all of it has left.",
        default=True,
    )
    invoicing_prepaid = fields.Selection(
        selection=PREPAID,
        string="Paid before the Delivery",
        help="What happens to paid products that are invoiced on delivered quantities.",
        default="delivered",
        required=True,
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        websites = super().create(vals_list)
        if any({"invoicing_b2c", "invoicing_b2b"} & set(vals) for vals in vals_list):
            self._toggle_invoicing_cron()
        return websites

    def write(self, vals):
        result = super().write(vals)
        if {"invoicing_b2c", "invoicing_b2b"} & set(vals):
            self._toggle_invoicing_cron()
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _toggle_invoicing_cron(self, switch=None):
        """Keep core's cron of automatic invoicing active while anything is invoiced by itself.

        :param bool switch: core's Automatic Invoice, if it is about to change
        """
        orders = self.env["sale.order"]
        is_on = orders._is_automatic_invoicing_on() if switch is None else switch
        # sudo: all websites, customers and orders count, also those that this user does not see.
        for model, domain in (
            ("website", Domain("invoicing_b2c", "in", AUTOMATIC)),
            ("website", Domain("invoicing_b2b", "in", AUTOMATIC)),
            ("res.partner", Domain("invoicing_policy", "in", AUTOMATIC)),
            # Whatever is set now: what was agreed with an order stays.
            ("sale.order", Domain("shop_invoicing_policy", "in", AUTOMATIC)),
        ):
            # sudo: see above; nothing but whether there is one is asked.
            is_on = is_on or bool(self.env[model].sudo().search_count(domain, limit=1))
        cron = self.env.ref(INVOICING_CRON, raise_if_not_found=False)
        if cron and cron.active != is_on:
            # sudo: whoever sets the policies decides about this cron, nothing else.
            cron.sudo().active = is_on
