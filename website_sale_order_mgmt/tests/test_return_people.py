"""Who sees returns, who takes which step, and what customers hear."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .return_common import ReturnCommon

CRON = "website_sale_order_mgmt.ir_cron_tell_returns"


@tagged("post_install", "-at_install")
class TestReturnPeople(ReturnCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worker = cls._new_user("worker", "stock.group_stock_user")
        cls.accountant = cls._new_user("accountant", "account.group_account_invoice")

    def _new_request(self, **values):
        order = self._new_delivered(3)
        order.user_id = self.salesperson
        return self._ask(order, **values)

    def _mails_about(self, request):
        self._run_cron(CRON)
        return self._mails_to(self.customer.email).filtered(
            lambda mail: mail.model == request._name and mail.res_id == request.id
        )

    def test_each_step_has_its_people(self):
        request = self._new_request()
        self.assertFalse(self.env["sale.order.return"].with_user(self.worker).search([]))
        for user in (self.worker, self.accountant):
            with self.assertRaises(AccessError):
                request.with_user(user).action_approve()
        request.with_user(self.salesperson).action_approve()
        self.assertEqual(request.state, "approved")
        mine = request.with_user(self.worker)
        self.assertEqual(mine.search([]), request)
        mine.picking_ids.move_ids.picked = True
        mine.picking_ids.button_validate()
        self.assertEqual(request.state, "received")
        for user in (self.worker, self.salesperson):
            with self.assertRaises(AccessError):
                request.with_user(user).action_mark_done()
        request.with_user(self.accountant).action_mark_done()
        self.assertEqual(request.state, "done")

    def test_salespeople_see_their_own_orders_returns(self):
        request = self._new_request()
        others = self._ask(self._new_delivered(3))
        others.order_id.user_id = self._new_user("colleague", "sales_team.group_sale_salesman")
        seen = self.env["sale.order.return"].with_user(self.salesperson)
        self.assertEqual(seen.search([]), request)
        with self.assertRaises(AccessError):
            others.with_user(self.salesperson).action_approve()
        with self.assertRaises(AccessError):
            others.line_ids.with_user(self.salesperson).read(["note"])

    def test_other_companies_see_nothing(self):
        request = self._new_request()
        company = self.env["res.company"].create({"name": "Other"})
        stranger = self._new_user(
            "stranger",
            "sales_team.group_sale_manager",
            company_ids=[(6, 0, company.ids)],
            company_id=company.id,
        )
        self.assertFalse(request.with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            request.with_user(stranger).read(["name"])

    def test_nobody_deletes_a_return(self):
        request = self._new_request()
        manager = self._new_user("manager", "sales_team.group_sale_manager")
        with self.assertRaises(AccessError):
            request.with_user(manager).unlink()

    def test_customers_read_their_own_returns_and_none_of_the_staffs_fields(self):
        order = self._new_delivered(partner=self.portal_user.partner_id)
        mine, others = self._ask(order), self._new_request()
        seen = self.env["sale.order.return"].with_user(self.portal_user)
        self.assertEqual(seen.search([]), mine)
        with self.assertRaises(AccessError):
            others.with_user(self.portal_user).read(["name"])
        for name in ("notice_error", "without_goods_reason", "difference", "picking_ids"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                mine.with_user(self.portal_user).read([name])
        with self.assertRaises(AccessError):
            mine.with_user(self.portal_user).write({"refuse_reason": "x"})

    def test_selection_is_approved_and_refused(self):
        first, second = self._new_request(), self._new_request()
        refused = self._new_request()
        refused._refuse("Worn")
        (first + refused).with_user(self.salesperson).action_approve()
        self.assertEqual((first + refused).mapped("state"), ["approved", "refused"])
        action = (first + second).with_user(self.salesperson).action_refuse()
        wizard = self.env[action["res_model"]].with_user(self.salesperson)
        wizard.with_context(**action["context"]).create({"reason": "Too late"}).action_confirm()
        self.assertEqual((first + second).mapped("state"), ["approved", "refused"])
        self.assertEqual(second.refuse_reason, "Too late")

    def test_salesperson_is_asked_to_decide_until_it_is_decided(self):
        order = self._new_delivered(3)
        order.user_id = self.salesperson
        asked = [
            {
                "line_id": order.order_line.id,
                "quantity": 1.0,
                "reason_id": self.changed_mind.id,
                "note": "",
            }
        ]
        request = order._request_return(asked, [], "key")
        self.assertEqual(request.activity_ids.user_id, self.salesperson)
        request._approve()
        self.assertFalse(request.activity_ids)

    def test_customer_hears_of_each_step(self):
        request = self._new_request()
        request._tell_customer()
        [asked] = self._mails_about(request)
        self.assertIn(request.name, asked.body_html)
        self.assertIn(f"/my/returns/{request.id}?access_token=", asked.body_html)
        request._approve()
        approved = self._mails_about(request) - asked
        self.assertIn("1 × Desk", approved.body_html)
        self.assertIn(self.warehouse.partner_id.name, approved.body_html)
        self.assertIn(".pdf", "".join(approved.attachment_ids.mapped("name")))
        # No PDFs in tests: the page that becomes one.
        self.assertIn(request.picking_ids.name, approved.attachment_ids[0].raw.decode())
        request.picking_ids.move_ids.picked = True
        request.picking_ids._action_done()
        received = self._mails_about(request) - asked - approved
        self.assertIn("We have received your return", received.subject)

    def test_customer_reads_why_it_was_refused(self):
        request = self._new_request()
        request._refuse("The desk has been painted.")
        [mail] = self._mails_about(request)
        self.assertIn("The desk has been painted.", mail.body_html)

    def test_broken_mail_undoes_no_step_and_is_tried_again(self):
        request = self._new_request()
        self._new_request()  # The one that Odoo tries a changed template with.
        template = self.env.ref("website_sale_order_mgmt.mail_template_return_approved")
        working = template.body_html
        template.body_html = f'<t t-if="object.name == \'{request.name}\'" t-out="1 / 0"/>'
        request._approve()
        self.assertFalse(self._mails_about(request))
        self.assertEqual((request.state, request.notice_state), ("approved", "queued"))
        self.assertIn("cannot be rendered", request.notice_error)
        template.body_html = working
        request.with_user(self.salesperson).action_retry_notice()
        self.assertEqual(len(self._mails_about(request)), 1)
        self.assertFalse(request.notice_error)

    def test_order_and_transfer_lead_to_the_return(self):
        request = self._new_request()
        request._approve()
        order = request.order_id.with_user(self.salesperson)
        self.assertEqual(order.return_count, 1)
        self.assertEqual(order.action_open_returns()["res_id"], request.id)
        transfer = request.picking_ids.with_user(self.worker)
        self.assertEqual(transfer.action_open_shop_return()["res_id"], request.id)
        self.assertEqual(request.action_open_transfers()["res_id"], transfer.id)
