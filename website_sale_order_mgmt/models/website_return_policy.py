"""Websites: what may come back, until when, and who pays for it."""

from odoo import fields, models

APPROVALS = [("manual", "By hand"), ("automatic", "At once, within the policy")]
SHIPPING_PAYERS = [("customer", "The customer"), ("merchant", "The shop")]


class Website(models.Model):
    _inherit = "website"

    # === FIELDS === #

    return_window_days = fields.Integer(
        string="Returns Within (Days)",
        help="How many days after the delivery customers may return goods without a reason in law."
        " 0: not at all.",
        default=30,
    )
    return_approval = fields.Selection(
        string="Approval of Returns",
        help="At once: when everything asked for is within the policy. The rest waits for you.",
        selection=APPROVALS,
        required=True,
        default="manual",
    )
    return_shipping_paid_by = fields.Selection(
        help="Faulty and wrong goods always come back at the shop's cost.",
        selection=SHIPPING_PAYERS,
        required=True,
        default="customer",
    )
    return_fee_percent = fields.Float(
        string="Return Fee (%)",
        help="Kept of the price of what comes back, in percent. Never on withdrawals, nor on faulty"
        " or wrong goods.",
        digits=(5, 2),
    )

    _check_return_window_days = models.Constraint(
        "CHECK(return_window_days >= 0)",
        "The number of days for returns cannot be negative.",
    )
    _check_return_fee_percent = models.Constraint(
        "CHECK(return_fee_percent >= 0 AND return_fee_percent <= 100)",
        "The return fee lies between 0 and 100 percent.",
    )
