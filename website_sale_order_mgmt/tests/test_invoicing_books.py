"""Automatic invoices in the books of different shops: taxes, journals, dates, people."""

from odoo.fields import Command
from odoo.tests import tagged

from .invoicing_common import InvoicingCommon


@tagged("post_install", "-at_install")
class TestInvoicingBooks(InvoicingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.write({"invoicing_b2c": "on_payment", "invoicing_b2b": "on_payment"})

    def test_the_taxes_of_the_customers_country(self):
        """As the One Stop Shop asks for: the order's fiscal position is the invoice's."""
        france = self.env.ref("base.fr")
        home = self.env["account.tax"].create({"name": "25 %", "amount": 25.0})
        position = self.env["account.fiscal.position"].create(
            {"name": "OSS France", "auto_apply": True, "country_id": france.id}
        )
        abroad = self.env["account.tax"].create(
            {
                "name": "20 %",
                "amount": 20.0,
                "fiscal_position_ids": [Command.link(position.id)],
                "original_tax_ids": [Command.link(home.id)],
            }
        )
        self.desk.taxes_id = home
        self.customer.country_id = france
        order = self._new_order()
        self.assertEqual(order.fiscal_position_id, position)
        self._pay(order)
        invoice = self._invoice(order)
        self.assertEqual(invoice.fiscal_position_id, position)
        self.assertEqual(invoice.invoice_line_ids.tax_ids, abroad)
        self.assertEqual((invoice.amount_tax, invoice.amount_total), (20.0, 120.0))
        self.assertEqual(invoice.amount_residual, 0.0)

    def test_a_journal_that_has_no_number_yet(self):
        journal = self.company_data["default_journal_sale"].copy({"code": "WEBX"})
        orders = self._new_order() + self._new_order(self.other_customer) + self._new_order()
        orders.journal_id = journal
        for order in orders:
            self._pay(order)
        invoices = self._invoice(orders)
        self.assertEqual(invoices.journal_id, journal)
        self.assertEqual(sorted(invoices.mapped("sequence_number")), [1, 2, 3])
        self.assertTrue(all(name.startswith("WEBX/") for name in invoices.mapped("name")))

    def test_dates_terms_and_accounts_are_those_of_core(self):
        """An invoice by itself differs in nothing from the one that a person would make."""
        self.desk.list_price = 99.98
        order, by_hand = self._new_order(), self._new_order()
        self._pay(order)
        by_hand.action_confirm()
        core = by_hand._create_invoices()
        core.action_post()
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_total, core.amount_total)
        for name in ("invoice_date", "date", "invoice_date_due", "invoice_payment_term_id"):
            self.assertEqual(invoice[name], core[name], name)
        self.assertEqual(invoice.line_ids.account_id, core.line_ids.account_id)

    def test_a_salesperson_without_rights_in_the_books(self):
        """Confirms a free order, and tries again what has failed: the cron makes the invoice."""
        self.assertFalse(self.salesperson.has_group("account.group_account_invoice"))
        order = self._new_order()
        order.order_line = [Command.update(order.order_line.id, {"price_unit": 0.0})]
        order.with_user(self.salesperson).action_confirm()
        order.shop_invoicing_state = "failed"
        order.with_user(self.salesperson).action_retry_shop_invoicing()
        invoice = self._invoice(order)
        self.assertEqual((invoice.state, invoice.amount_total), ("posted", 0.0))

    def test_with_the_mails_of_orders_in_the_background(self):
        for in_background in (True, False):
            with self.subTest(in_background=in_background):
                parameters = self.env["ir.config_parameter"].sudo()
                parameters.set_param("sale.async_emails", in_background)
                order = self._new_order()
                self._pay(order)
                self.assertFalse(order.invoice_ids, "Not in the customer's request")
                invoice = self._invoice(order)
                self.assertEqual((invoice.state, invoice.shop_send_state), ("posted", "leaving"))

    def test_the_delivery_is_on_the_invoice(self):
        """Delivery lines are no goods, and go with them."""
        fee = self._create_product(name="Post", type="service", list_price=5.0, taxes_id=False)
        carrier = self.env["delivery.carrier"].create(
            {"name": "Post", "product_id": fee.id, "fixed_price": 5.0}
        )
        order = self._new_order()
        order.set_delivery_line(carrier, 5.0)
        self._pay(order)
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_total, 105.0)
        self.assertIn(fee, invoice.invoice_line_ids.product_id)

    def _round_by_default(self):
        """Round every new invoice to 5 cents, as a company does that is paid in cash."""
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "5 cents",
                "rounding": 0.05,
                "strategy": "add_invoice_line",
                "profit_account_id": self.company_data["default_account_revenue"].id,
                "loss_account_id": self.company_data["default_account_expense"].id,
            }
        )
        self.env["ir.default"].set("account.move", "invoice_cash_rounding_id", rounding.id)
        self.desk.list_price = 99.98
        return rounding

    def test_cash_rounding_asks_nobody_for_cents_who_has_paid_online(self):
        self._round_by_default()
        order = self._new_order()
        self._pay(order)
        invoice = self._invoice(order)
        self.assertEqual((invoice.amount_total, invoice.amount_residual), (99.98, 0.0))

    def test_cash_rounding_in_parts(self):
        self._round_by_default()
        order = self._new_order()
        order.write({"require_payment": True, "prepayment_percent": 0.3})
        self._pay(order, 33.33)
        self._invoice(order)
        self._pay(order, 66.65)
        invoices = self._invoice(order)
        self.assertEqual(invoices.mapped("amount_total"), [33.33, 66.65])
        self.assertEqual(invoices.mapped("amount_residual"), [0.0, 0.0])

    def test_cash_rounding_of_what_is_paid_in_cash(self):
        rounding = self._round_by_default()
        order = self._new_order()
        order.action_confirm()
        cash = self.company_data["default_journal_cash"]
        self._new_transfer(self._new_transfer_provider(), order)
        order._register_payment_received(100.0, {"journal_id": cash.id})
        invoice = self._invoice(order)
        self.assertEqual(invoice.invoice_cash_rounding_id, rounding)
        self.assertEqual((invoice.amount_total, invoice.amount_residual), (100.0, 0.0))

    def test_cash_rounding_of_what_is_not_paid_is_cores(self):
        self._round_by_default()
        self.website.invoicing_b2c = "on_delivery"
        order = self._new_order()
        order.action_confirm()
        self._ship(order)
        self.assertEqual(self._invoice(order).amount_total, 100.0)

    def _new_program(self, program_type, **values):
        """Create a loyalty programme, and a card of it with 500 points."""
        reward = {"reward_type": "discount", "discount_applicability": "order", **values}
        program = self.env["loyalty.program"].create(
            {
                "name": program_type,
                "program_type": program_type,
                "trigger": "auto",
                "applies_on": "future",
                "reward_ids": [Command.create(reward)],
            }
        )
        return self.env["loyalty.card"].create({"program_id": program.id, "points": 500})

    def test_a_loyalty_reward_is_on_the_invoice(self):
        card = self._new_program("loyalty", discount=10, required_points=1)
        order = self._new_order()
        card.partner_id = order.partner_id
        order._apply_program_reward(card.program_id.reward_ids, card)
        self.assertEqual(order.amount_total, 90.0)
        self._pay(order)
        invoice = self._invoice(order)
        self.assertEqual((invoice.amount_total, invoice.amount_residual), (90.0, 0.0))
        self.assertEqual(len(invoice.invoice_line_ids), 2)

    def test_a_gift_card_pays_all(self):
        values = {"discount_mode": "per_point", "discount": 1, "required_points": 1}
        card = self._new_program("gift_card", **values)
        order = self._new_order()
        order._try_apply_code(card.code)
        order._apply_program_reward(card.program_id.reward_ids, card)
        self.assertEqual(order.amount_total, 0.0)
        order._validate_order()
        invoice = self._invoice(order)
        self.assertEqual((invoice.state, invoice.amount_total), ("posted", 0.0))
        self.assertEqual(sorted(invoice.invoice_line_ids.mapped("price_total")), [-100.0, 100.0])
        self.assertEqual(invoice.shop_send_state, "leaving")
