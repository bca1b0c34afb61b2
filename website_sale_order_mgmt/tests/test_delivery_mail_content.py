"""What the customers of a website read when their goods leave."""

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Datetime
from odoo.tests import tagged

from .common import DELIVERY_MAIL_CRON, ShopCommon

MAX_MORE_QUERIES = 3  # for each transfer, more than with the mail off


@tagged("post_install", "-at_install")
class TestDeliveryMailContent(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.stock_move_email_validation = True
        cls.website.write({"name": "Anna's desks", "domain": "https://desks.example.com"})
        cls.website._set_delivery_mail_templates()
        cls.free_delivery.tracking_url = "https://carrier.example.com/<shipmenttrackingnumber>"
        cls.worker = cls._new_user("worker", "stock.group_stock_user")
        # `website_sale_collect` is not needed, only installed beside the addon.
        cls.store = cls.free_delivery.copy(
            {"name": "Store", "delivery_type": "in_store", "warehouse_ids": cls.warehouse.ids}
        )

    def _new_transfer(self, product=None, quantity=2.0, **values):
        values = {"carrier_id": self.free_delivery.id} | values
        order = self._new_order(product=product, quantity=quantity, **values)
        order.action_confirm()
        return order.picking_ids

    def _validate(self, pickings, quantity=None):
        """Validate transfers as the warehouse does, which reads no orders."""
        pickings = pickings.with_user(self.worker)
        for move in pickings.move_ids:
            move.quantity = quantity or move.product_uom_qty
        pickings.move_ids.picked = True
        pickings.with_context(skip_backorder=True).button_validate()

    def _tell(self, picking):
        """Run the queue, and return the transfer's one mail to its customer."""
        self._run_cron(DELIVERY_MAIL_CRON)
        self.assertEqual(picking.delivery_mail_state, "sent", picking.delivery_mail_error)
        mails = self.env["mail.mail"].sudo().search([("model", "=", "stock.picking")])
        [mail] = mails.filtered(lambda mail: mail.res_id == picking.id)
        return mail

    def test_shipped(self):
        picking = self._new_transfer()
        picking.carrier_tracking_ref = "1Z999"
        self._validate(picking)
        mail = self._tell(picking)
        order = picking.sale_id
        self.assertEqual(mail.subject, f"Your order {order.name} has been shipped ({picking.name})")
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertEqual(mail.email_from, '"Anna\'s desks" <shop@example.com>')
        self.assertIn("2 × Desk", mail.body_html)
        self.assertNotIn("This follows", mail.body_html)
        self.assertIn('href="https://carrier.example.com/1Z999"', mail.body_html)
        page = f"https://desks.example.com/my/orders/{order.id}?access_token={order.access_token}"
        self.assertIn(page, mail.body_html)
        self.assertIn("Anna&#39;s desks", mail.body_html, "The website's look")
        self.assertTrue(mail.attachment_ids, "The delivery slip")

    def test_every_parcel_has_its_link(self):
        picking = self._new_transfer()
        picking.carrier_tracking_ref = "A1,B2"
        self.patch(
            type(self.free_delivery),
            "get_tracking_link",
            lambda *args: '[["A1", "https://a.example.com"], ["B2", "https://b.example.com"]]',
        )
        self._validate(picking)
        body = self._tell(picking).body_html
        self.assertIn('href="https://a.example.com"', body)
        self.assertIn('href="https://b.example.com"', body)

    def test_partly_shipped_says_what_follows(self):
        picking = self._new_transfer(quantity=3.0)
        picking.carrier_tracking_ref = "A1"
        order = picking.sale_id
        self._validate(picking, 1.0)
        first = self._tell(picking)
        self.assertIn("A part of your order", first.subject)
        self.assertIn('href="https://carrier.example.com/A1"', first.body_html)
        self.assertIn("1 × Desk", first.body_html)
        self.assertIn("This follows", first.body_html)
        self.assertIn("2 × Desk", first.body_html)
        rest = order.picking_ids - picking
        rest.carrier_id = self.free_delivery.copy()  # It takes the rest.
        rest.carrier_id.name = "Express"
        rest.carrier_id.tracking_url = "https://fast.example.com/<shipmenttrackingnumber>"
        rest.carrier_tracking_ref = "B2"
        self._validate(rest)
        second = self._tell(rest)
        self.assertIn('href="https://fast.example.com/B2"', second.body_html)
        self.assertIn("with Express", second.body_html)
        self.assertNotIn("carrier.example.com", second.body_html, "That parcel is another one")
        self.assertIn("has been shipped", second.subject)
        self.assertNotIn("A part of", second.subject)
        self.assertIn("2 × Desk", second.body_html)

    def test_validated_with_others_but_not_picked(self):
        """Core leaves it where it is, and would announce it."""
        left, stays = self._new_transfer(), self._new_transfer()
        left.move_ids.picked = True
        stays.move_ids.quantity = 0
        (left + stays).with_context(skip_backorder=True, skip_sanity_check=True).button_validate()
        self.assertEqual(left.delivery_mail_state, "queued")
        self.assertNotEqual(stays.state, "done")
        self.assertFalse(stays.delivery_mail_state)

    def test_what_is_cancelled_does_not_follow(self):
        picking = self._new_transfer(quantity=3.0)
        picking.picking_type_id.create_backorder = "never"
        self._validate(picking, 1.0)
        self.assertNotIn("This follows", self._tell(picking).body_html)

    def test_three_steps_count_what_is_still_packed(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        pick = self._new_transfer(quantity=3.0)
        order = pick.sale_id
        self._validate(pick, 1.0)
        pack = order.picking_ids.filtered(lambda p: p.state == "assigned") - pick.backorder_ids
        self._validate(pack)
        ship = order.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        self._validate(ship)
        body = self._tell(ship).body_html
        self.assertIn("1 × Desk", body)
        self.assertIn("2 × Desk", body, "What follows has no transfer to the customer yet")

    def test_services_do_not_follow(self):
        service = self._create_product(name="Assembly", type="service", list_price=5.0)
        order = self._new_order()
        order.order_line = [Command.create({"product_id": service.id})]
        order.action_confirm()
        self._validate(order.picking_ids)
        self.assertIn("has been shipped", self._tell(order.picking_ids).subject)

    def test_the_customers_language(self):
        self.env["res.lang"]._activate_lang("sv_SE")
        self.customer.lang = "sv_SE"
        template = self.website.delivery_mail_shipped_template_id
        template.with_context(lang="sv_SE").subject = "Skickad: {{ object.sale_id.name }}"
        cable = self._create_product(
            name="Cable", uom_id=self.env.ref("uom.product_uom_meter").id, taxes_id=False
        )
        self._add_product_qty_to_wh(cable.id, 10, self.warehouse.lot_stock_id.id)
        picking = self._new_transfer(product=cable, quantity=1.5)
        self._validate(picking)
        mail = self._tell(picking)
        self.assertTrue(mail.subject.startswith("Skickad"))
        self.assertIn("1,5 ", mail.body_html)

    def test_a_website_that_does_not_tell(self):
        self.website.delivery_mail_tell = False
        picking = self._new_transfer()
        self._validate(picking)
        self.assertEqual(picking.state, "done")
        self.assertFalse(picking.delivery_mail_state)
        self._run_cron(DELIVERY_MAIL_CRON)
        self.assertFalse(self._mails_to("anna@example.com"))

    def test_ready_for_pick_up(self):
        picking = self._new_transfer(carrier_id=self.store.id)
        self._validate(picking)
        mail = self._tell(picking)
        self.assertIn("ready to be picked up", mail.subject)
        self.assertNotIn("on its way", mail.body_html)

    def test_ready_for_pick_up_before_the_hand_over(self):
        picking = self._new_transfer(carrier_id=self.store.id)
        picking._shop_hold("other")
        with self.assertRaises(UserError):
            picking.with_user(self.worker).action_tell_ready()
        picking._shop_release("other")
        picking.with_user(self.worker).action_tell_ready()
        mail = self._tell(picking)
        self.assertIn("ready to be picked up", mail.subject)
        self.assertNotIn("This follows", mail.body_html)
        with self.assertRaises(UserError):
            picking.with_user(self.worker).action_tell_ready()
        self._validate(picking)
        self._tell(picking)  # Still one.

    def test_ready_for_pick_up_as_soon_as_all_is_prepared(self):
        self.warehouse.delivery_steps = "pick_ship"
        pick = self._new_transfer(carrier_id=self.store.id, quantity=3.0)
        self._validate(pick, 1.0)
        ship = pick.sale_id.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        self.assertFalse(ship.delivery_mail_state, "Two desks are still to be picked")
        self._validate(pick.backorder_ids)
        self.assertEqual(ship.delivery_mail_state, "queued")
        self.assertIn("3 × Desk", self._tell(ship).body_html)
        self._validate(ship)
        self._tell(ship)

    def test_a_supplier_who_ships_to_the_customer(self):
        """As with `stock_dropshipping`: from the supplier straight to the customer."""
        field = self.env["stock.picking.type"]._fields["code"]
        if "dropship" not in dict(field._selection):
            self.patch(field, "_selection", {**dict(field._selection), "dropship": "Dropship"})
        picking = self._new_transfer()
        self.env.cr.execute(
            "UPDATE stock_picking_type SET code = 'dropship' WHERE id = %s",
            [picking.picking_type_id.id],
        )
        self.env.invalidate_all()
        self._validate(picking)
        self.assertIn("has been shipped", self._tell(picking).subject)

    def test_returns_and_receipts_tell_nobody(self):
        picking = self._new_transfer()
        self._validate(picking)
        self._tell(picking)
        wizard = self.env["stock.return.picking"].with_context(
            active_id=picking.id, active_ids=picking.ids, active_model="stock.picking"
        )
        wizard = wizard.create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = 1.0
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self._validate(back, 1.0)
        self.assertEqual(back.state, "done")
        self.assertFalse(back.delivery_mail_state)

    def test_websites_templates_when_the_app_arrives(self):
        company = self.env.company
        self.website._set_delivery_mail_templates()
        ours = self.env.ref("website_sale_order_mgmt.mail_template_delivery_shipped")
        self.assertEqual(self.website.delivery_mail_shipped_template_id, ours)
        own = company.stock_mail_confirmation_template_id.copy()
        company.stock_mail_confirmation_template_id = own
        self.website.delivery_mail_shipped_template_id = False
        self.website._set_delivery_mail_templates()
        self.assertFalse(self.website.delivery_mail_shipped_template_id)
        self.assertEqual(self.website._get_delivery_mail_template("shipped"), own)
        new = self.env["website"].create({"name": "New"})
        self.assertEqual(new.delivery_mail_shipped_template_id, ours)

    def _count_validation(self, number, tell):
        """Return the queries of validating so many transfers at once, with the mail or without."""
        self.env.company.stock_move_email_validation = tell
        orders = self.env["sale.order"].union(
            *(self._new_order(carrier_id=self.free_delivery.id) for _each in range(number))
        )
        orders.action_confirm()
        pickings = orders.picking_ids
        pickings.move_ids.picked = True
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        pickings.button_validate()
        self.env.flush_all()
        self.assertEqual(set(pickings.mapped("state")), {"done"})
        self.assertEqual(set(pickings.mapped("delivery_mail_state")), {"queued" if tell else False})
        return self.env.cr.sql_log_count - before

    def test_two_hundred_transfers_at_once(self):
        """As few were measured with 200; here with fewer, the more of them no dearer each."""
        self._count_validation(2, tell=True)  # Warm caches.
        more = {}
        for number in (5, 15):
            without = self._count_validation(number, tell=False)
            more[number] = self._count_validation(number, tell=True) - without
        self.assertLessEqual(more[15], 15 * MAX_MORE_QUERIES)
        self.assertLessEqual(more[15] - more[5], 10 * MAX_MORE_QUERIES)

    def test_delivered_date(self):
        picking = self._new_transfer()
        now = Datetime.now()
        with self.assertRaises(ValidationError):
            picking.delivered_date = now
        self._validate(picking)
        with self.assertRaises(ValidationError):
            picking.delivered_date = Datetime.add(now, days=1)
        picking.with_user(self.worker).delivered_date = now
        self.assertEqual(picking.delivered_date, now)
        self.assertFalse(picking.copy().delivered_date)
