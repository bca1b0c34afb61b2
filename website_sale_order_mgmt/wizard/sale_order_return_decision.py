from odoo import fields, models


class SaleOrderReturnDecision(models.TransientModel):
    """Why returns are refused, or refunded without the goods."""

    _name = "sale.order.return.decision"
    _description = "Decision on Returns"

    # === FIELDS === #

    return_ids = fields.Many2many("sale.order.return", string="Returns", required=True)
    step = fields.Selection(
        selection=[("refuse", "Refuse"), ("without_goods", "Refund without return")],
        required=True,
    )
    reason = fields.Text(required=True)

    # === ACTION METHODS === #

    def action_confirm(self):
        """Take the step, for those of the selection that are still to be decided on."""
        self.ensure_one()
        returns = self.return_ids
        returns._check_return_right("sales_team.group_sale_salesman")
        if self.step == "refuse":
            returns.filtered(lambda request: request.state == "requested")._refuse(self.reason)
        else:
            returns._skip_goods(self.reason)
        return {"type": "ir.actions.act_window_close"}
