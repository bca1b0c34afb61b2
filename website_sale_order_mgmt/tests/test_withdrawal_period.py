"""The period of withdrawal on the order: who, until when, and whether the customer knows."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .withdrawal_common import WithdrawalCommon


@tagged("post_install", "-at_install")
class TestWithdrawalPeriod(WithdrawalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.country_id = cls.env.ref("base.se")

    def _new_confirmed(self, **values):
        """Return a confirmed order whose customer was informed when ordering."""
        order = self._new_order(**values)
        order.action_confirm()
        order.withdrawal_informed_on = fields.Date.today()
        return order

    def test_crd_9_2_b_goods_from_the_last_parcel(self):
        order = self._new_confirmed(quantity=3.0)
        self.assertFalse(order.withdrawal_until)
        self.assertEqual(order.withdrawal_state, "open")
        picking = order.picking_ids
        picking.move_ids.write({"quantity": 1.0, "picked": True})
        picking._action_done()
        picking.write({"date_done": "2026-11-02 10:00:00", "delivered_date": "2026-11-02 15:00:00"})
        self.assertFalse(order.withdrawal_until, "the last parcel has not come")
        rest = order.picking_ids - picking
        self._ship(order)
        rest.write({"date_done": "2026-11-04 10:00:00", "delivered_date": "2026-11-05 15:00:00"})
        order.withdrawal_informed_on = "2026-11-02"
        # Thursday, 5 November, and 14 days: to the end of the 19th in Stockholm
        self.assertEqual(order.withdrawal_until, datetime(2026, 11, 19, 22, 59, 59))

    def test_a_parcel_nobody_reports_takes_its_days(self):
        order = self._new_confirmed()
        self._ship(order)
        order.picking_ids.date_done = "2026-11-02 10:00:00"
        order.withdrawal_informed_on = "2026-11-02"
        self.website.withdrawal_transit_days = 3
        order.picking_ids.date_done = "2026-11-02 11:00:00"
        self.assertEqual(order.withdrawal_until, datetime(2026, 11, 19, 22, 59, 59))

    def test_cancelled_parcels_do_not_come(self):
        order = self._new_confirmed(quantity=3.0)
        picking = order.picking_ids
        picking.move_ids.write({"quantity": 1.0, "picked": True})
        picking._action_done()
        (order.picking_ids - picking).action_cancel()
        self.assertTrue(order.withdrawal_until)

    def test_crd_9_2_a_services_from_the_contract(self):
        service = self._create_product(name="Course", type="service", list_price=50.0)
        with freeze_time("2026-11-05 12:00:00"):
            order = self._new_confirmed(product=service)
        self.assertEqual(order.withdrawal_until, datetime(2026, 11, 19, 22, 59, 59))

    def test_crd_10_not_informed_a_year_longer(self):
        service = self._create_product(name="Course", type="service", list_price=50.0)
        with freeze_time("2026-11-05 12:00:00"):
            order = self._new_confirmed(product=service)
        order.withdrawal_informed_on = False
        self.assertEqual(order.withdrawal_until, datetime(2027, 11, 19, 22, 59, 59))

    def test_states(self):
        order = self._new_confirmed()
        now = fields.Datetime.now()
        for until, state in (
            (False, "open"),
            (now + timedelta(hours=1), "running"),
            (now - timedelta(hours=1), "ended"),
        ):
            order.withdrawal_until = until
            self.assertEqual(order.withdrawal_state, state)
            orders = self.env["sale.order"].search([("withdrawal_state", "=", state)])
            self.assertIn(order, orders)
            others = self.env["sale.order"].search([("withdrawal_state", "!=", state)])
            self.assertNotIn(order, others)
        self.website.withdrawal_function = False
        self.assertEqual(order.withdrawal_state, "none")

    def test_businesses_have_none(self):
        self.customer.vat = "SE556677889901"
        order = self._new_confirmed()
        self._ship(order)
        self.assertFalse(order.withdrawal_until)
        self.assertEqual(order.withdrawal_state, "none")
        self.assertIn(order, self.env["sale.order"].search([("withdrawal_state", "=", "none")]))

    def test_people_of_a_company_are_a_business(self):
        company = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        self.customer.parent_id = company
        self.assertEqual(self._new_confirmed().withdrawal_state, "none")

    def test_orders_that_were_not_made_on_a_website_have_none(self):
        order = self._new_order()
        order.website_id = False
        order.action_confirm()
        self._ship(order)
        self.assertFalse(order.withdrawal_until)
        self.assertEqual(order.withdrawal_state, "none")

    def test_new_websites_have_it_where_the_law_applies(self):
        for country, on in (("se", True), ("no", True), ("us", False), (None, True)):
            company = self.env["res.company"].create(
                {"name": str(country), "country_id": country and self.env.ref(f"base.{country}").id}
            )
            website = self.website.create({"name": str(country), "company_id": company.id})
            self.assertEqual(website.withdrawal_function, on, country)

    def test_the_merchants_choice_stays(self):
        self.website.withdrawal_function = False
        self.website.company_id.country_id = self.env.ref("base.se")
        self.env.flush_all()
        self.assertFalse(self.website.withdrawal_function)
