"""Status: where a web order stands, and whether its money is there."""

from odoo import api, fields, models

from ..const import STAFF
from ..tools import payment_status


class SaleOrder(models.Model):
    _inherit = "sale.order"

    shop_status = fields.Selection(
        string="Web Order Status",
        selection=[
            ("cart", "Quotation"),
            ("awaiting_payment", "Quotation sent"),
            ("reserved", "Order, reserved until paid"),
            ("to_confirm", "Paid, to confirm"),
            ("confirmed", "Order"),
            ("to_ship", "Order, to ship"),
            ("partly_shipped", "Order, partly shipped"),
            ("shipped", "Order, shipped"),
            ("cancelled", "Cancelled"),
        ],
        compute="_compute_shop_status",
        store=True,
        index="btree_not_null",
        groups=STAFF,
    )
    shop_payment_status = fields.Selection(
        string="Web Payment Status",
        selection=[
            ("unpaid", "Unpaid"),
            ("pending", "Pending"),
            ("authorized", "Authorized"),
            ("partial", "Partly paid"),
            ("paid", "Paid"),
            ("overpaid", "Overpaid"),
            ("partly_refunded", "Partly refunded"),
            ("refunded", "Refunded"),
            ("free", "Free of charge"),
        ],
        compute="_compute_shop_status",
        store=True,
        index="btree_not_null",
        groups=STAFF,
    )
    shop_amount_received = fields.Monetary(
        string="Received",
        help="What the customer has paid, online and by payments registered on the invoices.",
        compute="_compute_shop_amounts",
        store=True,
        compute_sudo=True,
        groups=STAFF,
    )
    shop_amount_refunded = fields.Monetary(
        string="Refunded",
        help="What went back to the customer, online and by payments of credit notes.",
        compute="_compute_shop_amounts",
        store=True,
        compute_sudo=True,
        groups=STAFF,
    )
    shop_amount_authorized = fields.Monetary(
        string="Authorized",
        help="What a provider has reserved and not yet captured.",
        compute="_compute_shop_amounts",
        store=True,
        compute_sudo=True,
        groups=STAFF,
    )
    shop_amount_pending = fields.Monetary(
        string="Pending",
        help="What the customer has promised to pay, and a provider has not confirmed.",
        compute="_compute_shop_amounts",
        store=True,
        compute_sudo=True,
        groups=STAFF,
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "website_id",
        "state",
        "delivery_status",
        "picking_ids.state",
        "amount_total",
        "require_payment",
        "prepayment_percent",
        "unpaid_reserved",
        "refund_corrected_amount",
        "shop_amount_received",
        "shop_amount_refunded",
        "shop_amount_authorized",
        "shop_amount_pending",
    )
    def _compute_shop_status(self):
        """Only columns of a cart count here, so that its change costs no query."""
        for order in self:
            if not order.website_id:
                order.shop_status = order.shop_payment_status = False
                continue
            rounding = order.currency_id.rounding or 0.01
            payment = payment_status.get_payment_status(order._get_shop_amounts(), rounding)
            order.shop_payment_status = payment
            order.shop_status = payment_status.get_status(
                order.state,
                order._get_shop_delivery_status(),
                payment,
                order._is_covered(),
                order.unpaid_reserved,
            )

    @api.depends(
        "website_id",
        "transaction_ids.state",
        "transaction_ids.amount",
        "transaction_ids.child_transaction_ids.state",
        "transaction_ids.child_transaction_ids.child_transaction_ids.state",
        "order_line.invoice_lines.move_id.state",
        "order_line.invoice_lines.move_id.amount_residual",
        "order_line.invoice_lines.move_id.payment_state",
        "order_line.invoice_lines.move_id.matched_payment_ids.state",
    )
    def _compute_shop_amounts(self):
        by_hand = self.filtered("website_id")._get_shop_amounts_by_hand()
        for order in self:
            received = refunded = authorized = pending = 0.0
            if order.website_id:
                online = order._get_shop_amounts_online()
                hand_received, hand_refunded = by_hand.get(order.id, (0.0, 0.0))
                received = online.received + hand_received
                refunded = online.refunded + hand_refunded
                authorized, pending = online.authorized, online.pending
            order.shop_amount_received = received
            order.shop_amount_refunded = refunded
            order.shop_amount_authorized = authorized
            order.shop_amount_pending = pending

    def _compute_amounts(self):
        """Override of `sale`: orders that share a payment share it by their totals."""
        super()._compute_amounts()
        # Only columns of the order are asked for, so that a change of the cart costs no query.
        paying = self.filtered(
            lambda order: (
                order.website_id
                and (
                    order.shop_amount_received
                    or order.shop_amount_authorized
                    or order.shop_amount_pending
                )
            )
        )
        joint = paying.transaction_ids.filtered(lambda tx: len(tx.sale_order_ids) > 1)
        if joint:
            joint.sale_order_ids.modified(["transaction_ids"])

    # === BUSINESS METHODS === #

    def _get_shop_amounts(self):
        """Return the order's stored amounts; its total is what it cost before any refund.

        :rtype: payment_status.Amounts
        """
        self.ensure_one()
        return payment_status.Amounts(
            self.amount_total + self.refund_corrected_amount,
            self.shop_amount_received,
            self.shop_amount_refunded,
            self.shop_amount_authorized,
            self.shop_amount_pending,
        )

    def _is_covered(self):
        """Return whether the money that the order is confirmed with is there, or authorized.

        Core asks for a down payment's share before it confirms; for nothing where no payment is
        required, but then it is the total that the customer has ordered and means to pay.

        :rtype: bool
        """
        self.ensure_one()
        required = self._get_prepayment_required_amount() or self.amount_total
        rounding = self.currency_id.rounding or 0.01
        return payment_status.is_covered(self._get_shop_amounts(), required, rounding)

    def _get_shop_amounts_online(self):
        """Return the amounts of the order's online transactions, in the order's currency.

        Captures and refunds are transactions of their own below the one that the customer made. A
        transaction for several orders counts for each by its share of their totals.

        :rtype: payment_status.Amounts
        """
        self.ensure_one()
        received = refunded = authorized = pending = 0.0
        for tx in self.transaction_ids.filtered(lambda tx: not tx.source_transaction_id):
            if tx.operation == "validation":
                continue
            children = tx.child_transaction_ids
            refunds = children.filtered(lambda child: child.operation == "refund")
            captures = children - refunds
            captured = sum(captures.filtered(lambda tx: tx.state == "done").mapped("amount"))
            voided = sum(captures.filtered(lambda tx: tx.state == "cancel").mapped("amount"))
            refunds += captures.child_transaction_ids
            given_back = -sum(refunds.filtered(lambda tx: tx.state == "done").mapped("amount"))
            share = self._get_share(tx.sale_order_ids) if len(tx.sale_order_ids) > 1 else 1.0
            rate = share * self._get_rate(tx.currency_id, tx.last_state_change)
            received += rate * (captured if captures else (tx.state == "done") * tx.amount)
            refunded += rate * given_back
            authorized += rate * (tx.state == "authorized") * (tx.amount - captured - voided)
            pending += rate * (tx.state == "pending") * tx.amount
        return payment_status.Amounts(
            self.amount_total,
            *map(self.currency_id.round, (received, refunded, authorized, pending)),
        )

    def _get_shop_amounts_by_hand(self):
        """Return what was received and given back outside the orders' online transactions.

        That is what the orders' posted invoices and credit notes are reconciled with, except for
        payments of those transactions and for one another.

        :return: order id -> (received, refunded), in the order's currency
        :rtype: dict[int, tuple[float, float]]
        """
        amounts = {}
        # A cart was never invoiced, and its changes shall cost no query. An order that was reset to
        # draft is none: somebody has had it since its checkout.
        invoiced = self.filtered(
            lambda order: (
                order.state != "draft"
                or order.assignment_reason
                or any(order.order_line.mapped("qty_invoiced"))
            )
        )
        for order in invoiced.order_line.filtered("invoice_lines").order_id:
            received = refunded = 0.0
            moves = order.order_line.invoice_lines.move_id
            for move in moves.filtered(lambda move: move.state == "posted"):
                amount = order._get_shop_amount_by_hand(move)
                if move.move_type == "out_refund":
                    refunded += amount
                else:
                    received += amount
            amounts[order.id] = tuple(map(order.currency_id.round, (received, refunded)))
        return amounts

    def _get_shop_amount_by_hand(self, move):
        """Return what was paid on an invoice for this order, besides its online payments.

        Of an invoice for several orders, what was paid online for one of them is that order's; the
        rest is shared out by what each of them lacks.

        :param account.move move: a posted invoice or credit note
        :return: an amount in the order's currency
        :rtype: float
        """
        orders = move.invoice_line_ids.sale_line_ids.order_id
        by_hand, lacking = 0.0, {order: order._get_amount_on_invoice(move) for order in orders}
        for currency, amount, date, transaction in move._get_shop_payments():
            if paid_orders := transaction._get_shop_orders() & orders:
                in_invoice_currency = amount * move._get_shop_rate(currency, date)
                for order in paid_orders:
                    lacking[order] -= in_invoice_currency * order._get_share(paid_orders)
            else:
                by_hand += amount * self._get_rate(currency, date)
        if len(orders) > 1:
            lacking = {order: max(amount, 0.0) for order, amount in lacking.items()}
            total = sum(lacking.values())
            by_hand *= lacking[self] / total if total else self._get_share(orders)
        return by_hand

    def _get_amount_on_invoice(self, move):
        """Return the amount of the order's lines on an invoice, in the invoice's currency."""
        lines = move.invoice_line_ids.filtered(lambda line: self in line.sale_line_ids.order_id)
        return sum(lines.mapped("price_total"))

    def _get_share(self, orders):
        """Return the order's share (0 to 1) of the total of some orders."""
        total = sum(orders.mapped("amount_total"))
        return self.amount_total / total if total else 1.0 / len(orders)

    def _get_rate(self, currency, date):
        """Return the factor from a currency into the order's, on a day."""
        if not currency or currency == self.currency_id:
            return 1.0
        return self.env["res.currency"]._get_conversion_rate(
            currency, self.currency_id, self.company_id, date or fields.Date.today()
        )
