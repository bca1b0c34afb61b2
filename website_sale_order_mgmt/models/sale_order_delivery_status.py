"""How far the delivery of a web order is: what has left, and what still has to leave."""

from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS === #

    def _get_shop_delivery_status(self):
        """Return how far the goods are on their way to the customer.

        As core's `delivery_status`, which counts all transfers alike: a shipped order whose goods
        come back is partly delivered to it, one of which a supplier still has to ship a part is
        fully delivered before the purchase is confirmed, and one whose transfers were cancelled has
        nothing to deliver. What of an order was refunded may never leave, so nothing is waited for.

        :return: a value of `sale.order.delivery_status`
        :rtype: str | bool
        """
        self.ensure_one()
        status = self.delivery_status
        if self.state != "sale":
            return status
        if status in ("started", "partial") and not self.order_line._get_moves_to_hand_over():
            status = "full"
        if self.refund_corrected_amount or self.shop_amount_refunded:
            return status
        if status == "full" and self._get_lines_without_transfer():
            return "partial"
        if not status and self.picking_ids and self._get_lines_to_deliver():
            return "pending"
        return status

    def _is_delivery_to_come(self):
        """Return whether goods will leave that have no transfer, not yet or not any more.

        :rtype: bool
        """
        self.ensure_one()
        if self.picking_ids:
            return self._get_shop_delivery_status() == "pending"
        return self._has_goods()

    def _has_goods(self):
        """Return whether there are goods in the order, delivered or not.

        :rtype: bool
        """
        return any(line.product_id.type == "consu" for line in self.order_line)

    def _is_told_to_pick_up(self, pickings):
        """Return whether the customer was told that all of these transfers are ready.

        :param stock.picking pickings: transfers of the order to the customer
        :rtype: bool
        """
        told = pickings.filtered(lambda pick: pick.delivery_mail_state in ("queued", "sent"))
        return bool(pickings) and told == pickings and set(told.mapped("state")) == {"assigned"}

    # === TOOLING === #

    def _get_lines_to_deliver(self):
        """Return the order's lines of which goods have not been delivered.

        :rtype: sale.order.line
        """
        return self._get_shop_shipped_lines().filtered(
            lambda line: line.product_uom_id.compare(line.qty_delivered, line.product_uom_qty) < 0
        )

    def _get_lines_without_transfer(self):
        """Return the order's lines of undelivered goods that no transfer was ever made for.

        :rtype: sale.order.line
        """
        return self._get_lines_to_deliver().filtered(lambda line: not line.move_ids)
