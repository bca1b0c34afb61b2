"""Settings: the withdrawal function of the website."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # === FIELDS === #

    withdrawal_function = fields.Boolean(related="website_id.withdrawal_function", readonly=False)
    withdrawal_transit_days = fields.Integer(
        related="website_id.withdrawal_transit_days", readonly=False
    )
