"""Abandoned carts: the e-mail of a reminder, sent by the run or by hand."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every

from ..const import STAFF
from ..tools import mail_recipients, work_queue
from ..tools.cart_recovery import Step

OPT_OUT = "/shop/cart/reminders/stop"
LINES_OF_CARTS = 10


class SaleOrder(models.Model):
    _inherit = "sale.order"

    cart_recovery_next_date = fields.Datetime(
        string="Next Reminder",
        compute="_compute_cart_recovery_note",
        compute_sudo=True,
        groups=STAFF,
    )
    cart_recovery_note = fields.Char(
        string="Reminder Status",
        help="What this abandoned cart was sent, gets next, or why it gets nothing.",
        compute="_compute_cart_recovery_note",
        compute_sudo=True,
        groups=STAFF,
    )

    # === COMPUTE METHODS === #

    def _compute_cart_recovery_note(self):
        """Say in the reader's language what the cart was sent, and what comes next."""
        carts = self.filtered(
            lambda order: (
                order.website_id.send_abandoned_cart_email
                and order.state == "draft"
                and order.partner_id != order.website_id.partner_id
            )
        )
        upcoming = carts._get_next_cart_reminders()
        for order in self:
            step = upcoming.get(order)
            if order.cart_recovery_never:
                step = None
            date = step and order.cart_last_activity + step.delay
            if date and order.cart_recovery_next_try:
                date = max(date, order.cart_recovery_next_try)
            order.cart_recovery_next_date = date
            order.cart_recovery_note = order._get_cart_recovery_note(step)

    def _get_cart_recovery_note(self, step):
        """Return one sentence on the cart's reminders; empty for what is no cart of the shop.

        :param tools.cart_recovery.Step | None step: what comes next
        """
        if not self.website_id or self.state != "draft":
            return False
        if self.cart_recovery_never:
            return self.env._("Never: somebody has switched the reminders of this cart off.")
        if not self.cart_last_activity:
            return self.website_id.send_abandoned_cart_email and self.env._(
                "None: this order is a copy, no cart that its customer has left."
            )
        if not self.website_id.send_abandoned_cart_email:
            return self.env._("None: the website does not send reminders.")
        if self.partner_id == self.website_id.partner_id:
            return self.env._("None: the customer is not known.")
        if self._is_in_control_group():
            return self.env._("None: the cart belongs to the control group.")
        if step and self.cart_last_activity >= (
            self.website_id.send_abandoned_cart_email_activation_time or self.cart_last_activity
        ):
            return self.env._("Reminder %(number)s is the next one.", number=step.number)
        if self.cart_recovery_state == "none":
            return self.env._("None: the cart was left too long ago.")
        return self.env._("No more: the cart has had all that are for it.")

    # === ACTION METHODS === #

    def action_remind_cart_now(self):
        """Send each of these carts the reminder that comes next, at once.

        :return: a notification that says what was sent and what was not
        :rtype: dict
        """
        self.check_access("write")
        sent = 0
        reasons = set()
        labels = dict(self._fields["cart_recovery_skip_reason"]._description_selection(self.env))
        now = fields.Datetime.now()
        for website, orders in self.filtered("website_id").grouped("website_id").items():
            carts = orders.with_context(website_id=website.id).with_company(website.company_id)
            carts = carts.try_lock_for_update().filtered("is_abandoned_cart")
            just_reminded = carts.filtered(lambda cart: cart._is_just_reminded(now))
            never = carts.filtered("cart_recovery_never")
            upcoming = (carts - just_reminded - never)._get_next_cart_reminders(by_hand=True)
            skips = carts._remind_steps(upcoming)
            control = carts.browse().union(*upcoming)
            control = control.filtered(lambda cart: cart._is_in_control_group())
            sent += len(upcoming) - len(skips.keys() | set(control))
            reasons |= {labels[reason] for reason in skips.values()}
            if just_reminded:
                reasons.add(self.env._("The last reminder is less than an hour old"))
            if never:
                reasons.add(labels["never"])
            if control - self.browse().union(*skips):
                reasons.add(self.env._("The cart belongs to the control group"))
            if carts - just_reminded - never - self.browse().union(*upcoming):
                reasons.add(self.env._("The cart has had all reminders"))
        message = self.env._(
            "%(sent)s of %(all)s carts are being reminded.", sent=sent, all=len(self)
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if sent else "warning",
                "message": " ".join([message, *(f"{reason}." for reason in sorted(reasons))]),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_never_remind_cart(self):
        """Send no more reminders of these carts."""
        self.check_access("write")
        self.write({"cart_recovery_never": True})

    def action_remind_cart_again(self):
        """Undo *Never remind*."""
        self.check_access("write")
        self.write({"cart_recovery_never": False})

    def action_recovery_email_send(self):
        """Override of `website_sale`: not to those who have objected.

        :raise UserError: a customer does not want reminders
        """
        stopped = self._filter_carts_opted_out() | self._filter_carts_blacklisted()
        if stopped:
            names = ", ".join(stopped.partner_id.mapped("name"))
            raise UserError(self.env._("These customers do not want reminders: %s.", names))
        return super().action_recovery_email_send()

    def _cart_recovery_email_send(self):
        """Override of `website_sale`, for automation rules: as those that go by themselves.

        Where a website's reminders are switched off it is core's, as it was.
        """
        ours = self.filtered("website_id.send_abandoned_cart_email")
        ours.action_remind_cart_now()
        return super(SaleOrder, self - ours)._cart_recovery_email_send()

    # === BUSINESS METHODS === #

    def _get_cart_recovery_url(self):
        """Return the address that opens the cart, on the website's domain, on any device.

        In a test or a preview it is that of the reader's own cart: this one is a customer's.

        :rtype: str
        """
        self.ensure_one()
        url = f"{self.website_id.get_base_url()}/shop/cart"
        if self.env.context.get("cart_recovery_test"):
            return f"{url}?reminder=test"
        step = self.env.context.get("cart_recovery_step", 0)
        return f"{url}?id={self.id}&access_token={self.access_token}&reminder={step}"

    def _get_cart_recovery_optout_url(self):
        """Return the address of the page that stops the reminders.

        :rtype: str
        """
        self.ensure_one()
        if self.env.context.get("cart_recovery_test"):
            return f"{self.website_id.get_base_url()}{OPT_OUT}/test"
        token = self.env["website.cart.recovery.optout"]._get_token(self)
        return f"{self.website_id.get_base_url()}{OPT_OUT}/{token}"

    def _send_cart_reminders(self, step):
        """Queue a reminder's mails: one each, with a link that opens and the headers of RFC 8058.

        The template's own language counts; without one, the customer's.

        :param tools.cart_recovery.Step step: the reminder
        :return: the mails
        :rtype: dict[sale.order, mail.mail]
        :raise UserError: there is no template
        """
        if not self:
            return {}
        if not step.template:
            raise UserError(self.env._("There is no e-mail template for abandoned carts."))
        for order in self.filtered(lambda order: not order.access_token):
            order._portal_ensure_token()
        # Core looks through the lines of all carts at once for each of them: few at once, then.
        for ids in split_every(LINES_OF_CARTS, self.ids):
            self.browse(ids).mapped("website_order_line")
        template = step.template.with_context(
            cart_recovery_step=step.number,
            website_id=self.website_id.id,
            shop_compiled_templates={},
            cart_reminder_note=self.env._("Reminder %s of this cart, by e-mail:", step.number),
        ).with_company(self.company_id)
        by_lang = {False: self} if template.lang else self.grouped(lambda order: order._get_lang())
        # sudo: whoever reminds by hand may not write mails; these are the reminders just made.
        mails = self.env["mail.mail"].sudo()
        for lang, orders in by_lang.items():
            localized = template.with_context(lang=lang) if lang else template
            mails += localized.send_mail_batch(orders.ids)
        by_order = {self.browse(mail.res_id): mail for mail in mails}
        for order, mail in by_order.items():
            order._address_cart_reminder(mail, step)
        work_queue.trigger(self.env, work_queue.MAIL_QUEUE_CRON)
        return by_order

    def _address_cart_reminder(self, mail, step):
        """Have a reminder reach one person once, with a way to stop them (RFC 8058).

        :param mail.mail mail: the queued mail
        :param tools.cart_recovery.Step step: the reminder
        """
        template = step.template
        to_somebody = template.use_default_to or template.email_to or template.partner_to
        email_to = mail.email_to if to_somebody else self.partner_id.email_formatted
        if email_to:
            recipients = mail.recipient_ids.mapped("email")
            mail.email_to = mail_recipients.without_duplicates(email_to, recipients)
        mail.headers = repr(
            {
                "List-Unsubscribe": f"<{self._get_cart_recovery_optout_url()}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
        )

    def _message_post_after_hook(self, message, msg_vals):
        """Override of `website_sale`: a reminder sent by hand is in the book, too."""
        result = super()._message_post_after_hook(message, msg_vals)
        if self.env.context.get("website_sale_send_recovery_email"):
            self._book_reminder_by_hand()
        return result

    def _message_mail_after_hook(self, mails):
        """Override of `website_sale`: reminders sent by hand are in the book, too."""
        result = super()._message_mail_after_hook(mails)
        if self.env.context.get("website_sale_send_recovery_email"):
            self._book_reminder_by_hand()
        return result

    def _book_reminder_by_hand(self):
        """Write into the book that these carts have had the reminder that came next.

        After the last one, that they have had one more.
        """
        carts = self.filtered(
            lambda order: order.state == "draft" and order.website_id and order.cart_last_activity
        )
        upcoming = carts._get_next_cart_reminders(by_hand=True)
        for order in carts:
            step = upcoming.get(order) or order._get_extra_cart_reminder()
            order._book_reminders(step, {"state": "sent"})

    def _get_extra_cart_reminder(self):
        """Return a reminder beyond the website's steps: the next number, a key of its own.

        :rtype: tools.cart_recovery.Step
        """
        self.ensure_one()
        # sudo: the book's rows of this cart; salespeople may read theirs only.
        rows = self.sudo()._get_current_reminders()
        key = min([0, *rows.mapped("step_key")]) - 1
        number = max([0, *rows.mapped("step_number")]) + 1
        return Step(key, number, timedelta(), None)
