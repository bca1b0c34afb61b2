"""Putting transfers on hold, with a reason and a note."""

from odoo import fields, models
from odoo.exceptions import UserError

from ..models.stock_picking_hold import HOLD_REASONS


class StockPickingHold(models.TransientModel):
    _name = "stock.picking.hold"
    _description = "Put Transfers on Hold"

    picking_ids = fields.Many2many("stock.picking", string="Transfers", required=True)
    reason = fields.Selection(
        selection=[reason for reason in HOLD_REASONS if reason[0] != "payment"],
        help="Waiting for the payment is not among them: that hold sets and releases itself.",
        required=True,
    )
    note = fields.Text(required=True, help="What the next person should know. Staff read it only.")

    # === ACTION METHODS === #

    def action_hold(self):
        """Put the transfers on hold.

        :raise AccessError: the user may not write on the transfers, or undo the hold they are on
        :raise UserError: they are done, or receipts
        """
        self.ensure_one()
        pickings = self.picking_ids
        pickings.check_access("write")
        if late := pickings.filtered(lambda pick: not pick._is_to_hold()):
            raise UserError(
                self.env._(
                    "%(transfers)s cannot be put on hold: only transfers on their way to a customer"
                    " can, as long as they are not done.",
                    transfers=", ".join(late.mapped("name")),
                )
            )
        pickings.filtered(lambda pick: pick.hold_reason == "fraud")._check_may_release_hold()
        pickings._shop_hold(self.reason, self.note)
        return {"type": "ir.actions.act_window_close"}
