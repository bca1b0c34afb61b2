"""Refunds of a web order: the button, what it books, and what the order says of them."""

from fractions import Fraction
from uuid import uuid4

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..const import STAFF
from ..tools import refund, work_queue

REFUND_GROUP = "website_sale_order_mgmt.group_refund_user"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === FIELDS === #

    refund_statement_ids = fields.One2many(
        comodel_name="sale.order.refund.statement",
        inverse_name="order_id",
        string="Refunds",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    refund_payment_ids = fields.One2many(
        comodel_name="sale.order.refund.payment",
        inverse_name="order_id",
        string="Refund Payments",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    refund_count = fields.Integer(compute="_compute_refund_count", groups=STAFF)
    refund_failed = fields.Boolean(
        help="Money that should go back to the customer does not, until somebody mends it.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    refund_amount_open = fields.Monetary(
        string="On Its Way Back",
        help="What is to go back to the customer and is not confirmed yet.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    refund_value = fields.Monetary(
        string="Refunded Value",
        help="By how much all refunds together make the order cheaper.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    refund_corrected_amount = fields.Monetary(
        string="Taken Off the Order",
        help="What refunds have taken off the order's own total.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )

    # === COMPUTE METHODS === #

    def _compute_refund_count(self):
        # sudo: how many there are is no secret to whoever may read the order.
        statements = self.env["sale.order.refund.statement"].sudo()
        counts = dict(
            statements._read_group(
                [("order_id", "in", self.ids)], groupby=["order_id"], aggregates=["__count"]
            )
        )
        for order in self:
            order.refund_count = counts.get(order, 0)

    # === ACTION METHODS === #

    def action_shop_refund(self):
        """Open the wizard that refunds the order.

        :raise AccessError: the user does not refund web orders
        :raise UserError: there is no money of the customer that could go back
        :rtype: dict
        """
        self.ensure_one()
        self._check_may_refund()
        _lines, kept, _due = self._get_refund_basis()
        if kept <= 0:
            raise UserError(
                self.env._(
                    "The shop has no money of this order that could go back to the customer."
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "website_sale_order_mgmt.sale_order_refund_action"
        )
        return action | {"context": {"default_order_id": self.id}}

    def action_view_refunds(self):
        """Open the order's refunds.

        :rtype: dict
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "website_sale_order_mgmt.sale_order_refund_statement_action"
        )
        return action | {"domain": [("order_id", "=", self.id)], "context": {}}

    # === BUSINESS METHODS === #

    def _get_invoiceable_lines(self, final=False):
        """Override of `sale`: a refund has only its own lines credited."""
        if (quantities := self.env.context.get("refund_invoice_quantities")) is not None:
            lines = self.order_line.filtered(lambda line: line.id in quantities)
            return lines.sorted("is_downpayment")  # As core has them, in a section at the end.
        return super()._get_invoiceable_lines(final)

    def _check_may_refund(self):
        """Keep the customers' money to those who give it back, and who may change the orders.

        :raise AccessError: the user is not one of them
        :raise UserError: the order did not come from a website
        """
        self.check_access("write")
        if not self.env.user.has_group(REFUND_GROUP):
            raise AccessError(
                self.env._("Only users with the right “Refund web orders” give money back.")
            )
        if not all(order.website_id for order in self):
            raise UserError(self.env._("Only web orders are refunded here."))

    def _is_shipped(self):
        """Return whether anything of the order has been delivered and has not come back.

        :rtype: bool
        """
        self.ensure_one()
        return any(line.qty_delivered for line in self.order_line if not line.is_delivery)

    def _refund(self, key, compose, vals):
        """Refund the order: book what goes back and why, and have it sent by the ways it came.

        The same key makes one refund, whatever is clicked or retried. The money is sent after the
        commit; see `sale.order.refund.payment`.

        :param str key: what this refund is, once and for all
        :param compose: function of (lines, kept, due), which `_get_refund_basis` returns, to the
            account (`refund.Account`) of this refund
        :param dict vals: more values of the statement: `kind`, `reason` ...
        :return: the refund; above the user's limit it waits for a manager
        :rtype: sale.order.refund.statement
        :raise AccessError: the user does not refund web orders
        :raise UserError: there is nothing to refund, or what is to be cancelled is shipped
        """
        self.ensure_one()
        self._check_may_refund()
        work_queue.take_turn(self)
        # sudo: who may refund the order was checked; nobody else writes these records.
        order = self.sudo()
        statements = order.env["sale.order.refund.statement"]
        if made := statements.search([("request_key", "=", key), ("stage", "!=", "cancelled")]):
            return made.sudo(False)
        basis = order._get_refund_basis()
        account = compose(*basis)
        if account.value <= 0 and account.amount <= 0:
            raise UserError(self.env._("Nothing of this is left to refund."))
        order._freeze_refund_basis(basis[0])
        statement = statements._create_from_account(order, account, {"request_key": key} | vals)
        statement._check_cancellation()
        if statement._is_above_limit(self.env.user):
            statement._ask_for_confirmation()
        else:
            statement._begin()
        return statement.sudo(False)

    def _refund_surplus(self):
        """Give back what was paid too much; of a cancelled order, all that the shop has.

        :return: the refund
        :rtype: sale.order.refund.statement
        :raise AccessError: the user does not refund web orders
        :raise UserError: it is on its way, or there is nothing to give back
        """
        self.ensure_one()
        kind = "full" if self.state == "cancel" else "surplus"
        return self._refund(f"surplus/{uuid4()}", self._compose_surplus, {"kind": kind})

    def _compose_surplus(self, lines, kept, due):
        """Return the account of `_refund_surplus`.

        :rtype: refund.Account
        :raise UserError: it is on its way, or there is nothing to give back
        """
        owes = self.state != "cancel"
        account = refund.Account() if owes else self._compose_full_refund(lines, kept, due)
        account = refund.add_surplus(account, kept, due, owes)
        if account.amount <= 0:
            raise UserError(
                self.env._(
                    "The money is already on its way back, or there is nothing to give back. The"
                    " provider's confirmation will show here."
                )
            )
        return account

    def _sync_refunds(self):
        """Write on the orders what is on its way back, and whether a refund failed."""
        # sudo: called from whatever moves a refund; these fields only say what its records say.
        for order in self.sudo():
            live = order.refund_statement_ids.filtered(lambda one: one.stage != "cancelled")
            waiting = live.filtered(lambda one: one.stage == "to_confirm")
            payments = order.refund_payment_ids
            still_open = payments.filtered(lambda one: one.state not in ("done", "cancelled"))
            amounts = [*waiting.mapped("amount"), *still_open.mapped("order_amount")]
            order.write(
                {
                    "refund_amount_open": order.currency_id.round(sum(amounts)),
                    "refund_value": order.currency_id.round(sum(live.mapped("value"))),
                    "refund_failed": "failed" in payments.mapped("state"),
                }
            )
        self._report_shop_attention()

    def _prepare_refund_rows(self, account, reason=None):
        """Return the rows of a refund's account in the customer's words.

        :param refund.Account account: how the refund is made up
        :param str reason: why an amount goes back
        :return: values of `sale.order.refund.statement.line`
        :rtype: list[dict]
        """
        self.ensure_one()
        env = self.with_context(lang=self._get_lang()).env
        names = {
            "amount": reason or env._("Refund"),
            "fee": env._("Fee"),
            "earlier": env._("Refunded before"),
            "rounding": env._("Rounding"),
            "kept": env._("Not paid, or given back before"),
            "surplus": env._("Paid too much"),
        }
        # sudo: customers do not read what staff see of the lines; the account is theirs.
        lines = {line.id: line for line in self.sudo().order_line}

        def name_of(row):
            line = lines.get(row.key)
            return names.get(row.kind) or self._describe_refund_row(env, row, line)

        return [
            {
                "kind": row.kind,
                "name": name_of(row),
                "sale_line_id": row.key,
                "quantity": float(row.quantity),
                "amount": self._to_refund_amount(row.amount),
            }
            for row in account.rows
        ]

    def _describe_refund_row(self, env, row, line):
        """Return what a row of an account about a line of the order says.

        The shop's own reference of a product is not the customer's: their other pages do without.

        :param api.Environment env: in the customer's language
        :param refund.Row row: the row
        :param sale.order.line line: the line
        :rtype: str
        """
        name = line.name.partition("\n")[0].removeprefix(f"[{line.product_id.default_code}] ")
        if row.kind == "supplement":
            return env._("The supplement for %(delivery)s stays", delivery=name)
        gross = line._get_refund_gross(row.quantity)
        if row.kind != "goods" or gross <= row.amount:
            return name
        currency = self.currency_id.with_env(env)
        return env._(
            "%(name)s (%(price)s, less %(share)s of the order's discounts)",
            name=name,
            price=currency.format(self._to_refund_amount(gross)),
            share=currency.format(self._to_refund_amount(gross - row.amount)),
        )

    def _compose_full_refund(self, lines, kept, due):
        """Return the account of a refund of all that is left of the order.

        :rtype: refund.Account
        """
        wanted = {line.key: line.left for line in lines}
        return self._compose_refund(lines, kept, due, wanted, None)

    def _compose_refund(self, lines, kept, due, wanted, delivery_cap=0, fee_percent=0.0):
        """Return the account of a refund of some quantities: see `refund.make_account`.

        :param dict[int, fractions.Fraction] wanted: line id -> quantity
        :param delivery_cap: in cents; None: all of it
        :param float fee_percent: what is kept of the goods' price
        :rtype: refund.Account
        """
        self.ensure_one()
        fee = Fraction(str(round(fee_percent, 4)))
        owes = self.state != "cancel"
        return refund.make_account(
            lines, wanted, kept, due, delivery_cap, fee, owes, rounding=self._get_refund_rounding()
        )

    def _get_refund_accounts(self):
        """Return the refunds of the order for its customer, the newest first.

        :return: number, date, state in words and account of each
        :rtype: list[dict]
        """
        self.ensure_one()
        # sudo: customers do not read refunds; those of their own order are theirs.
        begun = self.sudo().refund_statement_ids.filtered(lambda one: one.stage == "begun")
        return [
            {
                "number": refund.name,
                "date": refund.create_date,
                "state": refund._get_customer_state(),
                "account": refund._get_account(),
            }
            for refund in begun
        ]
