"""The order as its customer sees it, step by step."""

from datetime import date, datetime

import pytz

from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import ShopCommon

STOCKHOLM = pytz.timezone("Europe/Stockholm")
MAX_QUERIES = 34


@tagged("post_install", "-at_install")
class TestOrderTimeline(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.user_id.tz = "Europe/Stockholm"
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "Parcel Post",
                "product_id": cls.service_product.id,
                "tracking_url": "https://parcels.example.com/?id=<shipmenttrackingnumber>",
            }
        )

    def _steps(self, order):
        self.env.flush_all()
        self.env.invalidate_all()
        return {step.kind: step for step in order.sudo()._get_shop_timeline()}

    def _states(self, order):
        return {kind: step.state for kind, step in self._steps(order).items()}

    def _next(self, order):
        return order._get_shop_timeline_next(order._get_shop_timeline())

    def _actions(self, order):
        actions = order._get_shop_timeline_actions(order._get_shop_timeline())
        return [action.kind for action in actions]

    def _ship(self, order, quantity=None, reference="AB1"):
        """Hand goods to the carrier; with a quantity, the rest stays as a backorder."""
        picking = order.picking_ids.filtered(lambda pick: pick.state not in ("done", "cancel"))[:1]
        picking.write({"carrier_id": self.carrier.id, "carrier_tracking_ref": reference})
        picking.move_ids.quantity = quantity or picking.move_ids.product_uom_qty
        picking.move_ids.picked = True
        result = picking.with_context(skip_sms=True).button_validate()
        if result is not True:
            Form.from_action(self.env, result).save().process()
        return picking

    def _paid_order(self, **values):
        order = self._new_order(**values)
        self._pay(order)
        return order

    def _return(self, picking):
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = 1
        return self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])

    def test_carts_and_orders_of_salespeople_have_none(self):
        self.assertFalse(self._new_order()._get_shop_timeline())
        order = self._new_order()
        order.website_id = False
        order.action_confirm()
        self.assertFalse(order._get_shop_timeline())

    def test_order_that_waits_for_its_payment(self):
        order = self._new_order(require_payment=True)
        order.action_quotation_sent()
        expected = {
            "ordered": "done",
            "paid": "upcoming",
            "packed": "upcoming",
            "shipped": "upcoming",
        }
        self.assertEqual(self._states(order), expected)
        self.assertEqual(self._next(order), "Pay, and we start with your order.")
        self.assertEqual(self._actions(order), ["pay", "ask"])

        self._pay(order, state="pending")
        self.assertEqual(self._states(order), expected | {"paid": "current"})
        self.assertIn("not here yet", self._steps(order)["paid"].details[0].text)
        self.assertEqual(
            self._next(order), "We start with your order as soon as your payment is here."
        )

    def test_payment_that_is_being_processed_is_not_asked_for_again(self):
        self._allow_captures()
        order = self._new_order(require_payment=True)
        self.assertEqual(self._actions(order), ["pay", "ask"])
        self._order_by_transfer(self._new_transfer_provider(), order)
        self.assertEqual(self._actions(order), ["pay", "ask"], "Another way replaces the transfer")
        payment = self._pay(order, state="pending")
        self.assertEqual(self._actions(order), ["ask"])
        payment.state = "authorized"
        self.assertEqual(self._actions(order), ["ask"])

    def test_paid_order_is_packed_and_shipped(self):
        order = self._paid_order()
        expected = {"ordered": "done", "paid": "done", "packed": "current", "shipped": "upcoming"}
        self.assertEqual(self._states(order), expected)
        self.assertEqual(self._next(order), "We are packing your order.")

        picking = self._ship(order)
        steps = self._steps(order)
        self.assertEqual(self._states(order), dict.fromkeys(expected, "done"))
        self.assertEqual(list(steps), list(expected))
        [parcel] = steps["shipped"].details
        self.assertEqual(parcel.text, "Parcel Post: AB1")
        self.assertEqual(parcel.url, "https://parcels.example.com/?id=AB1")
        self.assertEqual(parcel.moment.astimezone(pytz.utc).replace(tzinfo=None), picking.date_done)
        self.assertEqual(self._next(order), "Your order has left us.")
        self.assertEqual(self._actions(order), ["track", "return", "ask"])

        picking.delivered_date = picking.date_done
        texts = [detail.text for detail in self._steps(order)["shipped"].details]
        self.assertEqual(texts, ["Parcel Post: AB1", "Delivered"])

    def test_parcels_of_a_partly_shipped_order(self):
        order = self._paid_order(quantity=3)
        self._ship(order, quantity=1)
        order.commitment_date = datetime(2026, 6, 30, 23)
        steps = self._steps(order)
        self.assertEqual(steps["shipped"].state, "current")
        texts = [detail.text for detail in steps["shipped"].details]
        self.assertEqual(texts, ["Parcel Post: AB1", "Planned for July 1, 2026"])
        self.assertIn("the rest follows", self._next(order))

        self._ship(order, reference="AB2")
        steps = self._steps(order)
        self.assertEqual(steps["shipped"].state, "done")
        texts = [detail.text for detail in steps["shipped"].details]
        self.assertEqual(texts, ["Parcel Post: AB1", "Parcel Post: AB2"])
        actions = order._get_shop_timeline_actions(order._get_shop_timeline())
        texts = [action.text for action in actions if action.kind == "track"]
        self.assertEqual(texts, ["Follow parcel AB1", "Follow parcel AB2"])

    def test_tracking_addresses_that_are_none_are_no_links(self):
        self.carrier.tracking_url = "javascript:alert('<shipmenttrackingnumber>')"
        order = self._paid_order()
        self._ship(order)
        self.assertFalse(self._steps(order)["shipped"].details[0].url)
        self.assertEqual(self._actions(order), ["return", "ask"])

    def test_warehouse_that_packs_in_a_step_of_its_own(self):
        self.warehouse.delivery_steps = "pick_ship"
        order = self._paid_order()
        self.assertEqual(self._states(order)["packed"], "current")
        self._ship(order, reference=False)
        states = self._states(order)
        self.assertEqual((states["packed"], states["shipped"]), ("done", "upcoming"))
        self.assertIn("leaves us soon", self._next(order))

    def test_picked_up_in_the_shop(self):
        order = self._paid_order()
        self.assertIn("shipped", self._states(order))
        self.patch(type(self.carrier), "get_tracking_link", lambda carrier, picking: False)
        order.carrier_id = self.carrier
        selection = type(self.carrier).delivery_type
        self.patch(selection, "convert_to_record", lambda value, record: "in_store")
        self.assertEqual(self._states(order)["picked_up"], "upcoming")
        self.assertEqual(self._states(order)["packed"], "current")
        # The page says what the mail says that leads to it.
        self.env.company.stock_move_email_validation = True
        order.picking_ids.action_tell_ready()
        self.assertEqual(self._states(order)["packed"], "done")
        self.assertIn("waits for you", self._next(order))

    def test_goods_without_a_transfer_are_not_complete(self):
        order = self._paid_order()
        order.order_line.copy({"order_id": order.id, "product_id": self.lamp.id})
        bought = order.order_line.filtered(lambda line: line.product_id == self.lamp)
        bought.move_ids._action_cancel()
        bought.move_ids.unlink()
        self._ship(order)
        self.assertEqual(self._states(order)["shipped"], "current")
        self.assertIn("rest follows", self._next(order))

    def test_goods_whose_transfer_was_cancelled_are_not_complete(self):
        order = self._paid_order()
        order.picking_ids.action_cancel()
        states = self._states(order)
        self.assertEqual((states["packed"], states["shipped"]), ("current", "upcoming"))
        self.assertNotIn("complete", self._next(order))

    def test_services_and_free_orders_have_no_empty_steps(self):
        order = self._paid_order(product=self.service_product)
        self.assertEqual(self._states(order), {"ordered": "done", "paid": "done"})
        self.assertEqual(self._next(order), "Your order is complete.")
        free = self._new_order()
        free.order_line.price_unit = 0
        free.action_confirm()
        self.assertNotIn("paid", self._states(free))

    def test_invoice(self):
        order = self._paid_order()
        self._switch_automatic_invoice()
        self.assertEqual(self._states(order)["invoiced"], "upcoming")
        invoice = order._create_invoices()
        self.assertEqual(self._states(order)["invoiced"], "upcoming")
        invoice.action_post()
        step = self._steps(order)["invoiced"]
        self.assertEqual((step.state, step.moment), ("done", invoice.invoice_date))
        self.assertIn(invoice.name, step.details[0].text)
        self.assertIn(f"access_token={invoice.access_token}", step.details[0].url)
        # The money is here, whether or not it is reconciled with the invoice.
        self.assertEqual(self._actions(order), ["invoice", "change_invoice", "ask"])

    def test_invoice_is_announced_as_the_order_is_invoiced(self):
        for switch, policy, announced in (
            (True, "never", False),
            (True, "on_demand", False),
            (True, "on_payment", True),
            (False, "on_delivery", True),
            (False, "core", False),
        ):
            self._switch_automatic_invoice(switch)
            self.website.invoicing_b2c = self.website.invoicing_b2b = policy
            with self.subTest(switch=switch, policy=policy):
                waiting = self._new_order()
                self._pay(waiting, state="pending")
                for order in (waiting, self._paid_order()):
                    self.assertEqual("invoiced" in self._states(order), announced)

    def test_invoice_paid_by_hand(self):
        order = self._new_order()
        order.action_confirm()
        self.assertEqual(self._states(order)["paid"], "upcoming")
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertIn("pay", self._actions(order))
        paid = date(2026, 5, 4)
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({"payment_date": paid})._create_payments()
        step = self._steps(order)["paid"]
        self.assertEqual((step.state, step.moment), ("done", paid))
        self.assertNotIn("pay", self._actions(order))

    def test_payment_in_parts_and_in_another_currency(self):
        order = self._new_order()
        self._pay(order, amount=40)
        self.assertEqual(self._states(order)["paid"], "current")
        other = self.setup_other_currency("HRK", rates=[("2016-01-01", 2.0)])
        self._new_payment(order, amount=120).currency_id = other
        steps = self._steps(order)
        self.assertEqual(steps["paid"].state, "done")
        self.assertEqual(len(steps["paid"].details), 2)

    def test_captured_in_parts(self):
        self._allow_captures()
        order = self._new_order()
        payment = self._pay(order, state="authorized")
        self.assertEqual(self._states(order)["paid"], "current")
        self.assertIn("reserved", self._steps(order)["paid"].details[0].text)
        payment._create_child_transaction(60).state = "done"
        self.assertEqual(self._states(order)["paid"], "current")
        payment._create_child_transaction(40).state = "done"
        self.assertEqual(self._states(order)["paid"], "done")

    def test_refund_and_its_credit_note_are_told_once(self):
        order = self._paid_order()
        invoice = order._create_invoices()
        invoice.action_post()
        note = invoice._reverse_moves()
        note.action_post()
        self.assertEqual(self._states(order)["credited"], "done")
        refund = order.transaction_ids._create_child_transaction(100, is_refund=True)
        refund._set_pending()
        self.assertEqual(self._next(order), "Your money is on its way back to you.")
        refund._set_done()
        steps = self._steps(order)
        self.assertNotIn("credited", steps)
        self.assertEqual(steps["refunded"].state, "done")
        self.assertEqual(steps["paid"].state, "done")
        self.assertEqual(len(steps["refunded"].details), 2)
        self.assertIn("100.00", steps["refunded"].details[0].text)

    def test_return(self):
        order = self._paid_order()
        back = self._return(self._ship(order))
        self.assertEqual(self._states(order)["returned"], "current")
        self.assertIn("waiting for the goods", self._next(order))
        back.button_validate()
        states = self._states(order)
        self.assertEqual((states["shipped"], states["returned"]), ("done", "done"))
        self.assertEqual(self._next(order), "Nothing more is to be done.")

    def test_cancelled(self):
        order = self._paid_order()
        order._action_cancel()
        self.assertEqual(
            self._states(order), {"ordered": "done", "paid": "done", "cancelled": "done"}
        )
        self.assertEqual(self._next(order), "This order has been cancelled.")

    def test_moments_are_local_and_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("sv_SE")
        order = self._paid_order()
        order.date_order = datetime(2026, 1, 31, 23, 30)
        order.transaction_ids.unlink()
        moment = order._get_shop_timeline()[0].moment
        self.assertEqual(moment.isoformat(), "2026-02-01T00:30:00+01:00")
        swedish = order.with_context(lang="sv_SE")
        self.assertEqual(swedish._format_shop_moment(moment), "1 februari 2026, 00:30")
        english = order.with_context(lang="en_US")._format_shop_moment(moment)
        self.assertEqual(english.replace("\u202f", " "), "February 1, 2026, 12:30 AM")
        self.assertEqual(english[:16], order._format_shop_moment(date(2026, 2, 1)))

    def test_time_zone_of_the_shop(self):
        order = self._new_order()
        user, company = self.website.user_id, order.company_id
        company.resource_calendar_id.tz = "Asia/Tokyo"
        self.website.salesperson_id.tz = "Europe/Paris"
        company.partner_id.tz = "Europe/Rome"
        user.tz = "Europe/Stockholm"
        for record, name in (
            (user, "Europe/Stockholm"),
            (company.partner_id, "Europe/Rome"),
            (self.website.salesperson_id, "Europe/Paris"),
        ):
            self.assertEqual(order._get_shop_tz().zone, name)
            record.tz = False
        self.assertEqual(order._get_shop_tz().zone, "Asia/Tokyo")

    def _count_queries(self, order):
        """Return the queries of showing an order's timeline, with cold records and warm caches."""
        order._portal_ensure_token()
        order.invoice_ids.mapped(lambda move: move._portal_ensure_token())
        for _warmup in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            steps = order._get_shop_timeline()
            order._get_shop_timeline_next(steps)
            order._get_shop_timeline_actions(steps)
            count = self.env.cr.sql_log_count - before
        return count

    def test_query_budget(self):
        order = self._new_order(quantity=3)
        order.order_line = [Command.create({"product_id": self.lamp.id})]
        self._pay(order)
        self._ship(order, quantity=1)
        picking = self._ship(order, reference="AB2")
        self._return(picking)
        invoice = order._create_invoices()
        invoice.action_post()
        invoice._reverse_moves().action_post()
        self.assertLessEqual(self._count_queries(order), MAX_QUERIES)

    def test_more_parcels_payments_and_invoices_cost_no_more_queries(self):
        counts = []
        for parts in (1, 3):
            order = self._paid_order(quantity=parts)
            for number in range(parts):
                self._new_payment(order, amount=1)
                self._ship(order, quantity=1, reference=f"AB{number}")
                order.order_line = [Command.create({"product_id": self.service_product.id})]
                invoice = order._create_invoices()
                invoice.action_post()
                wizard = self.env["account.payment.register"].with_context(
                    active_model="account.move", active_ids=invoice.ids
                )
                wizard.create({})._create_payments()
                invoice._reverse_moves().action_post()
            steps = self._steps(order)
            for kind in ("shipped", "invoiced"):
                self.assertEqual(len(steps[kind].details), parts, kind)
            counts.append(self._count_queries(order))
        self.assertEqual(*counts)
