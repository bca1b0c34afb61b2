"""A row of a refund's account."""

from odoo import fields, models

ROW_KINDS = [
    ("goods", "Goods"),
    ("delivery", "Delivery"),
    ("supplement", "Supplement of the delivery"),
    ("amount", "Amount"),
    ("fee", "Fee"),
    ("earlier", "Refunded before"),
    ("rounding", "Rounding"),
    ("kept", "Not paid, or given back before"),
    ("surplus", "Paid too much"),
]


class SaleOrderRefundStatementLine(models.Model):
    _name = "sale.order.refund.statement.line"
    _description = "Row of a Refund's Account"
    _order = "statement_id, id"

    # === FIELDS === #

    statement_id = fields.Many2one(
        "sale.order.refund.statement", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="statement_id.currency_id")
    kind = fields.Selection(selection=ROW_KINDS, required=True)
    name = fields.Char(string="Description", required=True)
    sale_line_id = fields.Many2one("sale.order.line", index="btree_not_null", ondelete="set null")
    quantity = fields.Float(digits="Product Unit")
    amount = fields.Monetary()
