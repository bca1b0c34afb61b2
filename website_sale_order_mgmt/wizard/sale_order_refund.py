"""Refund: how much of an order's money goes back, how that is made up, and by which ways."""

import uuid

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from ..tools import refund


class SaleOrderRefund(models.TransientModel):
    _name = "sale.order.refund"
    _description = "Refund a Web Order"

    # === FIELDS === #

    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="order_id.currency_id")
    # One wizard makes one refund, however often it is clicked.
    request_key = fields.Char(required=True, default=lambda _self: f"wizard/{uuid.uuid4()}")
    seen_basis = fields.Char(
        help="What there was to refund when the wizard was opened.",
        compute="_compute_seen_basis",
        store=True,
        readonly=False,
    )
    kind = fields.Selection(
        selection=[("full", "Everything"), ("lines", "Some lines"), ("amount", "An amount")],
        string="What",
        required=True,
        default="full",
    )
    line_ids = fields.One2many(
        "sale.order.refund.line",
        "wizard_id",
        string="Lines",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    delivery = fields.Selection(
        selection=[
            ("none", "Not refunded"),
            ("cheapest", "As much as the cheapest standard delivery"),
            ("all", "Refunded"),
        ],
        required=True,
        default="none",
    )
    fee_percent = fields.Float(
        string="Fee (%)", help="What you keep of the price of the goods.", digits=(5, 2)
    )
    can_cancel = fields.Boolean(compute="_compute_can_cancel")
    cancel_order = fields.Boolean(
        help="Nothing is delivered any more.",
        compute="_compute_cancel_order",
        store=True,
        readonly=False,
    )
    amount = fields.Monetary()
    reason = fields.Char(help="The customer reads it in the account of the refund.")
    refund_amount = fields.Monetary(string="To Refund", compute="_compute_account")
    account_html = fields.Html(string="Account", compute="_compute_account", sanitize=False)

    # === CONSTRAINTS AND INDEXES === #

    _check_fee_percent = models.Constraint(
        "CHECK(fee_percent >= 0 AND fee_percent <= 100)",
        "The fee lies between 0 and 100 percent.",
    )

    # === COMPUTE METHODS === #

    @api.depends("order_id")
    def _compute_seen_basis(self):
        for wizard in self:
            wizard.seen_basis = refund.fingerprint(*wizard.order_id._origin._get_refund_basis())

    @api.depends("order_id")
    def _compute_can_cancel(self):
        for wizard in self:
            order = wizard.order_id
            wizard.can_cancel = order.state != "cancel" and not order._is_shipped()

    @api.depends("order_id", "kind")
    def _compute_cancel_order(self):
        for wizard in self:
            wizard.cancel_order = wizard.can_cancel and wizard.kind == "full"

    @api.depends("order_id")
    def _compute_line_ids(self):
        for wizard in self:
            lines, _kept, _due = wizard.order_id._get_refund_basis()
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "sale_line_id": line.key,
                            "paid_amount": wizard.order_id._to_refund_amount(line.paid),
                            "left_quantity": float(line.left),
                        }
                    )
                    for line in lines
                    if line.kind == "goods" and line.left
                ),
            ]

    @api.depends(
        "order_id", "kind", "line_ids.quantity", "delivery", "fee_percent", "amount", "reason"
    )
    def _compute_account(self):
        for wizard in self:
            order = wizard.order_id._origin
            account = wizard._compose(*order._get_refund_basis())
            wizard.refund_amount = order._to_refund_amount(account.amount)
            # sudo: which providers a payment came by is shown to whoever refunds it.
            portions, short = refund.spread(account.amount, order.sudo()._get_refund_ways())
            wizard.account_html = self.env["ir.qweb"]._render(
                "website_sale_order_mgmt.sale_order_refund_account",
                {
                    "rows": order._prepare_refund_rows(account, wizard.reason),
                    "total": wizard.refund_amount,
                    "currency": order.currency_id,
                    "ways": [wizard._describe_portion(portion) for portion in portions],
                    "short": order._to_refund_amount(short),
                },
            )

    # === ACTION METHODS === #

    def action_refund(self):
        """Make the refund, once, and close the wizard.

        :raise AccessError: the user does not refund web orders
        :raise UserError: nothing is left to refund, or it is not what the wizard shows any more
        :rtype: dict
        """
        self.ensure_one()
        if self.kind == "amount" and not self.reason:
            raise UserError(self.env._("Say why this amount goes back: the customer reads it."))
        self.order_id._refund(
            self.request_key,
            self._compose_as_seen,
            {
                "kind": self.kind,
                "reason": self.reason,
                "cancel_order": self.kind == "full" and self.cancel_order,
            },
        )
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS METHODS === #

    def _compose_as_seen(self, lines, kept, due):
        """Return `_compose`, as long as nothing has changed since the wizard was opened.

        :rtype: refund.Account
        :raise UserError: somebody has refunded or paid something meanwhile
        """
        self.ensure_one()
        if self.seen_basis != refund.fingerprint(lines, kept, due):
            raise UserError(
                self.env._(
                    "Something was refunded or paid of this order meanwhile. Close this, and begin"
                    " the refund again."
                )
            )
        return self._compose(lines, kept, due)

    def _compose(self, lines, kept, due):
        """Return the account of what is chosen: see `sale.order._refund`.

        :rtype: refund.Account
        """
        self.ensure_one()
        order = self.order_id._origin
        if self.kind == "full":
            return order._compose_full_refund(lines, kept, due)
        if self.kind == "amount":
            cents = max(order._to_cents(self.amount), 0)
            owes, rounding = order.state != "cancel", order._get_refund_rounding()
            return refund.make_amount_account(cents, kept, due, owes, rounding)
        wanted = {
            line.sale_line_id._origin.id: line.sale_line_id._get_refund_quantity(line.quantity)
            for line in self.line_ids
        }
        # sudo: whoever refunds the order may know what was offered.
        caps = {"none": 0, "all": None, "cheapest": order.sudo()._get_delivery_cap()}
        cap = caps[self.delivery]
        return order._compose_refund(lines, kept, due, wanted, cap, self.fee_percent)

    def _describe_portion(self, portion):
        """Return in words how a part of the money goes back.

        :param refund.Portion portion: the part
        :rtype: str
        """
        self.ensure_one()
        order, source = self.order_id, portion.key
        if source._name == "sale.order.line":
            return self.env._(
                "%(amount)s back to %(card)s",
                amount=format_amount(
                    self.env, order._to_refund_amount(portion.amount), order.currency_id
                ),
                card=source.name,
            )
        amount = format_amount(self.env, order._to_refund_amount(portion.amount), order.currency_id)
        provider = source.provider_id.name
        if not portion.reason:
            return self.env._("%(amount)s by %(provider)s", amount=amount, provider=provider)
        if portion.reason == "full_only":
            return self.env._(
                "%(amount)s by hand: %(provider)s refunds a payment in full or not at all",
                amount=amount,
                provider=provider,
            )
        if source:
            return self.env._(
                "%(amount)s by hand: %(provider)s does not refund",
                amount=amount,
                provider=provider,
            )
        return self.env._("%(amount)s by hand: it was paid by hand", amount=amount)


class SaleOrderRefundLine(models.TransientModel):
    _name = "sale.order.refund.line"
    _description = "Line of a Web Order's Refund"

    # === FIELDS === #

    wizard_id = fields.Many2one("sale.order.refund", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    sale_line_id = fields.Many2one("sale.order.line", required=True, ondelete="cascade")
    name = fields.Text(related="sale_line_id.name")
    paid_amount = fields.Monetary(string="Paid")
    left_quantity = fields.Float(string="Can Be Refunded", digits="Product Unit")
    quantity = fields.Float(string="Refund", digits="Product Unit")
    product_uom_id = fields.Many2one(related="sale_line_id.product_uom_id")

    # === CONSTRAINT METHODS === #

    @api.constrains("sale_line_id", "quantity")
    def _check_line(self):
        for line in self:
            if line.sale_line_id.order_id != line.wizard_id.order_id or line.quantity < 0:
                raise UserError(self.env._("Choose quantities of this order's lines."))
