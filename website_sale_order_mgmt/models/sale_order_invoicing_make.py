"""Making invoices: what of an order is invoiced now, exactly once, for many orders together."""

import uuid

from odoo import fields, models
from odoo.fields import Command
from odoo.tools import SQL

LEAN = {  # Nobody follows what nobody does by hand; the message that links the order stays.
    "mail_create_nolog": True,
    "mail_notrack": True,
}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS === #

    def _make_shop_invoices(self, policy=None, note=None):
        """Create, post and pay what is to be invoiced of the orders now, one invoice an order.

        :param str policy: see `_post_shop_invoices`
        :param str note: see `_post_shop_invoices`
        :return: the posted invoices
        :rtype: account.move
        """
        made = self._post_shop_invoices(policy, note)
        made._reconcile_shop_payments()
        return made

    def _pay_shop_invoices(self):
        """Pay the orders' invoices with the money that is there.

        A step of its own: until the numbers are committed, no other worker gets its own.
        """
        self.invoice_ids.filtered(lambda move: move.state == "posted")._reconcile_shop_payments()

    def _post_shop_invoices(self, policy=None, note=None):
        """Create and post what is to be invoiced of the orders now, one invoice an order.

        Whoever comes second waits, is refused by the database, begins anew and finds nothing left
        to invoice. Orders with nothing to invoice are left as they are. The orders' payments are
        linked with the invoices.

        :param str policy: the policy to invoice by, instead of each order's own
        :param str note: why, in a sentence for the staff; the policy's own one if not given
        :return: the posted invoices
        :rtype: account.move
        """
        self._number_shop_invoices()
        made = self.env["account.move"]
        for company, orders in self.grouped("company_id").items():
            orders = orders.with_company(company).with_context(**LEAN)
            values = {order.id: order._prepare_shop_invoice_vals(policy, note) for order in orders}
            orders = orders.with_context(shop_invoice_vals=values)
            invoices = orders._create_shop_invoices(
                {order: values[order.id]["invoicing_policy"] for order in orders}
            )
            invoices.action_post()
            orders._link_shop_payments(invoices)
            made += invoices
        nothing = self.filtered(lambda order: not order.invoice_ids)
        nothing.filtered(lambda order: order.shop_invoicing_state == "queued").write(
            {"shop_invoicing_state": "none"}
        )
        return made.with_env(self.env)

    def _number_shop_invoices(self):
        """Take the next number for each order's invoice, after whoever is making one now.

        An update of a row that another transaction has updated since this one began is refused by
        PostgreSQL, so that nobody invoices by an outdated look at the order.
        """
        self.flush_recordset(["shop_invoicing_number"])
        if self.ids:
            self.env.cr.execute(
                SQL(
                    "UPDATE sale_order"
                    " SET shop_invoicing_number = COALESCE(shop_invoicing_number, 0) + 1"
                    " WHERE id IN (SELECT id FROM sale_order WHERE id IN %s"
                    " ORDER BY id FOR NO KEY UPDATE)",
                    tuple(self.ids),
                )
            )
        self.invalidate_recordset(["shop_invoicing_number"])

    def _prepare_shop_invoice_vals(self, policy=None, note=None):
        """Return what an automatic invoice of the order has besides what core's invoices have.

        :rtype: dict
        """
        self.ensure_one()
        policy = policy or self.shop_invoicing_policy or "core"
        paid = self._get_shop_amount_kept(policy)
        is_exact = paid > 0 and self.currency_id.compare_amounts(paid, self.amount_total) <= 0
        # The amount that was paid is the invoice's: cash rounding is for what is paid in cash.
        unrounded = {"invoice_cash_rounding_id": False} if is_exact else {}
        return unrounded | {
            "invoicing_policy": policy,
            "invoicing_note": note or self._get_shop_invoicing_note(policy),
            "shop_invoicing_key": f"{self.id}-{self.shop_invoicing_number}",
            "access_token": str(uuid.uuid4()),
            # Core would set it when each of them is posted, and compute all its lines again.
            "invoice_date": fields.Date.context_today(self),
            # Linked when the invoices are posted, and then reconciled all together.
            "transaction_ids": False,
        }

    def _prepare_invoice(self):
        """Override of `sale`: an automatic invoice says why it exists, and is there once."""
        values = super()._prepare_invoice()
        return values | self.env.context.get("shop_invoice_vals", {}).get(self.id, {})

    def _create_shop_invoices(self, policies):
        """Create the orders' invoices, in draft.

        :param dict policies: order -> policy
        :return: the draft invoices
        :rtype: account.move
        """
        by_lines, down_payments = self.browse(), {}
        for order in self:
            quantities, amount = order._get_shop_invoice_content(policies[order])
            if quantities:
                by_lines += order
                order._take_shop_invoice_lines(quantities)
            elif amount:
                down_payments[order] = amount
        together = by_lines.with_context(
            raise_if_nothing_to_invoice=False, shop_invoices_together=True
        )
        invoices = together._create_invoices(grouped=True, final=True)
        invoices._note_shop_orders()
        by_lines._settle_shop_cents(invoices)
        # What is left to invoice is again what the products' policies say.
        lines = by_lines.order_line
        self.env.add_to_compute(lines._fields["qty_to_invoice"], lines)
        for order, amount in down_payments.items():
            invoices += order._create_shop_down_payment(amount)
        return invoices

    def _create_shop_down_payment(self, amount):
        """Create an invoice for a part of what has been paid.

        :param float amount: taxes included, in the order's currency
        :return: the draft invoice
        :rtype: account.move
        """
        self.ensure_one()
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": self.ids,
                "advance_payment_method": "fixed",
                "fixed_amount": amount,
            }
        )
        return wizard._create_invoices(self)

    def _take_shop_invoice_lines(self, quantities):
        """Have core's next invoice of the order take these quantities.

        As core's `_force_lines_to_invoice_policy_order` does it for the whole order.

        :param dict quantities: line -> quantity; of down payments -1
        """
        for line in self.order_line:
            quantity = quantities.get(line, 0.0)
            if line.qty_to_invoice != quantity:
                line.qty_to_invoice = quantity

    def _link_shop_payments(self, invoices):
        """Link the posted invoices with the transactions that pay them, as core's are.

        :param account.move invoices: invoices of these orders
        """
        for invoice in invoices:
            orders = invoice.line_ids.sale_line_ids.order_id & self
            # sudo: whoever has the invoice made may not read transactions; these are its own.
            for transaction in orders.sudo().transaction_ids:
                if transaction.state in ("pending", "authorized") or (
                    transaction.state == "done" and not transaction.payment_id.is_reconciled
                ):
                    # From this end: a posted invoice would have all its lines checked again.
                    transaction.invoice_ids = [Command.link(invoice.id)]
