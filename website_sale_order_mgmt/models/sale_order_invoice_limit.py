"""The forms about invoices on the order's page: how often they may be sent within an hour."""

from datetime import timedelta

from odoo import fields, models

WINDOW = timedelta(hours=1)
MAX_FORMS = 20  # of an order: whoever has its link types, corrects and clicks again


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === FIELDS === #

    shop_invoice_forms = fields.Integer(
        string="Invoice Forms Sent",
        help="How often the customer has sent billing details within the hour that began then.",
        readonly=True,
        copy=False,
        groups="base.group_system",
    )
    shop_invoice_forms_since = fields.Datetime(
        string="Invoice Forms Counted since", readonly=True, copy=False, groups="base.group_system"
    )

    # === BUSINESS METHODS === #

    def _count_shop_invoice_form(self):
        """Count a form that the customer sends; each may cost a look-up of a VAT number.

        :return: whether it may be looked at: not more than `MAX_FORMS` within an hour
        :rtype: bool
        """
        self.ensure_one()
        # sudo: nobody but the system counts.
        order, now = self.sudo(), fields.Datetime.now()
        since = order.shop_invoice_forms_since
        if not since or since <= now - WINDOW:
            order.write({"shop_invoice_forms": 1, "shop_invoice_forms_since": now})
            return True
        if order.shop_invoice_forms >= MAX_FORMS:
            return False
        order.shop_invoice_forms += 1
        return True
