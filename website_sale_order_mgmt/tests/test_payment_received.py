"""Money that came by bank."""

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import INVOICING_CRON, ShopCommon

MATCH_CRON = "website_sale_order_mgmt.ir_cron_match_bank_statements"


@tagged("post_install", "-at_install")
class TestPaymentReceived(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.transfer = cls._new_transfer_provider(unpaid_order_policy="reserve")
        cls.bank = cls.company_data["default_journal_bank"]
        cls.accountant = cls._new_user("accountant", "account.group_account_invoice")

    def _receive(self, orders, amounts=None, user=None, memo=None, **values):
        """Register money as a person does, in the wizard."""
        action = orders.with_user(user or self.env.user).action_payment_received()
        model = self.env["sale.order.payment.received"].with_user(user or self.env.user)
        with Form(model.with_context(**action["context"])) as form:
            form.journal_id = self.bank
            for name, value in values.items():
                form[name] = value
            if memo:
                with form.line_ids.edit(0) as line:
                    line.memo = memo
            for index, amount in enumerate(amounts or []):
                with form.line_ids.edit(index) as line:
                    line.amount = amount
        form.record.action_register()
        return form.record

    def test_the_promised_payment_is_done_as_if_it_had_come_online(self):
        self._switch_automatic_invoice()
        order = self._order_by_transfer(self.transfer)
        day = fields.Date.to_date("2026-03-02")
        self._receive(order, user=self.accountant, date=day, memo="From the bank")
        transaction = order.transaction_ids
        self.assertEqual(len(transaction), 1)
        self.assertEqual(transaction.state, "done")
        self.assertTrue(transaction.is_post_processed)
        payment = transaction.payment_id
        self.assertEqual(
            (payment.amount, payment.date, payment.journal_id, payment.memo),
            (100, day, self.bank, "From the bank"),
        )
        self.assertEqual(order.shop_status, "to_ship")
        self.assertFalse(order.picking_ids.hold_reason)
        self._run_cron(INVOICING_CRON)
        self.assertIn(order.invoice_ids.payment_state, ("paid", "in_payment"))
        self.assertEqual(order.shop_amount_received, 100)

    def test_the_memo_begins_with_what_the_customer_was_told(self):
        orders = self._order_by_transfer(self.transfer) | self._order_by_transfer(self.transfer)
        action = orders.action_payment_received()
        model = self.env["sale.order.payment.received"].with_context(**action["context"])
        form = Form(model)
        memos = [form.line_ids.edit(index).memo for index in range(2)]
        self.assertEqual(memos, orders.mapped("reference"))
        form.save().action_register()
        self.assertEqual(orders.transaction_ids.payment_id.mapped("memo"), memos)

    def test_an_order_that_reserved_nothing_is_confirmed(self):
        self.transfer.unpaid_order_policy = "wait"
        order = self._order_by_transfer(self.transfer)
        self._receive(order)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.shop_payment_status, "paid")
        self.assertIn("has been confirmed", "".join(order.message_ids.mapped("body")))

    def test_without_a_transaction_a_payment_is_registered_for_the_invoice(self):
        order = self._new_order()
        order.action_quotation_sent()
        self._receive(order)
        self.assertEqual(order.state, "sale")
        payment = order.transaction_ids.payment_id
        self.assertEqual(payment.amount, 100)
        self.assertEqual(payment.partner_id, self.customer)
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertIn(payment, invoice._get_reconciled_payments())
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.assertEqual(order.shop_amount_received, 100, "Counted once")

    def test_a_company_without_a_provider(self):
        self.env["payment.provider"].search([("code", "=", "custom")]).unlink()
        order = self._new_order()
        order.action_quotation_sent()
        self._receive(order)
        self.assertEqual(order.shop_payment_status, "paid")
        self.assertEqual(order.transaction_ids.provider_id.state, "disabled")

    def test_a_provider_that_was_disabled_after_the_order(self):
        order = self._order_by_transfer(self.transfer)
        self.transfer.state = "disabled"
        self._receive(order)
        self.assertEqual(order.shop_status, "to_ship")

    def test_too_little_is_partial_and_the_rest_can_follow(self):
        order = self._order_by_transfer(self.transfer)
        order.write({"require_payment": True, "prepayment_percent": 1.0})
        self._receive(order, [60])
        self.assertEqual(order.shop_payment_status, "partial")
        self.assertEqual(order._get_unpaid_amount(), 40)
        self.assertEqual(order.picking_ids.hold_reason, "payment")
        wizard = self._receive(order)
        self.assertEqual(wizard.line_ids.amount_due, 40)
        self.assertEqual(order.shop_payment_status, "paid")
        self.assertFalse(order.picking_ids.hold_reason)
        self.assertEqual(sum(order.transaction_ids.payment_id.mapped("amount")), 100)

    def test_the_rest_pays_the_invoice_that_was_sent_before(self):
        order = self._order_by_transfer(self.transfer)
        self._receive(order, [60])
        order._confirm_without_payment()
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(invoice.amount_residual, 40)
        self._receive(order, user=self.accountant)
        self.assertFalse(invoice.amount_residual)
        self.assertEqual((order.shop_payment_status, order.shop_amount_received), ("paid", 100))

    def test_money_that_nobody_announced_pays_the_invoice_of_its_order(self):
        order = self._new_order()
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.action_post()
        self._receive(order)
        self.assertFalse(invoice.amount_residual)
        self.assertEqual((order.shop_payment_status, order.shop_amount_received), ("paid", 100))

    def test_too_much_is_to_be_given_back(self):
        order = self._order_by_transfer(self.transfer)
        self._receive(order, [130])
        self.assertEqual(order.shop_payment_status, "overpaid")
        self.assertEqual(order.shop_attention, "overpaid")
        self.assertEqual(order.shop_amount_surplus, 30)
        self.assertFalse(order.picking_ids.hold_reason, "The goods leave")

    def test_a_selection_each_with_its_amount(self):
        orders = self._order_by_transfer(self.transfer)
        orders += self._order_by_transfer(self.transfer, product=self.lamp)
        self._receive(orders, [100, 0])
        self.assertEqual(orders.mapped("shop_payment_status"), ["paid", "pending"])
        self._receive(orders, [0, 20])
        self.assertEqual(orders.mapped("shop_payment_status"), ["paid", "paid"])

    def test_a_second_click_registers_nothing_twice(self):
        order = self._order_by_transfer(self.transfer)
        wizard = self._receive(order)
        wizard.action_register()
        self.assertEqual(order.shop_amount_received, 100)

    def test_two_who_register_the_same_money(self):
        order = self._order_by_transfer(self.transfer)
        action = order.action_payment_received()
        second = (
            self.env["sale.order.payment.received"].with_context(**action["context"]).create({})
        )
        self._receive(order)
        with self.assertRaisesRegex(UserError, "meanwhile"):
            second.action_register()
        self.assertEqual(order.shop_amount_received, 100)

    def test_an_accountant_who_sells_nothing_finds_the_order_and_the_button(self):
        order = self._order_by_transfer(self.transfer)
        env = self.env(user=self.accountant)
        menus = env["ir.ui.menu"].load_menus(False)
        parent = menus[self.env.ref("account.menu_finance_receivables").id]
        actions = {menus[child]["name"]: menus[child]["action_id"] for child in parent["children"]}
        unpaid = self.env.ref("website_sale_order_mgmt.sale_order_action_unpaid")
        self.assertEqual(actions.get("Unpaid Web Orders"), unpaid.id)
        self.assertIn(order, env["sale.order"].search(safe_eval(unpaid.domain)))
        for view in unpaid.view_ids.filtered(lambda view: view.view_mode in ("list", "kanban")):
            arch = env["sale.order"].get_view(view.view_id.id, view.view_mode)["arch"]
            names = {node.get("name") for node in etree.fromstring(arch).iter("field")}
            self.assertIn("shop_payment_status", names)
            order.with_user(self.accountant).web_read({name: {} for name in names})
        bound = env["ir.actions.actions"].get_bindings("sale.order")["action"]
        self.assertIn("Payment received", [action["name"] for action in bound])
        with Form(order.with_user(self.accountant)) as form:
            self.assertIn("action_payment_received", form._view["tree"].xpath("//button/@name"))
            self.assertNotIn("action_confirm_unpaid", form._view["tree"].xpath("//button/@name"))

    def test_only_accountants_register_money(self):
        order = self._order_by_transfer(self.transfer)
        with self.assertRaises(AccessError):
            order.with_user(self.salesperson).action_payment_received()
        with self.assertRaises(AccessError):
            self.env["sale.order.payment.received"].with_user(self.salesperson).create(
                {"order_ids": order.ids, "journal_id": self.bank.id}
            )

    def test_what_was_paid_on_delivery_is_registered_too(self):
        for mode in ("cash_on_delivery", "on_site"):
            with self.subTest(mode=mode):
                self.transfer.custom_mode = mode
                order = self._order_by_transfer(self.transfer)
                self.assertEqual(order.shop_payment_status, "pending")
                self._receive(order, user=self.accountant)
                self.assertEqual(order.shop_payment_status, "paid")
                self.assertEqual(order.transaction_ids.mapped("state"), ["done"])
                self.assertEqual(order.transaction_ids.payment_id.journal_id, self.bank)

    def test_two_companies_keep_their_money_apart(self):
        data = self.setup_other_company(name="North")
        company = data["company"]
        self.env.user.company_ids += company
        website = self.env["website"].create({"name": "North shop", "company_id": company.id})
        transfer = self._new_transfer_provider(company, unpaid_order_policy="reserve")
        ours = self._order_by_transfer(self.transfer)
        theirs = self._order_by_transfer(transfer, website=website, partner=self.other_customer)
        self.assertEqual(theirs.picking_ids.company_id, company)
        self.assertEqual(theirs.picking_ids.hold_reason, "payment")
        with self.assertRaisesRegex(UserError, "one company"):
            (ours + theirs).action_payment_received()
        action = theirs.action_payment_received()
        model = self.env["sale.order.payment.received"].with_context(**action["context"])
        wizard = model.create({})
        self.assertEqual(wizard.journal_id.company_id, company)
        wizard.journal_id = self.bank
        with self.assertRaisesRegex(UserError, "same company"):
            wizard.action_register()
        wizard = model.create({})
        wizard.action_register()
        self.assertEqual(theirs.transaction_ids.payment_id.company_id, company)
        self.assertFalse(theirs.picking_ids.hold_reason)
        self.assertEqual(ours.shop_payment_status, "pending")

    def test_carts_have_no_money_to_wait_for(self):
        with self.assertRaises(UserError):
            self._new_order().action_payment_received()


@tagged("post_install", "-at_install")
class TestBankStatement(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.transfer = cls._new_transfer_provider(unpaid_order_policy="reserve")
        cls.bank = cls.company_data["default_journal_bank"]

    def _import(self, text, amount=100.0):
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank.id,
                "date": "2026-03-02",
                "payment_ref": text,
                "amount": amount,
            }
        )
        self._run_cron(MATCH_CRON)
        return line

    def test_a_line_that_names_the_order_counts_without_a_click(self):
        order = self._order_by_transfer(self.transfer)
        line = self._import(f"Anna Lind, {order.reference}.")
        self.assertTrue(line.is_reconciled)
        self.assertEqual(line.shop_match_state, "done")
        payment = order.transaction_ids.payment_id
        self.assertEqual(payment.state, "paid")
        self.assertEqual(order.shop_payment_status, "paid")
        self.assertFalse(order.picking_ids.hold_reason)
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(order.shop_amount_received, 100, "Counted once")

    def test_a_part_counts_as_a_part(self):
        order = self._order_by_transfer(self.transfer)
        self._import(order.name, 60)
        self.assertEqual(order.shop_payment_status, "partial")
        self._import(order.name, 40)
        self.assertEqual(order.shop_payment_status, "paid")

    def test_the_rest_pays_the_invoice_that_was_sent_before(self):
        order = self._order_by_transfer(self.transfer)
        self._import(order.name, 60)
        order._confirm_without_payment()
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(invoice.amount_residual, 40)
        line = self._import(order.name, 40)
        self.assertTrue(line.is_reconciled)
        self.assertEqual(invoice.payment_state, "paid")

    def test_money_that_a_person_has_booked_counts_once(self):
        order = self._order_by_transfer(self.transfer)
        order._register_payment_received(60, {"journal_id": self.bank.id})
        payment = order.transaction_ids.payment_id
        line = self._import(order.name, 60)
        self.assertEqual(line.shop_match_state, "done")
        self.assertTrue(line.is_reconciled)
        self.assertTrue(payment.is_matched)
        self.assertEqual(order.shop_amount_received, 60)
        self.assertEqual(order.picking_ids.hold_reason, "payment")
        self._import(order.name, 40)
        self.assertEqual((order.shop_payment_status, order.shop_amount_received), ("paid", 100))

    def test_all_the_money_that_a_person_has_booked_is_reconciled(self):
        order = self._order_by_transfer(self.transfer)
        order._register_payment_received(100, {"journal_id": self.bank.id})
        self.assertTrue(self._import(order.name).is_reconciled)
        self.assertEqual(order.shop_amount_received, 100)

    def test_a_payment_that_a_person_has_registered_on_the_invoice_counts_once(self):
        order = self._order_by_transfer(self.transfer)
        invoice = order._create_invoices()
        invoice.action_post()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"amount": 60, "journal_id": self.bank.id})._create_payments()
        self.assertEqual(order.shop_amount_received, 60)
        line = self._import(order.name, 60)
        self.assertTrue(line.is_reconciled)
        self.assertEqual(order.shop_amount_received, 60)
        self.assertEqual(order.picking_ids.hold_reason, "payment")

    def test_another_amount_than_a_person_has_booked_is_left_to_people(self):
        order = self._order_by_transfer(self.transfer)
        order._register_payment_received(60, {"journal_id": self.bank.id})
        line = self._import(order.name, 40)
        self.assertEqual(line.shop_match_state, "none")
        self.assertEqual(order.shop_amount_received, 60)

    def test_what_was_paid_online_comes_in_other_lines(self):
        """The provider pays out many payments together, perhaps into the same journal."""
        self.provider.journal_id = self.bank
        for amount, received in ((70, 100), (50, 50)):
            with self.subTest(amount=amount):
                order = self._new_order()
                order.write({"require_payment": True, "prepayment_percent": 0.3})
                self._pay(order, 100 - amount)
                line = self._import(order.name, amount)
                self.assertEqual(line.is_reconciled, received == 100, "Plain, or left to people")
                self.assertEqual(order.shop_amount_received, received)

    def test_a_reference_that_several_customers_share_is_left_to_people(self):
        """The customer's reference (`so_reference_type`) is made of two digits only."""
        mine = self._order_by_transfer(self.transfer)
        theirs = self._order_by_transfer(self.transfer, partner=self.other_customer)
        (mine | theirs).reference = "CUST/05"
        self._import(theirs.name)
        line = self._import("Bo Ek CUST/05")
        self.assertEqual(line.shop_match_state, "none")
        self.assertEqual(mine.shop_amount_received, 0)
        self.assertEqual(mine.picking_ids.hold_reason, "payment")
        line = self._import(f"CUST/05 {mine.name}")
        self.assertTrue(line.is_reconciled, "The number says which")

    def test_a_reference_of_several_orders_of_one_customer_is_decided_by_the_amount(self):
        first = self._order_by_transfer(self.transfer)
        second = self._order_by_transfer(self.transfer, product=self.lamp)
        (first | second).reference = "CUST/05"
        self.assertFalse(self._import("CUST/05", 50).is_reconciled)
        self.assertTrue(self._import("CUST/05", 20).is_reconciled)
        self.assertEqual((first | second).mapped("shop_amount_received"), [0, 20])
        first._register_payment_received(50, {"journal_id": self.bank.id})
        self.assertFalse(self._import("CUST/05", 50).is_reconciled, "Already booked, or the rest?")
        self.assertEqual(first.shop_amount_received, 50)

    def test_what_is_not_plain_is_left_to_people(self):
        order = self._order_by_transfer(self.transfer)
        other = self._order_by_transfer(self.transfer, product=self.lamp)
        for text, amount in (
            ("Thank you", 100),
            (f"{order.name}9", 100),
            (f"{order.name} and {other.name}", 120),
            (f"Refund {order.name}", -100),
        ):
            with self.subTest(text=text):
                line = self._import(text, amount)
                self.assertFalse(line.is_reconciled)
        self.assertEqual(order.shop_amount_received + other.shop_amount_received, 0)

    def test_a_paid_order_is_not_paid_again(self):
        order = self._order_by_transfer(self.transfer)
        self._import(order.name)
        line = self._import(order.name)
        self.assertEqual(line.shop_match_state, "none")
        self.assertEqual(order.shop_amount_received, 100)
