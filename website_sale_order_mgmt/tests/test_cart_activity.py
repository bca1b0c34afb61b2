from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.website_sale.tests.common import MockRequest

from .cart_common import CartCommon


@tagged("post_install", "-at_install")
class TestCartActivity(CartCommon):
    """Since when a cart has been left, and what begins its reminders anew."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cart = cls._new_order()
        cls._abandon(cls.cart)
        cls.left = cls.cart.cart_last_activity
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "Van",
                "delivery_type": "fixed",
                "product_id": cls._create_product(name="Van", type="service", list_price=5.0).id,
                "website_published": True,
            }
        )

    def _assert_in_use(self):
        self.assertGreater(self.cart.cart_last_activity, fields.Datetime.now() - timedelta(hours=1))
        self.assertFalse(self.cart.is_abandoned_cart)
        self.assertFalse(self.cart.cart_recovery_email_sent)

    def test_a_new_cart_begins_with_its_date(self):
        self.assertTrue(self.cart.is_abandoned_cart)
        self.assertAlmostEqual(
            self._new_order().cart_last_activity,
            fields.Datetime.now(),
            delta=timedelta(minutes=1),
        )
        self.assertFalse(
            self.env["sale.order"].create({"partner_id": self.customer.id}).cart_last_activity
        )

    def test_what_the_customer_does_counts(self):
        self.env["website"]._send_abandoned_cart_email()
        self.assertTrue(self.cart.cart_recovery_email_sent)
        line = self.cart.order_line
        actions = {
            "adds": lambda: self.cart._cart_add(self.lamp.id, 1),
            "changes": lambda: self.cart._cart_update_line_quantity(line.id, 3),
            "address": lambda: self.cart._update_address(self.customer.id, {"partner_invoice_id"}),
            "delivery": lambda: self.cart._set_delivery_method(self.carrier),
            "payment": lambda: self.cart._check_cart_is_ready_to_be_paid(),
        }
        for name, act in actions.items():
            with self.subTest(name):
                self.cart.write({"cart_last_activity": self.left, "cart_recovery_email_sent": True})
                with MockRequest(self.env, website=self.website, sale_order_id=self.cart.id):
                    act()
                self._assert_in_use()

    def test_a_login_that_finds_the_cart_does_not(self):
        """Core writes the customer on the cart that it finds, changed or not."""
        with MockRequest(self.env, website=self.website, sale_order_id=self.cart.id):
            self.cart._update_address(self.customer.id, ["partner_id"])
            self.cart._update_address(self.customer.id, set())
            self.assertEqual(self.cart.cart_last_activity, self.left)
            self.cart._update_address(self.other_customer.id, ["partner_id"])
        self._assert_in_use()

    def test_what_others_do_does_not(self):
        self.cart.order_line.product_uom_qty = 5
        self.cart.client_order_ref = "by phone"
        self.cart._recompute_prices()
        self.cart.message_post(body="Hello")
        self.customer.name = "Another name"
        self.env["website"]._send_abandoned_cart_email()
        self.assertEqual(self.cart.cart_last_activity, self.left)
        self.assertTrue(self.cart.is_abandoned_cart)

    def test_a_copy_is_no_cart_until_its_customer_uses_it(self):
        """Staff duplicate orders; at a login, core may take the copy for the customer's cart."""
        self.cart.action_confirm()
        copy = self.cart.copy()
        self.assertEqual(copy.website_id, self.website)
        self._let_pass(24)
        self.env["website"]._send_abandoned_cart_email()
        self.assertFalse(copy.cart_recovery_mail_ids)
        self.assertFalse(copy.is_abandoned_cart)
        self.assertIn("is a copy", copy.cart_recovery_note)
        self.assertFalse(copy.cart_recovery_next_date)
        with MockRequest(self.env, website=self.website, sale_order_id=copy.id):
            copy._cart_add(self.lamp.id, 1)
        self._let_pass(11)
        self.env["website"]._send_abandoned_cart_email()
        self.assertEqual(copy.cart_recovery_mail_ids.state, "sent")

    def test_a_copy_holds_up_no_reminder(self):
        """It is newer than the cart, and not what the customer has left."""
        copy = self.cart.copy()
        self._let_pass(24)
        self.env["website"]._send_abandoned_cart_email()
        self.assertEqual(self.cart.cart_recovery_mail_ids.state, "sent")
        self.assertFalse(copy.cart_recovery_mail_ids)

    def test_a_copy_says_nothing_of_reminders_where_there_are_none(self):
        self.website.send_abandoned_cart_email = False
        self.assertFalse(self.cart.copy().cart_recovery_note)

    def test_the_search_agrees_with_the_field(self):
        fresh = self._new_order(self.other_customer)
        public = self._new_order(self.website.user_id.partner_id)
        empty = self._new_order(self.other_customer)
        empty.order_line.unlink()
        ordered = self._new_order(self.other_customer)
        carts = self.cart + fresh + public + empty + ordered + self.cart.copy()
        self._abandon(public, empty, ordered)
        ordered.action_quotation_sent()
        found = self.env["sale.order"].search(
            [("is_abandoned_cart", "=", True), ("id", "in", carts.ids)]
        )
        self.assertEqual(found, self.cart)
        self.assertEqual(carts.filtered("is_abandoned_cart"), found)
        self.assertEqual(
            self.env["sale.order"].search(
                [("is_abandoned_cart", "=", False), ("id", "in", carts.ids)], order="id"
            ),
            carts - self.cart,
        )

    def _explain(self, domain):
        query = self.env["sale.order"]._search(domain).select()
        return str(self.env.execute_query(SQL("EXPLAIN %s", query)))

    def test_the_search_reads_the_index_of_the_carts(self):
        """Among many web orders and quotations the carts are not looked for one by one."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO sale_order (name, state, date_order, partner_id, partner_invoice_id,
                                    partner_shipping_id, company_id, website_id, warehouse_id,
                                    picking_policy, cart_last_activity)
                 SELECT 'old', CASE WHEN number %% 2 = 0 THEN 'sale' ELSE 'draft' END, date_order,
                        partner_id, partner_invoice_id, partner_shipping_id, company_id,
                        CASE WHEN number %% 2 = 0 THEN website_id END, warehouse_id,
                        picking_policy, date_order - number * interval '1 minute'
                   FROM sale_order, generate_series(1, 20000) AS number
                  WHERE id = %s
            """,
            [self.cart.id],
        )
        self.env.cr.execute(
            """
            INSERT INTO sale_order_line (order_id, name, customer_lead, product_uom_qty, price_unit)
                 SELECT id, 'old', 0, 1, 1 FROM sale_order WHERE name = 'old'
            """
        )
        self.env.cr.execute("ANALYZE sale_order, sale_order_line")
        plan = self._explain([("is_abandoned_cart", "=", True)])
        self.assertIn("cart_last_activity_idx", plan)
        self.assertNotIn("Seq Scan on sale_order ", plan)
        # All the others are most of the orders: each is read, but its lines are not, one by one.
        plan = self._explain([("is_abandoned_cart", "=", False)])
        if "SubPlan" in plan:
            self.assertIn("hashed SubPlan", plan)

    def test_a_cart_used_again_is_reminded_again(self):
        remind = self.env["website"]._send_abandoned_cart_email
        remind()
        remind()
        self.assertEqual(len(self._mails_to("anna@example.com")), 1)
        with MockRequest(self.env, website=self.website, sale_order_id=self.cart.id):
            self.cart._cart_add(self.lamp.id, 1)
        remind()
        self.assertEqual(len(self._mails_to("anna@example.com")), 1, "It is in use")
        self._let_pass(11)
        remind()
        self.assertEqual(len(self._mails_to("anna@example.com")), 2)
        self.assertEqual(len(self.cart.cart_recovery_mail_ids), 2)

    def test_what_is_no_longer_a_cart_is_out_at_once(self):
        emptied = self._new_order(self.other_customer)
        cancelled = self._new_order(self.other_customer)
        self._abandon(emptied, cancelled)
        self.cart.action_quotation_sent()
        emptied.order_line.unlink()
        cancelled.action_cancel()
        self.env["website"]._send_abandoned_cart_email()
        for email in ("anna@example.com", "bo@example.com"):
            self.assertFalse(self._mails_to(email))
