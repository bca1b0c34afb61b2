"""Money that comes after the end: the order is taken up again, or the money is given back."""

from lxml import etree

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_unpaid_end import UnpaidEndCommon


@tagged("post_install", "-at_install")
class TestLateMoney(UnpaidEndCommon):
    def _new_promotion(self, code=False):
        """Create a discount of 10 % for everybody, or for those who enter the code."""
        rule = {"mode": "with_code", "code": code} if code else {}
        self.env["loyalty.program"].create(
            {
                "name": "Spring",
                "program_type": "promo_code" if code else "promotion",
                "trigger": "with_code" if code else "auto",
                "applies_on": "current",
                "rule_ids": [Command.create(rule)],
                "reward_ids": [Command.create({"discount": 10, "required_points": 1})],
            }
        )

    def test_taken_up_again(self):
        order = self._order_by_transfer(self.transfer, quantity=1003)
        self._expire(order)
        self._receive(order, order.amount_total)
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.shop_attention, "paid_cancelled")
        action = order.action_confirm_unpaid()
        wizard = self.env["sale.order.confirm.unpaid"].with_context(**action["context"]).create({})
        self.assertIn("3 Units missing", wizard.shortage)
        wizard.with_user(self.salesperson).action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.shop_payment_status, "paid")
        self.assertNotEqual(order.shop_attention, "paid_cancelled")
        self.assertFalse(order.picking_ids.filtered("hold_reason"))

    def _take_up(self, order):
        action = order.action_confirm_unpaid()
        wizard = self.env["sale.order.confirm.unpaid"].with_context(**action["context"]).create({})
        wizard.with_user(self.salesperson).action_confirm()

    def test_taken_up_again_with_the_coupon_that_nobody_has_used(self):
        coupon = self._new_coupon()
        order = self._order_by_transfer(self.transfer, self._new_discounted_order(coupon))
        self._expire(order)
        self._receive(order, 90)
        self._take_up(order)
        self.assertEqual((order.state, order.amount_total), ("sale", 90))
        self.assertEqual(order.shop_payment_status, "paid")
        self.assertFalse(order.shop_attention)
        self.assertEqual(coupon.points, 0)

    def test_taken_up_again_with_the_promotion_that_applied(self):
        """One that applies by itself, and one with a code; core makes a new coupon for each."""
        for code in (False, "SPRING"):
            with self.subTest(code=code):
                self._new_promotion(code)
                order = self._new_order()
                if code:
                    order._try_apply_code(code)
                else:
                    order._update_programs_and_rewards()
                [(coupon, reward)] = order._get_claimable_rewards().items()
                order._apply_program_reward(reward, coupon)
                self._order_by_transfer(self.transfer, order)
                self._expire(order)
                self.assertEqual(order.amount_total, 100, "Core takes it")
                self._receive(order, 90)
                self._take_up(order)
                self.assertEqual((order.state, order.amount_total), ("sale", 90))
                self.assertEqual(order.shop_payment_status, "paid")
                reward.program_id.active = False

    def test_taken_up_again_with_the_gift_card_that_pays_a_part(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "Gift cards",
                "program_type": "gift_card",
                "applies_on": "future",
                "trigger": "auto",
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount": 1,
                            "discount_mode": "per_point",
                            "discount_applicability": "order",
                            "required_points": 1,
                            "description": "Gift card",
                        }
                    )
                ],
            }
        )
        card = self.env["loyalty.card"].create({"program_id": program.id, "points": 30})
        order = self._new_order()
        status = order._try_apply_code(card.code)
        order._apply_program_reward(status[card], card)
        self._order_by_transfer(self.transfer, order)
        self._expire(order)
        self.assertEqual((card.points, order.amount_total), (30, 100))
        self._receive(order, 70)
        self._take_up(order)
        self.assertEqual((card.points, order.amount_total), (0, 70))
        self.assertEqual(order.shop_payment_status, "paid")

    def test_taken_up_again_when_the_coupon_was_used_meanwhile(self):
        coupon = self._new_coupon()
        order = self._order_by_transfer(self.transfer, self._new_discounted_order(coupon))
        self._expire(order)
        self._pay(self._new_discounted_order(coupon))
        self._receive(order, 90)
        self._take_up(order)
        self.assertEqual((order.state, order.amount_total), ("sale", 100))
        self.assertEqual(order.shop_payment_status, "partial", "Somebody looks at it")

    def test_taken_up_again_no_promotion_makes_it_cheaper_than_it_was(self):
        order = self._order_by_transfer(self.transfer)
        self._expire(order)
        self._new_promotion()
        self._receive(order)
        self._take_up(order)
        self.assertEqual(order.amount_total, 100)
        self.assertEqual(order.shop_payment_status, "paid")

    def test_money_by_bank_for_an_expired_order_needs_attention(self):
        order = self._order_by_transfer(self.transfer)
        self._expire(order)
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "date": "2026-03-02",
                "payment_ref": order.reference,
                "amount": 100.0,
            }
        )
        self._run_cron("website_sale_order_mgmt.ir_cron_match_bank_statements")
        self.assertTrue(line.is_reconciled)
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.shop_attention, "paid_cancelled")
        arch = etree.fromstring(order.get_view(view_type="form")["arch"])
        banner = arch.find(".//div[@name='shop_attention_money']")
        buttons = [(node.get("name"), node.get("string")) for node in banner.iter("button")]
        self.assertEqual(
            buttons,
            [
                ("action_confirm_unpaid", "Take up again"),
                ("action_shop_refund_surplus", "Give back"),
            ],
        )

    def test_given_back(self):
        order = self._order_by_transfer(self.transfer)
        self._expire(order)
        self._receive(order)
        self._give_back(order)
        self.assertEqual(order.shop_payment_status, "refunded")
        self.assertFalse(order.shop_attention)
        payments = self.env["account.payment"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(sorted(payments.mapped("payment_type")), ["inbound", "outbound"])
        self.assertEqual(payments.mapped("amount"), [100, 100])
        receivable = payments.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.assertTrue(all(receivable.mapped("reconciled")), "The customer owes nothing")
        with self.assertRaises(UserError):
            order.action_shop_refund_surplus()

    def test_a_surplus_by_bank_goes_back_in_part(self):
        order = self._order_by_transfer(self.transfer)
        self._receive(order, 130)
        self._give_back(order)
        self.assertEqual(order.shop_payment_status, "paid")
        self.assertEqual(order.shop_amount_refunded, 30)
