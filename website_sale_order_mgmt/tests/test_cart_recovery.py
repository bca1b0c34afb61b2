from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import REMINDER_CRON, ShopCommon


@tagged("post_install", "-at_install")
class TestCartRecovery(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env["mail.template"].create(
            {
                "name": "Come back",
                "model_id": cls.env["ir.model"]._get_id("sale.order"),
                "subject": "Your cart {{ object.name }}",
                "email_from": "{{ object.company_id.email_formatted }}",
                "use_default_to": True,
                "body_html": '<a t-attf-href="{{ object.get_base_url() }}/shop/cart?id='
                '{{ object.id }}&amp;access_token={{ object.access_token }}">Resume</a>',
            }
        )
        cls.website.cart_recovery_mail_template_id = cls.template
        cls.website.cart_abandoned_delay = 10.0

    def _remind(self):
        self.env["website"]._send_abandoned_cart_email()

    def test_one_mail_to_one_recipient_with_the_websites_template(self):
        cart = self._new_order()
        self._abandon(cart)
        self._remind()
        mail = self._mails_to("anna@example.com")
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.subject, f"Your cart {cart.name}")
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertFalse(mail.email_to, "An address here would be a second mail")
        self.assertTrue(cart.cart_recovery_email_sent)
        self.assertFalse(cart.cart_recovery_error)

    def test_core_template_mails_once_whatever_its_recipients(self):
        self.website.cart_recovery_mail_template_id = False
        template = self.env.ref("website_sale.mail_template_sale_cart_recovery")
        for number, values in enumerate(
            (
                {"use_default_to": True, "email_to": False},
                {"use_default_to": False, "partner_to": "{{ object.partner_id.id }}"},
                {"use_default_to": False, "partner_to": False, "email_to": False},
                {
                    "use_default_to": False,
                    "partner_to": "{{ object.partner_id.id }}",
                    "email_to": "{{ object.partner_id.email }}",
                },
            )
        ):
            with self.subTest(**values):
                template.write(values)
                email = f"customer{number}@example.com"
                partner = self.env["res.partner"].create({"name": "Customer", "email": email})
                self._abandon(self._new_order(partner))
                self._remind()
                mails = self._mails_to(email)
                self.assertEqual(len(mails), 1)
                with self.mock_mail_gateway():
                    mails.send()
                self.assertEqual(len(self._mails), 1, "One message leaves")

    def test_link_carries_the_token_that_opens_the_cart(self):
        cart = self._new_order()
        cart.access_token = False
        self._abandon(cart)
        self._remind()
        self.assertTrue(cart.access_token)
        body = self._mails_to("anna@example.com").body_html
        self.assertIn(f"id={cart.id}", body)
        self.assertIn(cart.access_token, body)

    def test_reminded_once(self):
        self._abandon(self._new_order())
        for _run in range(3):
            self._remind()
        self.assertEqual(len(self._mails_to("anna@example.com")), 1)

    def test_not_before_the_websites_own_delay(self):
        second = self.website.copy(
            {"name": "Patient", "cart_abandoned_delay": 100.0, "domain": False}
        )
        quick = self._new_order()
        patient = self._new_order(self.other_customer, website=second)
        self._abandon(quick, patient, hours=48)
        self._remind()
        self.assertTrue(quick.cart_recovery_email_sent)
        self.assertFalse(patient.cart_recovery_email_sent)

    def test_switched_off_website_reminds_nobody(self):
        cart = self._new_order()
        self._abandon(cart)
        self.website.send_abandoned_cart_email = False
        self._remind()
        self.assertFalse(cart.cart_recovery_email_sent)
        self.assertFalse(self._mails_to("anna@example.com"))

    def test_unknown_visitor_is_not_reminded(self):
        self.website.user_id.partner_id.email = "public@example.com"
        cart = self._new_order(self.website.user_id.partner_id)
        self._abandon(cart)
        self._remind()
        self.assertFalse(cart.cart_recovery_email_sent)
        self.assertFalse(self._mails_to("public@example.com"))

    def test_why_a_cart_gets_no_reminder(self):
        """Core marks these carts as sent; here the reason is on the cart."""
        nobody = self.env["res.partner"].create({"name": "No address"})
        no_email = self._new_order(nobody)
        failed = self._new_order(self.other_customer)
        self._new_payment(failed, state="error")
        third = self.customer.copy({"email": "third@example.com"})
        free = self._new_order(third)
        free.order_line.price_unit = 0.0
        fourth = self.customer.copy({"email": "fourth@example.com"})
        ordered = self._new_order(fourth)
        fifth = self.customer.copy({"email": "fifth@example.com"})
        rare = self._create_product(name="Rare", list_price=5.0)
        sold_out = self._new_order(fifth, rare)
        carts = no_email + failed + free + ordered + sold_out
        self._abandon(*carts)
        self._new_order(fourth).action_confirm()
        self._remind()
        self.assertEqual(
            carts.mapped("cart_recovery_skip_reason"),
            ["no_email", "payment_error", "free", "ordered_since", "sold_out"],
        )
        self.assertFalse(any(carts.mapped("cart_recovery_email_sent")))
        self._add_product_qty_to_wh(rare.id, 5, self.warehouse.lot_stock_id.id)
        self._remind()
        self.assertFalse(sold_out.cart_recovery_email_sent, "It is looked at again in an hour")
        sold_out.cart_recovery_next_try = fields.Datetime.now()
        self._remind()
        self.assertEqual(carts.filtered("cart_recovery_email_sent"), sold_out, "It is there again")
        self.assertFalse(sold_out.cart_recovery_skip_reason)

    @mute_logger("odoo.addons.website_sale_order_mgmt.tools.work_queue")
    @mute_logger("odoo.addons.mail.models.mail_render_mixin")
    def test_a_bad_cart_holds_up_nobody(self):
        """The template fails for one cart: the others are reminded, this one says why."""
        bad, good = self._new_order(), self._new_order(self.other_customer)
        body = self.template.body_html
        self.template.body_html = (
            f'<t t-if="object.id == {bad.id}"><t t-out="1 / 0"/></t><t t-else="">Hello</t>'
        )
        self._abandon(bad, good)
        self._remind()
        self.assertTrue(good.cart_recovery_email_sent)
        self.assertFalse(bad.cart_recovery_email_sent)
        self.assertIn("division by zero", bad.cart_recovery_error)
        self.assertGreater(bad.cart_recovery_next_try, fields.Datetime.now())
        self.template.body_html = body
        self._remind()
        self.assertFalse(bad.cart_recovery_email_sent, "Not before the next try")
        bad.cart_recovery_next_try = fields.Datetime.now() - timedelta(minutes=1)
        self._remind()
        self.assertTrue(bad.cart_recovery_email_sent)
        self.assertFalse(bad.cart_recovery_error)

    @mute_logger("odoo.addons.website_sale_order_mgmt.tools.work_queue")
    def test_a_missing_template_is_said_on_the_cart(self):
        self.website.cart_recovery_mail_template_id = False
        self.env.ref("website_sale.mail_template_sale_cart_recovery").unlink()
        cart = self._new_order()
        self._abandon(cart)
        self._remind()
        self.assertIn("no e-mail template", cart.cart_recovery_error)

    def test_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("sv_SE")
        self.template.with_context(lang="sv_SE").subject = "Din varukorg"
        self.customer.lang = "sv_SE"
        self._abandon(self._new_order(), self._new_order(self.other_customer))
        self._remind()
        self.assertEqual(self._mails_to("anna@example.com").subject, "Din varukorg")
        self.assertIn("Your cart", self._mails_to("bo@example.com").subject)

    def test_each_company_writes_for_itself(self):
        company = self.env["res.company"].create({"name": "North", "email": "north@example.com"})
        self.env.user.company_ids += company
        website = self.env["website"].create(
            {
                "name": "North shop",
                "company_id": company.id,
                "domain": "https://north.example.com",
                "cart_recovery_mail_template_id": self.template.id,
                "cart_recovery_consent": "everyone",
            }
        )
        self.lamp.allow_out_of_stock_order = True
        cart = self._new_order(self.other_customer, self.lamp, website=website, team_id=False)
        self._abandon(self._new_order(), cart)
        self._remind()
        self.assertIn("shop@example.com", self._mails_to("anna@example.com").email_from)
        self.assertFalse(cart.cart_recovery_error)
        self.assertFalse(cart.cart_recovery_skip_reason)
        north = self._mails_to("bo@example.com")
        self.assertIn("north@example.com", north.email_from)
        self.assertIn("https://north.example.com/shop/cart", north.body_html)

    def test_as_a_scheduled_action(self):
        """With core's cron record, and its commits after each batch."""
        carts = self._new_order() + self._new_order(self.other_customer)
        self._abandon(*carts)
        self._run_cron(REMINDER_CRON)
        self.assertTrue(all(carts.mapped("cart_recovery_email_sent")))
        self.assertEqual(len(self._mails_to("anna@example.com")), 1)
        self.assertEqual(len(self._mails_to("bo@example.com")), 1)
