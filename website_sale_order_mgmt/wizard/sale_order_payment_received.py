"""Payment received: registers money that came by bank for one order or a selection."""

from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class SaleOrderPaymentReceived(models.TransientModel):
    _name = "sale.order.payment.received"
    _description = "Payment Received for Web Orders"

    # === FIELDS === #

    order_ids = fields.Many2many("sale.order", string="Orders", required=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    date = fields.Date(required=True, default=fields.Date.context_today)
    journal_id = fields.Many2one(
        comodel_name="account.journal",
        string="Bank",
        compute="_compute_journal_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        domain="[('type', 'in', ('bank', 'cash')), ('company_id', '=', company_id)]",
    )
    line_ids = fields.One2many(
        comodel_name="sale.order.payment.received.line",
        inverse_name="wizard_id",
        string="Amounts",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    is_done = fields.Boolean(readonly=True)

    # === COMPUTE METHODS === #

    @api.depends("order_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.order_ids.company_id[:1]

    @api.depends("order_ids")
    def _compute_journal_id(self):
        for wizard in self:
            journals = self.env["account.journal"]
            domain = [
                *journals._check_company_domain(wizard.order_ids.company_id[:1]),
                ("type", "=", "bank"),
                ("inbound_payment_method_line_ids", "!=", False),
            ]
            wizard.journal_id = journals.search(domain, limit=1)

    @api.depends("order_ids")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "order_id": order._origin.id,
                            "amount_due": order._get_unpaid_amount(),
                            "amount": order._get_unpaid_amount(),
                            "memo": order._get_unpaid_reference(),
                        }
                    )
                    for order in wizard.order_ids
                ),
            ]

    # === ACTION METHODS === #

    def action_register(self):
        """Register the amounts, each once, and close the wizard.

        :raise AccessError: the user does not book payments
        :raise UserError: nothing is entered, or an order was paid by somebody else meanwhile
        :rtype: dict
        """
        self.ensure_one()
        close = {"type": "ir.actions.act_window_close"}
        if self.is_done:  # A second click, which waited for the first or was retried after it.
            return close
        self.is_done = True
        self.flush_recordset(["is_done"])
        lines = self.line_ids.filtered(
            lambda line: line.currency_id.compare_amounts(line.amount, 0)
        )
        orders = lines.order_id.sorted("id")
        orders._check_may_book_payments()
        if not lines or any(line.amount < 0 for line in lines):
            raise UserError(self.env._("Enter the amounts that have come."))
        if orders.company_id != self.journal_id.company_id:
            raise UserError(self.env._("The bank and the orders must be of the same company."))
        orders._lock_for_payment()
        for line in lines.sorted("order_id"):
            line._check_unchanged()
            line.order_id._register_payment_received(line.amount, self._prepare_payment_vals(line))
        orders._sync_shop_attention_activities()
        return close

    # === BUSINESS METHODS === #

    def _prepare_payment_vals(self, line):
        """Return the values of a line's payment.

        :param sale.order.payment.received.line line: the amount of an order
        :rtype: dict
        """
        self.ensure_one()
        return {
            "date": self.date,
            "journal_id": self.journal_id.id,
            "payment_method_line_id": self.journal_id.inbound_payment_method_line_ids[:1].id,
            "memo": line.memo or line.order_id._get_unpaid_reference(),
        }


class SaleOrderPaymentReceivedLine(models.TransientModel):
    _name = "sale.order.payment.received.line"
    _description = "Amount Received for a Web Order"

    # === FIELDS === #

    wizard_id = fields.Many2one("sale.order.payment.received", required=True, ondelete="cascade")
    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade")
    partner_id = fields.Many2one(related="order_id.partner_id")
    currency_id = fields.Many2one(related="order_id.currency_id")
    amount_due = fields.Monetary(string="Missing")
    amount = fields.Monetary(string="Received")
    memo = fields.Char(help="Written on the payment. Empty: the order's reference.")

    # === BUSINESS METHODS === #

    def _check_unchanged(self):
        """Refuse to register what somebody else may have registered meanwhile.

        :raise UserError: another amount is missing now than when the wizard was opened
        """
        self.ensure_one()
        missing = self.order_id._get_unpaid_amount()
        if self.currency_id.compare_amounts(missing, self.amount_due):
            raise UserError(
                self.env._(
                    "Somebody has registered money for order %(order)s meanwhile: %(amount)s is"
                    " missing now. Please look at it and begin again.",
                    order=self.order_id.name,
                    amount=self.currency_id.format(missing),
                )
            )
