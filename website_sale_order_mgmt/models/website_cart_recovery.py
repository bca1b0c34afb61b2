"""Abandoned carts: each website's reminders, and the run that sends them."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..tools import work_queue
from ..tools.cart_recovery import Step

_logger = logging.getLogger(__name__)

BATCH_SIZE = 200
CRON = "website_sale.ir_cron_send_availability_email"  # Core's name for the reminders' cron.


class Website(models.Model):
    _inherit = "website"

    cart_recovery_step_ids = fields.One2many(
        "website.cart.recovery.step", "website_id", string="More Reminders"
    )
    cart_recovery_consent = fields.Selection(
        [
            ("consent", "Only customers who agreed in the checkout"),
            ("customers", "Customers who have bought before, or agreed in the checkout"),
            ("everyone", "Everyone whose e-mail address is known"),
        ],
        string="Who Gets Reminders",
        required=True,
        default="customers",
    )
    cart_recovery_holdout = fields.Integer(
        string="Control Group (%)",
        help="This share of the carts gets no reminder and is followed all the same: the report"
        " then shows what the reminders really bring. At most 50.",
    )

    @api.constrains("cart_recovery_holdout")
    def _check_cart_recovery_holdout(self):
        for website in self:
            if not 0 <= website.cart_recovery_holdout <= 50:
                raise ValidationError(
                    self.env._("The control group is a share of 0 to 50 % of the carts.")
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of the ORM: the reminders' cron runs while a website needs it."""
        websites = super().create(vals_list)
        websites._toggle_cart_recovery_cron()
        return websites

    def write(self, vals):
        """Override of the ORM: the reminders' cron runs while a website needs it."""
        result = super().write(vals)
        if "send_abandoned_cart_email" in vals:
            self._toggle_cart_recovery_cron()
        return result

    def unlink(self):
        """Override of the ORM: the reminders' cron runs while a website needs it."""
        result = super().unlink()
        self._toggle_cart_recovery_cron()
        return result

    # === ACTION METHODS === #

    def action_open_cart_recovery_steps(self):
        """Open the list of this website's further reminders.

        :rtype: dict
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "website_sale_order_mgmt.website_cart_recovery_step_action"
        )
        return action | {
            "domain": [("website_id", "=", self.id)],
            "context": {"default_website_id": self.id},
        }

    def action_preview_cart_reminder(self):
        """Open core's preview of the first reminder.

        :rtype: dict
        """
        self.ensure_one()
        return self._get_cart_reminder_preview(self._get_first_cart_reminder_template())

    def action_test_cart_reminder(self):
        """Send all reminders of this website to the current user, with a cart as an example.

        :return: a notification
        :rtype: dict
        :raise UserError: the user has no e-mail address, or there is no cart to show
        """
        self.ensure_one()
        for step in self._get_cart_reminder_steps():
            self._send_test_reminder(step.template)
        return self._get_test_notification()

    # === BUSINESS METHODS === #

    @api.model
    def _send_abandoned_cart_email(self):
        """Override of `website_sale`, called by its cron.

        Core reminds all carts of all websites in one transaction, with one fixed template. Here
        each website's own reminders count, carts are taken in batches, locked and checked again,
        the reminders and the book of them are committed together, and a cart that fails is set
        apart with its reason. What fails for a website as a whole is raised when the others are
        done, so that Odoo counts the failure and tells the administrator.

        :raise Exception: the first failure of a website
        """
        failures = []
        for website in self.search([("send_abandoned_cart_email", "=", True)]):
            try:
                if not website._remind_abandoned_carts():
                    break  # The time is up: the scheduler comes back for what remains.
            except Exception as error:
                _logger.warning("The reminders of %s failed", website, exc_info=True)
                self.env.cr.rollback()
                failures.append(error)
        if failures:
            raise failures[0]

    def _remind_abandoned_carts(self):
        """Send this website's reminders that are due. To be called by the cron's method only.

        :return: whether there is time left
        :rtype: bool
        """
        self.ensure_one()
        orders = self.env["sale.order"].with_company(self.company_id)
        return work_queue.process(
            orders.with_context(website_id=self.id),
            orders._get_carts_to_remind_domain(self),
            ["_remind_abandoned_carts"],
            "_cart_reminder_failed",
            BATCH_SIZE,
        )

    def _get_cart_reminder_steps(self):
        """Return the website's reminders in the order in which they are sent.

        That is the order of the list, after the website's own; none is sent before one above it.

        :rtype: list[tools.cart_recovery.Step]
        """
        self.ensure_one()
        template = self._get_first_cart_reminder_template()
        delay = self._get_cart_abandoned_delay()
        steps = [Step(0, 1, delay, template)]
        # sudo: a shopper's request and the cron read the steps; they are no secret.
        for number, step in enumerate(self.sudo().cart_recovery_step_ids.sorted(), 2):
            delay = max(delay, timedelta(hours=step.delay))
            steps.append(
                Step(step.id, number, delay, step.template_id or template, step.min_amount)
            )
        return steps

    def _get_first_cart_reminder_template(self):
        """Return the template of the first reminder: the website's, or core's.

        :rtype: mail.template
        """
        self.ensure_one()
        core = "website_sale.mail_template_sale_cart_recovery"
        return (
            self.cart_recovery_mail_template_id
            or self.env.ref(core, raise_if_not_found=False)
            or self.env["mail.template"]
        )

    def _send_test_reminder(self, template):
        """Send a reminder to the current user and to nobody else; nothing is booked.

        :param mail.template template: the reminder's
        :raise UserError: the user has no e-mail address, or there is no template or cart to show
        """
        self.ensure_one()
        if not self.env.user.email:
            raise UserError(self.env._("Enter your own e-mail address in your preferences first."))
        if not template:
            raise UserError(self.env._("There is no e-mail template for abandoned carts."))
        cart = self._get_example_cart()
        [mail] = template.with_context(
            cart_recovery_test=True,
            lang=self.env.lang,
            template_preview_lang=self.env.lang,
            website_id=self.id,
        ).send_mail_batch(cart.ids)
        mail.write(
            {
                "email_to": self.env.user.email_formatted,
                "email_cc": False,
                "recipient_ids": [Command.clear()],
                "model": False,
                "res_id": False,
            }
        )
        work_queue.trigger(self.env, work_queue.MAIL_QUEUE_CRON)

    def _get_test_notification(self):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The test is on its way to %s.", self.env.user.email),
            },
        }

    def _get_example_cart(self):
        """Return the cart that previews and tests show: the last one with an address.

        :rtype: sale.order
        :raise UserError: there is none
        """
        self.ensure_one()
        orders = self.env["sale.order"]
        domain = [("website_id", "=", self.id), ("order_line", "!=", False)]
        cart = orders.search([*domain, ("state", "=", "draft")], limit=1, order="id desc")
        cart = cart or orders.search(domain, limit=1, order="id desc")
        if not cart:
            raise UserError(
                self.env._("There is no cart to show yet. Put something into the cart of the shop.")
            )
        return cart

    def _get_cart_reminder_preview(self, template):
        """Return the action that previews a template with a cart.

        :param mail.template template: the reminder's
        :rtype: dict
        """
        action = self.env["ir.actions.act_window"]._for_xml_id("mail.mail_template_preview_action")
        cart = self._get_example_cart()
        return action | {
            "context": {
                "default_mail_template_id": template.id,
                "default_resource_ref": f"sale.order,{cart.id}",
                "cart_recovery_test": True,
            }
        }

    @api.model
    def _toggle_cart_recovery_cron(self):
        """Have core's cron run while a website reminds its customers, and not otherwise."""
        # sudo: whoever may set up websites decides whether this cron has work; nothing else.
        cron = self.env.ref(CRON, raise_if_not_found=False)
        if not cron:
            return
        # sudo: see above.
        needed = bool(self.sudo().search_count([("send_abandoned_cart_email", "=", True)], limit=1))
        cron = cron.sudo()
        if cron.active != needed:
            cron.active = needed
