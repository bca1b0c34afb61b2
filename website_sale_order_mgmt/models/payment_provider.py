"""Payment providers: what happens with orders whose money is to come."""

from odoo import api, fields, models

CONFIRMED_BY_CORE = ("cash_on_delivery", "on_site")  # Of `delivery` and `website_sale_collect`.


class PaymentProvider(models.Model):
    _inherit = "payment.provider"

    # === FIELDS === #

    unpaid_orders_wait = fields.Boolean(
        string="Orders Wait for the Money", compute="_compute_unpaid_orders_wait"
    )
    unpaid_order_policy = fields.Selection(
        string="Until the Money Is There",
        selection=[
            ("wait", "The order waits, nothing is reserved"),
            ("reserve", "Confirm the order and reserve its goods"),
        ],
        help="Reserve: the goods of web orders are kept for the customer, and their deliveries are"
        " on hold until the money is there. Orders with services wait: confirming them would give"
        " the services away.",
        default="wait",
        required=True,
    )
    unpaid_reminder_days = fields.Integer(
        string="Remind after",
        help="So many days after the order, the customer is reminded once. 0: never.",
    )
    unpaid_expiry_days = fields.Integer(
        string="Cancel after",
        help="So many days after the order, at the end of the day, it is cancelled, its goods and"
        " coupons are free again, and the customer is told. 0: never.",
    )

    # === CONSTRAINTS AND INDEXES === #

    _check_unpaid_days = models.Constraint(
        "CHECK(unpaid_reminder_days >= 0 AND unpaid_expiry_days >= 0)",
        "Days cannot be negative. Enter 0 for never.",
    )
    _check_unpaid_reminder = models.Constraint(
        "CHECK(unpaid_expiry_days = 0 OR unpaid_reminder_days < unpaid_expiry_days"
        " OR unpaid_expiry_days IS NULL OR unpaid_reminder_days IS NULL)",
        "Customers must be reminded before their order is cancelled.",
    )

    # === COMPUTE METHODS === #

    @api.depends("code", "custom_mode")
    def _compute_unpaid_orders_wait(self):
        for provider in self:
            provider.unpaid_orders_wait = provider._do_unpaid_orders_wait_hook()

    # === BUSINESS METHODS === #

    def _do_unpaid_orders_wait_hook(self):
        """Return whether payments by this provider stay pending until the shop sees the money.

        To be extended by modules with such a provider. Core confirms orders that are paid on site
        or on delivery by itself.

        :rtype: bool
        """
        self.ensure_one()
        return self.code == "custom" and self.custom_mode not in CONFIRMED_BY_CORE

    def _has_unpaid_policy(self):
        """Return whether anything but core's way is wanted for orders that wait.

        :rtype: bool
        """
        self.ensure_one()
        differs = (
            self.unpaid_order_policy != "wait"
            or self.unpaid_reminder_days
            or self.unpaid_expiry_days
        )
        return bool(self.unpaid_orders_wait and differs)
