"""What can go back of a web order: what was paid for what, and by which ways the money came."""

from odoo import models
from odoo.fields import Domain

from ..tools import refund
from .payment_transaction import END_STATES


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS === #

    def _get_refund_basis(self):
        """Return what can be refunded of the order, in whole cents of its currency.

        :return: the lines; the customer's money that the shop has and that is not on its way back;
            what the order costs after all refunds so far
        :rtype: tuple[list[refund.Line], int, int]
        """
        self.ensure_one()
        # sudo: transactions and refunds are readable to some only; only sums of them get out.
        order = self.sudo()
        paid, quantities = order._get_refund_prices()
        refunded = order._get_refunded()
        lines = [
            refund.Line(
                line.id,
                "delivery" if line.is_delivery else "goods",
                paid[line.id],
                quantities[line.id],
                line._get_refund_quantity(refunded.get(line.id, (0.0, 0.0))[0]),
                order._to_cents(refunded.get(line.id, (0.0, 0.0))[1]),
            )
            for line in order.order_line
            if line.id in paid
        ]
        live = order.refund_statement_ids.filtered(lambda record: record.state != "cancelled")
        due = sum(paid.values()) - order._to_cents(sum(live.mapped("value")))
        return lines, order._get_refund_kept(), due

    def _get_refund_prices(self):
        """Return what was paid for each line, and for which quantity.

        What was found at the first refund stays: refunds change the order itself.

        :return: (line id -> cents, line id -> quantity)
        :rtype: tuple[dict[int, int], dict[int, fractions.Fraction]]
        """
        self.ensure_one()
        frozen = self.order_line.filtered("refund_is_frozen")
        paid = {line.id: self._to_cents(line.refund_paid_amount) for line in frozen}
        quantities = {
            line.id: line._get_refund_quantity(line.refund_sold_quantity) for line in frozen
        }
        lines = (self.order_line - frozen).filtered(lambda line: not line._is_refund_means())
        items = [item for line in lines if (item := line._prepare_refund_item())]
        means = self.order_line.filtered(lambda line: line._is_refund_means())
        total = (
            self._to_cents(self.amount_total)
            + self._to_cents(self.refund_corrected_amount)
            - self._to_cents(sum(means.mapped("price_total")))
            - sum(paid.values())
        )
        paid |= refund.prices_paid(items, max(total, 0))
        quantities |= {item.key: item.quantity for item in items}
        return paid, quantities

    def _freeze_refund_basis(self, lines):
        """Keep what was paid for each line as the basis of the refunds to come.

        :param list[refund.Line] lines: see `_get_refund_basis`
        """
        self.ensure_one()
        prices = {line.key: line for line in lines}
        for record in self.order_line.filtered(lambda record: not record.refund_is_frozen):
            line = prices.get(record.id)
            record.write(
                {
                    "refund_is_frozen": True,
                    "refund_gross_amount": record.price_total,
                    "refund_sold_quantity": float(line.quantity) if line else 0.0,
                    "refund_paid_amount": self._to_refund_amount(line.paid) if line else 0.0,
                }
            )

    def _unfreeze_refund_basis(self):
        """Forget the prices of refunds of which none was made: the orders can change as before."""
        untouched = self.filtered(
            lambda order: all(one.stage == "cancelled" for one in order.refund_statement_ids)
        )
        untouched.order_line.write({"refund_is_frozen": False})

    def _get_refunded(self):
        """Return what was refunded of each line before, or is going to be.

        :return: line id -> (quantity, amount)
        :rtype: dict[int, tuple[float, float]]
        """
        domain = Domain("statement_id.order_id", "=", self.id)
        domain &= Domain("statement_id.state", "!=", "cancelled")
        groups = self.env["sale.order.refund.statement.line"]._read_group(
            domain & Domain("sale_line_id", "!=", False),
            groupby=["sale_line_id"],
            aggregates=["quantity:sum", "amount:sum"],
        )
        return {line.id: (quantity, amount) for line, quantity, amount in groups}

    def _get_refund_kept(self):
        """Return the customer's money that the shop has and that is not on its way back.

        Refunds that somebody began in another way (from the payment) are on their way, too.

        :return: cents of the order's currency
        :rtype: int
        """
        self.ensure_one()
        kept = self.shop_amount_received - self.shop_amount_refunded - self.refund_amount_open
        used, given_back = self._get_refund_means()
        kept += used - given_back
        for source in self._get_refund_sources():
            waiting = source.child_transaction_ids.filtered(
                lambda tx: (
                    tx.operation == "refund"
                    and tx.state not in ("done", *END_STATES)
                    and not tx.refund_payment_id
                )
            )
            kept += sum(waiting.mapped("amount")) * self._get_refund_rate(source)
        return self._to_cents(kept)

    def _get_refund_rounding(self):
        """Return what the cash rounding of the order's invoices has added and was not refunded yet.

        :return: cents of the order's currency; below zero where it was taken off
        :rtype: int
        """
        self.ensure_one()
        # sudo: not everybody who refunds reads invoices; only the sum gets out.
        order = self.sudo()
        lines = order._get_cash_rounding_lines()
        live = order.refund_statement_ids.filtered(lambda record: record.state != "cancelled")
        refunded = live.line_ids.filtered(lambda row: row.kind == "rounding").mapped("amount")
        return order._to_cents(-sum(lines.mapped("amount_currency")) - sum(refunded))

    def _get_cash_rounding_lines(self):
        """Return the lines by which invoices of this order alone were rounded for cash.

        :rtype: account.move.line
        """
        self.ensure_one()
        own = self.invoice_ids.filtered(
            lambda move: (
                move.state == "posted"
                and move.currency_id == self.currency_id
                and move.invoice_line_ids.sale_line_ids.order_id == self
            )
        )
        return own.line_ids.filtered(lambda line: line.display_type == "rounding")

    def _get_refund_sources(self):
        """Return the payments that money can go back by, the newest first.

        What was captured in parts is refunded by these parts.

        :rtype: payment.transaction
        """
        self.ensure_one()
        paid = self.transaction_ids.filtered(lambda tx: not tx.source_transaction_id)
        captures = paid.child_transaction_ids.filtered(lambda tx: tx.operation != "refund")
        whole = paid.filtered(lambda tx: not tx.child_transaction_ids & captures)
        return (
            (whole | captures)
            .filtered(
                lambda tx: tx.state == "done" and tx.operation != "validation" and tx.amount > 0
            )
            .sorted("id", reverse=True)
        )

    def _get_refund_ways(self):
        """Return the ways by which money can go back, the first to be used first.

        :return: the ways; their keys are the transactions, none for what was paid by hand
        :rtype: list[refund.Way]
        """
        self.ensure_one()
        ways = []
        for source in self._get_refund_sources():
            rate = self._get_refund_rate(source)
            given_back = source._get_refund_given_back()
            ways.append(
                refund.Way(
                    source,
                    self._to_cents(source.amount * rate),
                    self._to_cents(given_back * rate),
                    source._get_refund_support(),
                )
            )
        by_hand, _refunded = self._get_shop_amounts_by_hand().get(self.id, (0.0, 0.0))
        asked = self.refund_payment_ids.filtered(
            lambda payment: (
                not payment.source_transaction_id
                and not payment.request_key.rpartition("/")[2].startswith("card-")
                and payment.state != "cancelled"
            )
        )
        ways.append(
            refund.Way(
                self.env["payment.transaction"],
                self._to_cents(by_hand),
                self._to_cents(sum(asked.mapped("order_amount"))),
                "none",
            )
        )
        # Cards last: what was paid in money goes back in money.
        for line in self.order_line.filtered(lambda line: line._is_refund_means()):
            payments = self.refund_payment_ids.filtered(
                lambda payment, line=line: payment.means_line_id == line
            )
            given_back = self._to_cents(sum(payments.mapped("order_amount")))
            ways.append(refund.Way(line, self._to_cents(-line.price_total), given_back))
        return ways

    def _get_refund_means(self):
        """Return what was paid with gift cards and eWallets, and what they have got back.

        :return: amounts of the order's currency
        :rtype: tuple[float, float]
        """
        self.ensure_one()
        means = self.order_line.filtered(lambda line: line._is_refund_means())
        payments = self.refund_payment_ids.filtered(
            lambda payment: payment.means_line_id in means and payment.state == "done"
        )
        return -sum(means.mapped("price_total")), sum(payments.mapped("order_amount"))

    def _get_refund_rate(self, transaction):
        """Return the factor from a transaction's currency into the order's.

        :rtype: float
        """
        return self._get_rate(transaction.currency_id, transaction.last_state_change)

    def _to_cents(self, amount):
        """Return an amount of the order's currency in whole cents.

        :rtype: int
        """
        return refund.to_cents(amount, self.currency_id.rounding or 0.01)

    def _to_refund_amount(self, cents):
        """Return whole cents as an amount of the order's currency.

        :rtype: float
        """
        return refund.to_amount(cents, self.currency_id.rounding or 0.01)
