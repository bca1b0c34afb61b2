"""What customers read: the ready e-mails of the three reminders."""

import base64
import io
import re

from lxml import html
from PIL import Image

from odoo.fields import Command
from odoo.tests import Form, tagged

from .cart_common import CartCommon

READY = "website_sale_order_mgmt.mail_template_cart_reminder_%s"
HEADINGS = (
    "You left something in your cart",
    "Your cart is waiting for you",
    "Our last reminder of your cart",
)


def png(size=(10, 10)):
    """Return a picture, as fields keep it."""
    file = io.BytesIO()
    Image.new("RGB", size, "red").save(file, "PNG")
    return base64.b64encode(file.getvalue())


@tagged("post_install", "-at_install")
class TestCartReminderMail(CartCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.write({"name": "Blue Shop", "domain": "https://blue.example.com"})
        cls.templates = [cls.env.ref(READY % number) for number in (1, 2, 3)]
        cls.website.cart_recovery_mail_template_id = cls.templates[0]
        cls.steps = cls.env["website.cart.recovery.step"].create(
            [
                {
                    "website_id": cls.website.id,
                    "delay": delay,
                    "template_id": template.id,
                }
                for delay, template in zip((24.0, 72.0), cls.templates[1:], strict=True)
            ]
        )
        cls.vat = cls.env["account.tax"].create(
            {"name": "25 %", "amount": 25.0, "price_include_override": "tax_excluded"}
        )

    def _reminder(self, order, hours=15.0):
        """Let a cart be reminded; return the mail and its parsed body."""
        self._abandon(order, hours=hours)
        self._remind()
        self.assertFalse(order.cart_recovery_error)
        self.assertFalse(order.cart_recovery_skip_reason)
        mail = order.cart_recovery_mail_ids.sorted("id")[-1].mail_mail_id
        return mail, html.fromstring(mail.body_html)

    def _text(self, body):
        for element in body.xpath("//style"):
            element.drop_tree()
        return " ".join(body.text_content().split())

    def _links(self, body):
        return body.xpath("//@href | //@src")

    # === THE THREE === #

    def test_three_reminders_each_with_its_words_and_the_same_cart(self):
        cart = self._new_order(quantity=2)
        self._abandon(cart, hours=15)
        self._remind()
        for hours in (15, 50):
            self._remind(hours=hours)
        mails = cart.cart_recovery_mail_ids.sorted("id").mail_mail_id
        self.assertEqual(len(mails), 3)
        for number, (mail, heading) in enumerate(zip(mails, HEADINGS, strict=True), 1):
            with self.subTest(number=number):
                body = html.fromstring(mail.body_html)
                self.assertEqual([self._text(h) for h in body.xpath("//h1")], [heading])
                text = self._text(body)
                self.assertIn("Desk", text)
                self.assertIn("Quantity: 2", text)
                self.assertIn(f"reminder={number}", " ".join(self._links(body)))
                self.assertEqual(text.count("Go to your cart"), 1)
                self.assertEqual(text.count("Stop these reminders"), 1)
                self.assertEqual(text.count("You get this e-mail because"), 1)
                self.assertEqual(mail.subject, heading)

    def test_from_the_shop_and_not_a_salesperson(self):
        cart = self._new_order(user_id=self.salesperson.id)
        mail, body = self._reminder(cart)
        self.assertEqual(mail.email_from, '"Blue Shop" <shop@example.com>')
        self.assertEqual(mail.recipient_ids, self.customer)
        self.assertFalse(mail.email_to)
        self.assertIn("left a cart at Blue Shop", self._text(body))
        self.assertIn(self.website.company_id.name, self._text(body))

    def test_links_are_the_websites_and_lead_to_nothing_internal(self):
        cart = self._new_order()
        _mail, body = self._reminder(cart)
        links = self._links(body)
        self.assertTrue(all(link.startswith("https://blue.example.com") for link in links), links)
        self.assertFalse([link for link in links if re.search("/odoo|/web#|/mail/view", link)])
        self.assertIn(cart._get_cart_recovery_optout_url(), links)
        [resume] = [link for link in links if "/shop/cart?" in link]
        self.assertIn(f"id={cart.id}&access_token={cart.access_token}", resume)

    # === THE CART === #

    def test_a_picture_of_each_product(self):
        cart = self._new_order()
        cart.order_line = [Command.create({"product_id": self.lamp.id})]
        (self.desk + self.lamp).write({"is_published": True})
        _mail, body = self._reminder(cart)
        sources = body.xpath("//img/@src")
        for product in self.desk + self.lamp:
            url = f"https://blue.example.com/web/image/product.product/{product.id}/image_256"
            self.assertIn(url, sources)

    def test_products_that_are_no_longer_in_the_shop(self):
        """Hidden ones are shown as in the cart; core takes archived ones out of carts."""
        cart = self._new_order()
        cart.order_line = [Command.create({"product_id": self.lamp.id})]
        self.desk.is_published = False
        self.lamp.product_tmpl_id.action_archive()
        body = html.fromstring(self._html(cart))
        self.assertIn("Desk", self._text(body))
        self.assertNotIn("Lamp", self._text(body))
        [source] = [s for s in body.xpath("//img/@src") if "product.product" in s]
        self.assertIn("access_token=", source, "The public may not read it otherwise")

    def test_prices_as_the_shop_shows_them(self):
        self.desk.taxes_id = self.vat
        cart = self._new_order(quantity=2)
        cases = {
            "tax_excluded": ("Subtotal $ 200.00 Taxes $ 50.00 Total $ 250.00", "$ 200.00"),
            "tax_included": ("Total $ 250.00", "$ 250.00"),
        }
        for shown, (totals, line) in cases.items():
            with self.subTest(shown=shown):
                self.website.show_line_subtotals_tax_selection = shown
                text = self._rendered(cart)
                self.assertIn(f"Quantity: 2 {line} {totals}", text)
                self.assertEqual("Taxes" in text, shown == "tax_excluded")

    def test_in_the_carts_currency_and_without_its_delivery(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id, "website_id": self.website.id}
        )
        cart = self._new_order(pricelist_id=pricelist.id)
        cart.order_line.price_unit = 90.0
        cart.order_line = [
            Command.create(
                {
                    "product_id": self.lamp.id,
                    "price_unit": 7.0,
                    "is_delivery": True,
                    "tax_ids": False,
                }
            )
        ]
        text = self._rendered(cart)
        self.assertRegex(text, r"Total (90\.00 €|€ 90\.00)")
        self.assertNotIn("97.00", text)
        self.assertNotIn("$", text)
        self.assertNotIn("Lamp", text)

    def test_a_combo_with_its_parts_and_an_optional_product(self):
        combo = self.env["product.combo"].create(
            {"name": "Seat", "combo_item_ids": [Command.create({"product_id": self.lamp.id})]}
        )
        product = self._create_product(
            name="Office set", type="combo", combo_ids=[Command.link(combo.id)], list_price=50.0
        )
        option = self._create_product(name="Cable tray", list_price=5.0)
        cart = self._new_order(product=product)
        line = cart.order_line
        cart.order_line = [
            Command.create(
                {
                    "product_id": self.lamp.id,
                    "linked_line_id": line.id,
                    "combo_item_id": combo.combo_item_ids.id,
                }
            ),
            Command.create({"product_id": option.id, "linked_line_id": line.id}),
        ]
        text = self._rendered(cart)
        self.assertEqual(text.count("Office set"), 1)
        self.assertIn("1 × Lamp", text)
        self.assertEqual(text.count("Lamp"), 1)
        self.assertIn("Cable tray", text)

    def test_a_name_cannot_bring_markup(self):
        self.desk.name = "<script>alert(1)</script>"
        body = self._html(self._new_order())
        self.assertNotIn("<script>", body)

    # === WEBSITES AND LANGUAGES === #

    def test_each_website_with_its_own_face(self):
        company = self.env["res.company"].create(
            {"name": "North Ltd", "email": "north@example.com", "email_secondary_color": "#123456"}
        )
        self.env.user.company_ids += company
        north = self.env["website"].create(
            {
                "name": "North Shop",
                "company_id": company.id,
                "domain": "https://north.example.com",
                "logo": png(),
            }
        )
        self.lamp.allow_out_of_stock_order = True
        cart = self._new_order(self.other_customer, self.lamp, website=north, team_id=False)
        north.cart_recovery_consent = "everyone"
        self._abandon(self._new_order(), cart, hours=15)
        self._remind()
        blue = self._mails_to("anna@example.com")
        mail = self._mails_to("bo@example.com")
        self.assertEqual(mail.email_from, '"North Shop" <north@example.com>')
        self.assertNotIn("blue.example.com", mail.body_html)
        self.assertIn("North Ltd", mail.body_html)
        self.assertIn("#123456", mail.body_html)
        self.assertIn(f"/web/image/website/{north.id}/logo/", mail.body_html)
        self.assertNotIn("north.example.com", blue.body_html)
        self.assertNotIn("/logo/", blue.body_html, "Mail programs show no SVG: the name instead")
        self.assertNotIn("#123456", blue.body_html)

    def test_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("sv_SE")
        self.desk.with_context(lang="sv_SE").name = "Skrivbord"
        page = self.env.ref("website_sale_order_mgmt.cart_reminder_mail_footer")
        page.update_field_translations(
            "arch_db", {"sv_SE": {"Stop these reminders": "Sluta påminna mig"}}
        )
        template = self.templates[0]
        template.with_context(lang="sv_SE").subject = "Du har varor kvar"
        template.with_context(lang="sv_SE").body_html = template.body_html.replace(
            HEADINGS[0], "Du har varor kvar i varukorgen"
        )
        self.customer.lang = "sv_SE"
        self._abandon(self._new_order(), self._new_order(self.other_customer), hours=15)
        self._remind()
        swedish = self._mails_to("anna@example.com")
        self.assertEqual(swedish.subject, "Du har varor kvar")
        for words in ("Du har varor kvar i varukorgen", "Skrivbord", "Sluta påminna mig"):
            self.assertIn(words, swedish.body_html)
        self.assertIn('lang="sv"', swedish.body_html)
        english = self._mails_to("bo@example.com")
        self.assertIn("Stop these reminders", english.body_html)

    # === MANY, AND BY HAND === #

    def test_few_queries_for_a_mail(self):
        """At most one and a half for each mail of a batch, the book's own included."""
        partners = self.env["res.partner"].create(
            [{"name": f"P {n}", "email": f"p{n}@example.com"} for n in range(100)]
        )
        carts = self.env["sale.order"].concat(*(self._new_order(partner) for partner in partners))
        self._abandon(*carts[:50], hours=15)
        self._remind()
        self._abandon(*carts[50:], hours=15)
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._remind()
        self.env.flush_all()
        queries = self.env.cr.sql_log_count - before
        self.assertTrue(all(carts.mapped("cart_recovery_email_sent")))
        # What a run costs once (steps, settings, templates) does not count for each mail.
        self.assertLess(queries, 1.5 * 50 + 60)

    def test_by_hand_without_a_second_frame(self):
        cart = self._new_order()
        action = cart.action_recovery_email_send()
        layout = action["context"]["default_email_layout_xmlid"]
        self.assertEqual(layout, "website_sale_order_mgmt.cart_reminder_mail_layout")
        composer = Form(self.env["mail.compose.message"].with_context(**action["context"])).save()
        with self.mock_mail_gateway():
            composer.action_send_mail()
        [sent] = self._mails
        self.assertEqual(sent["body"].count("Stop these reminders"), 1)
        self.assertNotIn("Powered by", sent["body"])
        self.website.cart_recovery_mail_template_id = self.env.ref(
            "website_sale.mail_template_sale_cart_recovery"
        )
        action = cart.action_recovery_email_send()
        self.assertEqual(
            action["context"]["default_email_layout_xmlid"],
            "mail.mail_notification_layout_with_responsible_signature",
        )

    def _html(self, cart):
        cart._portal_ensure_token()
        return self.templates[0]._generate_template(cart.ids, ["body_html"])[cart.id]["body_html"]

    def _rendered(self, cart):
        return self._text(html.fromstring(self._html(cart)))
