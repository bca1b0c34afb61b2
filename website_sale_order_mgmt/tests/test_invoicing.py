from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import sale_order_invoicing
from .common import INVOICING_CRON, ShopCommon

QUEUE_LOGGER = "odoo.addons.website_sale_order_mgmt.tools.work_queue"


@tagged("post_install", "-at_install")
class TestInvoicing(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].sudo().set_param("sale.automatic_invoice", True)

    def test_the_payment_queues_and_the_cron_invoices(self):
        order = self._new_order()
        transaction = self._pay(order)
        self.assertEqual(order.state, "sale")
        self.assertEqual(transaction.payment_id.state, "in_process")
        self.assertEqual(order.shop_invoicing_state, "queued")
        self.assertFalse(order.invoice_ids, "The customer's request makes no invoice")
        self._run_cron(INVOICING_CRON)
        invoice = order.invoice_ids
        self.assertEqual(len(invoice), 1)
        self.assertEqual(invoice.state, "posted")
        self.assertEqual(invoice.amount_total, 100.0)
        self.assertEqual(invoice.payment_state, invoice._get_invoice_in_payment_state())
        self.assertEqual(invoice.website_id, self.website)
        self.assertEqual(transaction.invoice_ids, invoice)
        self.assertEqual(invoice.shop_send_state, "leaving")
        self.assertTrue(invoice.access_token)
        self.assertEqual(order.shop_invoicing_state, "done")

    def test_the_cron_is_triggered_at_once(self):
        cron = self.env.ref(INVOICING_CRON)
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self._pay(self._new_order())
        new = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]) - triggers
        self.assertEqual(len(new), 1)
        self.assertLessEqual(new.call_at, fields.Datetime.now())

    def test_the_invoice_mail_does_not_ask_for_the_money(self):
        order = self._new_order()
        self._pay(order)
        with self.mock_mail_gateway():
            self._run_cron(INVOICING_CRON)
        message = order.invoice_ids.message_ids.filtered(lambda m: m.partner_ids == self.customer)
        self.assertEqual(len(message), 1)
        self.assertIn("already paid", message.body)
        self.assertNotIn("Please remit payment", message.body)

    def test_the_template_beside_the_switch_is_used(self):
        template = self.env["mail.template"].create(
            {
                "name": "Our invoice",
                "model_id": self.env["ir.model"]._get_id("account.move"),
                "subject": "Thank you for {{ object.name }}",
                "partner_to": "{{ object.partner_id.id }}",
                "use_default_to": False,
                "body_html": "<p>Here it is.</p>",
            }
        )
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("sale.default_invoice_email_template", template.id)
        order = self._new_order()
        self._pay(order)
        self._run_cron(INVOICING_CRON)
        subject = f"Thank you for {order.invoice_ids.name}"
        self.assertIn(subject, order.invoice_ids.message_ids.mapped("subject"))

    def test_exactly_once(self):
        """Polled twice, processed twice, run twice: one invoice, one mail."""
        order = self._new_order()
        transaction = self._new_payment(order)
        transaction._post_process()
        transaction._post_process()
        self._run_cron(INVOICING_CRON)
        self._run_cron(INVOICING_CRON)
        order._queue_shop_invoicing()
        self._run_cron(INVOICING_CRON)
        self.assertEqual(len(order.invoice_ids), 1)
        self.assertEqual(len(order.invoice_ids.message_ids.filtered("partner_ids")), 1)
        self.assertEqual(len(transaction.payment_id), 1)

    def test_cut_off_between_making_and_sending(self):
        """What was made before the process ended is sent by the next run, nothing is made twice."""
        order = self._new_order()
        self._pay(order)
        order._make_shop_invoices()
        invoice = order.invoice_ids
        self.assertFalse(invoice.is_move_sent)
        self._run_cron(INVOICING_CRON)
        self.assertEqual(order.invoice_ids, invoice)
        self.assertEqual(invoice.shop_send_state, "leaving")

    def test_two_orders_of_a_customer_are_two_invoices(self):
        first, second = self._new_order(), self._new_order(product=self.lamp)
        self._pay(first)
        self._pay(second)
        self._run_cron(INVOICING_CRON)
        self.assertEqual(first.invoice_ids.amount_total, 100.0)
        self.assertEqual(second.invoice_ids.amount_total, 20.0)
        self.assertNotEqual(first.invoice_ids, second.invoice_ids)

    def test_delivered_quantities_are_invoiced_when_paid_as_in_core(self):
        self.desk.invoice_policy = "delivery"
        order = self._new_order(quantity=2)
        self._pay(order)
        self._run_cron(INVOICING_CRON)
        self.assertEqual(order.invoice_ids.amount_total, 200.0)

    def test_parts_paid_become_down_payments(self):
        order = self._new_order(quantity=10)
        order.write({"require_payment": True, "prepayment_percent": 0.3})
        self._pay(order, 300.0)
        self.assertEqual(order.state, "sale")
        self._run_cron(INVOICING_CRON)
        self.assertEqual(order.invoice_ids.mapped("amount_total"), [300.0])
        self._pay(order, 200.0)
        self._run_cron(INVOICING_CRON)
        self.assertEqual(sorted(order.invoice_ids.mapped("amount_total")), [200.0, 300.0])
        self._pay(order, 500.0)
        self._run_cron(INVOICING_CRON)
        self.assertEqual(sorted(order.invoice_ids.mapped("amount_total")), [200.0, 300.0, 500.0])
        self.assertEqual(set(order.invoice_ids.mapped("amount_residual")), {0.0})

    def test_too_little_for_a_confirmation_is_not_invoiced(self):
        order = self._new_order()
        order.write({"require_payment": True, "prepayment_percent": 1.0})
        self._pay(order, 10.0)
        self._run_cron(INVOICING_CRON)
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.shop_invoicing_state, "none")
        self.assertFalse(order.invoice_ids)

    def test_a_deleted_cron_does_not_stop_a_payment(self):
        self.env.ref(INVOICING_CRON).unlink()
        order = self._new_order()
        self._pay(order)
        self.assertEqual((order.state, order.shop_invoicing_state), ("sale", "queued"))

    def test_switched_off_is_core(self):
        self._switch_automatic_invoice(on=False)
        order = self._new_order()
        self._pay(order)
        self.assertEqual(order.shop_invoicing_state, "none")
        self.assertFalse(self.env.ref(INVOICING_CRON).active)
        with self.assertRaisesRegex(UserError, "switched off"):
            order.action_retry_shop_invoicing()

    def test_orders_of_the_sales_app_are_left_to_core(self):
        order = self._new_order()
        order.website_id = False
        self._pay(order)
        self.assertEqual(order.shop_invoicing_state, "none")
        self.assertEqual(order.invoice_ids.state, "posted", "At once, as in core")

    @mute_logger(QUEUE_LOGGER, "odoo.sql_db")
    def test_an_order_that_cannot_be_invoiced_says_why_and_holds_up_nobody(self):
        bad, good = self._new_order(), self._new_order(self.other_customer, self.lamp)
        self._pay(bad)
        self._pay(good)
        self.desk.property_account_income_id = False
        self.desk.categ_id.property_account_income_categ_id = False
        self.env.company.income_account_id = False
        self.company_data["default_journal_sale"].default_account_id = False
        lamp_account = self.company_data["default_account_revenue"]
        self.lamp.property_account_income_id = lamp_account
        for _try in range(4):
            self._run_cron(INVOICING_CRON)
            bad.filtered("shop_invoicing_next_try").shop_invoicing_next_try = False
        self.assertEqual(good.shop_invoicing_state, "done")
        self.assertEqual(len(good.invoice_ids), 1)
        self.assertEqual(bad.state, "sale", "The confirmation stays")
        self.assertFalse(bad.invoice_ids)
        self.assertEqual(bad.shop_invoicing_state, "failed")
        self.assertIn("Missing required account", bad.shop_invoicing_error)
        self.desk.property_account_income_id = lamp_account
        bad.with_user(self.salesperson).action_retry_shop_invoicing()
        self._run_cron(INVOICING_CRON)
        self.assertEqual(bad.shop_invoicing_state, "done")
        self.assertEqual(len(bad.invoice_ids), 1)
        self.assertFalse(bad.shop_invoicing_error)

    @mute_logger(QUEUE_LOGGER, "odoo.sql_db")
    def test_of_many_one_fails_and_no_number_is_left_out(self):
        """Made together, sent in smaller parts; the one that cannot be made is found among them."""
        account = self.company_data["default_account_revenue"].copy({"code": "499999"})
        odd = self._create_product(name="Odd", taxes_id=False, invoice_policy="order")
        odd.property_account_income_id = account
        products = [odd if number == 4 else self.desk for number in range(7)]
        orders = self.env["sale.order"].union(*(self._new_order(product=p) for p in products))
        for order in orders:
            self._pay(order)
        bad = orders[4]
        account.active = False
        with patch.object(sale_order_invoicing, "SENDING_BATCH_SIZE", 2):
            self._run_cron(INVOICING_CRON)
        good = orders - bad
        self.assertEqual(good.mapped("shop_invoicing_state"), ["done"] * 6)
        self.assertEqual(good.invoice_ids.mapped("shop_send_state"), ["leaving"] * 6)
        numbers = sorted(good.invoice_ids.mapped("sequence_number"))
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 6)))
        self.assertFalse(bad.invoice_ids)
        self.assertIn("(499999) is archived", bad.shop_invoicing_error)

    def test_an_invoice_says_which_order_it_is_of(self):
        """As core's does, for many of them in one go."""
        first, second = self._new_order(), self._new_order(product=self.lamp)
        for order in first + second:
            self._pay(order)
        self._run_cron(INVOICING_CRON)
        for order in first + second:
            note = order.invoice_ids.message_ids.filtered(
                lambda message, order=order: f'data-oe-id="{order.id}"' in message.body
            )
            self.assertEqual(len(note), 1)
            self.assertIn(order.name, note.body)
            self.assertEqual(note.subtype_id, self.env.ref("mail.mt_note"))

    @mute_logger(QUEUE_LOGGER, "odoo.addons.mail.models.mail_render_mixin")
    def test_a_failing_template_leaves_the_invoice_posted(self):
        template = self.env.ref("account.email_template_edi_invoice")
        order = self._new_order()
        self._pay(order)
        body = template.body_html
        template.body_html = f'<t t-if="object.invoice_origin == \'{order.name}\'" t-out="1 / 0"/>'
        self._run_cron(INVOICING_CRON)
        invoice = order.invoice_ids
        self.assertEqual(invoice.state, "posted")
        self.assertFalse(invoice.is_move_sent, "It was not sent")
        self.assertEqual(order.shop_invoicing_state, "queued")
        self.assertIn("division by zero", order.shop_invoicing_error)
        self.assertGreater(order.shop_invoicing_next_try, fields.Datetime.now())
        template.body_html = body
        order.action_retry_shop_invoicing()
        self._run_cron(INVOICING_CRON)
        self.assertEqual(order.invoice_ids, invoice)
        self.assertEqual(invoice.shop_send_state, "leaving")
        self.assertEqual(order.shop_invoicing_state, "done")

    def test_each_company_has_its_books(self):
        data = self.setup_other_company(name="North")
        company = data["company"]
        website = self.env["website"].create({"name": "North shop", "company_id": company.id})
        order = self._new_order()
        self._pay(order)
        product = self.lamp.with_company(company)
        product.property_account_income_id = data["default_account_revenue"]
        north = self._new_order(self.other_customer, self.lamp, website=website, team_id=False)
        provider = self.provider.copy({"company_id": company.id})
        provider.write({"state": "test", "journal_id": data["default_journal_bank"].id})
        self._new_payment(north, provider_id=provider.id)._post_process()
        self._run_cron(INVOICING_CRON)
        self.assertEqual(order.invoice_ids.company_id, self.env.company)
        self.assertEqual(north.invoice_ids.company_id, company)
        self.assertEqual(north.invoice_ids.state, "posted")
        self.assertEqual(north.shop_invoicing_error, False)

    def test_another_currency_and_included_taxes(self):
        tax = self.env["account.tax"].create(
            {"name": "25 %", "amount": 25.0, "price_include_override": "tax_included"}
        )
        self.desk.taxes_id = tax
        self.desk.list_price = 125.0
        currency = self._enable_currency("SEK")
        pricelist = self.env["product.pricelist"].create(
            {"name": "SEK", "currency_id": currency.id, "website_id": self.website.id}
        )
        order = self._new_order(pricelist_id=pricelist.id)
        order.order_line = [Command.update(order.order_line.id, {"price_unit": 125.0})]
        self.provider.available_currency_ids += currency
        self._pay(order)
        self._run_cron(INVOICING_CRON)
        invoice = order.invoice_ids
        self.assertEqual(invoice.currency_id, currency)
        self.assertEqual((invoice.amount_untaxed, invoice.amount_total), (100.0, 125.0))
        self.assertEqual(invoice.amount_residual, 0.0)
