"""When the goods were in the customer's hands."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import STAFF


class StockPicking(models.Model):
    _inherit = "stock.picking"

    # === FIELDS === #

    delivered_date = fields.Datetime(
        string="Delivered on",
        help="When the customer got the goods, as the carrier reports it or as you enter it.",
        copy=False,
        groups=STAFF,
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("delivered_date")
    def _check_delivered_date(self):
        """Goods that are still here, or a day to come, would start the customer's deadlines.

        :raise ValidationError: the transfer is not done, or the date lies in the future
        """
        now = fields.Datetime.now()
        for picking in self.filtered("delivered_date"):
            if picking.state != "done" or picking.delivered_date > now:
                raise ValidationError(
                    self.env._(
                        "%(transfer)s: enter when the customer got the goods once they have left,"
                        " not before.",
                        transfer=picking.name,
                    )
                )

    # === BUSINESS METHODS === #

    def _get_delivered_moment(self):
        """Return when the customer got a parcel that has left, or must have got it by all accounts.

        :return: UTC
        :rtype: datetime
        """
        self.ensure_one()
        if self.delivered_date or self.carrier_id.delivery_type == "in_store":
            return self.delivered_date or self.date_done
        return self.date_done + timedelta(days=self.sale_id.website_id.withdrawal_transit_days)
