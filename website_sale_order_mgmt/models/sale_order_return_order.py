"""Orders: their returns, and the lock under which they are counted."""

from odoo import fields, models
from odoo.tools import SQL

from ..const import STAFF


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === FIELDS === #

    return_ids = fields.One2many(
        comodel_name="sale.order.return", inverse_name="order_id", string="Returns", groups=STAFF
    )
    return_count = fields.Integer(compute="_compute_return_count", groups=STAFF)
    return_serial = fields.Integer(
        help="Goes up whenever returns of this order change, so that two who ask at once cannot"
        " both count on the same goods.",
        readonly=True,
        copy=False,
        groups="base.group_system",
    )

    # === COMPUTE METHODS === #

    def _compute_return_count(self):
        counts = dict(
            self.env["sale.order.return"]._read_group(
                [("order_id", "in", self.ids)], ["order_id"], ["__count"]
            )
        )
        for order in self:
            order.return_count = counts.get(order._origin, 0)

    # === ACTION METHODS === #

    def action_open_returns(self):
        """Open the returns of an order."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "website_sale_order_mgmt.sale_order_return_action"
        )
        action |= {"domain": [("order_id", "=", self.id)], "context": {"create": False}}
        if len(self.return_ids) == 1:
            action |= {"views": [(False, "form")], "res_id": self.return_ids.id}
        return action

    # === BUSINESS METHODS === #

    def _lock_for_returns(self):
        """Keep others from counting what can come back of these orders until this is committed.

        A lock alone is not enough: whoever has waited for it still sees the database of before. As
        the row changes, PostgreSQL refuses that transaction, and Odoo runs it again.

        :raise psycopg2.errors.SerializationFailure: somebody else was faster; caught by Odoo
        """
        if not self:
            return
        self.env.flush_all()
        ids = sorted(self.ids)
        self.env.execute_query(
            SQL(
                """UPDATE sale_order SET return_serial = COALESCE(return_serial, 0) + 1
                    WHERE id IN (SELECT id FROM sale_order WHERE id = ANY(%s)
                              ORDER BY id FOR NO KEY UPDATE) RETURNING id""",
                ids,
            )
        )
        self.env.execute_query(
            SQL(
                """SELECT id FROM sale_order_line WHERE order_id = ANY(%s)
                 ORDER BY id FOR NO KEY UPDATE""",
                ids,
            )
        )
        self.invalidate_recordset(["return_serial"], flush=False)
