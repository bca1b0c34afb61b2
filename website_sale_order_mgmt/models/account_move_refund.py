"""Credit notes of web orders' refunds: the way to the refund and to the return."""

from odoo import fields, models

from ..tools.actions import open_records

REFUNDS = "website_sale_order_mgmt.sale_order_refund_statement_action"
RETURNS = "website_sale_order_mgmt.sale_order_return_action"


class AccountMove(models.Model):
    _inherit = "account.move"

    # === FIELDS === #

    refund_statement_ids = fields.Many2many(
        comodel_name="sale.order.refund.statement",
        relation="sale_order_refund_credit_note_rel",
        column1="move_id",
        column2="statement_id",
        string="Refunds of Web Orders",
        readonly=True,
        copy=False,
        groups="account.group_account_invoice,website_sale_order_mgmt.group_refund_user",
    )
    shop_refund_count = fields.Integer(
        compute="_compute_shop_refund_count",
        groups="account.group_account_invoice,website_sale_order_mgmt.group_refund_user",
    )
    shop_return_count = fields.Integer(
        compute="_compute_shop_refund_count",
        groups="account.group_account_invoice,website_sale_order_mgmt.group_refund_user",
    )

    # === COMPUTE METHODS === #

    def _compute_shop_refund_count(self):
        # sudo: how many there are is no secret to whoever may read the credit note.
        for move, known in zip(self, self.sudo(), strict=True):
            move.shop_refund_count = len(known.refund_statement_ids)
            move.shop_return_count = len(known.refund_statement_ids.return_id)

    # === ACTION METHODS === #

    def action_open_shop_refunds(self):
        """Open the refunds that a credit note belongs to.

        :rtype: dict
        """
        self.ensure_one()
        return open_records(self.refund_statement_ids, REFUNDS)

    def action_open_shop_returns(self):
        """Open the returns that a credit note belongs to.

        :rtype: dict
        """
        self.ensure_one()
        return open_records(self.refund_statement_ids.return_id, RETURNS)
