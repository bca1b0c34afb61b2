"""Returns and refunds: what came back is refunded, once, by those who may."""

from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import STAFF
from ..tools import refund
from ..tools.actions import open_records
from .sale_order_refund import REFUND_GROUP
from .sale_order_return_steps import TO_DECIDE

REFUND_ACTIVITY = "website_sale_order_mgmt.mail_activity_type_return_to_refund"


class SaleOrderReturn(models.Model):
    _inherit = "sale.order.return"

    # === FIELDS === #

    refund_statement_ids = fields.One2many(
        comodel_name="sale.order.refund.statement",
        inverse_name="return_id",
        string="Refunds",
        readonly=True,
        copy=False,
    )

    withdrawal_ids = fields.One2many(
        comodel_name="sale.order.withdrawal",
        inverse_name="return_id",
        string="Withdrawals",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    refund_is_due = fields.Boolean(compute="_compute_refund_is_due", groups=STAFF)
    refund_count = fields.Integer(compute="_compute_refund_count", groups=STAFF)
    credit_note_count = fields.Integer(compute="_compute_refund_count", groups=STAFF)

    # === COMPUTE METHODS === #

    @api.depends("state", "withdrawal_ids.proof_at", "refund_statement_ids.stage")
    def _compute_refund_is_due(self):
        # sudo: refunds and withdrawals are readable to some only; this says whether there are some.
        for request, known in zip(self, self.sudo(), strict=True):
            request.refund_is_due = known._may_be_refunded() and not known._get_live_refund()

    def _compute_refund_count(self):
        # sudo: how many there are is no secret to whoever may read the return.
        for request, known in zip(self, self.sudo(), strict=True):
            request.refund_count = len(known.refund_statement_ids)
            request.credit_note_count = len(known.refund_statement_ids.credit_note_ids)

    # === ACTION METHODS === #

    def action_open_refunds(self):
        """Open the refunds of the return.

        :rtype: dict
        """
        return open_records(
            self.refund_statement_ids,
            "website_sale_order_mgmt.sale_order_refund_statement_action",
        )

    def action_open_credit_notes(self):
        """Open the credit notes of the return's refunds.

        :rtype: dict
        """
        return self.refund_statement_ids.action_open_credit_notes()

    def action_refund(self):
        """Refund what came back with these returns.

        :raise AccessError: the user does not refund web orders
        :raise UserError: a return is not received, or nothing of it is left to refund
        """
        self.order_id._check_may_refund()
        # sudo: whether a withdrawal has its proof; who may refund was checked.
        if not all(request._may_be_refunded() for request in self.sudo()):
            raise UserError(
                self.env._(
                    "Only what was received is refunded, or withdrawn from and shown to be sent."
                )
            )
        for request in self:
            request._make_refund()

    # === BUSINESS METHODS === #

    def _refund(self):
        """Override: somebody who may give the money back is asked to, once the goods are in."""
        super()._refund()
        for request in self:
            # sudo: who receives goods need not see refunds.
            if request.sudo()._has_begun_refund():
                request._mark_done()  # The proof of sending was enough; now the goods are here.
            else:
                request._ask_for_refund()

    def _cancel(self):
        """Override: what was refunded is not taken back.

        :raise UserError: its money has gone back already, or it is too late
        """
        # sudo: customers take their returns back, and do not read refunds.
        if any(request._get_live_refund() for request in self.sudo()):
            raise UserError(self.env._("The money for this return goes back already."))
        super()._cancel()

    def _may_be_refunded(self):
        """Return whether the money may go back: the goods are in, or were shown to be on their way.

        A refund after a withdrawal is withheld until one or the other (Art. 13(3) CRD).

        :rtype: bool
        """
        self.ensure_one()
        shown = self.state == "approved" and any(self.withdrawal_ids.mapped("proof_at"))
        return self.state == "received" or shown

    def _has_begun_refund(self):
        """Return whether the money for the return goes back, or has.

        :rtype: bool
        """
        return "begun" in self.refund_statement_ids.mapped("stage")

    def _get_live_refund(self):
        """Return the refund of the return, also one that waits for a manager.

        :rtype: sale.order.refund.statement
        """
        self.ensure_one()
        return self.refund_statement_ids.filtered(lambda one: one.stage != "cancelled")[:1]

    def _ask_for_refund(self):
        """Give the refund of a return to somebody who may make it."""
        self.ensure_one()
        # sudo: whoever receives the goods reads no groups; only who is asked follows from it.
        group = self.env.ref(REFUND_GROUP).sudo()
        users = group.all_user_ids.filtered(
            lambda user: not user.share and user.active and self.company_id in user.company_ids
        )
        if users:
            responsible = self.user_id if self.user_id in users else users.sorted("id")[:1]
            # sudo: the activity is somebody else's.
            self.sudo().activity_schedule(REFUND_ACTIVITY, user_id=responsible.id)

    def _make_refund(self):
        """Refund what came back with a return, once.

        :return: the refund
        :rtype: sale.order.refund.statement
        :raise AccessError: the user does not refund web orders
        :raise UserError: nothing of it is left to refund
        """
        self.ensure_one()
        return self.order_id._refund(
            f"return/{self.id}",
            self._compose_refund,
            {"kind": "lines", "return_id": self.id, "reason": self.name},
        )

    def _compose_refund(self, lines, kept, due):
        """Return how the refund of a return is made up: see `sale.order._refund`.

        A fee is kept where the terms of the line say so, never on withdrawals, nor on what is
        faulty or wrong. The delivery goes back when the whole order is withdrawn from, but not
        what exceeded the cheapest standard delivery offered (Art. 13 CRD).

        :rtype: refund.Account
        """
        self.ensure_one()
        wanted, fees = {}, {}
        for line in self.line_ids:
            sale_line = line.sale_line_id
            quantity = sale_line._get_refund_quantity(line._get_settled_quantity())
            wanted[sale_line.id] = quantity
            if self.kind == "return" and not line._is_shops_fault():
                percent = sale_line._get_return_terms()["return_fee_percent"]
                fees[sale_line.id] = Fraction(str(round(percent, 4)))
        whole_withdrawn = self.kind == "withdrawal" and all(
            wanted.get(line.key, 0) >= line.left for line in lines if line.kind == "goods"
        )
        # sudo: portal users do not read the fields of staff; the account is theirs.
        order = self.order_id.sudo()
        cap = order._get_delivery_cap() if whole_withdrawn else 0
        owes, rounding = order.state != "cancel", order._get_refund_rounding()
        return refund.make_account(
            lines, wanted, kept, due, cap, fees=fees, owes=owes, rounding=rounding
        )

    def _has_nothing_to_refund(self):
        """Return whether all money of the return went back in another way, or none ever came.

        :rtype: bool
        """
        self.ensure_one()
        order = self.order_id
        if "to_confirm" in order.refund_statement_ids.mapped("stage"):
            return False
        account = self._compose_refund(*order._get_refund_basis())
        return account.amount <= 0 and (account.value <= 0 or order.state == "cancel")

    def _end_refunded_withdrawals(self):
        """End the withdrawals that wait for no goods and for no money any more.

        Whichever button gave the money back, or if there never was any. Called as superuser.
        """
        ended = self.filtered(
            lambda request: (
                request.kind == "withdrawal"
                and (
                    request.state == "received"
                    or (request.state == "requested" and not request._needs_goods())
                )
                and request._has_nothing_to_refund()
            )
        )
        ended.state = "done"
        ended.activity_unlink([TO_DECIDE, REFUND_ACTIVITY])
        ended.withdrawal_ids._end_waiting_for_shipment()

    def _note_refund(self, statement):
        """Write on the return what is refunded for each line, and end it.

        :param sale.order.refund.statement statement: the refund
        """
        self.ensure_one()
        rows = statement.line_ids.filtered(lambda row: row.kind == "goods")
        prices = {row.sale_line_id: row.amount for row in rows}
        for line in self.line_ids:
            line.refund_amount = prices.get(line.sale_line_id, 0.0)
        self.activity_unlink([REFUND_ACTIVITY])
        if self.state == "received":
            self._mark_done()


class SaleOrderRefundStatement(models.Model):
    _inherit = "sale.order.refund.statement"

    return_id = fields.Many2one(
        comodel_name="sale.order.return",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    def _begin(self):
        """Override: the return that is refunded is done, and withdrawals that wait for no more."""
        super()._begin()
        if self.return_id:
            self.return_id._note_refund(self)
        self.order_id.return_ids._end_refunded_withdrawals()
