"""Confirm without payment: says what is short before it confirms."""

from odoo import api, fields, models


class SaleOrderConfirmUnpaid(models.TransientModel):
    _name = "sale.order.confirm.unpaid"
    _description = "Confirm Web Orders without Payment"

    # === FIELDS === #

    order_ids = fields.Many2many("sale.order", string="Orders", required=True)
    shortage = fields.Text(compute="_compute_shortage")
    is_cancelled = fields.Boolean(compute="_compute_shortage")

    # === COMPUTE METHODS === #

    @api.depends("order_ids")
    def _compute_shortage(self):
        for wizard in self:
            orders = wizard.order_ids._origin
            wizard.is_cancelled = any(order.state == "cancel" for order in orders)
            wizard.shortage = orders._format_shortages(orders._get_shortages())

    # === ACTION METHODS === #

    def action_confirm(self):
        """Confirm the orders and close the wizard.

        :raise UserError: core's reason why an order cannot be confirmed
        :rtype: dict
        """
        self.order_ids._confirm_without_payment()
        return {"type": "ir.actions.act_window_close"}
