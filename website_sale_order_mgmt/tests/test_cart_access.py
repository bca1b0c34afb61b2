from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .cart_common import CartCommon

MODELS = (
    "website.cart.recovery.step",
    "website.cart.recovery.mail",
    "website.cart.recovery.optout",
    "website.cart.recovery.consent",
)
ACTIONS = (
    "action_remind_cart_now",
    "action_never_remind_cart",
    "action_remind_cart_again",
)


@tagged("post_install", "-at_install")
class TestCartAccess(CartCommon):
    """Who sees the reminders and what is known of customers, and who changes it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.step = cls._new_step(24)
        cls.cart = cls._new_abandoned_cart(cls.portal_user.partner_id)
        cls.cart._portal_ensure_token()
        cls.consents.create(
            {"partner_id": cls.customer.id, "website_id": cls.website.id, "text": "Yes"}
        )
        cls.optouts.create({"email_key": "key", "company_id": cls.env.company.id})
        cls.env["website"].sudo()._send_abandoned_cart_email()

    def test_shoppers_read_and_change_nothing(self):
        for user in (self.portal_user + self.env.ref("base.public_user")).sudo():
            for name in (*MODELS, "website.cart.recovery.effect"):
                model = self.env[name].with_user(user)
                for operation in ("read", "write", "create", "unlink"):
                    with self.subTest(user=user.login, model=name, operation=operation):
                        self.assertFalse(model.has_access(operation))
            cart = self.cart.with_user(user)
            for action in ACTIONS:
                with self.subTest(user=user.login, action=action), self.assertRaises(AccessError):
                    getattr(cart, action)()
            with self.assertRaises(AccessError):
                self.website.with_user(user).cart_recovery_consent = "consent"

    def test_a_reader_of_the_carts_may_not_remind(self):
        accountant = self._new_user("reader", "account.group_account_readonly")
        for action in ACTIONS:
            with self.subTest(action), self.assertRaises(AccessError):
                getattr(self.cart.with_user(accountant), action)()

    def test_nobody_writes_into_the_books_by_hand(self):
        admin = self.env.ref("base.user_admin")
        for name in MODELS[1:]:
            record = self.env[name].sudo().search([], limit=1)
            self.assertTrue(record, name)
            for user in self.salesperson + admin:
                for operation in ("write", "create", "unlink"):
                    with self.subTest(model=name, user=user.login, operation=operation):
                        self.assertFalse(record.with_user(user).has_access(operation))

    def test_salespeople_see_their_own_carts_reminders(self):
        colleague = self._new_user("colleague", "sales_team.group_sale_salesman")
        everybodys = self._new_user("leader", "sales_team.group_sale_salesman_all_leads")
        row = self._rows(self.cart)
        for owner, seen in ((False, True), (self.salesperson, True), (colleague, False)):
            self.cart.user_id = owner
            found = self.book.with_user(self.salesperson).sudo(False).search([("id", "=", row.id)])
            self.assertEqual(bool(found), seen)
            found = self.book.with_user(everybodys).sudo(False).search([("id", "=", row.id)])
            self.assertTrue(found)
        with self.assertRaises(AccessError):
            self.cart.with_user(self.salesperson).action_remind_cart_now()

    def test_salespeople_read_the_steps_and_managers_change_them(self):
        with self.assertRaises(AccessError):
            self.step.with_user(self.salesperson).delay = 30
        self.assertEqual(self.step.with_user(self.salesperson).delay, 24)
        for login, group in (
            ("manager", "sales_team.group_sale_manager"),
            ("designer", "website.group_website_designer"),
        ):
            user = self._new_user(login, group)
            self.step.with_user(user).delay = 30
            self.assertEqual(self.step.delay, 30)

    def test_other_companies_see_nothing(self):
        company = self.env["res.company"].create({"name": "North"})
        stranger = self._new_user(
            "stranger",
            "sales_team.group_sale_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for name in MODELS:
            with self.subTest(name):
                ours = self.env[name].sudo().search([("company_id", "=", self.env.company.id)])
                self.assertTrue(ours)
                seen = self.env[name].with_user(stranger).search([("id", "in", ours.ids)])
                self.assertFalse(seen)
