"""Carts that were left behind, and the time that passes over them."""

from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

from .common import ShopCommon

TEMPLATE = (
    '<a t-attf-href="{{ object._get_cart_recovery_url() }}">Resume</a>'
    '<a t-attf-href="{{ object._get_cart_recovery_optout_url() }}">Stop</a>'
)


class CartCommon(ShopCommon):
    """A website that reminds ten hours after the last activity."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls._new_template("Your cart {{ object.name }}")
        cls.website.write(
            {"cart_recovery_mail_template_id": cls.template.id, "cart_abandoned_delay": 10.0}
        )
        # The run and the shop's pages are the system's, the book and the objections, too.
        cls.book = cls.env["website.cart.recovery.mail"].sudo()
        cls.optouts = cls.env["website.cart.recovery.optout"].sudo()
        cls.consents = cls.env["website.cart.recovery.consent"].sudo()

    @classmethod
    def _new_template(cls, subject, **values):
        return cls.env["mail.template"].create(
            {
                "name": subject,
                "model_id": cls.env["ir.model"]._get_id("sale.order"),
                "subject": subject,
                "email_from": "{{ object.company_id.email_formatted }}",
                "use_default_to": True,
                "body_html": TEMPLATE,
                **values,
            }
        )

    @classmethod
    def _new_step(cls, delay, **values):
        subject = values.pop("subject", f"After {delay} hours")
        return cls.env["website.cart.recovery.step"].create(
            {
                "website_id": cls.website.id,
                "delay": delay,
                "template_id": cls._new_template(subject).id,
                **values,
            }
        )

    @classmethod
    def _new_abandoned_cart(cls, partner=None, product=None, hours=12.0, **values):
        """Make a cart that was left some hours ago."""
        cart = cls._new_order(partner, product, **values)
        cls._abandon(cart, hours=hours)
        return cart

    @classmethod
    def _new_customer(cls, number, **values):
        return cls.customer.copy(
            {"name": f"Customer {number}", "email": f"customer{number}@example.com", **values}
        )

    def _remind(self, *carts, hours=0.0):
        """Run the reminders, some hours later."""
        self._let_pass(hours)
        self.env["website"].sudo()._send_abandoned_cart_email()

    def _let_pass(self, hours):
        """Let some hours pass: all that has happened to carts and reminders is longer ago."""
        if not hours:
            return
        self.env.flush_all()
        past = timedelta(hours=hours)
        for table, columns in {
            "sale_order": ("cart_last_activity", "cart_recovery_next_try", "date_order"),
            "website_cart_recovery_mail": ("cart_activity", "sent_date", "click_date"),
            "website": ("send_abandoned_cart_email_activation_time",),
            "payment_transaction": ("last_state_change",),
        }.items():
            for column in columns:
                self.env.cr.execute(
                    SQL(
                        "UPDATE %(table)s SET %(column)s = %(column)s - %(past)s",
                        table=SQL.identifier(table),
                        column=SQL.identifier(column),
                        past=past,
                    )
                )
        self.env.invalidate_all()

    def _subjects(self, partner=None):
        """Return the subjects of the reminders to a customer, in the order of their making."""
        mails = self._mails_to((partner or self.customer).email)
        return mails.sorted("id").mapped("subject")

    def _rows(self, cart):
        """Return the book's rows of a cart, in the order of their making."""
        return self.book.search([("order_id", "=", cart.id)], order="id")

    def _states(self, cart):
        """Return what the book says of a cart: number, state and reason of each row."""
        rows = self._rows(cart)
        return [(row.step_number, row.state, row.skip_reason) for row in rows]

    def _send_queue(self, mails=None):
        """Send the queued mails; return the addresses that they reach."""
        mails = mails or self.env["mail.mail"].sudo().search([("state", "=", "outgoing")])
        with self.mock_mail_gateway():
            mails.send()
            return [address for mail in self._mails for address in mail["email_to"]]

    def _touch(self, cart):
        """Let the customer have changed the cart just now."""
        cart._touch_cart()
        self.assertAlmostEqual(
            cart.cart_last_activity, fields.Datetime.now(), delta=timedelta(seconds=5)
        )
