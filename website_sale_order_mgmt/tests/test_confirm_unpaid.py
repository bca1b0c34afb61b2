"""Orders that are confirmed before their money is there."""

from odoo.fields import Command
from odoo.tests import tagged

from .common import ShopCommon


@tagged("post_install", "-at_install")
class TestConfirmUnpaid(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.transfer = cls._new_transfer_provider(unpaid_expiry_days=7)

    def _wizard(self, order):
        action = order.action_confirm_unpaid()
        return order.env["sale.order.confirm.unpaid"].with_context(**action["context"]).create({})

    def test_the_warning_names_what_is_short_and_by_how_much(self):
        order = self._order_by_transfer(self.transfer, quantity=1003)
        order.user_id = self.salesperson
        order.order_line = [Command.create({"product_id": self.lamp.id})]
        wizard = self._wizard(order.with_user(self.salesperson))
        self.assertEqual(wizard.shortage, f"{self.desk.display_name}: 3 Units missing")
        wizard.action_confirm()
        self.assertEqual(order.state, "sale")
        seen = self._wizard(order.with_user(self.salesperson)).shortage
        self.assertEqual(seen, wizard.shortage, "Confirmed, still short, whoever looks")

    def test_what_is_short_in_the_warehouse_that_a_line_comes_from(self):
        other = self.env["stock.warehouse"].create({"name": "North", "code": "NRD"})
        order = self._new_order()
        line = {"product_id": self.desk.id, "route_ids": other.delivery_route_id.ids}
        order.order_line = [Command.create(line)]
        self._order_by_transfer(self.transfer, order)
        wizard = self._wizard(order)
        self.assertEqual(wizard.shortage, f"{self.desk.display_name}: 1 Units missing")
        wizard.action_confirm()
        self.assertEqual(self._wizard(order).shortage, wizard.shortage, "Confirmed, still short")

    def test_nothing_is_short(self):
        self.assertFalse(self._wizard(self._order_by_transfer(self.transfer)).shortage)

    def test_a_confirmed_order_does_not_expire(self):
        order = self._order_by_transfer(self.transfer)
        self._wizard(order).action_confirm()
        self.assertFalse(order.unpaid_expiry_date)
        self.assertIn("has been confirmed", "".join(order.message_ids.mapped("body")))

    def test_a_reserved_order_s_goods_go(self):
        self.transfer.unpaid_order_policy = "reserve"
        order = self._order_by_transfer(self.transfer)
        self._wizard(order).with_user(self.salesperson).action_confirm()
        self.assertFalse(order.picking_ids.hold_reason)
        self.assertEqual(order.shop_status, "to_ship")
        self.assertIn("has been confirmed", "".join(order.message_ids.mapped("body")))
