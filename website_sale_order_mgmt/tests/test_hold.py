"""Holds: what must not leave yet keeps its goods and says why."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import ShopCommon


@tagged("post_install", "-at_install")
class TestHold(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worker = cls._new_user("worker", "stock.group_stock_user")
        cls.manager = cls._new_user("manager", "sales_team.group_sale_manager")

    def _new_transfers(self, quantity=2.0, **values):
        order = self._new_order(quantity=quantity, **values)
        order.action_confirm()
        return order.picking_ids

    def _open_wizard(self, pickings, user=None, reason="address", note="Call first"):
        action = pickings.with_user(user or self.worker).action_hold()
        wizard = self.env[action["res_model"]].with_user(user or self.worker)
        form = Form(wizard.with_context(**action["context"]))
        form.reason = reason
        form.note = note
        return form.save()

    def _validate(self, pickings, quantity=2.0):
        pickings.move_ids.quantity = quantity
        pickings.move_ids.picked = True
        return pickings.button_validate()

    def test_a_transfer_on_hold_keeps_its_goods_and_says_why(self):
        picking = self._new_transfers()
        order = picking.sale_id
        self._open_wizard(picking).action_hold()
        self.assertEqual(picking.hold_reason, "address")
        self.assertEqual(picking.hold_note, "Call first")
        self.assertEqual(picking.hold_user_id, self.worker)
        self.assertTrue(picking.hold_date)
        self.assertEqual(picking.state, "assigned")
        self.assertEqual(picking.move_ids.quantity, 2.0, "Still reserved")
        with self.assertRaises(UserError) as refused:
            self._validate(picking.with_user(self.worker))
        said = str(refused.exception)
        for part in (picking.name, "Address to be checked", "Call first", "worker"):
            self.assertIn(part, said)
        self.assertIn("Sales and warehouse staff can release it", said)
        self.assertEqual(picking.state, "assigned")
        self.assertIn("Call first", picking.message_ids[0].body)
        self.assertIn("Call first", order.message_ids[0].body)
        self.assertEqual(order.message_ids[0].author_id, self.worker.partner_id)
        picking.with_user(self.salesperson).action_release_hold()
        self.assertFalse(picking.hold_reason or picking.hold_note or picking.hold_user_id)
        self.assertIn("No longer on hold", order.message_ids[0].body)
        self._validate(picking.with_user(self.worker))
        self.assertEqual(picking.state, "done")

    def test_nothing_passes_a_hold(self):
        held, free = self._new_transfers(), self._new_transfers()
        held._shop_hold("other")
        for pickings in (held, held + free):
            pickings.move_ids.write({"quantity": 1.0, "picked": True})
            wizard = self.env["stock.backorder.confirmation"].with_context(
                button_validate_picking_ids=pickings.ids, default_pick_ids=pickings.ids
            )
            for way in (
                pickings.button_validate,
                pickings._action_done,
                pickings.move_ids._action_done,
                wizard.create({}).process,
                wizard.create({}).process_cancel_backorder,
            ):
                with self.subTest(way=way), self.assertRaises(UserError):
                    way()
        self.assertEqual(set((held + free).mapped("state")), {"assigned"})

    def test_the_lot_that_is_reserved_stays(self):
        clock = self._create_product(name="Clock", is_storable=True, tracking="lot")
        lot = self.env["stock.lot"].create({"name": "LOT-7", "product_id": clock.id})
        location = self.warehouse.lot_stock_id
        self.env["stock.quant"]._update_available_quantity(clock, location, 2, lot_id=lot)
        picking = self._new_transfers(product=clock)
        picking._shop_hold("payment")
        rival = self._new_transfers(product=clock)
        self.assertEqual(rival.state, "confirmed", "Nobody else gets it")
        with self.assertRaises(UserError):
            self._validate(picking)
        picking._shop_release("payment")
        self.assertEqual(picking.move_line_ids.lot_id, lot)
        self._validate(picking)
        self.assertEqual(picking.state, "done")
        self.assertEqual(picking.move_line_ids.lot_id, lot)

    def test_broken_goods_may_be_scrapped(self):
        picking = self._new_transfers()
        picking._shop_hold("customer")
        scrap = self.env["stock.scrap"].create(
            {"product_id": self.desk.id, "scrap_qty": 1.0, "picking_id": picking.id}
        )
        scrap.action_validate()
        self.assertEqual(scrap.state, "done")
        self.assertEqual(picking.hold_reason, "customer")

    def test_all_steps_of_the_way_obey(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        pick = self._new_transfers()
        order = pick.sale_id
        self.assertEqual(pick.picking_type_id, self.warehouse.pick_type_id)
        self._validate(pick, 1.0)
        Form.from_action(self.env, self._validate(pick, 1.0)).save().process()
        rest = pick.backorder_ids
        pack = order.picking_ids - pick - rest
        self.assertEqual(pack.picking_type_id, self.warehouse.pack_type_id)
        pack._shop_hold("address", "Which street?")
        self.assertEqual(rest.hold_reason, "address")
        self.assertFalse(pick.hold_reason, "It is done")
        with self.assertRaises(UserError):
            self._validate(rest, 1.0)
        rest.action_release_hold()
        self.assertFalse((pack + rest).filtered("hold_reason"))
        self._validate(pack, 1.0)
        ship = order.picking_ids - pick - rest - pack
        ship._shop_hold("address")
        self.assertEqual(rest.hold_reason, "address")

    def test_what_comes_later_is_on_hold_too(self):
        picking = self._new_transfers(quantity=3.0)
        order = picking.sale_id
        picking._shop_hold("payment")
        picking._shop_hold("customer", "On holiday")
        picking.printed = True  # Core gives a printed transfer no further goods.
        order.order_line.product_uom_qty = 5.0
        later = order.picking_ids - picking
        self.assertEqual(len(later), 1)
        self.assertEqual(later.hold_reason, "customer")
        self.assertEqual(later.hold_note, "On holiday")
        self.assertTrue(later.hold_payment)
        picking.move_ids.quantity = 1.0
        picking.action_split_transfer()
        self.assertEqual(picking.backorder_ids.hold_reason, "customer")
        self.assertTrue(picking.backorder_ids.hold_payment)
        self.assertFalse(self._new_transfers().hold_reason, "Of another order")

    def test_a_copy_starts_free(self):
        picking = self._new_transfers()
        picking._shop_hold("payment")
        copy = picking.copy()
        self.assertFalse(copy.hold_reason or copy.hold_payment)

    def test_the_payment_and_people_hold_independently(self):
        picking = self._new_transfers()
        self.assertEqual(picking._shop_hold("payment"), picking)
        self.assertFalse(picking._shop_hold("payment"), "It is already")
        picking._shop_hold("address", "Which street?")
        self.assertEqual(picking.hold_reason, "address")
        self.assertFalse(picking._shop_release("address"), "It still waits for the payment")
        self.assertEqual(picking.hold_reason, "payment")
        picking._shop_hold("address", "Which street?")
        picking._shop_release("payment")
        self.assertEqual(picking.hold_reason, "address")
        self.assertEqual(picking.hold_note, "Which street?")
        self.assertFalse(picking._shop_release("other"), "That is not the reason")
        self.assertEqual(picking._shop_release("address"), picking)
        self.assertFalse(picking.hold_reason or picking.hold_payment)

    def test_who_releases_what(self):
        picking = self._new_transfers()
        for reason, sentence in (
            ("payment", "when the money is there"),
            ("fraud", "A sales administrator can release it"),
        ):
            picking._shop_hold(reason)
            for user in (self.worker, self.salesperson):
                with self.subTest(reason=reason), self.assertRaises(AccessError) as refused:
                    picking.with_user(user).action_release_hold()
                self.assertIn(sentence, str(refused.exception))
        with self.assertRaises(AccessError):
            self._open_wizard(picking, reason="other").action_hold()
        picking.with_user(self.manager).action_release_hold()
        self.assertEqual(picking.hold_reason, "payment")
        picking.with_user(self.manager).action_release_hold()
        self.assertFalse(picking.hold_reason)

    def test_nobody_writes_a_hold_directly(self):
        picking = self._new_transfers()
        picking._shop_hold("fraud")
        for user in (self.worker, self.manager):
            for vals in ({"hold_reason": False}, {"hold_note": "x"}, {"hold_payment": False}):
                with self.subTest(user=user.login, vals=vals), self.assertRaises(AccessError):
                    picking.with_user(user).write(vals)
        with self.assertRaises(AccessError):
            picking.with_user(self.worker).create(
                {"picking_type_id": self.warehouse.out_type_id.id, "hold_reason": "other"}
            )
        clerk = self._new_user("clerk", "base.group_user")
        for action in ("action_release_hold",):
            with self.assertRaises(AccessError):
                getattr(picking.with_user(clerk), action)()

    def test_only_what_is_on_its_way_to_a_customer(self):
        picking = self._new_transfers()
        wizard = self._open_wizard(picking)
        self._validate(picking)
        with self.assertRaises(UserError):
            wizard.action_hold()
        receipt = self.env["stock.picking"].create(
            {"picking_type_id": self.warehouse.in_type_id.id}
        )
        with self.assertRaises(UserError):
            self._open_wizard(receipt).action_hold()

    def test_the_filter_finds_them(self):
        held, free = self._new_transfers(), self._new_transfers()
        held._shop_hold("other")
        arch = self.env["stock.picking"].get_view(
            self.env.ref("stock.view_picking_internal_search").id, "search"
        )["arch"]
        self.assertIn('name="on_hold"', arch)
        found = self.env["stock.picking"].search(
            [("hold_reason", "!=", False), ("id", "in", (held + free).ids)]
        )
        self.assertEqual(found, held)
