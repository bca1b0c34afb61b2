"""The steps of a return: each state has its ways in, and nobody is told before it is certain."""

from odoo import models
from odoo.exceptions import AccessError, UserError

from .sale_order_return import OPEN

SALES = "sales_team.group_sale_salesman"
ACCOUNTING = "account.group_account_invoice"
TO_DECIDE = "website_sale_order_mgmt.mail_activity_type_return_requested"


class SaleOrderReturn(models.Model):
    _inherit = "sale.order.return"

    # === ACTION METHODS === #

    def action_approve(self):
        """Agree to the requested ones of a selection. Salespeople do."""
        self._check_return_right(SALES)
        self.filtered(lambda request: request.state == "requested")._approve()

    def action_refuse(self):
        """Ask why the requested ones of a selection are refused."""
        return self._open_decision("refuse", self.env._("Refuse"))

    def action_skip_goods(self):
        """Ask why the money goes back without the goods."""
        return self._open_decision("without_goods", self.env._("Refund without return"))

    def action_cancel(self):
        """Take returns back for their customers."""
        self._check_return_right(SALES)
        self._cancel()

    def action_mark_done(self):
        """End received returns: the money is on its way. Accountants do."""
        self._check_return_right(ACCOUNTING)
        self._mark_done()

    def action_open_transfers(self):
        """Open the transfers that bring the goods."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("stock.action_picking_tree_all")
        transfers = self.picking_ids
        action["context"] = {"create": False}
        if len(transfers) == 1:
            return action | {
                "views": [(False, "form")],
                "view_mode": "form",
                "res_id": transfers.id,
            }
        return action | {"domain": [("id", "in", transfers.ids)]}

    # === BUSINESS METHODS === #

    def _open_decision(self, step, name):
        """Return the action that asks for the reason of a step.

        :param str step: see the wizard's field
        :param str name: the title
        """
        self._check_return_right(SALES)
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "sale.order.return.decision",
            "view_mode": "form",
            "target": "new",
            "context": {"default_step": step, "default_return_ids": self.ids},
        }

    def _check_return_right(self, group):
        """Check whether the user may take this step.

        :param str group: the group whose step it is
        :raise AccessError: the user may not
        """
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group(group):
            raise AccessError(
                self.env._(
                    "Only people of the group %(group)s can do this.",
                    # sudo: only the group's name.
                    group=self.env.ref(group).sudo().full_name,
                )
            )

    def _ask_for_decision(self):
        """Give new returns to their order's salesperson, if there is one."""
        # sudo: the customer's request creates the activity.
        for request in self.sudo().filtered("user_id"):
            request.activity_schedule(TO_DECIDE, user_id=request.user_id.id)

    def _approve(self):
        """Agree to requested returns; those of which no goods are to come are received at once.

        :raise UserError: a return is not requested any more, or the goods are not with the customer
        """
        self._ensure_state("requested")
        # sudo: the states are written by these steps alone.
        returns = self.sudo()
        returns.state = "approved"
        returns.activity_unlink([TO_DECIDE])
        returns._make_return_transfers()
        waiting = returns.filtered("picking_ids")
        waiting._tell_customer()
        (returns - waiting)._receive()

    def _refuse(self, reason):
        """Refuse requested returns.

        :param str reason: for the customer
        :raise UserError: there is no reason, or a return is not requested any more
        """
        self._check_reason_given(reason)
        self._ensure_state("requested")
        # sudo: see `_approve`.
        returns = self.sudo()
        returns.write({"state": "refused", "refuse_reason": reason.strip()})
        returns.activity_unlink([TO_DECIDE])
        returns._tell_customer()

    def _cancel(self):
        """Take requested or approved returns back, until the goods are in.

        :raise UserError: it is too late
        """
        self._ensure_state(*OPEN)
        # sudo: see `_approve`.
        returns = self.sudo()
        returns._cancel_return_transfers()
        returns.state = "cancelled"
        returns.activity_unlink([TO_DECIDE])

    def _can_be_cancelled_by_customer(self):
        """Return whether the customer can still take a return back. A withdrawal is a statement.

        :rtype: bool
        """
        self.ensure_one()
        # sudo: customers do not read transfers.
        transfers = self.sudo().picking_ids
        return (
            self.kind == "return"
            and self.state in OPEN
            and not transfers.filtered(lambda pick: pick.state == "done")
        )

    def _cancel_by_customer(self):
        """Take a return back for its customer.

        :raise UserError: it is too late
        """
        if not self._can_be_cancelled_by_customer():
            raise UserError(self.env._("This return cannot be cancelled any more."))
        self._cancel()

    def _skip_goods(self, reason):
        """Leave the goods with the customers; the money goes back all the same.

        :param str reason: for the colleagues
        :raise UserError: there is no reason, or the goods are here already
        """
        self._check_reason_given(reason)
        self._ensure_state(*OPEN)
        # sudo: see `_approve`.
        returns = self.sudo()
        returns._cancel_return_transfers()
        returns.write(
            {
                "without_goods": True,
                "without_goods_reason": reason.strip(),
                "state": "approved",
            }
        )
        returns.activity_unlink([TO_DECIDE])
        returns._receive()

    def _receive(self):
        """Take approved returns for received: the goods are in, or none have to come.

        :raise UserError: a return is not approved
        """
        self._ensure_state("approved")
        # sudo: see `_approve`.
        returns = self.sudo()
        returns.state = "received"
        returns._tell_customer()
        returns._refund()

    def _refund(self):
        """Give the money back for received returns. To be extended; staff marks them as done."""

    def _mark_done(self):
        """End received returns: the money is on its way.

        :raise UserError: a return is not received
        """
        self._ensure_state("received")
        # sudo: see `_approve`.
        self.sudo().state = "done"

    # === TOOLING === #

    def _check_reason_given(self, reason):
        """Raise unless there is a reason.

        :raise UserError: there is none
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Enter a reason."))

    def _get_shipping_payer(self):
        """Return who pays for the way back: the shop where something is its fault, or as sold.

        :return: 'customer' or 'merchant'
        :rtype: str
        """
        self.ensure_one()
        lines = self.line_ids.filtered("quantity")
        if any(line._is_shops_fault() for line in lines):
            return "merchant"
        payers = {
            line.sale_line_id._get_return_terms()["return_shipping_paid_by"] for line in lines
        }
        return "merchant" if payers == {"merchant"} else "customer"
