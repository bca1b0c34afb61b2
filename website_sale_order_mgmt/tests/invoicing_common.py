"""What the tests of automatic invoices share."""

from odoo import fields

from .common import INVOICING_CRON, ShopCommon

QUEUE_LOGGER = "odoo.addons.website_sale_order_mgmt.tools.work_queue"


class InvoicingCommon(ShopCommon):
    """A shop whose website has a policy; core's own switch is off."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].sudo().set_param("sale.automatic_invoice", False)
        cls.worker = cls._new_user("worker", "stock.group_stock_user")

    def _set_policy(self, b2c="on_payment", b2b="core", **values):
        self.website.write({"invoicing_b2c": b2c, "invoicing_b2b": b2b, **values})

    def _invoice(self, orders):
        """Run the queue, and return the orders' invoices, the oldest first."""
        self._run_cron(INVOICING_CRON)
        self.assertFalse(orders.filtered("shop_invoicing_error").mapped("shop_invoicing_error"))
        return orders.invoice_ids.sorted("id")

    def _ship(self, order, quantities=None, cancel_rest=False):
        """Let the warehouse, which reads no orders, send quantities of products, or all."""
        pickings = order.picking_ids.filtered(lambda pick: pick.state not in ("done", "cancel"))
        pickings = pickings.with_user(self.worker)
        for move in pickings.move_ids:
            move.quantity = (quantities or {}).get(
                move.product_id, 0.0 if quantities else move.product_uom_qty
            )
            move.picked = bool(move.quantity)
        pickings.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=pickings.ids if cancel_rest else []
        ).button_validate()
        return pickings

    def _assert_sound(self, order):
        """Every invoice is posted, takes money from nobody who has paid, and none is negative."""
        self.assertEqual(set(order.invoice_ids.mapped("state")), {"posted"})
        self.assertEqual(set(order.invoice_ids.mapped("move_type")), {"out_invoice"})

    def _due_now(self, order):
        """Let the next try of a failed invoice be due."""
        order.filtered("shop_invoicing_next_try").shop_invoicing_next_try = fields.Datetime.now()
