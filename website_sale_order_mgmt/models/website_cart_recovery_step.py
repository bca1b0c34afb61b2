"""More reminders of an abandoned cart, after the website's first one."""

from odoo import api, fields, models


class WebsiteCartRecoveryStep(models.Model):
    _name = "website.cart.recovery.step"
    _description = "Reminder of Abandoned Carts"
    _order = "website_id, sequence, delay, id"

    website_id = fields.Many2one(
        "website",
        required=True,
        ondelete="cascade",
        index=True,
        default=lambda self: self.env["website"].get_current_website(),
    )
    company_id = fields.Many2one(related="website_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(
        default=10, help="The order of the reminders: none is sent before one above it."
    )
    active = fields.Boolean(default=True)
    delay = fields.Float(
        string="Send After (Hours)",
        help="Hours after the customer last touched the cart.",
        required=True,
        default=72.0,
    )
    template_id = fields.Many2one(
        "mail.template",
        string="E-mail Template",
        domain=[("model", "=", "sale.order")],
        ondelete="set null",
        help="Without one, the template of the website's first reminder.",
    )
    min_amount = fields.Monetary(
        string="From Cart Value",
        help="Only carts of at least this total are reminded once more (company currency).",
    )
    mail_ids = fields.One2many("website.cart.recovery.mail", "step_id", string="Reminders")

    _delay_positive = models.Constraint(
        "CHECK(delay > 0)", "A reminder is sent some time after the cart was left: enter hours."
    )
    _min_amount_positive = models.Constraint(
        "CHECK(min_amount >= 0)", "The cart's value cannot be negative."
    )

    # === COMPUTE METHODS === #

    @api.depends("delay")
    def _compute_display_name(self):
        for step in self:
            step.display_name = self.env._("After %g hours", step.delay)

    # === ACTION METHODS === #

    def action_preview(self):
        """Open core's preview of this reminder's e-mail.

        :rtype: dict
        :raise UserError: there is no cart to show
        """
        self.ensure_one()
        return self.website_id._get_cart_reminder_preview(self._get_template())

    def action_test(self):
        """Send this reminder to the current user, with a cart as an example.

        :return: a notification
        :rtype: dict
        :raise UserError: the user has no e-mail address, or there is no template or cart to show
        """
        self.ensure_one()
        self.website_id._send_test_reminder(self._get_template())
        return self.website_id._get_test_notification()

    # === BUSINESS METHODS === #

    def _get_template(self):
        return self.template_id or self.website_id._get_first_cart_reminder_template()
