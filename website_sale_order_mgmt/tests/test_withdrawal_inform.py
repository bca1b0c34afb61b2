"""The customer is informed: link and instruction with the confirmation, link in shipping mails."""

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import DELIVERY_MAIL_CRON
from .withdrawal_common import WithdrawalCommon

WATCHDOG = "website_sale_order_mgmt.ir_cron_watch_web_orders"
LABEL = "Withdraw from contract here"


@tagged("post_install", "-at_install")
class TestWithdrawalInform(WithdrawalCommon):
    def setUp(self):
        super().setUp()
        self.website.domain = "https://desks.example.com"
        self.env.company.write({"street": "Main Street 1", "phone": "+32 2 290 34 90"})

    def _confirm(self, order=None):
        """Pay an order, and return it with the message that confirmed it."""
        order = order or self._new_order()
        self._pay(order)
        [message] = order.message_ids.filtered(lambda each: "(Ref" in (each.subject or ""))
        return order, message

    def _instructions(self, message):
        return message.attachment_ids.filtered(lambda each: "Right of withdrawal" in each.name)

    def test_crd_6_1_h_confirmation_names_the_function(self):
        order, message = self._confirm()
        self.assertIn(LABEL, message.body)
        self.assertIn(f"/shop/withdrawal?order_id={order.id}", message.body)
        self.assertIn("notranslate", message.body)

    def test_crd_8_7_confirmation_carries_instruction_and_model_form(self):
        order, message = self._confirm()
        [instruction] = self._instructions(message)
        text = instruction.raw.decode(errors="replace")
        for words in (
            "Right of withdrawal",
            "Model withdrawal form",
            "Main Street 1",
            "+32 2 290 34 90",
            "shop@example.com",
            "https://desks.example.com/shop/withdrawal",
            order.name,
            "You will have to bear the direct cost of returning the goods.",
        ):
            self.assertIn(words, text)
        self.assertEqual(order.withdrawal_informed_on, fields.Date.today())

    def test_annex_1_a_the_period_is_the_contracts(self):
        service = self._create_product(name="Course", type="service", list_price=50.0)
        for values, words in (
            ({}, "physical possession of the goods."),
            ({"quantity": 2.0}, "physical possession of the last good."),
            ({"product": service}, "from the day of the conclusion of the contract."),
        ):
            _order, message = self._confirm(self._new_order(**values))
            text = self._instructions(message).raw.decode(errors="replace")
            self.assertIn(words, text)

    def test_who_has_no_right_is_told_of_none(self):
        self.customer.is_company = True
        order, message = self._confirm()
        self.assertNotIn(LABEL, message.body)
        self.assertFalse(self._instructions(message))
        self.assertFalse(order.withdrawal_informed_on)

    def test_off_leaves_the_confirmation_alone(self):
        self.website.withdrawal_function = False
        _order, message = self._confirm()
        self.assertNotIn(LABEL, message.body)
        self.assertFalse(self._instructions(message))

    @mute_logger(
        "odoo.addons.website_sale_order_mgmt.models.sale_order_withdrawal_inform",
        "odoo.addons.website_sale_order_mgmt.models.sale_order_mail",
        "odoo.addons.website_sale_order_mgmt.tools.work_queue",
        "odoo.addons.base.models.ir_qweb",
    )
    def test_a_pdf_that_fails_does_not_stop_the_confirmation(self):
        view = self.env.ref("website_sale_order_mgmt.report_withdrawal_instruction_document")
        arch = view.arch
        view.arch = arch.replace('t-out="doc.name"', 't-out="doc.no_such_field"')
        order, message = self._confirm()
        self.assertEqual(order.state, "sale")
        self.assertIn(LABEL, message.body)
        self.assertFalse(self._instructions(message))
        self.assertFalse(order.withdrawal_informed_on)
        self.assertTrue(order.shop_mail_error)
        # mended, it follows in a mail of its own
        view.arch = arch
        order.shop_mail_next_try = fields.Datetime.now()
        self._run_cron(WATCHDOG)
        self.assertEqual(order.withdrawal_informed_on, fields.Date.today())
        last = order.message_ids.filtered(lambda each: each.attachment_ids)[:1]
        self.assertTrue(self._instructions(last))

    def test_shipping_mails_name_the_function(self):
        order, _message = self._confirm()
        self.env.company.stock_move_email_validation = True
        self._ship(order)
        self._run_cron(DELIVERY_MAIL_CRON)
        picking = order.picking_ids
        mails = self.env["mail.mail"].sudo().search([("model", "=", "stock.picking")])
        [mail] = mails.filtered(lambda each: each.res_id == picking.id)
        self.assertIn(LABEL, mail.body_html)
        self.assertIn(f"/shop/withdrawal?order_id={order.id}", mail.body_html)
        self.assertIn("notranslate", mail.body_html)
