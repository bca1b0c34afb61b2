"""Who refunds, who confirms, and who sees it."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .refund_common import RefundCommon

MODELS = (
    "sale.order.refund.statement",
    "sale.order.refund.statement.line",
    "sale.order.refund.payment",
)


@tagged("post_install", "-at_install")
class TestRefundAccess(RefundCommon):
    def test_nobody_refunds_without_the_right(self):
        order = self._paid_order()
        for group in (
            "sales_team.group_sale_manager",
            "account.group_account_manager",
            "base.group_system",
        ):
            with self.subTest(group=group):
                user = self._new_user(group, group)
                with self.assertRaises(AccessError):
                    order.with_user(user).action_shop_refund()
                with self.assertRaises(AccessError):
                    self.env["sale.order.refund"].with_user(user).create({"order_id": order.id})
        self.assertFalse(order.refund_statement_ids)

    def test_the_right_alone_opens_no_order(self):
        """A salesperson with the right refunds own orders, not those of colleagues."""
        order = self._paid_order()
        order.user_id = self.salesperson
        user = self._new_user("own", "sales_team.group_sale_salesman")
        user.group_ids += self.env.ref("website_sale_order_mgmt.group_refund_user")
        with self.assertRaises(AccessError):
            order.with_user(user).action_shop_refund()
        refund = self._refund(order)
        for records in (refund, refund.line_ids, refund.payment_ids):
            self.assertFalse(records.with_user(user).search([("id", "in", records.ids)]))
            mine = records.with_user(self.salesperson)
            self.assertEqual(mine.search([("id", "in", records.ids)]), records)
        refund.payment_ids.sudo().state = "failed"
        with self.assertRaises(AccessError):
            refund.payment_ids.with_user(self.salesperson).action_retry()

    def test_nobody_writes_on_refunds(self):
        refund = self._refund(self._paid_order())
        manager = self._new_refunder("manager", "group_refund_manager")
        for records in (refund, refund.line_ids, refund.payment_ids):
            mine = records.with_user(manager)
            for work in (
                lambda mine=mine: mine.write({"amount": 1}),
                lambda mine=mine: mine.unlink(),
                lambda mine=mine: mine.copy(),
            ):
                with self.assertRaises(AccessError):
                    work()

    def test_customers_see_nothing_of_it(self):
        order = self._paid_order(partner=self.portal_user.partner_id)
        refund = self._refund(order)
        for model in MODELS:
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.portal_user).search([])
        with self.assertRaises(AccessError):
            order.with_user(self.portal_user).action_shop_refund()
        with self.assertRaises(AccessError):
            refund.with_user(self.portal_user).action_confirm()

    def test_no_user_confirms_or_raises_the_own_limit(self):
        self.refunder.refund_limit = 50
        refund = self._refund(self._paid_order())
        with self.assertRaises(AccessError):
            refund.with_user(self.refunder).action_confirm()
        with self.assertRaises(AccessError):
            self.refunder.with_user(self.refunder).refund_limit = 0
        manager = self._new_refunder("manager", "group_refund_manager", refund_limit=60)
        with self.assertRaisesRegex(UserError, "own limit"):
            refund.with_user(manager).action_confirm()

    def test_another_company_sees_nothing(self):
        refund = self._refund(self._paid_order())
        company = self.env["res.company"].create({"name": "Elsewhere"})
        user = self._new_refunder("elsewhere", company_id=company.id, company_ids=company.ids)
        for records in (refund, refund.line_ids, refund.payment_ids):
            self.assertFalse(records.with_user(user).search([]))

    def test_a_company_that_is_not_chosen_sees_nothing(self):
        """Who works for both companies sees the refunds of those that are chosen at the moment."""
        refund = self._refund(self._paid_order())
        company = self.env["res.company"].create({"name": "Elsewhere"})
        user = self._new_refunder("both", company_ids=(self.env.company + company).ids)
        for records in (refund, refund.line_ids, refund.payment_ids):
            mine = records.with_user(user)
            here = mine.with_context(allowed_company_ids=self.env.company.ids)
            self.assertEqual(here.search([("id", "in", records.ids)]), records)
            elsewhere = mine.with_context(allowed_company_ids=company.ids)
            self.assertFalse(elsewhere.search([]))
            elsewhere.invalidate_recordset()
            with self.assertRaises(AccessError):
                elsewhere.read(["amount"])

    def test_lines_of_other_orders_are_refused(self):
        order, other = self._paid_order(), self._paid_order()
        wizard = self._wizard(order)
        with self.assertRaises(UserError):
            wizard.line_ids.sale_line_id = other.order_line

    def test_only_web_orders(self):
        order = self._paid_order()
        order.website_id = False
        with self.assertRaisesRegex(UserError, "web orders"):
            order.with_user(self.refunder).action_shop_refund()
