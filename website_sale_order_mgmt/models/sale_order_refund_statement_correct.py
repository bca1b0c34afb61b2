"""Refunds and invoices: the order is corrected, what is invoiced gets a credit note.

The order becomes cheaper by exactly what is refunded: quantities that need not be delivered any
more are taken off, a line of its own takes off the rest (what the customer keeps, shares of
discounts, the delivery, fees). So what is not invoiced yet will be invoiced right, and core makes
the credit note of what is, for exactly these lines: an invoice of what is too much is one.
"""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class SaleOrderRefundStatement(models.Model):
    _inherit = "sale.order.refund.statement"

    # === FIELDS === #

    cancel_order = fields.Boolean(help="The order is cancelled with the refund.", readonly=True)
    credit_note_ids = fields.Many2many(
        comodel_name="account.move",
        relation="sale_order_refund_credit_note_rel",
        column1="statement_id",
        column2="move_id",
        string="Credit Notes",
        readonly=True,
        copy=False,
    )

    credit_note_count = fields.Integer(compute="_compute_credit_note_count")

    # === COMPUTE METHODS === #

    def _compute_credit_note_count(self):
        # sudo: how many there are is no secret to whoever may read the refund.
        for statement, known in zip(self, self.sudo(), strict=True):
            statement.credit_note_count = len(known.credit_note_ids)

    # === BUSINESS METHODS === #

    def _check_cancellation(self):
        """Keep orders that are shipped from being cancelled with the refund.

        :raise UserError: goods have left since somebody chose to cancel the order
        """
        self.ensure_one()
        order = self.order_id
        if self.cancel_order and order.state != "cancel" and order._is_shipped():
            raise UserError(
                self.env._(
                    "Order %(order)s was shipped meanwhile and cannot be cancelled. Cancel this"
                    " refund, and begin it again.",
                    order=order.name,
                )
            )

    def _correct_order(self):
        """Make the order cheaper by what is refunded, and credit what is invoiced of it."""
        self.ensure_one()
        if self.currency_id.is_zero(self.value):
            return
        order = self.order_id.with_company(self.company_id)
        # Of a cancelled order nothing will be invoiced: only what was is corrected.
        corrected = {
            "sale": order.invoice_ids or not self.cancel_order,
            "cancel": order.invoice_ids.filtered(lambda move: move.state == "posted"),
        }
        if corrected.get(order.state):
            was_locked, order.locked = order.locked, False
            try:
                kept, rest = self._take_off(order)
            finally:
                order.locked = was_locked
            self._credit(order, kept, rest)
        if self.cancel_order and order.state != "cancel":
            order.locked = False
            order._action_cancel()

    def _take_off(self, order):
        """Take the refund off the order.

        :param sale.order order: the order
        :return: the lines that are refunded -> how much of each stays on the order; the lines that
            take off the rest
        :rtype: tuple[dict[sale.order.line, float], sale.order.line]
        """
        total = order.amount_total
        wanted = total - self._get_credit_value()
        goods = self.line_ids.filtered(lambda row: row.kind == "goods" and row.sale_line_id)
        kept = {}
        for row in goods:  # A few lines, each with a quantity of its own.
            line = row.sale_line_id.with_env(order.env)
            left = max(line.product_uom_qty - row.quantity, line.qty_delivered, 0.0)
            taken = max(line.product_uom_qty - left, 0.0)
            kept[line] = line.product_uom_id.round(row.quantity - taken)
            if left < line.product_uom_qty:
                # With its price: for another quantity, or today, core would find another one.
                line.write(
                    {
                        "product_uom_qty": left,
                        "price_unit": line.price_unit,
                        "discount": line.discount,
                    }
                )
        rest = self._create_rest_lines(order, order.amount_total - wanted)
        # What rounding of taxes has left over.
        rest += self._create_cent_line(order, order.amount_total - wanted)
        order.refund_corrected_amount += total - order.amount_total
        return kept, rest

    def _get_credit_value(self):
        """Return what is taken off the order and credited: what a gift card paid never was on it.

        :rtype: float
        """
        self.ensure_one()
        cards = self.payment_ids.filtered("means_line_id")
        return self.currency_id.round(self.value - sum(cards.mapped("order_amount")))

    def _create_rest_lines(self, order, amount):
        """Take an amount off the order, with the taxes of what is refunded.

        :param sale.order order: the order
        :param float amount: with taxes; negative to add it
        :rtype: sale.order.line
        """
        if order.currency_id.is_zero(amount):
            return order.order_line.browse()
        taxes = self.env["account.tax"]
        sold = order.order_line.filtered(lambda line: line.refund_paid_amount)
        rows = self.line_ids.filtered(lambda row: row.sale_line_id and row.kind == "goods")
        if amount > 0 and not rows:
            rows = self.line_ids.filtered("sale_line_id")
        base_lines = [
            line._prepare_base_line_for_taxes_computation(quantity=line.refund_sold_quantity)
            for line in rows.sale_line_id or sold
        ]
        taxes._add_tax_details_in_base_lines(base_lines, order.company_id)
        taxes._round_base_lines_tax_details(base_lines, order.company_id)
        product = self._get_rest_product()
        base_lines = taxes._prepare_global_discount_lines(
            base_lines=base_lines,
            company=order.company_id,
            amount_type="fixed",
            amount=amount,
            computation_key=f"global_discount,refund-{self.id}",
            grouping_function=lambda _line: {"product_id": product},
        )
        return order.order_line.create(
            [
                self._prepare_rest_line_vals(order)
                | {
                    "price_unit": base_line["price_unit"],
                    "product_uom_qty": base_line["quantity"],
                    "tax_ids": [Command.set(base_line["tax_ids"].ids)],
                    "extra_tax_data": taxes._export_base_line_extra_tax_data(base_line),
                }
                for base_line in base_lines
            ]
        )

    def _create_cent_line(self, order, amount):
        """Take an amount without taxes off the order.

        :param sale.order order: the order
        :param float amount: negative to add it
        :rtype: sale.order.line
        """
        if order.currency_id.is_zero(amount):
            return order.order_line.browse()
        return order.order_line.create(
            self._prepare_rest_line_vals(order)
            | {"price_unit": -amount, "product_uom_qty": 1.0, "tax_ids": [Command.clear()]}
        )

    def _prepare_rest_line_vals(self, order):
        """Return the values that all lines have that take off a rest.

        :param sale.order order: the order
        :rtype: dict
        """
        env = self.with_context(lang=order._get_lang()).env
        name = env._("Refund %(number)s", number=self.name)
        return {
            "order_id": order.id,
            "product_id": self._get_rest_product().id,
            "name": f"{name}: {self.reason}" if self.reason else name,
            "technical_price_unit": 0,
            "sequence": 999,
            "refund_statement_id": self.id,
            "refund_is_frozen": True,
        }

    def _get_rest_product(self):
        """Return the company's product of discounts, which core makes with the first discount.

        :rtype: product.product
        """
        wizard = self.env["sale.order.discount"].new({"sale_order_id": self.order_id.id})
        return wizard._get_discount_product()

    def _credit(self, order, kept, rest):
        """Credit what is invoiced of the refund; what is not is invoiced right by itself.

        :param sale.order order: the order
        :param dict kept: see `_take_off`
        :param sale.order.line rest: see `_take_off`
        """
        invoices = order.invoice_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        rows = self.line_ids.sale_line_id or order.order_line.filtered("refund_paid_amount")
        rows |= order.order_line.filtered("is_downpayment")
        invoices = invoices.filtered(
            lambda move: move.invoice_line_ids.sale_line_ids & rows
        ).sorted("id", reverse=True)
        if not invoices:
            return
        by_hand = self._get_credited_by_hand(order, rest.browse().union(*kept))
        self.credit_note_ids = by_hand | self._create_credit_notes(order, kept, rest, invoices)
        if self.currency_id.compare_amounts(self.amount, self.value + self._get_rounding()) < 0:
            # What was never paid: the credit note pays it.
            self._reconcile(self.credit_note_ids | invoices)

    def _get_credited_by_hand(self, order, lines):
        """Return the credit notes that somebody has made by hand, and that wait for the money.

        :param sale.order order: the order
        :param sale.order.line lines: what is refunded
        :rtype: account.move
        """
        return order.invoice_ids.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type == "out_refund"
                and move.amount_residual
                and not move.refund_statement_ids
                and move.invoice_line_ids.sale_line_ids & lines
            )
        )

    def _create_credit_notes(self, order, kept, rest, invoices):
        """Make and post the credit note of what is still invoiced.

        :param sale.order order: the order
        :param dict kept: see `_take_off`
        :param sale.order.line rest: see `_take_off`
        :param account.move invoices: what it corrects, the newest first
        :return: none, if nothing is invoiced any more, or not yet
        :rtype: account.move
        """
        quantities = self._get_quantities_to_credit(order, kept, rest)
        if not quantities:
            return invoices.browse()
        credited = order.with_context(
            refund_invoice_quantities=quantities, raise_if_nothing_to_invoice=False
        )._create_invoices(final=True)
        credit_notes = credited.filtered(lambda move: move.move_type == "out_refund")
        self._end_without_credit(credited - credit_notes)
        if not credit_notes:
            return credit_notes
        corrected = self._get_corrected(invoices, credit_notes)
        credit_notes.write(
            {
                "reversed_entry_id": corrected[0].id,
                "invoice_date": fields.Date.context_today(self),
                # Unambiguous, also where it corrects several (Directive 2006/112/EC, Art. 219).
                "ref": ", ".join([*corrected.mapped("name"), self.name]),
                # The payments that came are not what this credit note waits for.
                "transaction_ids": [Command.clear()],
            }
        )
        self._settle_cents(credit_notes)
        credit_notes.action_post()
        return credit_notes

    def _end_without_credit(self, moves):
        """Post what comes to nothing: its lines need no invoice any more. The rest is given up.

        :param account.move moves: drafts of what is refunded and was not invoiced, or credited by
            hand
        """
        nothing = moves.filtered(lambda move: move.currency_id.is_zero(move.amount_total))
        (moves - nothing).unlink()  # Less was invoiced than is kept: the next one tells.
        nothing.write({"ref": self.name, "transaction_ids": [Command.clear()]})
        nothing.action_post()

    def _get_quantities_to_credit(self, order, kept, rest):
        """Return how much of which lines a credit note is made of, as core's invoices have it.

        What is not invoiced, or was credited by hand, makes it smaller: of what is refunded no more
        than the lines of the rest take off.

        :param sale.order order: the order
        :param dict kept: see `_take_off`
        :param sale.order.line rest: see `_take_off`
        :return: line id -> quantity; what is credited is negative, lines that take off are positive
        :rtype: dict[int, float]
        """
        _lines, _kept, due = order._get_refund_basis()
        # When nothing is left of the order, all of it counts, down payments too.
        most, lines = (kept, rest.union(*kept)) if due else ({}, order.order_line)
        quantities = {}
        for line in lines:
            quantity = line._get_refund_quantity_to_invoice()
            quantities[line.id] = min(quantity, most.get(line, quantity))
        return {key: quantity for key, quantity in quantities.items() if quantity}

    def _get_corrected(self, invoices, credit_notes):
        """Return the invoices that credit notes correct: the newest, as many as it takes.

        :param account.move invoices: the newest first
        :param account.move credit_notes: drafts
        :rtype: account.move
        """
        corrected, amount = invoices.browse(), sum(credit_notes.mapped("amount_total"))
        for invoice in invoices:
            earlier = (invoice.reversal_move_ids - credit_notes).filtered(
                lambda move: move.state == "posted"
            )
            left = invoice.amount_total - sum(earlier.mapped("amount_total"))
            if left > 0 and self.currency_id.compare_amounts(amount, 0) > 0:
                corrected += invoice
                amount -= left
        return corrected or invoices[:1]

    def _settle_cents(self, credit_notes):
        """Have the credit note be of exactly what is refunded, whatever taxes round to.

        :param account.move credit_notes: drafts
        """
        missing = self._get_credit_value() - sum(credit_notes.mapped("amount_total"))
        # More than some cents is no rounding: a part is not invoiced yet.
        if abs(missing) > 5 * self.currency_id.rounding:
            missing = 0.0
        missing += self._get_rounding()
        if self.currency_id.is_zero(missing):
            return
        rounded = self.order_id._get_cash_rounding_lines()
        values = {"account_id": rounded.account_id[:1].id} if self._get_rounding() else {}
        values |= {
            "name": self.env._("Rounding"),
            "quantity": 1.0,
            "price_unit": missing,
            "tax_ids": [Command.clear()],
        }
        credit_notes[:1].write({"invoice_line_ids": [Command.create(values)]})

    def _get_rounding(self):
        """Return what goes back of the cash rounding of invoices; below zero what is kept.

        :rtype: float
        """
        self.ensure_one()
        rows = self.line_ids.filtered(lambda row: row.kind == "rounding")
        return sum(rows.mapped("amount"))

    def _reconcile(self, moves):
        """Settle what is open of invoices and credit notes against each other.

        :param account.move moves: posted
        """
        lines = moves.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable" and not line.reconciled
        )
        for _account, group in lines.grouped("account_id").items():
            group.reconcile()
