"""The furnished shop that every test starts from."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from odoo.addons.account_payment.tests.common import AccountPaymentCommon
from odoo.addons.mail.tests.common import MockEmail
from odoo.addons.website_sale_stock.tests.common import WebsiteSaleStockCommon

INVOICING_CRON = "sale.send_invoice_cron"
DELIVERY_MAIL_CRON = "website_sale_order_mgmt.ir_cron_send_delivery_mails"
REMINDER_CRON = "website_sale.ir_cron_send_availability_email"


class ShopCommon(AccountPaymentCommon, WebsiteSaleStockCommon, MockEmail):
    """A website with its own team and salesperson, stock, a provider and two customers."""

    @classmethod
    def get_default_groups(cls):
        """Override of `account`: the tests' user runs the shop, too."""
        groups = super().get_default_groups()
        for xmlid in (
            "base.group_system",
            "sales_team.group_sale_manager",
            "stock.group_stock_manager",
            "website.group_website_designer",
        ):
            groups |= cls.quick_ref(xmlid)
        return groups

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.env.company.currency_id
        cls.env.company.email = "shop@example.com"
        cls.team = cls.env["crm.team"].create({"name": "Web shop", "company_id": False})
        cls.other_team = cls.env["crm.team"].create({"name": "Field", "company_id": False})
        cls.salesperson = cls._new_user("web.sales", "sales_team.group_sale_salesman")
        cls.other_team.member_ids = cls.salesperson
        # core's PDF of the order takes longer than the rest of most tests
        cls.env.ref("sale.mail_template_sale_confirmation").report_template_ids = False
        cls.website.cart_recovery_consent = "everyone"
        cls.website.write({"salesteam_id": cls.team.id, "salesperson_id": cls.salesperson.id})
        cls.customer, cls.other_customer = cls.env["res.partner"].create(
            [
                {"name": name, "email": email, "country_id": cls.country_be.id, "lang": "en_US"}
                for name, email in (("Anna Lind", "anna@example.com"), ("Bo Ek", "bo@example.com"))
            ]
        )
        cls.desk = cls._create_product(
            name="Desk", list_price=100.0, taxes_id=False, invoice_policy="order"
        )
        cls.lamp = cls._create_product(
            name="Lamp", list_price=20.0, taxes_id=False, invoice_policy="order"
        )
        stock = cls.warehouse.lot_stock_id
        for product in cls.desk + cls.lamp:
            cls._add_product_qty_to_wh(product.id, 1000, stock.id)

    @classmethod
    def _new_user(cls, login, group, **values):
        """Create an internal user with one group."""
        return cls.env["res.users"].create(
            {
                "name": login,
                "login": login,
                "email": f"{login}@example.com",
                "group_ids": [Command.set(cls.env.ref(group).ids)],
                "company_ids": [Command.link(cls.env.company.id)],
                "company_id": cls.env.company.id,
                **values,
            }
        )

    @classmethod
    def _new_order(cls, partner=None, product=None, quantity=1.0, **values):
        """Create a web order with one line, as the shop does: without a salesperson."""
        website = values.pop("website", cls.website)
        line = Command.create({"product_id": (product or cls.desk).id, "product_uom_qty": quantity})
        return cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "website_id": website.id,
                "company_id": website.company_id.id,
                "team_id": website.salesteam_id.id,
                "order_line": [line],
                **values,
            }
        )

    @classmethod
    def _new_transfer_provider(cls, company=None, **values):
        """Create a provider for wire transfers."""
        provider = cls.env["payment.provider"].create(
            {
                "name": "Bank transfer",
                "code": "custom",
                "custom_mode": "wire_transfer",
                "company_id": (company or cls.env.company).id,
                "state": "enabled",
                "payment_method_ids": [
                    Command.set(cls.env.ref("payment_custom.payment_method_wire_transfer").ids)
                ],
                **values,
            }
        )
        provider.pending_msg = "<p>Bank: BE71 0961 2345 6769</p>"
        return provider

    def _order_by_transfer(self, provider, order=None, **values):
        """Go through the checkout with a wire transfer, which stays pending."""
        order = order or self._new_order(**values)
        self._new_transfer(provider, order)._post_process()
        return order

    def _new_transfer(self, provider, order):
        """Create a pending wire transfer, not post-processed yet."""
        method = self.env.ref("payment_custom.payment_method_wire_transfer")
        return self._new_payment(
            order, state="pending", provider_id=provider.id, payment_method_id=method.id
        )

    def _new_payment(self, order, amount=None, state="done", **values):
        """Create a transaction of an order, not post-processed yet."""
        return self._create_transaction(
            flow="direct",
            reference=f"{order.name}-{len(order.transaction_ids)}",
            amount=order.amount_total if amount is None else amount,
            currency_id=order.currency_id.id,
            partner_id=order.partner_id.id,
            sale_order_ids=[Command.set(order.ids)],
            state=state,
            **values,
        )

    def _allow_captures(self):
        """Let the provider authorize first and capture in parts."""
        self._support(capture="partial", refund="partial")

    def _support(self, capture=False, refund=False):
        """Let every provider capture and refund so, and nothing else."""
        features = {
            "support_express_checkout": False,
            "support_manual_capture": capture,
            "support_refund": refund,
            "support_tokenization": False,
        }
        self.patch(
            type(self.provider),
            "_compute_feature_support_fields",
            lambda providers: providers.update(features),
        )
        self.provider.invalidate_recordset()

    def _pay(self, order, amount=None, state="done"):
        """Pay an order, as far as the customer's request goes."""
        transaction = self._new_payment(order, amount, state)
        transaction._post_process()
        return transaction

    def _run_cron(self, xmlid):
        """Run a scheduled action as the scheduler does, with its commits."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(xmlid).sudo().method_direct_trigger()

    def _switch_automatic_invoice(self, on=True):
        self.env["ir.config_parameter"].sudo().set_param("sale.automatic_invoice", on)

    @classmethod
    def _abandon(cls, *orders, hours=48.0):
        """Let carts have been left some hours ago, with reminders switched on before that."""
        made = fields.Datetime.now() - timedelta(hours=hours)
        for order in orders:
            order.write({"date_order": made, "cart_last_activity": made})
            cls.env.flush_all()
            cls.env.cr.execute(
                "UPDATE sale_order SET create_date = %s WHERE id = %s", (made, order.id)
            )
            website = order.website_id
            website.send_abandoned_cart_email = True
            website.send_abandoned_cart_email_activation_time = made - timedelta(days=1)
        cls.env.invalidate_all()

    def _mails_to(self, email):
        """Return the mails, queued or sent, that reach an address."""
        mails = self.env["mail.mail"].sudo().search([])
        return mails.filtered(
            lambda mail: (
                email in (mail.email_to or "") or email in mail.recipient_ids.mapped("email")
            )
        )
