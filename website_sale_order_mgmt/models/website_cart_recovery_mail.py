"""The book of the reminders: which cart got which reminder, why not, and what came of it."""

from odoo import api, fields, models
from odoo.tools import hmac

SKIP_REASONS = [
    ("no_email", "The customer's e-mail address is unknown"),
    ("opted_out", "The customer does not want reminders"),
    ("no_consent", "The customer has not agreed to reminders"),
    ("blacklisted", "The e-mail address is blacklisted"),
    ("ordered_since", "The customer has ordered since"),
    ("payment_pending", "A payment is on its way"),
    ("payment_error", "The payment failed, which has its own message"),
    ("sold_out", "A product is sold out"),
    ("unavailable", "Something in the cart can no longer be ordered"),
    ("free", "The cart is free of charge"),
    ("newer_cart", "The customer has a newer cart"),
    ("changed", "The cart was changed, emptied or cancelled before the e-mail left"),
    ("never", "Somebody has switched the reminders of this cart off"),
]


SETTLED = ("sent", "holdout")


class WebsiteCartRecoveryMail(models.Model):
    _name = "website.cart.recovery.mail"
    _description = "Reminder of an Abandoned Cart"
    _order = "sent_date desc, id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one(
        "sale.order", string="Cart", required=True, readonly=True, index=True, ondelete="cascade"
    )
    website_id = fields.Many2one(related="order_id.website_id", store=True, index=True)
    company_id = fields.Many2one(related="order_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    step_id = fields.Many2one(
        "website.cart.recovery.step",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Empty for the website's first reminder.",
    )
    step_key = fields.Integer(
        readonly=True,
        aggregator=None,
        help="The step's id, kept when the step is deleted. Below 0: sent by hand, after the last.",
    )
    step_number = fields.Integer(string="Reminder", readonly=True, aggregator=None)
    cart_activity = fields.Datetime(
        string="Cart Left On",
        required=True,
        readonly=True,
        help="When the customer had last touched the cart: a later change begins anew.",
    )
    state = fields.Selection(
        [
            ("sent", "Sent"),
            ("skipped", "Not sent"),
            ("holdout", "Control group"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
    )
    skip_reason = fields.Selection(SKIP_REASONS, string="Not Sent Because", readonly=True)
    error = fields.Text(readonly=True)
    sent_date = fields.Datetime(
        string="Date",
        readonly=True,
        help="When it was sent, would have been sent, or was looked at last.",
    )
    click_date = fields.Datetime(string="Clicked On", readonly=True)
    amount = fields.Monetary(
        string="Cart Value", readonly=True, help="The cart's total then (company currency)."
    )
    mail_mail_id = fields.Many2one(
        "mail.mail", string="E-mail", readonly=True, index="btree_not_null", ondelete="set null"
    )
    email_key = fields.Char(
        compute="_compute_email_key",
        store=True,
        help="Stands for the address, which is not kept: it goes when the contact's address goes.",
    )
    recovered_order_id = fields.Many2one(
        "sale.order",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    recovered_amount = fields.Monetary(
        string="Revenue",
        compute="_compute_recovered_amount",
        compute_sudo=True,
        store=True,
        help="The recovered order's total when it was placed or confirmed, unless it was cancelled"
        " (company currency).",
    )
    # For the report: each counts the rows that it names.
    sent_count = fields.Integer(string="Sent", compute="_compute_counts", store=True)
    click_count = fields.Integer(string="Clicked", compute="_compute_counts", store=True)
    recovered_count = fields.Integer(string="Recovered", compute="_compute_counts", store=True)

    _once = models.UniqueIndex("(order_id, step_key, cart_activity)")
    _email_key_idx = models.Index("(email_key, company_id, sent_date)")

    # === COMPUTE METHODS === #

    @api.depends("order_id.partner_id.email_normalized")
    def _compute_email_key(self):
        for mail in self:
            mail.email_key = self._get_email_key(mail.order_id._get_cart_email()) or False

    @api.depends("recovered_order_id.state")
    def _compute_recovered_amount(self):
        """Take the total when the order is placed, and again when it is confirmed.

        Depending on the total itself would cost each change of any cart a query.
        """
        for mail in self:
            order = mail.recovered_order_id
            counts = order and order.state != "cancel"
            mail.recovered_amount = order._get_cart_company_amount() if counts else 0.0

    @api.depends("state", "click_date", "recovered_order_id.state")
    def _compute_counts(self):
        for mail in self:
            mail.sent_count = mail.state == "sent"
            mail.click_count = bool(mail.click_date)
            order = mail.recovered_order_id
            mail.recovered_count = bool(order) and order.state != "cancel"

    # === BUSINESS METHODS === #

    @api.model
    def _get_email_key(self, email):
        """Return what stands for an address: a keyed hash.

        :param str email: normalized (`email_normalized` of the contact)
        :return: the key; empty without an address
        :rtype: str
        """
        # sudo: the key is the database's secret.
        return hmac(self.env(su=True), "cart_recovery_email", email) if email else ""

    def _is_settled(self):
        """Return whether the reminder is not made again: done, or in the queue of mails."""
        self.ensure_one()
        return self.state in SETTLED or bool(self.state == "failed" and self.mail_mail_id)

    def _keep_back(self, reason):
        """Keep back the reminders that have not left yet; say why on their carts.

        :param str reason: a value of `skip_reason`
        """
        # sudo: queued mails and the book are the system's; these are the reminders' own.
        rows = self.sudo()
        waiting = rows.filtered(lambda row: row.mail_mail_id.state in ("outgoing", "exception"))
        waiting.mail_mail_id.cancel()
        waiting.write({"state": "skipped", "skip_reason": reason, "error": False})
        waiting.order_id.write({"cart_recovery_skip_reason": reason, "cart_recovery_error": False})

    def _get_reasons_to_keep_back(self):
        """Return why queued reminders must not leave any more, looked up for all of them at once.

        :return: the reason of each row that has one, as a value of `skip_reason`
        :rtype: dict[website.cart.recovery.mail, str]
        """
        reasons = {}
        for row in self:
            order = row.order_id
            if order.state in ("sent", "sale"):
                reasons[row] = "ordered_since"
            elif order.cart_recovery_never:
                reasons[row] = "never"
            elif (
                order.state != "draft"
                or not order.order_line
                or order.cart_last_activity != row.cart_activity
            ):
                reasons[row] = "changed"
        for rows in (self - self.browse().union(*reasons)).grouped("website_id").values():
            skips = rows.order_id._get_cart_recovery_objections()
            reasons |= {row: skips[row.order_id] for row in rows if row.order_id in skips}
        return reasons
