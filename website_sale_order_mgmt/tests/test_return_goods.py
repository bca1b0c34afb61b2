"""The goods of a return: on the way, here, back on the shelf or scrapped."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .return_common import ReturnCommon


@tagged("post_install", "-at_install")
class TestReturnGoods(ReturnCommon):
    def _on_shelf(self, product=None):
        self.env.invalidate_all()
        stock = self.warehouse.lot_stock_id
        return (product or self.desk).with_context(location=stock.id).qty_available

    def _receive(self, request, quantity=None):
        """Validate the transfers that bring a return's goods, up to the shelf."""
        for transfer in request.picking_ids.filtered(lambda pick: pick.state != "done"):
            for move in transfer.move_ids:
                if quantity is not None:
                    move.quantity = quantity
                move.picked = True
            transfer._action_done()

    def test_approval_makes_the_transfer_by_cores_wizard(self):
        order = self._new_delivered(3)
        request = self._ask(order, 2)
        request._approve()
        [move] = request.picking_ids.move_ids
        self.assertEqual(move.product_uom_qty, 2)
        self.assertEqual(move.origin_returned_move_id, order.picking_ids[0].move_ids)
        self.assertEqual(move.sale_line_id, order.order_line)
        self.assertEqual(request.picking_ids.picking_type_code, "incoming")
        self.assertEqual(request.picking_ids.state, "assigned")
        self.assertEqual(request.picking_ids.origin, request.name)
        self.assertTrue(move.to_refund)

    def test_receiving_is_validating(self):
        order = self._new_delivered(3)
        request = self._ask(order, 2)
        request._approve()
        shelf = self._on_shelf()
        self._receive(request)
        self.assertEqual(request.state, "received")
        self.assertEqual(request.line_ids.received_quantity, 2)
        self.assertEqual(order.order_line.qty_delivered, 1)
        self.assertEqual(self._on_shelf(), shelf + 2)
        self.assertFalse(request.difference)
        self.assertEqual(order.order_line._get_returnable_quantities()[order.order_line], 1)

    def test_fewer_than_announced_are_recorded(self):
        order = self._new_delivered(3)
        request = self._ask(order, 3)
        request._approve()
        transfer = request.picking_ids
        transfer.move_ids.write({"quantity": 2, "picked": True})
        transfer.with_context(cancel_backorder=True)._action_done()
        self.assertEqual(request.state, "received")
        self.assertEqual(request.line_ids.received_quantity, 2)
        self.assertIn("3 announced, 2 received", request.difference)
        self.assertEqual(request.line_ids._get_settled_quantity(), 2)
        line = order.order_line
        self.assertEqual(line._get_returnable_quantities()[line], 1, "It is still there")

    def test_the_rest_may_come_later(self):
        request = self._ask(self._new_delivered(3), 3)
        request._approve()
        request.picking_ids.move_ids.write({"quantity": 2, "picked": True})
        request.picking_ids._action_done()
        self.assertEqual(request.state, "approved", "The rest is waited for")
        self.assertEqual(len(request.picking_ids), 2)
        self.assertEqual(request.line_ids.received_quantity, 2)
        self._receive(request)
        self.assertEqual(request.state, "received")
        self.assertEqual(request.line_ids.received_quantity, 3)

    def test_a_rest_that_does_not_come_any_more_is_not_waited_for(self):
        worker = self._new_user("worker", "stock.group_stock_user")
        for end, user in (("action_cancel", worker), ("unlink", self.env.user)):
            with self.subTest(end=end):
                request = self._ask(self._new_delivered(2), 2)
                request._approve()
                transfer = request.picking_ids.with_user(user)
                transfer.move_ids.write({"quantity": 1, "picked": True})
                transfer._action_done()
                self.assertEqual(request.state, "approved")
                getattr(transfer.backorder_ids, end)()
                self.assertEqual(request.state, "received")
                self.assertEqual(request.line_ids.received_quantity, 1)
                self.assertIn("2 announced, 1 received", request.difference)
                self.assertEqual(request.line_ids._get_settled_quantity(), 1)

    def test_one_of_two_transfers_that_does_not_come_is_not_waited_for(self):
        order = self._new_order(quantity=5)
        order.action_confirm()
        order.picking_ids.move_ids.write({"quantity": 2, "picked": True})
        order.picking_ids._action_done()
        self._deliver(order)
        request = self._ask(order, 4)
        request._approve()
        first, second = request.picking_ids
        first.move_ids.picked = True
        first._action_done()
        self.assertEqual(request.state, "approved")
        second.action_cancel()
        self.assertEqual(request.state, "received")
        self.assertIn("4 announced, 2 received", request.difference)

    def test_when_nothing_comes_the_return_waits_for_a_decision(self):
        request = self._ask(self._new_delivered(2), 2)
        request._approve()
        request.picking_ids.action_cancel()
        self.assertEqual(request.state, "approved")
        request._cancel()
        self.assertEqual(request.state, "cancelled")

    def test_more_and_others_than_announced_are_recorded(self):
        order = self._new_delivered(3)
        request = self._ask(order, 1)
        request._approve()
        transfer = request.picking_ids
        transfer.move_ids.write({"quantity": 2, "picked": True})
        transfer.move_ids = [
            Command.create(
                {
                    "product_id": self.lamp.id,
                    "product_uom_qty": 1,
                    "quantity": 1,
                    "picked": True,
                    "location_id": transfer.location_id.id,
                    "location_dest_id": transfer.location_dest_id.id,
                }
            )
        ]
        transfer._action_done()
        self.assertEqual(request.state, "received")
        self.assertEqual(request.line_ids.received_quantity, 2)
        self.assertIn("1 announced, 2 received", request.difference)
        self.assertIn("Lamp: 1 received, not announced", request.difference)

    def test_faulty_goods_do_not_go_back_to_the_shelf_by_themselves(self):
        request = self._ask(self._new_delivered(3), 2, self.faulty)
        self.assertEqual(request.line_ids.disposition, "scrap")
        request._approve()
        shelf = self._on_shelf()
        self._receive(request)
        self.assertEqual(self._on_shelf(), shelf)
        scrap = self.env["stock.scrap"].search([("picking_id", "in", request.picking_ids.ids)])
        self.assertEqual((scrap.product_id, scrap.scrap_qty), (self.desk, 2))
        self.assertEqual((scrap.state, scrap.origin), ("done", request.name))
        self.assertEqual(request.line_ids.received_quantity, 2)

    def test_warehouse_decides_what_to_do_with_it(self):
        request = self._ask(self._new_delivered(3), 2, self.faulty)
        request._approve()
        worker = self._new_user("worker", "stock.group_stock_user")
        request.line_ids.with_user(worker).disposition = "restock"
        shelf = self._on_shelf()
        self._receive(request.with_user(worker))
        self.assertEqual(self._on_shelf(), shelf + 2)
        self.assertEqual(request.state, "received")

    def test_two_and_three_steps(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        self.warehouse.reception_steps = "three_steps"
        order = self._new_delivered(3)
        self.assertEqual(order.order_line.qty_delivered, 3)
        for reason, back in ((self.changed_mind, 1), (self.faulty, 0)):
            with self.subTest(reason=reason.name):
                request = self._ask(order, 1, reason)
                request._approve()
                [transfer] = request.picking_ids
                self.assertEqual(transfer.location_id.usage, "customer")
                self.assertEqual(transfer.location_dest_id, self.warehouse.wh_input_stock_loc_id)
                shelf = self._on_shelf()
                self._receive(request)
                self.assertEqual(request.state, "received", "It is in the house")
                onward = transfer.move_ids.move_dest_ids.filtered(
                    lambda move: move.state not in ("done", "cancel")
                )
                self.assertEqual(sum(onward.mapped("product_uom_qty")), back)
                while onward:
                    onward.write({"quantity": 1, "picked": True})
                    onward = onward._action_done().move_dest_ids.filtered(
                        lambda move: move.state not in ("done", "cancel")
                    )
                self.assertEqual(self._on_shelf(), shelf + back)

    def test_two_delivery_steps(self):
        self.warehouse.delivery_steps = "pick_ship"
        request = self._ask(self._new_delivered(2), 2)
        request._approve()
        self.assertEqual(request.picking_ids.location_dest_id, self.warehouse.lot_stock_id)
        self._receive(request)
        self.assertEqual(request.state, "received")

    def test_several_deliveries(self):
        order = self._new_order(quantity=5)
        order.action_confirm()
        first = order.picking_ids
        first.move_ids.write({"quantity": 2, "picked": True})
        first._action_done()
        self._deliver(order)
        request = self._ask(order, 4)
        request._approve()
        self.assertEqual(len(request.picking_ids), 2)
        self.assertEqual(sorted(request.picking_ids.move_ids.mapped("product_uom_qty")), [2, 2])
        again = self._ask(order, 1)
        again._approve()
        self.assertEqual(again.picking_ids.move_ids.product_uom_qty, 1)
        # Core takes the reservation of the first when it makes the second.
        self.assertEqual(request.picking_ids.move_ids.mapped("quantity"), [2, 2])
        self._receive(request)
        self._receive(again)
        self.assertEqual(order.order_line.qty_delivered, 0)

    def test_serial_numbers(self):
        chair = self._create_product(name="Chair", tracking="serial", taxes_id=False)
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": chair.id} for name in ("C1", "C2", "C3")]
        )
        stock = self.warehouse.lot_stock_id
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(chair, stock, 1, lot_id=lot)
        order = self._new_order(product=chair, quantity=2)
        order.action_confirm()
        sold = order.picking_ids.move_line_ids.lot_id
        order.picking_ids.move_ids.picked = True
        order.picking_ids._action_done()
        request = self._ask(order, 1, self.faulty)
        request._approve()
        self.assertLessEqual(request.picking_ids.move_line_ids.lot_id, sold)
        came = sold[1]
        request.picking_ids.move_line_ids.write({"lot_id": came.id, "quantity": 1, "picked": True})
        request.picking_ids._action_done()
        scrap = self.env["stock.scrap"].search([("picking_id", "in", request.picking_ids.ids)])
        self.assertEqual(scrap.lot_id, came)
        self.assertEqual(request.line_ids.received_quantity, 1)

    def test_services_skip_the_station(self):
        service = self._create_product(
            name="Assembly", type="service", taxes_id=False, invoice_policy="order"
        )
        order = self._new_order(product=service, quantity=2)
        order.action_confirm()
        request = self._ask(order, 1)
        self.assertFalse(request.line_ids.disposition)
        request._approve()
        self.assertEqual(request.state, "received")
        self.assertFalse(request.picking_ids)
        self.assertEqual(request.line_ids._get_settled_quantity(), 1)
        line = order.order_line
        self.assertEqual(line._get_returnable_quantities()[line], 1, "One of two is refunded")

    def test_refund_without_return_needs_a_reason(self):
        order = self._new_delivered(3)
        request = self._ask(order, 2)
        request._approve()
        with self.assertRaises(UserError):
            request._skip_goods(" ")
        request._skip_goods("Not worth the postage")
        self.assertEqual(request.state, "received")
        self.assertEqual(request.picking_ids.state, "cancel")
        self.assertEqual(request.line_ids._get_settled_quantity(), 2)
        line = order.order_line
        self.assertEqual(line._get_returnable_quantities()[line], 1, "Refunded once")

    def test_withdrawn_before_it_left_waits_for_nothing(self):
        order = self._new_order(quantity=3)
        order.action_confirm()
        withdrawal = self._ask(order, 3, kind="withdrawal")
        withdrawal._approve()
        self.assertEqual(withdrawal.state, "received")
        self.assertEqual(withdrawal.line_ids._get_settled_quantity(), 3)

    def test_withdrawn_when_a_part_had_left(self):
        order = self._new_order(quantity=3)
        order.action_confirm()
        order.picking_ids.move_ids.write({"quantity": 2, "picked": True})
        order.picking_ids._action_done()
        withdrawal = self._ask(order, 3, kind="withdrawal")
        withdrawal._approve()
        self.assertEqual(withdrawal.line_ids.awaited_quantity, 2)
        self.assertEqual(withdrawal.picking_ids.move_ids.product_uom_qty, 2)
        self._receive(withdrawal)
        self.assertEqual(withdrawal.line_ids._get_settled_quantity(), 3)

    def test_other_units_of_measure(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._new_order(quantity=2)
        order.order_line.product_uom_id = dozen
        order.action_confirm()
        self._deliver(order)
        request = self._ask(order, 1)
        request._approve()
        self.assertEqual(sum(request.picking_ids.move_ids.mapped("product_qty")), 12)
        self._receive(request)
        self.assertEqual(request.line_ids.received_quantity, 1)

    def test_order_on_hold_does_not_hold_what_comes_back(self):
        order = self._new_order(quantity=3)
        order.action_confirm()
        order.picking_ids.move_ids.write({"quantity": 1, "picked": True})
        order.picking_ids._action_done()
        rest = order.picking_ids.filtered(lambda pick: pick.state != "done")
        rest.sudo().write({"hold_reason": "customer"})
        request = self._ask(order, 1)
        request._approve()
        self._receive(request)
        self.assertEqual(request.state, "received")
