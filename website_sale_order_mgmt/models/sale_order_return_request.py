"""Returns as customers send them: with pictures, and within the policy or not."""

from odoo import fields, models

from ..tools.pictures import MIMETYPE


class SaleOrderReturn(models.Model):
    _inherit = "sale.order.return"

    # === FIELDS === #

    picture_ids = fields.Many2many(
        comodel_name="ir.attachment",
        string="Pictures",
        help="From the customer, drawn anew from their pixels.",
        readonly=True,
        copy=False,
    )

    # === BUSINESS METHODS === #

    def _add_pictures(self, pictures):
        """Keep a customer's pictures.

        :param list[bytes] pictures: cleaned by `clean_picture`
        """
        self.ensure_one()
        # sudo: guests own no attachments; these are the return's, and follow its access.
        attachments = self.env["ir.attachment"].sudo()
        self.picture_ids = attachments.create(
            [
                {
                    "name": f"{self.name}-{number}.jpg",
                    "raw": picture,
                    "mimetype": MIMETYPE,
                    "res_model": self._name,
                    "res_id": self.id,
                }
                for number, picture in enumerate(pictures, 1)
            ]
        )

    def _is_within_policy(self):
        """Return whether the policy allows all of a return, so that nobody has to look at it.

        :rtype: bool
        """
        self.ensure_one()
        offers = self.line_ids.sale_line_id._get_return_offers()
        today = self.line_ids.sale_line_id._get_shop_today()
        return all(
            line._get_return_terms()["return_policy"] == "window"
            and offer["deadline"]
            and offer["deadline"] >= today
            for line, offer in offers.items()
        )
