"""What keeps an invoice from being made: said in words, and the others go on."""

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import INVOICING_CRON
from .invoicing_common import QUEUE_LOGGER, InvoicingCommon


@tagged("post_install", "-at_install")
class TestInvoicingErrors(InvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.invoicing_b2c = "on_payment"

    @mute_logger(QUEUE_LOGGER, "odoo.sql_db")
    def _fail(self, order):
        self._run_cron(INVOICING_CRON)
        self.assertFalse(order.invoice_ids)
        return order.shop_invoicing_error

    def test_an_archived_journal(self):
        order = self._new_order()
        self._pay(order)
        journals = self.env["account.journal"].search([("type", "=", "sale")])
        journals.active = False
        self.assertRegex(self._fail(order), "The journal .* is archived. Unarchive it")
        journals.active = True
        order.action_retry_shop_invoicing()
        self.assertEqual(self._invoice(order).state, "posted")

    @mute_logger(QUEUE_LOGGER, "odoo.sql_db")
    def test_a_missing_account(self):
        order = self._new_order()
        self._pay(order)
        self.desk.property_account_income_id = False
        self.desk.categ_id.property_account_income_categ_id = False
        self.env.company.income_account_id = False
        self.company_data["default_journal_sale"].default_account_id = False
        self.assertIn("There is no income account for Desk", self._fail(order))

    @mute_logger(QUEUE_LOGGER, "odoo.sql_db")
    def test_after_the_last_try_it_needs_attention_and_the_list_shows_it(self):
        order = self._new_order()
        self._pay(order)
        journals = self.env["account.journal"].search([("type", "=", "sale")])
        journals.active = False
        for _try in range(4):
            self._run_cron(INVOICING_CRON)
            self._due_now(order)
        self.assertEqual(order.shop_invoicing_state, "failed")
        self.assertEqual(order.shop_attention, "invoice_failed")
        action = self.env.ref("website_sale_order_mgmt.sale_order_action_to_invoice")
        accountant = self._new_user("books", "account.group_account_invoice")
        domain = [
            ("website_id", "!=", False),
            ("shop_invoicing_state", "in", ("queued", "failed")),
        ]
        self.assertEqual(action.domain.replace(" ", ""), str(domain).replace(" ", ""))
        mine = self.env["sale.order"].with_user(accountant).search(domain)
        self.assertIn(order, mine)
        journals.active = True
        mine.action_retry_shop_invoicing()
        self.assertEqual(len(self._invoice(order)), 1)
        self.assertFalse(order.shop_attention)

    def test_a_locked_period(self):
        self.env.company.sale_lock_date = fields.Date.context_today(self.env.user)
        order = self._new_order()
        self._pay(order)
        self.assertIn("Sales Lock Date", self._fail(order))
        self.assertEqual(order.state, "sale")
        self.env.company.sale_lock_date = False
        order.action_retry_shop_invoicing()
        self.assertEqual(self._invoice(order).state, "posted")

    def test_numbers_without_gaps_beside_an_order_that_fails(self):
        good = [self._new_order(self.other_customer, self.lamp) for _order in range(3)]
        bad = self._new_order()
        self.desk.property_account_income_id = False
        self.desk.categ_id.property_account_income_categ_id = False
        self.env.company.income_account_id = False
        self.company_data["default_journal_sale"].default_account_id = False
        self.lamp.property_account_income_id = self.company_data["default_account_revenue"]
        for order in (good[0], bad, *good[1:]):
            self._pay(order)
        self._fail(bad)
        numbers = [order.invoice_ids.sequence_number for order in good]
        self.assertEqual(sorted(numbers), list(range(min(numbers), min(numbers) + 3)))

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_a_second_invoice(self):
        order = self._new_order()
        self._pay(order)
        invoice = self._invoice(order)
        copy = invoice.copy()
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            copy.shop_invoicing_key = invoice.shop_invoicing_key
            copy.flush_recordset()
