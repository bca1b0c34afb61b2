"""Abandoned carts: which ready e-mail a website and its reminders begin with."""

from odoo import api, fields, models

CORE_TEMPLATE = "website_sale.mail_template_sale_cart_recovery"
READY = "website_sale_order_mgmt.mail_template_cart_reminder_%s"
LAST_READY = 3
DELAYS = (24.0, 72.0)  # hours, of the second and third reminder
LATER = 72.0  # hours between further ones


class Website(models.Model):
    _inherit = "website"

    # Core's default is its own template: websites that were there before keep it.
    cart_recovery_mail_template_id = fields.Many2one(
        default=lambda self: self._default_cart_reminder_template()
    )

    # === DEFAULT METHODS === #

    def _default_cart_reminder_template(self):
        """Return the ready template of the first reminder, or else core's.

        :rtype: mail.template
        """
        return self._get_ready_cart_template(1) or self.env.ref(
            CORE_TEMPLATE, raise_if_not_found=False
        )

    # === BUSINESS METHODS === #

    @api.model
    def _get_ready_cart_template(self, number):
        """Return the ready template for a reminder; the last one serves all further ones.

        :param int number: the reminder's place, from 1
        :return: nothing when it was deleted
        :rtype: mail.template | None
        """
        return self.env.ref(READY % min(number, LAST_READY), raise_if_not_found=False)


class WebsiteCartRecoveryStep(models.Model):
    _inherit = "website.cart.recovery.step"

    # === DEFAULT METHODS === #

    @api.model
    def default_get(self, fields):
        """Override of the ORM: propose the time and the e-mail that come next on the website."""
        values = super().default_get(fields)
        website = self.env["website"].browse(
            values.get("website_id") or self.env.context.get("default_website_id")
        )
        if not website:
            return values
        steps = website.cart_recovery_step_ids
        proposed = {
            "delay": self._get_proposed_delay(website),
            "template_id": website._get_ready_cart_template(len(steps) + 2),
            "sequence": max(steps.mapped("sequence"), default=0) + 10,
        }
        for name, value in proposed.items():
            if name in fields and value and f"default_{name}" not in self.env.context:
                values[name] = value if name != "template_id" else value.id
        return values

    def _get_proposed_delay(self, website):
        """Return after how many hours the website's next reminder would be good.

        :rtype: float
        """
        last = max(
            website._get_cart_abandoned_delay().total_seconds() / 3600,
            *website.cart_recovery_step_ids.mapped("delay"),
            0.0,
        )
        return next((delay for delay in DELAYS if delay > last), last + LATER)


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    @api.onchange("send_abandoned_cart_email")
    def _onchange_send_abandoned_cart_email(self):
        """Propose the ready template when the reminders are switched on, in place of core's."""
        website = self.website_id._origin
        if self.send_abandoned_cart_email and not website.send_abandoned_cart_email:
            core = self.env.ref(CORE_TEMPLATE, raise_if_not_found=False)
            ready = website._get_ready_cart_template(1)
            if ready and self.cart_recovery_mail_template in (core, self.env["mail.template"]):
                self.cart_recovery_mail_template = ready


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === ACTION METHODS === #

    def action_recovery_email_send(self):
        """Override of `website_sale`: the ready templates are whole pages, without a frame."""
        action = super().action_recovery_email_send()
        template = self.env["mail.template"].browse(action["context"]["default_template_id"])
        # sudo: only whether its body brings the page along.
        if "website_sale_order_mgmt.cart_reminder_mail" in (template.sudo().body_html or ""):
            action["context"]["default_email_layout_xmlid"] = (
                "website_sale_order_mgmt.cart_reminder_mail_layout"
            )
        return action
