"""A refund of a web order: how it is made up, who made it, and what became of it."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import work_queue
from ..tools.actions import open_records

MANAGER_GROUP = "website_sale_order_mgmt.group_refund_manager"
CONFIRM_ACTIVITY = "website_sale_order_mgmt.mail_activity_type_refund_to_confirm"


class SaleOrderRefundStatement(models.Model):
    _name = "sale.order.refund.statement"
    _description = "Refund of a Web Order"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"

    # === FIELDS === #

    name = fields.Char(string="Number", required=True, readonly=True, default="/", copy=False)
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="order_id.currency_id", store=True)
    partner_id = fields.Many2one(related="order_id.partner_id", store=True)
    website_id = fields.Many2one(related="order_id.website_id", store=True)
    kind = fields.Selection(
        selection=[
            ("full", "Everything"),
            ("lines", "Some lines"),
            ("amount", "An amount"),
            ("surplus", "What was paid too much"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Char(readonly=True)
    request_key = fields.Char(required=True, readonly=True, copy=False)
    stage = fields.Selection(
        selection=[("to_confirm", "To confirm"), ("begun", "Begun"), ("cancelled", "Cancelled")],
        required=True,
        default="to_confirm",
        readonly=True,
        copy=False,
    )
    state = fields.Selection(
        selection=[
            ("to_confirm", "To confirm"),
            ("open", "On its way"),
            ("failed", "Failed"),
            ("done", "Refunded"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
    )
    amount = fields.Monetary(help="What goes back.", readonly=True)
    value = fields.Monetary(
        string="Taken Off the Order", help="By how much the order becomes cheaper.", readonly=True
    )
    user_id = fields.Many2one("res.users", string="Made By", readonly=True)
    confirmed_by_id = fields.Many2one("res.users", readonly=True)
    line_ids = fields.One2many(
        "sale.order.refund.statement.line", "statement_id", string="Account", readonly=True
    )
    payment_ids = fields.One2many(
        "sale.order.refund.payment", "statement_id", string="Ways", readonly=True
    )

    # === CONSTRAINTS AND INDEXES === #

    # What was refused can be refunded again: the return has no other key.
    _live_request_key_uniq = models.UniqueIndex(
        "(request_key) WHERE stage != 'cancelled'", "This refund has been made already."
    )

    # === COMPUTE METHODS === #

    @api.depends("stage", "payment_ids.state")
    def _compute_state(self):
        for statement in self:
            if statement.stage != "begun":
                statement.state = statement.stage
                continue
            states = set(statement.payment_ids.mapped("state")) - {"cancelled"}
            if "failed" in states:
                statement.state = "failed"
            else:
                statement.state = "open" if states - {"done"} else "done"

    # === ACTION METHODS === #

    def action_confirm(self):
        """Confirm refunds above the limit of those who made them.

        :raise AccessError: the user is no manager of refunds
        :raise UserError: a refund is above the user's own limit, too, waits no more, cancels an
            order that was shipped meanwhile, or its money has gone back in another way
        """
        self._check_may_manage()
        for statement in self._lock_in_stage("to_confirm"):
            if statement._is_above_limit(self.env.user):
                raise UserError(
                    self.env._("%(refund)s is above your own limit, too.", refund=statement.name)
                )
            statement._check_cancellation()
            statement._check_money_is_there()
            statement.confirmed_by_id = self.env.user
            statement.activity_feedback([CONFIRM_ACTIVITY])
            statement._begin()

    def action_cancel(self):
        """Refuse refunds that wait for a confirmation.

        :raise AccessError: the user is no manager of refunds, and has not made them either
        :raise UserError: a refund waits no more
        """
        if any(statement.user_id != self.env.user for statement in self):
            self._check_may_manage()
        self.order_id._check_may_refund()
        statements = self._lock_in_stage("to_confirm")
        statements.stage = "cancelled"
        statements.activity_unlink([CONFIRM_ACTIVITY])
        statements.order_id._unfreeze_refund_basis()
        statements.order_id._sync_refunds()

    def action_open_order(self):
        """Open the order that is refunded.

        :rtype: dict
        """
        return open_records(self.order_id, "sale.action_orders")

    def action_open_return(self):
        """Open the return that is refunded.

        :rtype: dict
        """
        return open_records(self.return_id, "website_sale_order_mgmt.sale_order_return_action")

    def action_open_credit_notes(self):
        """Open the credit notes of the refunds.

        :rtype: dict
        """
        return open_records(self.credit_note_ids, "account.action_move_out_refund_type")

    # === BUSINESS METHODS === #

    def _check_may_manage(self):
        """Leave refunds above a limit to the managers of refunds.

        :raise AccessError: the user is none
        """
        self.order_id._check_may_refund()
        if not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(self.env._("A manager of refunds confirms what is above the limit."))

    def _lock_in_stage(self, stage):
        """Lock the refunds, as long as they are in a stage.

        :param str stage: the stage
        :return: the refunds, to be written on
        :rtype: sale.order.refund.statement
        :raise UserError: somebody else was first
        """
        work_queue.take_turn(self.order_id)
        # sudo: the callers have checked who may do this; users have no right to write.
        statements = self.sudo()
        if any(statement.stage != stage for statement in statements):
            raise UserError(self.env._("Somebody else has decided on this refund meanwhile."))
        return statements

    @api.model
    def _create_from_account(self, order, account, vals):
        """Book a refund as it was made up.

        :param sale.order order: the order
        :param refund.Account account: how the refund is made up
        :param dict vals: more values: `request_key`, `kind`, `reason` ...
        :rtype: sale.order.refund.statement
        """
        sequence = self.env["ir.sequence"].with_company(order.company_id)
        return self.create(
            {
                "name": sequence.next_by_code("sale.order.refund") or "/",
                "order_id": order.id,
                "user_id": self.env.uid,
                "amount": order._to_refund_amount(account.amount),
                "value": order._to_refund_amount(account.value),
                "line_ids": [
                    fields.Command.create(line)
                    for line in order._prepare_refund_rows(account, vals.get("reason"))
                ],
            }
            | vals
        )

    def _is_above_limit(self, user):
        """Return whether a user may not make this refund alone.

        What the user has refunded of the order before counts, too: in parts it is as much.

        :param res.users user: who makes or confirms it
        :rtype: bool
        """
        self.ensure_one()
        # sudo: the limit is the administrator's; only whether it is passed gets out.
        limit = user.sudo().refund_limit
        if not limit:
            return False
        others = self.order_id.refund_statement_ids.filtered(
            lambda one: one.user_id == user and one.stage == "begun" and not one.confirmed_by_id
        )
        company_currency = self.company_id.currency_id
        amount = self.currency_id._convert(
            sum((others | self).mapped("amount")),
            company_currency,
            self.company_id,
            fields.Date.context_today(self),
        )
        return company_currency.compare_amounts(amount, limit) > 0

    def _check_money_is_there(self):
        """Keep what has gone back in another way, while the refund waited, from going back again.

        :raise UserError: the shop has less of the order's money than waits to go back
        """
        self.ensure_one()
        _lines, kept, _due = self.order_id._get_refund_basis()
        if kept < 0:
            raise UserError(
                self.env._(
                    "The money of order %(order)s has gone back in another way meanwhile. Cancel"
                    " this refund, and begin it again if something is left.",
                    order=self.order_id.name,
                )
            )

    def _ask_for_confirmation(self):
        """Have a manager look at a refund above the limit."""
        self.ensure_one()
        managers = self.env.ref(MANAGER_GROUP).all_user_ids.filtered(
            lambda user: (
                not user.share and self.company_id in user.company_ids and user != self.user_id
            )
        )
        # One of them, not all: who is first does it, the list shows it to all.
        if managers:
            self.activity_schedule(CONFIRM_ACTIVITY, user_id=managers.sorted("id")[:1].id)
        self.order_id._sync_refunds()

    def _begin(self):
        """Plan by which ways the money goes back, and have it sent after the commit.

        :raise UserError: the payments of the order have not that much left
        """
        self.ensure_one()
        self.stage = "begun"
        payments = self.env["sale.order.refund.payment"]._create_for(self)
        # Before the order may be cancelled, when core gives cards back what is left.
        payments._give_back_to_cards()
        self._correct_order()
        payments.filtered(lambda payment: payment.state == "manual")._plan_transfers()
        self.order_id._sync_refunds()
        payments._queue()
