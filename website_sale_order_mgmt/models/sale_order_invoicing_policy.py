"""Invoicing policies: when an order is invoiced, decided once, when it is confirmed."""

from odoo import models

from ..tools.invoicing import get_policy


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS - WHICH POLICY === #

    def _get_shop_invoicing_policy(self):
        """Return the policy that orders confirmed now are invoiced by, and where it comes from.

        :return: order -> (policy, source), both False for orders that no website took
        :rtype: dict[sale.order, tuple[str, str]]
        """
        policies = dict.fromkeys(self, (False, False))
        # sudo: a customer reads neither the exception nor the company of the invoice's address.
        for order in self.filtered("website_id").sudo():
            website, address = order.website_id, order.partner_invoice_id
            policies[order.with_env(self.env)] = get_policy(
                address._get_invoicing_exception(),
                address._is_invoiced_as_business(),
                website.invoicing_b2c,
                website.invoicing_b2b,
            )
        return policies

    def _fix_shop_invoicing_policy(self):
        """Note the policy on orders that are being confirmed, so that no later one surprises them.

        Orders that follow core's switch carry none: they cost nothing, and are core's affair.
        """
        for order, (policy, source) in self._get_shop_invoicing_policy().items():
            policy, source = (False, False) if policy == "core" else (policy, source)
            if order.shop_invoicing_policy != policy:
                # sudo: the customer who pays confirms the order; the policy is the shop's.
                order.sudo().shop_invoicing_policy = policy
                # sudo: see above.
                order.sudo().shop_invoicing_source = source

    def _has_shop_invoicing_policy(self):
        """Return whether the order has a policy of its own, whatever core's switch says.

        :rtype: bool
        """
        self.ensure_one()
        return (self.shop_invoicing_policy or "core") != "core"

    def _get_shop_invoicing_note(self, policy):
        """Return in a sentence why the order is invoiced, for the people who read the invoice.

        :param str policy: the policy that it is invoiced by
        :rtype: str
        """
        self.ensure_one()
        labels = dict(self._fields["shop_invoicing_policy"]._description_selection(self.env))
        values = {"policy": labels[policy or "core"], "website": self.website_id.name or ""}
        if policy == self.shop_invoicing_policy and self.shop_invoicing_source == "partner":
            values["customer"] = self.partner_invoice_id.commercial_partner_id.name
            return self.env._("%(policy)s: exception of %(customer)s", **values)
        if policy == self.shop_invoicing_policy and self.shop_invoicing_source == "b2b":
            return self.env._("%(policy)s: policy of %(website)s for businesses", **values)
        if policy == self.shop_invoicing_policy and self.shop_invoicing_source == "b2c":
            return self.env._("%(policy)s: policy of %(website)s for consumers", **values)
        return self.env._("%(policy)s, order of %(website)s", **values)

    # === BUSINESS METHODS - WHEN === #

    def _queue_shop_invoicing_of_payment(self):
        """Have orders invoiced whose money has come, online, by bank, in cash, or that are free."""
        # sudo: whoever pays or books money need not read the policies.
        self.sudo().filtered(
            lambda order: order._is_invoiced_on("on_payment")
        )._queue_shop_invoicing()

    def _queue_shop_invoicing_of_confirmation(self):
        """Have orders invoiced that are confirmed after their money has come, or are free.

        Core's `amount_paid` is not asked for: read once, it stays as it was while money comes in.
        """
        # sudo: whoever confirms need not read the policies.
        self.sudo().filtered(
            lambda order: (
                order._is_invoiced_on("on_payment")
                and (
                    order.currency_id.is_zero(order.amount_total)
                    or order.currency_id.compare_amounts(order.shop_amount_received, 0) > 0
                )
            )
        )._queue_shop_invoicing()

    def _queue_shop_invoicing_of_delivery(self):
        """Have orders invoiced of which something has left, or was done.

        Also those that are paid, for what is invoiced on delivered quantities.
        """
        # sudo: the warehouse does not read orders; their policies decide.
        self.sudo().filtered(
            lambda order: (
                order._is_invoiced_on("on_payment")
                or (order._is_invoiced_on("on_delivery") and order._is_shop_delivery_due())
            )
        )._queue_shop_invoicing()

    def _is_invoice_to_come(self):
        """Return whether the order will be invoiced without anybody asking for it.

        :rtype: bool
        """
        self.ensure_one()
        policy = self.shop_invoicing_policy
        if self.state in ("draft", "sent"):  # It is noted with the confirmation.
            [(policy, _source)] = self._get_shop_invoicing_policy().values()
        if (policy or "core") == "core":
            return self._is_automatic_invoicing_on()
        return policy in ("on_payment", "on_delivery")

    def _is_invoiced_on(self, event):
        """Return whether the order's policy acts on an event.

        Where nothing is to be shipped, the delivery is no event: the payment is.

        :param str event: ``on_payment`` or ``on_delivery``
        :rtype: bool
        """
        self.ensure_one()
        policy = self.shop_invoicing_policy
        if policy == "on_delivery" and not self._get_shop_shipped_lines():
            policy = "on_payment"
        return policy == event

    def _is_shop_delivery_due(self):
        """Return whether what has left is to be invoiced now, not only when all has left.

        :rtype: bool
        """
        self.ensure_one()
        is_all = self._get_shop_delivery_status() == "full"
        return self.website_id.invoicing_per_delivery or is_all

    def _get_shop_shipped_lines(self):
        """Return the order's lines that leave the warehouse, or come from a supplier.

        :rtype: sale.order.line
        """
        return self.order_line.filtered(
            lambda line: line.qty_delivered_method == "stock_move" and not line.is_downpayment
        )
