"""Websites: how each of them treats its orders."""

from odoo import fields, models


class Website(models.Model):
    _inherit = "website"

    # === FIELDS === #

    shop_own_salesperson_first = fields.Boolean(
        string="Customer's Own Salesperson First",
        help="Orders that no rule takes go to the customer's own salesperson, if there is one, and"
        " only then to the website's.",
    )
