"""Refunds and invoices: the order is corrected, what is invoiced gets a credit note.

The order becomes cheaper by exactly what is refunded: quantities that need not be delivered any
more are taken off, a line of its own takes off the rest (what the customer keeps, shares of
discounts, the delivery, fees). So what is not invoiced yet will be invoiced right, and core makes
the credit note of what is, for exactly these lines: an invoice of what is too much is one.
"""

from odoo import fields, models
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
                lines = self._take_off(order)
            finally:
                order.locked = was_locked
            self._credit(order, lines)
        if self.cancel_order and order.state != "cancel":
            order.locked = False
            order._action_cancel()

    def _take_off(self, order):
        """Take the refund off the order.

        :param sale.order order: the order
        :return: the lines that have changed, and those that take off the rest
        :rtype: sale.order.line
        """
        total = order.amount_total
        wanted = total - self._get_credit_value()
        goods = self.line_ids.filtered(lambda row: row.kind == "goods" and row.sale_line_id)
        for row in goods:  # A few lines, each with a quantity of its own.
            line = row.sale_line_id.with_env(order.env)
            left = max(line.product_uom_qty - row.quantity, line.qty_delivered, 0.0)
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
        return goods.sale_line_id | rest

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

    def _credit(self, order, lines):
        """Credit what is invoiced of these lines; what is not is invoiced right by itself.

        :param sale.order order: the order
        :param sale.order.line lines: what the refund has changed
        """
        invoices = order.invoice_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        rows = self.line_ids.sale_line_id or order.order_line.filtered("refund_paid_amount")
        rows |= order.order_line.filtered("is_downpayment")
        invoices = invoices.filtered(
            lambda move: move.invoice_line_ids.sale_line_ids & rows
        ).sorted("id", reverse=True)
        _lines, _kept, due = order._get_refund_basis()
        # When nothing is left of the order, down payments are credited, too.
        quantities = self._get_quantities_to_credit(lines if due else order.order_line, due)
        if not invoices or not quantities:
            return
        credited = order.with_context(
            refund_invoice_quantities=quantities, raise_if_nothing_to_invoice=False
        )._create_invoices(final=True)
        credit_notes = credited.filtered(lambda move: move.move_type == "out_refund")
        (credited - credit_notes).unlink()  # Less was invoiced than is kept: the next one tells.
        if not credit_notes:
            return
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
        self.credit_note_ids = credit_notes
        if self.currency_id.compare_amounts(self.amount, self.value + self._get_rounding()) < 0:
            # What was never paid: the credit note pays it.
            self._reconcile(credit_notes | invoices)

    def _get_quantities_to_credit(self, lines, due):
        """Return how much of which lines a credit note is made of, as core's invoices have it.

        :param sale.order.line lines: which of them count
        :param int due: what the order costs still
        :return: line id -> quantity; what is credited is negative, lines that take off are positive
        :rtype: dict[int, float]
        """
        quantities = {line: line._get_refund_quantity_to_invoice() for line in lines}
        return {
            line.id: quantity
            for line, quantity in quantities.items()
            if quantity and (quantity < 0 or line.refund_statement_id or not due)
        }

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
