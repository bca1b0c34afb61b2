"""Invoices on demand: the customer asks for one on the order's page, and gets it at once."""

from odoo import models
from odoo.exceptions import UserError

from ..tools import work_queue
from ..tools.timeline import Action


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS === #

    def _is_shop_invoice_on_demand(self):
        """Return whether the order's customer may ask for the invoice.

        Orders from before any policy follow the one of today: nobody is invoiced by surprise.

        :rtype: bool
        """
        self.ensure_one()
        if not self.website_id or self.state != "sale":
            return False
        policy = self.shop_invoicing_policy or self._get_shop_invoicing_policy()[self][0]
        return policy == "on_demand"

    def _get_shop_invoices(self):
        """Return the posted invoices that count, the oldest first: those replaced do not.

        :rtype: account.move
        """
        return self._get_posted_invoices("out_invoice")

    def _can_shop_invoice_be_made(self):
        """Return whether the customer may ask now, and something is paid or has left for it.

        :rtype: bool
        """
        self.ensure_one()
        if not self._is_shop_invoice_on_demand():
            return False
        quantities, down_payment = self._get_shop_invoice_content("on_demand")
        return bool(quantities) or down_payment > 0

    def _get_shop_invoice_refusal(self):
        """Return why there is no invoice to be had, in words for the customer.

        :rtype: str
        """
        self.ensure_one()
        if self.state == "cancel":
            return self.env._("This order has been cancelled. There is nothing to invoice.")
        if self.state != "sale":
            return self.env._(
                "Your order is not confirmed yet. You can get the invoice when it is."
            )
        if self.currency_id.is_zero(self.amount_total):
            return self.env._("Your order was free of charge. There is nothing to invoice.")
        return self.env._(
            "Nothing of your order is paid or has been shipped yet. You can get the invoice"
            " afterwards."
        )

    def _request_shop_invoice(self, details):
        """Make what can be invoiced now, with these details, or return what was made before.

        Who clicks twice, or in two windows, waits here, is refused by PostgreSQL, and is served
        again by core's `retrying`: with the invoice of the first click.

        :param dict details: checked by `_clean_shop_billing_details`
        :return: the invoices, posted; their PDFs are sent by themselves
        :rtype: account.move
        :raise UserError: there is nothing to invoice, or other taxes would apply
        """
        self.ensure_one()
        work_queue.take_turn(self)
        before = self._get_shop_invoices()
        if not self._can_shop_invoice_be_made():
            if before:
                return before
            raise UserError(self._get_shop_invoice_refusal())
        self.partner_invoice_id = self._get_shop_billing_partner(details)
        made = self._make_shop_invoices("on_demand", self.env._("The customer asked for it."))
        made._queue_shop_send()
        return made or before

    def _get_shop_invoice_actions(self):
        """Return what the order's page offers about invoices.

        :rtype: list[Action]
        """
        self.ensure_one()
        text, actions = self.env._("Get the invoice"), []
        if self._can_shop_invoice_be_made():
            actions.append(Action("get_invoice", text, self._get_shop_invoice_url()))
        elif invoice := self._get_shop_invoices()[-1:]:
            url = invoice.get_portal_url(report_type="pdf", download=True)
            actions.append(Action("invoice", text, url))
        if self._get_shop_invoices_to_change():
            text = self.env._("I need it with my company's details")
            actions.append(Action("change_invoice", text, self._get_shop_invoice_url("/change")))
        return actions

    def _get_shop_invoice_url(self, suffix=""):
        """Return the page where the customer gets the invoice, with the order's token.

        :param str suffix: "/change" or "/pdf", for the page of that name
        :rtype: str
        """
        return self.get_portal_url(suffix=f"/invoice{suffix}")
