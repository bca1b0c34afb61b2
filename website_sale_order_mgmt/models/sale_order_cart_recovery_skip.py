"""Abandoned carts: why a cart gets no reminder."""

from odoo import models
from odoo.fields import Domain


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_cart_recovery_skips(self):
        """Return why carts of one website get no reminder, looked up for all of them at once.

        Instead of `_filter_can_send_abandoned_cart_mail` of `website_sale`, which gives no reason,
        and does not know the same address of another contact, orders that wait for their money,
        and objections.

        :return: the first reason of each cart that has one, as a value of
            `cart_recovery_skip_reason`
        :rtype: dict[sale.order, str]
        """
        checks = (
            ("payment_error", self._filter_carts_with_failed_payment),
            ("no_consent", self._filter_carts_without_consent),
            ("newer_cart", self._filter_carts_with_a_newer_one),
            ("free", self._filter_free_carts),
            ("sold_out", self._filter_sold_out_carts),
            ("unavailable", self._filter_carts_refused_by_other_apps),
        )
        reasons = self._get_cart_recovery_objections()
        for reason, find in checks:
            for order in find():
                reasons.setdefault(order, reason)
        return reasons

    def _get_cart_recovery_objections(self):
        """Return the reasons that count even for a reminder that is on its way.

        :return: the first reason of each cart of one website that has one
        :rtype: dict[sale.order, str]
        """
        checks = (
            ("no_email", self._filter_carts_without_email),
            ("opted_out", self._filter_carts_opted_out),
            ("blacklisted", self._filter_carts_blacklisted),
            ("payment_pending", self._filter_carts_being_paid),
            ("ordered_since", self._filter_carts_ordered_since),
        )
        reasons = {}
        for reason, find in checks:
            for order in find():
                reasons.setdefault(order, reason)
        return reasons

    def _get_cart_email(self):
        """Return the normalized address of the cart's customer; empty if there is none."""
        return self.partner_id.email_normalized or ""

    def _filter_carts_without_email(self):
        return self.filtered(lambda order: not order._get_cart_email())

    def _filter_carts_opted_out(self):
        """Return the carts of those who have objected to reminders of this company."""
        keys = {order: order._get_cart_email_key() for order in self}
        optouts = self.env["website.cart.recovery.optout"].search(
            [("email_key", "in", list(keys.values())), ("company_id", "in", self.company_id.ids)]
        )
        stopped = {(optout.email_key, optout.company_id) for optout in optouts}
        return self.filtered(lambda order: (keys[order], order.company_id) in stopped)

    def _get_cart_email_key(self):
        """Return what stands for the customer's address in the book and in objections."""
        return self.env["website.cart.recovery.mail"]._get_email_key(self._get_cart_email())

    def _filter_carts_blacklisted(self):
        emails = [order._get_cart_email() for order in self]
        # sudo: which of these addresses core must not write to; nothing is shown.
        blacklisted = self.env["mail.blacklist"].sudo().search([("email", "in", emails)])
        refused = set(blacklisted.mapped("email"))
        return self.filtered(lambda order: order._get_cart_email() in refused)

    def _filter_carts_being_paid(self):
        """Return the carts of which a payment is on its way, or done: they are no longer left."""

        def being_paid(order):
            # sudo: salespeople may not read transactions; only their state is looked at.
            states = order.sudo().transaction_ids.mapped("state")
            return bool({"pending", "authorized", "done"} & set(states))

        return self.filtered(being_paid)

    def _filter_carts_with_failed_payment(self):
        """Return the carts that were left because the payment failed.

        As in core; there, such a cart is never reminded again, here it is when used again.
        """

        def failed(order):
            # sudo: see `_filter_carts_being_paid`.
            last = order.sudo().transaction_ids.sorted("id")[-1:]
            date = last.last_state_change or last.create_date
            return last.state == "error" and date >= order.cart_last_activity

        return self.filtered(failed)

    def _filter_carts_ordered_since(self):
        """Return the carts whose customer, under whatever contact, has ordered since."""
        last_orders = self._get_last_orders()
        return self.filtered(
            lambda order: any(
                date >= order.cart_last_activity
                for date in last_orders.get(order._get_cart_email(), [])
            )
        )

    def _get_last_orders(self):
        """Return when the customers of these carts last ordered, also with the money to come.

        :return: for each normalized address the dates of the last orders of its contacts
        :rtype: dict[str, list[datetime]]
        """
        ordered = Domain("state", "=", "sale") | (
            Domain("state", "=", "sent") & Domain("website_id", "!=", False)
        )
        # sudo: orders of colleagues count as well; only dates and addresses are looked at.
        orders = self.env["sale.order"].sudo()
        groups = orders._read_group(
            self._get_same_customers_domain() & ordered,
            ["partner_id"],
            ["date_order:max", "cart_last_activity:max"],
        )
        dates = {}
        for partner, *moments in groups:
            last = max(filter(None, moments))
            dates.setdefault(partner.email_normalized, []).append(last)
        return dates

    def _get_same_customers_domain(self):
        """Return the domain of the orders of this company by whoever has the carts' addresses."""
        emails = {order._get_cart_email() for order in self} - {""}
        return Domain("company_id", "in", self.company_id.ids) & (
            Domain("partner_id.email_normalized", "in", list(emails))
            | Domain("partner_id", "in", self.partner_id.ids)
        )

    def _filter_carts_without_consent(self):
        """Return the carts whose customers may not be reminded, as the website's setting says.

        Directive 2002/58/EC, Art. 13: consent, or an address obtained in a sale.
        """
        mode = self.website_id.cart_recovery_consent
        if mode == "everyone" or not self:
            return self.browse()
        # sudo: salespeople who remind by hand do not see consents; only whether there is one.
        consents = self.env["website.cart.recovery.consent"].sudo()
        emails = {order._get_cart_email() for order in self} - {""}
        agreed = consents.search(
            [
                ("partner_id.email_normalized", "in", list(emails)),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        allowed = set(agreed.partner_id.mapped("email_normalized"))
        if mode == "customers":
            bought = self._get_same_customers_domain() & Domain("state", "=", "sale")
            # sudo: see `_get_last_orders`.
            groups = self.env["sale.order"].sudo()._read_group(bought, ["partner_id"])
            allowed |= {partner.email_normalized for (partner,) in groups}
        return self.filtered(lambda order: order._get_cart_email() not in allowed)

    def _filter_carts_with_a_newer_one(self):
        """Return the carts whose customer has left, or uses, a newer one: one is reminded."""
        emails = {order._get_cart_email() for order in self} - {""}
        if not emails:
            return self.browse()
        # sudo: carts of colleagues count as well; only dates and addresses are looked at.
        carts = self.sudo().search(
            Domain("state", "=", "draft")
            & Domain("website_id", "in", self.website_id.ids)
            & Domain("cart_last_activity", ">=", min(self.mapped("cart_last_activity")))
            & Domain("partner_id.email_normalized", "in", list(emails))
            & Domain("order_line", "!=", False)
        )
        newest = {}
        for cart in carts.sorted(lambda cart: (cart.cart_last_activity, cart.id)):
            newest[cart._get_cart_email()] = cart
        return self.filtered(lambda order: newest.get(order._get_cart_email(), order) != order)

    def _filter_carts_refused_by_other_apps(self):
        """Return the carts that another app holds back through core's own method.

        An example is `website_event_sale`, for events that are over. Carts that core itself refuses
        are not asked about: after a failed payment, or when the customer has ordered before.
        """
        last_orders = self._get_last_orders()
        # sudo: core looks at transactions, too; see `_filter_carts_being_paid`.
        asked = self.sudo().filtered(
            lambda order: (
                order._get_cart_email() not in last_orders
                and "error" not in order.transaction_ids.mapped("state")
            )
        )
        refused = asked - asked._filter_can_send_abandoned_cart_mail() if asked else asked
        return self.browse(refused.ids)

    def _filter_free_carts(self):
        return self.filtered(
            lambda order: all(
                line.currency_id.is_zero(line.price_unit) for line in order.order_line
            )
        )

    def _filter_sold_out_carts(self):
        """Return the carts with a product that is sold out, as `website_sale_stock` sees it."""
        sold_out = {product: product._is_sold_out() for product in self.order_line.product_id}
        return self.filtered(
            lambda order: any(sold_out[product] for product in order.order_line.product_id)
        )
