"""Transfers: the returns whose goods they bring."""

from odoo import fields, models

from ..const import STAFF


class StockPicking(models.Model):
    _inherit = "stock.picking"

    # === FIELDS === #

    shop_return_id = fields.Many2one(
        comodel_name="sale.order.return",
        string="Web Return",
        help="What the customer has announced.",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=STAFF,
    )

    # === ACTION METHODS === #

    def action_open_shop_return(self):
        """Open the return whose goods this transfer brings."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order.return",
            "view_mode": "form",
            "res_id": self.shop_return_id.id,
        }

    # === BUSINESS METHODS === #

    def _action_done(self):
        """Override of `stock`: receiving the goods of a return is validating its transfer.

        The money of a withdrawal may be withheld as soon as the customer has the goods.
        """
        result = super()._action_done()
        # sudo: the warehouse does not read withdrawals; only whether they wait for goods.
        statements = self.sudo().sale_id._filter_withdrawn().withdrawal_ids
        self.env.add_to_compute(statements._fields["refund_state"], statements)
        # sudo: the warehouse does not write on returns; what it received is noted there.
        transfers = self.sudo().filtered(lambda pick: pick.state == "done" and pick.shop_return_id)
        transfers.shop_return_id._note_received_goods(transfers)
        return result

    def _create_backorder_picking(self):
        """Override of `stock`: what is to come later belongs to the same return."""
        backorder = super()._create_backorder_picking()
        # sudo: see `_action_done`.
        backorder.sudo().shop_return_id = self.sudo().shop_return_id
        return backorder
