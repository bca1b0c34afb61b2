"""Orders that were delivered, and what comes back of them."""

from odoo.fields import Command

from .common import ShopCommon


class ReturnCommon(ShopCommon):
    """A shop with an order whose goods have arrived."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.changed_mind = cls.env.ref("website_sale_order_mgmt.return_reason_changed_mind")
        cls.faulty = cls.env.ref("website_sale_order_mgmt.return_reason_faulty")

    @classmethod
    def _new_delivered(cls, quantity=3.0, delivered=None, **values):
        """Return an order of which the goods were handed over, all or some of them."""
        order = cls._new_order(quantity=quantity, **values)
        order.action_confirm()
        cls._deliver(order, delivered)
        return order

    @classmethod
    def _deliver(cls, order, quantity=None):
        """Validate what is open of an order's transfers, step by step."""
        while pickings := order.picking_ids.filtered(
            lambda pick: pick.state in ("assigned", "confirmed")
        )[:1]:
            for move in pickings.move_ids:
                move.write(
                    {
                        "quantity": move.product_uom_qty if quantity is None else quantity,
                        "picked": True,
                    }
                )
            pickings.with_context(skip_backorder=True, cancel_backorder=False)._action_done()
            if quantity is not None:
                break

    @classmethod
    def _ask(cls, order, quantity=1.0, reason=None, **values):
        """Ask for the return of an order's first line."""
        return cls.env["sale.order.return"].create(
            {
                "order_id": order.id,
                "line_ids": [
                    Command.create(
                        {
                            "sale_line_id": order.order_line[:1].id,
                            "quantity": quantity,
                            "reason_id": (reason or cls.changed_mind).id,
                        }
                    )
                ],
                **values,
            }
        )
