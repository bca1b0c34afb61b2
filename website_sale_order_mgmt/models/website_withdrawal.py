"""Websites: the withdrawal function of those that sell to consumers (CRD Art. 11a)."""

import pytz

from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

PAGE = "/shop/withdrawal"
# The words of the law, in Art. 11a(1) and (3); never translated by machines.
LABELS = {
    "withdraw": _lt("Withdraw from contract here"),
    "confirm": _lt("Confirm withdrawal"),
}
EEA_BESIDE_THE_EU = ("IS", "LI", "NO")


class Website(models.Model):
    _inherit = "website"

    # === FIELDS === #

    withdrawal_function = fields.Boolean(
        help="Whoever sells to consumers in the EU must have it (Directive 2011/83/EU, Art. 11a):"
        " the link on every page, the statement with its confirmation, the instruction in the"
        " order's confirmation.",
        compute="_compute_withdrawal_function",
        store=True,
        readonly=False,
    )
    withdrawal_transit_days = fields.Integer(
        string="Days until Parcels Arrive",
        help="The period of withdrawal begins when the customer has the last parcel. Where nobody"
        " has entered when that was, so many days are added to the day on which it left.",
        default=7,
    )

    _withdrawal_transit_days_positive = models.Constraint(
        "CHECK (withdrawal_transit_days >= 0)",
        "The days until parcels arrive cannot be negative.",
    )

    # === COMPUTE METHODS === #

    @api.depends("company_id")
    def _compute_withdrawal_function(self):
        """Begin with the function where the law applies, or where it is not known.

        Not computed again when the company moves: it is the merchant's decision then.
        """
        union = self.env.ref("base.europe", raise_if_not_found=False)
        for website in self:
            country = website.company_id.country_id
            website.withdrawal_function = (
                not country or country in union.country_ids or country.code in EEA_BESIDE_THE_EU
            )

    # === BUSINESS METHODS === #

    @api.model
    def _get_withdrawal_label(self, kind):
        """Return the law's words for the function or its confirmation, in the reader's language.

        :param str kind: ``withdraw`` or ``confirm``
        """
        return self.env._(LABELS[kind])

    def _get_shop_tz(self, company=None):
        """Return the time zone of the shop.

        A website has none of its own. The first one known counts: the website's public user, the
        company's contact, the website's salesperson, the company's working hours.

        :param res.company company: instead of the website's
        :rtype: datetime.tzinfo
        """
        # sudo: visitors may read neither users nor working hours; only the zone is taken.
        website = self.sudo()
        # sudo: see above.
        company = (company or website.company_id).sudo()
        name = (
            website.user_id.tz
            or company.partner_id.tz
            or website.salesperson_id.tz
            or company.resource_calendar_id.tz
        )
        return pytz.timezone(name or "UTC")
