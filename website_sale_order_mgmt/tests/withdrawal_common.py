"""The shop with the withdrawal function, for its tests."""

from ..tools.withdrawal import Declaration
from .common import ShopCommon

CRON = "website_sale_order_mgmt.ir_cron_withdrawals"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n"


class WithdrawalCommon(ShopCommon):
    """A shop in the EU with a consumer's confirmed order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.withdrawal_function = True
        cls.website.user_id.tz = "Europe/Brussels"
        cls.order = cls._new_order(quantity=3.0)
        cls.order.action_confirm()
        cls.statements = cls.env["sale.order.withdrawal"].sudo()

    def _submit(self, ip="192.0.2.1", order=None, identified_by="typed", website=None, **values):
        """Submit what a guest has typed."""
        declaration = Declaration.clean(
            **{
                "name": "Anna Lind",
                "email": "anna@example.com",
                "order_reference": self.order.name,
                **values,
            }
        )
        website = website or self.website
        text = self.statements._compose(website, declaration)
        order = order or self.env["sale.order"]
        return self.statements._submit(website, declaration, text, ip, order, identified_by)

    def _ship(self, order):
        """Hand all of an order's goods over to the carrier."""
        for picking in order.picking_ids.filtered(
            lambda pick: pick.state not in ("done", "cancel")
        ):
            picking.move_ids.quantity = picking.move_ids[0].product_uom_qty
            picking.move_ids.picked = True
            picking.button_validate()
