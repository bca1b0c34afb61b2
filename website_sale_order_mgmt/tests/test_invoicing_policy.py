"""When web orders are invoiced: by the website, the kind of customer, and the exception."""

from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import INVOICING_CRON
from .invoicing_common import InvoicingCommon


@tagged("post_install", "-at_install")
class TestInvoicingPolicy(InvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_customer = cls.env["res.partner"].create(
            {"name": "Lind AB", "is_company": True, "email": "ab@example.com"}
        )

    def _states(self, *orders):
        return [order.shop_invoicing_state for order in orders]

    def test_without_a_policy_nothing_changes(self):
        self.assertEqual((self.website.invoicing_b2c, self.website.invoicing_b2b), ("core",) * 2)
        order = self._new_order()
        self._pay(order)
        self.assertFalse(order.shop_invoicing_policy)
        self.assertEqual(order.shop_invoicing_state, "none")
        self._switch_automatic_invoice()
        order = self._new_order()
        self._pay(order)
        self.assertEqual(order.shop_invoicing_state, "queued")
        self.assertEqual(self._invoice(order).amount_total, 100.0)

    def test_never_is_stronger_than_cores_switch(self):
        self._switch_automatic_invoice()
        for policy in ("never", "on_demand"):
            self._set_policy(policy)
            order = self._new_order()
            self._pay(order)
            self._ship(order)
            self.assertEqual(order.shop_invoicing_state, "none")
            self.assertFalse(self._invoice(order))

    def test_businesses_and_consumers(self):
        self._set_policy(b2c="never", b2b="on_payment")
        contact = self.env["res.partner"].create(
            {"name": "Eva", "parent_id": self.company_customer.id, "email": "eva@example.com"}
        )
        with_vat = self.env["res.partner"].create({"name": "Ida", "vat": "BE0477472701"})
        without_vat = self.env["res.partner"].create({"name": "Per", "vat": "/"})
        partners = (self.company_customer, contact, with_vat, without_vat, self.customer)
        orders = [self._new_order(partner) for partner in partners]
        for order in orders:
            self._pay(order)
        self.assertEqual(self._states(*orders), ["queued"] * 3 + ["none"] * 2)

    def test_it_is_the_invoices_address_that_counts(self):
        self._set_policy(b2c="never", b2b="on_payment")
        order = self._new_order(partner_invoice_id=self.company_customer.id)
        self._pay(order)
        self.assertEqual(order.shop_invoicing_state, "queued")

    def test_a_customers_exception_is_stronger_than_the_website(self):
        self._set_policy(b2c="never")
        self.customer.invoicing_policy = "on_payment"
        contact = self.env["res.partner"].create(
            {"name": "Eva", "parent_id": self.company_customer.id}
        )
        self.company_customer.invoicing_policy = "on_payment"
        orders = [self._new_order(partner) for partner in (self.customer, contact)]
        other = self._new_order(self.other_customer)
        for order in (*orders, other):
            self._pay(order)
        self.assertEqual(self._states(*orders, other), ["queued", "queued", "none"])
        invoice = self._invoice(orders[0])
        self.assertEqual(invoice.invoicing_note, "When it is paid: exception of Anna Lind")

    def test_each_website_has_its_own(self):
        website = self.env["website"].create({"name": "Other shop"})
        self._set_policy()
        here, there = self._new_order(), self._new_order(website=website)
        self._pay(here)
        self._pay(there)
        self.assertEqual(self._states(here, there), ["queued", "none"])

    def test_orders_from_before_are_not_invoiced_by_surprise(self):
        old = self._new_order()
        old.action_confirm()
        paid = self._new_order()
        self._pay(paid)
        self._set_policy("on_payment")
        self._pay(old)
        self._ship(paid)
        self._run_cron(INVOICING_CRON)
        self.assertFalse((old + paid).invoice_ids)
        self._set_policy("on_delivery")
        self._ship(old)
        self._run_cron(INVOICING_CRON)
        self.assertFalse(old.invoice_ids)

    def test_what_was_agreed_stays_when_the_policy_changes(self):
        self._set_policy("on_delivery")
        order = self._new_order()
        self._pay(order)
        self._set_policy("never")
        self.assertTrue(self.env.ref(INVOICING_CRON).active, "This order is still to be invoiced")
        self._switch_automatic_invoice()
        self._switch_automatic_invoice(on=False)
        self.assertTrue(self.env.ref(INVOICING_CRON).active)
        self._ship(order)
        self.assertEqual(self._invoice(order).amount_total, 100.0)

    def test_trying_again_wakes_the_cron(self):
        self._set_policy("on_payment")
        order = self._new_order()
        self._pay(order)
        cron = self.env.ref(INVOICING_CRON)
        cron.active = False
        order.with_user(self.salesperson).action_retry_shop_invoicing()
        self.assertTrue(cron.active)

    def test_the_invoice_says_why_it_exists(self):
        self._set_policy(b2b="on_delivery")
        self.website.name = "My Shop"
        order, business = self._new_order(), self._new_order(self.company_customer)
        self._pay(order)
        self._pay(business)
        self._ship(business)
        invoices = self._invoice(order + business)
        self.assertEqual(
            invoices.mapped("invoicing_note"),
            [
                "When it is paid: policy of My Shop for consumers",
                "When it is delivered: policy of My Shop for businesses",
            ],
        )
        self.assertEqual(invoices.mapped("invoicing_policy"), ["on_payment", "on_delivery"])
        self.assertEqual(invoices.website_id, self.website)

    def test_the_cron_runs_exactly_while_it_is_needed(self):
        cron = self.env.ref(INVOICING_CRON)
        self.assertFalse(cron.active)
        self._set_policy("on_payment")
        self.assertTrue(cron.active)
        self._set_policy("never")
        self.assertFalse(cron.active)
        self.customer.invoicing_policy = "on_delivery"
        self.assertTrue(cron.active)
        self._switch_automatic_invoice()
        self._switch_automatic_invoice(on=False)
        self.assertTrue(cron.active, "The exception needs it")
        self.customer.invoicing_policy = False
        self.assertFalse(cron.active)
        self._switch_automatic_invoice()
        self.assertTrue(cron.active)
        self.env["ir.config_parameter"].sudo().search(
            [("key", "=", "sale.automatic_invoice")]
        ).unlink()
        self.assertFalse(cron.active)

    def test_what_waits_is_still_invoiced_when_the_policy_is_taken_back(self):
        self._set_policy("on_payment")
        order = self._new_order()
        self._pay(order)
        self._set_policy("core")
        self.assertTrue(self.env.ref(INVOICING_CRON).active)
        self.assertEqual(len(self._invoice(order)), 1)

    def test_the_settings_are_the_websites(self):
        with Form(self.env["res.config.settings"]) as form:
            form.website_id = self.website
            form.invoicing_b2c = "on_delivery"
            form.invoicing_per_delivery = False
        form.record.execute()
        self.assertEqual(self.website.invoicing_b2c, "on_delivery")
        self.assertFalse(self.website.invoicing_per_delivery)

    def test_a_company_of_its_own(self):
        """Everything of another company stays in that company."""
        data = self.setup_other_company(name="North")
        company = data["company"]
        website = self.env["website"].create(
            {"name": "North shop", "company_id": company.id, "invoicing_b2c": "on_payment"}
        )
        product = self.lamp.with_company(company)
        product.property_account_income_id = data["default_account_revenue"]
        order = self._new_order(self.other_customer, self.lamp, website=website, team_id=False)
        provider = self.provider.copy({"company_id": company.id})
        provider.write({"state": "test", "journal_id": data["default_journal_bank"].id})
        self._new_payment(order, provider_id=provider.id)._post_process()
        invoice = self._invoice(order)
        self.assertEqual(invoice.company_id, company)
        self.assertEqual(invoice.amount_residual, 0.0)

    def test_confirmed_together(self):
        """A salesperson confirms a free and an unpaid order at once: the free one is invoiced."""
        self._set_policy("on_payment")
        free, unpaid = self._new_order(), self._new_order()
        free.order_line = [Command.update(free.order_line.id, {"price_unit": 0.0})]
        (free + unpaid).with_user(self.salesperson).action_confirm()
        self.assertEqual(self._states(free, unpaid), ["queued", "none"])
        invoice = self._invoice(free)
        self.assertEqual((invoice.state, invoice.amount_total), ("posted", 0.0))
        self.assertEqual(invoice.payment_state, "paid")
