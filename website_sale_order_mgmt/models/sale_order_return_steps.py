"""The steps of a return: each state has its ways in, and nobody is told before it is certain."""

from odoo import models
from odoo.exceptions import AccessError, UserError

from .sale_order_return import OPEN

SALES = "sales_team.group_sale_salesman"
ACCOUNTING = "account.group_account_invoice"


class SaleOrderReturn(models.Model):
    _inherit = "sale.order.return"

    # === ACTION METHODS === #

    def action_approve(self):
        """Agree to the requested ones of a selection. Salespeople do."""
        self._check_return_right(SALES)
        self.filtered(lambda request: request.state == "requested")._approve()

    def action_cancel(self):
        """Take returns back for their customers."""
        self._check_return_right(SALES)
        self._cancel()

    def action_mark_done(self):
        """End received returns: the money is on its way. Accountants do."""
        self._check_return_right(ACCOUNTING)
        self._mark_done()

    # === BUSINESS METHODS === #

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

    def _approve(self):
        """Agree to requested returns; those without goods are received at once.

        :raise UserError: a return is not requested any more
        """
        self._ensure_state("requested")
        # sudo: the state is written by these steps alone.
        self.sudo().state = "approved"
        self.filtered(lambda request: not request._needs_goods())._receive()

    def _refuse(self, reason):
        """Refuse requested returns.

        :param str reason: for the customer
        :raise UserError: there is no reason, or a return is not requested any more
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Tell the customer why."))
        self._ensure_state("requested")
        # sudo: see above.
        self.sudo().write({"state": "refused", "refuse_reason": reason.strip()})

    def _cancel(self):
        """Take requested or approved returns back, until the goods are in.

        :raise UserError: it is too late
        """
        self._ensure_state(*OPEN)
        # sudo: see above.
        self.sudo().state = "cancelled"

    def _receive(self):
        """Take approved returns for received: the goods are in, or none have to come.

        :raise UserError: a return is not approved
        """
        self._ensure_state("approved")
        # sudo: see above.
        self.sudo().state = "received"
        self._refund()

    def _refund(self):
        """Give the money back for received returns. To be extended; staff marks them as done."""

    def _mark_done(self):
        """End received returns: the money is on its way.

        :raise UserError: a return is not received
        """
        self._ensure_state("received")
        # sudo: see above.
        self.sudo().state = "done"
