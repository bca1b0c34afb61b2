"""The settings of the reminders: ready templates, further steps, preview and test."""

import re

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import ShopCommon

READY = "website_sale_order_mgmt.mail_template_cart_reminder_%s"


@tagged("post_install", "-at_install")
class TestCartReminderSettings(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.templates = [cls.env.ref(READY % number) for number in (1, 2, 3)]
        cls.website.cart_recovery_mail_template_id = cls.templates[0]
        cls.steps = cls.env["website.cart.recovery.step"].create(
            [
                {"website_id": cls.website.id, "delay": delay, "template_id": template.id}
                for delay, template in zip((24.0, 72.0), cls.templates[1:], strict=True)
            ]
        )

    def test_a_new_website_begins_with_the_ready_template(self):
        website = self.env["website"].create({"name": "New"})
        self.assertEqual(website.cart_recovery_mail_template_id, self.templates[0])
        self.assertFalse(website.send_abandoned_cart_email)
        self.assertEqual(len(website._get_cart_reminder_steps()), 1)

    def test_switched_on_the_ready_template_takes_cores_place(self):
        core = self.env.ref("website_sale.mail_template_sale_cart_recovery")
        self.website.write(
            {"cart_recovery_mail_template_id": core.id, "send_abandoned_cart_email": False}
        )
        settings = Form(self.env["res.config.settings"].with_context(website_id=self.website.id))
        settings.website_id = self.website
        self.assertEqual(settings.cart_recovery_mail_template, core)
        settings.send_abandoned_cart_email = True
        self.assertEqual(settings.cart_recovery_mail_template, self.templates[0])

    def test_switched_on_the_merchants_own_template_stays(self):
        own = self.templates[0].copy({"name": "Own"})
        self.website.write(
            {"cart_recovery_mail_template_id": own.id, "send_abandoned_cart_email": False}
        )
        settings = Form(self.env["res.config.settings"].with_context(website_id=self.website.id))
        settings.website_id = self.website
        settings.send_abandoned_cart_email = True
        self.assertEqual(settings.cart_recovery_mail_template, own)

    def test_further_reminders_are_proposed(self):
        self.steps.unlink()
        steps = self.env["website.cart.recovery.step"].with_context(
            default_website_id=self.website.id
        )
        made = steps.browse()
        for delay, template in ((24.0, 1), (72.0, 2), (144.0, 2)):
            step = Form(steps).save()
            self.assertEqual((step.delay, step.template_id), (delay, self.templates[template]))
            made += step
        self.assertEqual(made.sorted("sequence"), made)

    def test_proposals_come_after_a_late_first_reminder(self):
        self.steps.unlink()
        self.website.cart_abandoned_delay = 48.0
        step = Form(
            self.env["website.cart.recovery.step"].with_context(default_website_id=self.website.id)
        ).save()
        self.assertEqual(step.delay, 72.0)

    def test_a_test_reaches_its_sender_only(self):
        self._new_order()
        self.env.user.email = "me@example.com"
        self.website.action_test_cart_reminder()
        mails = self._mails_to("me@example.com")
        self.assertEqual(len(mails), 3)
        self.assertFalse(self._mails_to("anna@example.com"))
        for mail in mails:
            self.assertIn("reminder=test", mail.body_html)
            self.assertNotIn("stop/", re.sub("stop/test", "", mail.body_html))
        self.assertFalse(self.env["website.cart.recovery.mail"].search([]))

    def test_neither_tests_nor_previews_open_the_cart_that_they_show(self):
        """Not even with core's template, which names the cart's token itself."""
        cart = self._new_order()
        cart._portal_ensure_token()
        self.env.user.email = "me@example.com"
        core = self.env.ref("website_sale.mail_template_sale_cart_recovery")
        self.steps[0].template_id = core
        self.assertIn("object.access_token", core.body_html)
        self.website.action_test_cart_reminder()
        bodies = self._mails_to("me@example.com").mapped("body_html")
        for action in (
            self.website.action_preview_cart_reminder(),
            self.steps[0].action_preview(),
        ):
            preview = Form(self.env["mail.template.preview"].with_context(**action["context"]))
            bodies.append(preview.body_html)
        self.assertEqual(len(bodies), 5)
        for body in bodies:
            self.assertIn("/shop/cart?", body)
            self.assertIn("reminder=test", body)
            self.assertNotIn(cart.access_token, body)

    def test_a_test_leaves_the_cart_as_it_is(self):
        cart = self._new_order()
        cart.access_token = False
        self.env.user.email = "me@example.com"
        self.website.action_test_cart_reminder()
        self.website.action_preview_cart_reminder()
        self.assertFalse(cart.access_token)

    def test_without_any_cart_the_preview_says_what_to_do(self):
        empty = self.env["website"].create({"name": "Empty"})
        step = self.steps[0].copy({"website_id": empty.id})
        for action in (
            empty.action_preview_cart_reminder,
            empty.action_test_cart_reminder,
            step.action_preview,
            step.action_test,
        ):
            with self.assertRaisesRegex(UserError, "no cart to show yet"):
                action()

    def test_the_preview_shows_the_mail(self):
        self._new_order()
        for action in (
            self.website.action_preview_cart_reminder(),
            self.steps[0].action_preview(),
        ):
            preview = Form(self.env["mail.template.preview"].with_context(**action["context"]))
            self.assertFalse(preview.error_msg)
            self.assertIn("Desk", preview.body_html)
            self.assertIn("reminder=test", preview.body_html)
