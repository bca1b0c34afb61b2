"""Users: up to which amount they refund web orders by themselves."""

from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    # Nobody sets an own limit: it is not among the fields that users may write on themselves.
    refund_limit = fields.Float(
        help="Up to how much this user refunds of an order without asking, in the currency of the"
        " order's company. Above it a manager of refunds confirms. 0: no limit.",
        digits=(16, 2),
        groups="base.group_erp_manager,website_sale_order_mgmt.group_refund_user",
    )
