"""Withdrawals: what follows from one that is in order: the goods come back, the money goes back."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .sale_order_withdrawal_handle import ACTIVITY_TYPE

OPEN = ("requested", "approved")
REFUND_ACTIVITY = "website_sale_order_mgmt.mail_activity_type_withdrawal_refund"


class SaleOrderWithdrawal(models.Model):
    _inherit = "sale.order.withdrawal"

    # === FIELDS === #

    return_id = fields.Many2one(
        "sale.order.return", readonly=True, index="btree_not_null", ondelete="set null"
    )
    proof_at = fields.Datetime(
        string="Proof of Sending on",
        readonly=True,
        help="When the customer showed that the goods were sent back: from then on the refund may"
        " not be withheld.",
    )
    refund_state = fields.Selection(
        [("withheld", "Withheld until the goods come"), ("due", "Due"), ("done", "Done")],
        string="Refund",
        compute="_compute_refund_state",
        store=True,
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "return_id.state",
        "return_id.without_goods",
        "return_id.refund_statement_ids.stage",
        "proof_at",
    )
    def _compute_refund_state(self):
        """Say whether the money may be withheld: until the goods or a proof come (Art. 13(3)).

        Only for goods that the customer has: transfers say so when they are done, so that no
        payment looks for statements.
        """
        for statement in self:
            request = statement.return_id
            if request.state == "done" or request._has_begun_refund():
                statement.refund_state = "done"
            elif request.state == "received":
                statement.refund_state = "due"
            elif request.state in OPEN:
                free = statement.proof_at or not request._needs_goods()
                statement.refund_state = "due" if free else "withheld"
            else:
                statement.refund_state = False

    # === ACTION METHODS === #

    def action_make_return(self):
        """Accept a statement that was flagged, and make what follows from it.

        :raise UserError: there is no order, nothing is left of it, or it was done already
        """
        self.check_access("write")
        self.action_attended()
        for statement in self:
            if not statement.order_id:
                raise UserError(self.env._("First choose the order that is meant."))
            # sudo: whoever looks after the statement decides; customers' returns are made so, too.
            if statement.return_id or not statement.sudo()._make_return():
                raise UserError(
                    self.env._("%(name)s: there is nothing to give back.", name=statement.name)
                )

    # === BUSINESS METHODS === #

    def _make_returns(self):
        """Make the returns of the statements that are in order. Safe to repeat."""
        for statement in self:  # one by one: each counts on what those before have left
            if statement.return_id:
                continue
            if statement._has_exceptions():
                statement._flag("excepted")
            if not statement._make_return() and not statement.attention:
                statement._flag("nothing")

    def _make_return(self):
        """Make the return of one statement, for what qualifies and is left.

        :return: whether there was something
        :rtype: bool
        """
        self.ensure_one()
        quantities = self._get_quantities()
        if not quantities:
            return False
        self.return_id = self.env["sale.order.return"].create(
            {
                "order_id": self.order_id.id,
                "kind": "withdrawal",
                "request_key": f"withdrawal-{self.id}",
                "line_ids": [
                    Command.create({"sale_line_id": line.id, "quantity": quantity})
                    for line, quantity in quantities.items()
                ],
            }
        )
        self._begin_return()
        return True

    def _begin_return(self):
        """Put on hold what has not left of what was withdrawn from; what has left comes back.

        An order that is not confirmed has neither, nor money to give back: it does with the
        confirmation.
        """
        self.ensure_one()
        if self.order_id.state in ("draft", "sent"):
            self._flag("not_confirmed")
            return
        on_hold = self._hold_deliveries()
        if not on_hold:
            self._end_waiting_for_shipment()
        if not on_hold or self.return_id.line_ids.sale_line_id._get_handed_over_moves():
            # A withdrawal asks nobody's leave.
            self.return_id._approve()
        self._plan_refund()
        if self.proof_at and not self.attention:
            self._flag("proof")

    def _hold_deliveries(self):
        """Keep what was withdrawn from until somebody has looked at it.

        :return: whether some of it has not left
        :rtype: bool
        """
        self.ensure_one()
        waiting = self.return_id.line_ids.sale_line_id._get_moves_to_hand_over().picking_id
        if waiting:
            self._flag("not_shipped")
            waiting._shop_hold("customer", self.env._("Withdrawal %(name)s", name=self.name))
        return bool(waiting)

    def _end_waiting_for_shipment(self):
        """Take off the list what nobody has to look at any more: of it, nothing will leave."""
        waiting = ("not_confirmed", "not_shipped")
        statements = self.filtered(lambda statement: statement.attention in waiting)
        statements.attention = False
        statements.activity_unlink([ACTIVITY_TYPE])

    def _get_quantities(self):
        """Return how much of which lines is withdrawn from, in the lines' units.

        What has no right of withdrawal is left out, and more than is left is not taken. Nothing is
        left of an order that was cancelled and whose money is back, or never came.

        :rtype: dict[sale.order.line, float]
        """
        self.ensure_one()
        if self.order_id.state == "cancel" and self.order_id._get_refund_kept() <= 0:
            return {}
        asked = self._get_asked()
        return {
            line: quantity
            for line, left in self.order_id._get_withdrawal_quantities().items()
            if (quantity := min(left, asked.get(line.id, 0.0) if asked else left)) > 0
        }

    def _get_asked(self):
        """Return line id -> quantity as stated; empty for the whole order."""
        self.ensure_one()
        return {part["line_id"]: part["quantity"] for part in self.lines or ()}

    def _has_exceptions(self):
        """Return whether something is stated that has no right of withdrawal."""
        self.ensure_one()
        asked = self._get_asked()
        return any(
            line._get_withdrawal_exception() and (not asked or line.id in asked)
            for line in self.order_id._get_withdrawal_lines()
        )

    def _plan_refund(self):
        """Give the person in charge the day on which the money must be back."""
        for statement in self:
            user = statement._get_responsible()
            if user:
                # As OdooBot: nobody assigned it to anybody.
                statement.with_user(SUPERUSER_ID).activity_schedule(
                    REFUND_ACTIVITY, user_id=user.id, date_deadline=statement.refund_due_on
                )

    @api.model
    def _end_refund_activities(self):
        """End the activities of withdrawals whose money is back."""
        activities = self.env["mail.activity"].search(
            [
                ("res_model", "=", self._name),
                ("activity_type_id", "=", self.env.ref(REFUND_ACTIVITY).id),
            ]
        )
        statements = self.browse(activities.mapped("res_id"))
        settled = statements.filtered(lambda each: each.refund_state not in ("withheld", "due"))
        settled.activity_unlink([REFUND_ACTIVITY])
