"""Abandoned carts: which reminder is due, whether the cart gets it, and the book of it."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import STAFF
from ..tools import work_queue
from ..tools.cart_recovery import APART, LATE, LOOK_AGAIN, RETRY, is_held_out, next_step
from .website_cart_recovery_mail import SETTLED, SKIP_REASONS


class SaleOrder(models.Model):
    _inherit = "sale.order"

    cart_recovery_mail_ids = fields.One2many(
        "website.cart.recovery.mail",
        "order_id",
        string="Reminders",
        readonly=True,
        groups=STAFF,
    )
    cart_recovery_never = fields.Boolean(
        string="Never Remind", copy=False, readonly=True, groups=STAFF
    )
    cart_recovery_skip_reason = fields.Selection(
        SKIP_REASONS, string="No Reminder Because", readonly=True, copy=False, groups=STAFF
    )
    cart_recovery_error = fields.Text(
        string="Reminder Error",
        help="Why the reminder of this abandoned cart could not be made.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    cart_recovery_next_try = fields.Datetime(
        string="Next Reminder Try",
        help="The cart is not looked at again before this moment.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )

    # === BUSINESS METHODS === #

    @api.model
    def _get_carts_to_remind_domain(self, website):
        """Return the domain of a website's carts of which a reminder is due.

        :param website: the `website`, whose reminders and activation time count
        :rtype: odoo.fields.Domain
        """
        now = fields.Datetime.now()
        steps = website._get_cart_reminder_steps()
        since = now - steps[-1].delay - LATE
        if activated := website.send_abandoned_cart_email_activation_time:
            since = max(since, activated - timedelta(seconds=1))
        return (
            Domain("state", "=", "draft")
            & Domain("website_id", "=", website.id)
            & Domain("cart_last_activity", "<=", now - steps[0].delay)
            & Domain("cart_last_activity", ">", since)
            & Domain("partner_id", "!=", website.partner_id.id)
            & Domain("order_line", "!=", False)
            & Domain("cart_recovery_never", "!=", True)
            & (
                Domain("cart_recovery_next_try", "=", False)
                | Domain("cart_recovery_next_try", "<=", now)
            )
            & Domain.custom(
                to_sql=lambda model, alias, query: model._sql_reminder_due(alias, query, steps),
                predicate=lambda order: bool(order._get_due_cart_reminders(steps)),
            )
        )

    def _sql_reminder_due(self, alias, query, steps):
        """Return the condition that one of these reminders is due and not in the book.

        A mail that was refused by a mail server is tried again by the queue of mails, not here.
        """
        self.env["website.cart.recovery.mail"].flush_model()
        activity = self._field_to_sql(alias, "cart_last_activity", query)
        values = SQL(", ").join(SQL("(%s, %s)", step.key, step.delay) for step in steps)
        return SQL(
            """EXISTS (
                SELECT FROM (VALUES %(values)s) AS step(key, delay)
                 WHERE %(activity)s <= %(now)s - step.delay
                   AND %(activity)s > %(now)s - step.delay - %(late)s
                   AND NOT EXISTS (
                        SELECT FROM website_cart_recovery_mail AS mail
                         WHERE mail.order_id = %(order)s
                           AND mail.step_key = step.key
                           AND mail.cart_activity = %(activity)s
                           AND (mail.state IN %(settled)s OR mail.mail_mail_id IS NOT NULL)
                           AND mail.state != 'skipped'
                   )
            ) AND NOT EXISTS (
                SELECT FROM website_cart_recovery_mail AS mail
                 WHERE mail.order_id = %(order)s
                   AND mail.state IN %(settled)s
                   AND mail.sent_date > %(now)s - %(apart)s
            )""",
            values=values,
            activity=activity,
            now=fields.Datetime.now(),
            late=LATE,
            apart=APART,
            order=self._field_to_sql(alias, "id", query),
            settled=SETTLED,
        )

    def _get_cart_company_amount(self):
        """Return the order's total in its company's currency.

        :rtype: float
        """
        self.ensure_one()
        return self.amount_total / (self.currency_rate or 1.0)

    def _get_next_cart_reminders(self, steps=None, by_hand=False):
        """Return the reminder that comes next for each cart that will get one more.

        :param list steps: the reminders of the carts' website; looked up if not given
        :param bool by_hand: somebody has decided: no cart is too old or too small
        :rtype: dict[sale.order, tools.cart_recovery.Step]
        """
        now = fields.Datetime.now()
        steps_of = {
            website: steps or website._get_cart_reminder_steps() for website in self.website_id
        }
        found = {}
        for order in self:
            settled = {
                mail.step_key for mail in order._get_current_reminders() if mail._is_settled()
            }
            amount = order._get_cart_company_amount()
            activity = order.cart_last_activity
            if order.website_id and activity:
                step = next_step(
                    steps_of[order.website_id], activity, settled, amount, now, by_hand
                )
                if step:
                    found[order] = step
        return found

    def _get_due_cart_reminders(self, steps):
        """Return the reminder that is due for each cart of which one is.

        :rtype: dict[sale.order, tools.cart_recovery.Step]
        """
        now = fields.Datetime.now()
        return {
            order: step
            for order, step in self._get_next_cart_reminders(steps).items()
            if step.is_due(order.cart_last_activity, now) and not order._is_just_reminded(now)
        }

    def _get_current_reminders(self):
        """Return what the book says of the cart since its customer last touched it.

        :rtype: website.cart.recovery.mail
        """
        return self.cart_recovery_mail_ids.filtered(
            lambda mail: mail.cart_activity == self.cart_last_activity
        )

    def _is_just_reminded(self, now):
        """Return whether the cart's last reminder is too recent for another one.

        :param datetime now: the moment that counts (UTC)
        :rtype: bool
        """
        return any(
            mail.state in SETTLED and mail.sent_date and mail.sent_date > now - APART
            for mail in self.cart_recovery_mail_ids
        )

    def _remind_abandoned_carts(self):
        """Send or skip the due reminder of each of these carts of one website, and book it.

        All of them are written to, so that another worker's snapshot cannot remind them again.
        """
        due = self._get_due_cart_reminders(self.website_id._get_cart_reminder_steps())
        self._remind_steps(due)

    def _remind_steps(self, steps):
        """Send or skip a reminder of each of these carts of one website, and book it.

        :param dict steps: the carts' reminders (`tools.cart_recovery.Step`)
        :return: why carts get none
        :rtype: dict[sale.order, str]
        """
        carts = self.browse().union(*steps)
        skips = carts._get_cart_recovery_skips()
        for step, orders in carts.grouped(steps.get).items():
            orders._remind_step(step, skips)
        return skips

    def _remind_step(self, step, skips):
        """Send one reminder to these carts, and book it.

        :param tools.cart_recovery.Step step: the reminder
        :param dict skips: the orders that get none, with the reason
        """
        now = fields.Datetime.now()
        skipped = self.filtered(skips.get)
        for reason, orders in skipped.grouped(skips.get).items():
            orders._book_reminders(step, {"state": "skipped", "skip_reason": reason})
            orders.write(
                {
                    "cart_recovery_skip_reason": reason,
                    "cart_recovery_error": False,
                    "cart_recovery_next_try": now + LOOK_AGAIN,
                }
            )
        control = (self - skipped).filtered(SaleOrder._is_in_control_group)
        control._book_reminders(step, {"state": "holdout"})
        reminded = self - skipped - control
        mails = reminded._send_cart_reminders(step)
        reminded._book_reminders(step, {"state": "sent"}, mails)
        (control + reminded).write(
            {
                "cart_recovery_skip_reason": False,
                "cart_recovery_error": False,
                "cart_recovery_next_try": now + APART,
            }
        )
        reminded.cart_recovery_email_sent = True

    def _book_reminders(self, step, vals, mails=None):
        """Write into the book what became of a reminder of these carts.

        :param tools.cart_recovery.Step step: the reminder
        :param dict vals: the rows' state and what goes with it
        :param dict mails: the orders' `mail.mail`, if they were made
        :return: the rows
        :rtype: website.cart.recovery.mail
        """
        # sudo: the book is written by the system only; each row is about one of these orders.
        book = self.env["website.cart.recovery.mail"].sudo()
        vals = {"skip_reason": False, "error": False, "sent_date": fields.Datetime.now(), **vals}
        rows = book.browse()
        new = []
        for order in self:
            # sudo: see above.
            row = order.sudo()._get_current_reminders()
            row = row.filtered(lambda row: row.step_key == step.key)
            about = {
                **vals,
                "amount": order._get_cart_company_amount(),
                "mail_mail_id": mails[order].id if mails else False,
            }
            if row:
                row.write(about)
                rows += row
            else:
                new.append(
                    {
                        **about,
                        "order_id": order.id,
                        "step_id": step.key > 0 and step.key,
                        "step_key": step.key,
                        "step_number": step.number,
                        "cart_activity": order.cart_last_activity,
                    }
                )
        return rows + book.create(new)

    def _is_in_control_group(self):
        """Return whether the cart is in its website's control group: always the same answer.

        What the cart has begun as, it remains, even when the share of the group is changed.

        :rtype: bool
        """
        self.ensure_one()
        begun = self._get_current_reminders().filtered(lambda mail: mail.state in SETTLED)
        if begun:
            return begun.sorted("id")[0].state == "holdout"
        return is_held_out(self.id, self.website_id.cart_recovery_holdout)

    def _cart_reminder_failed(self, error):
        """Note why the cart's reminder could not be made, and try again later.

        :param Exception error: what went wrong
        """
        message = work_queue.error_message(error, self.env)
        for order, step in self._get_next_cart_reminders().items():
            order._book_reminders(step, {"state": "failed", "error": message})
        self.write(
            {
                "cart_recovery_error": message,
                "cart_recovery_next_try": fields.Datetime.now() + RETRY,
            }
        )
