"""Orders: who may withdraw from them, from what of them, and until when (CRD Art. 9, 10 and 16)."""

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import STAFF
from ..tools import deadline
from .website_withdrawal import PAGE

OPEN = ("open", "running")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === FIELDS === #

    withdrawal_until = fields.Datetime(
        string="Withdrawal until",
        help="When the consumer's right of withdrawal ends: 14 days after the last parcel, services"
        " and digital content 14 days after the order. Empty before that, and for businesses.",
        compute="_compute_withdrawal_until",
        store=True,
        index="btree_not_null",
        groups=STAFF,
    )
    withdrawal_informed_on = fields.Date(
        string="Informed of the Withdrawal on",
        help="When the customer got the instruction on withdrawal. As long as that is missing, the"
        " period is twelve months longer (Directive 2011/83/EU, Art. 10).",
        copy=False,
        groups=STAFF,
    )
    withdrawal_state = fields.Selection(
        [
            ("none", "No right of withdrawal"),
            ("open", "Not begun"),
            ("running", "Running"),
            ("ended", "Ended"),
        ],
        string="Withdrawal Period",
        compute="_compute_withdrawal_state",
        search="_search_withdrawal_state",
        groups=STAFF,
    )
    withdrawal_ids = fields.One2many(
        "sale.order.withdrawal", "order_id", string="Withdrawals", groups=STAFF
    )
    withdrawal_count = fields.Integer(compute="_compute_withdrawal_count", groups=STAFF)

    # === COMPUTE METHODS === #

    @api.depends(
        "state",
        "date_order",
        "partner_id",
        "withdrawal_informed_on",
        "picking_ids.state",
        "picking_ids.date_done",
        "picking_ids.delivered_date",
    )
    def _compute_withdrawal_until(self):
        """Count the period of each confirmed web order of a consumer."""
        for order in self:
            order.withdrawal_until = (
                order.website_id
                and order.state == "sale"
                and order._is_of_consumer()
                and order._get_withdrawal_until()
            )

    @api.depends("withdrawal_until", "state", "partner_id", "website_id.withdrawal_function")
    def _compute_withdrawal_state(self):
        now = fields.Datetime.now()
        for order in self:
            has_right = (
                order.website_id.withdrawal_function
                and order.state in ("sent", "sale")
                and order._is_of_consumer()
            )
            if not has_right:
                order.withdrawal_state = "none"
            elif not order.withdrawal_until:
                order.withdrawal_state = "open"
            else:
                order.withdrawal_state = "running" if order.withdrawal_until >= now else "ended"

    @api.depends("withdrawal_ids")
    def _compute_withdrawal_count(self):
        # sudo: how many there are; who may see them is checked when they are opened.
        statements = self.env["sale.order.withdrawal"].sudo()
        counts = dict(
            statements._read_group([("order_id", "in", self.ids)], ["order_id"], ["__count"])
        )
        for order in self:
            order.withdrawal_count = counts.get(order._origin, 0)

    def _search_withdrawal_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        # The same as above, but that people are told from businesses as far as columns tell it.
        right = Domain("website_id.withdrawal_function", "=", True) & Domain(
            "state", "in", ("sent", "sale")
        )
        right &= Domain("withdrawal_until", "!=", False) | (
            Domain("partner_id.commercial_partner_id.is_company", "=", False)
            & Domain("partner_id.commercial_partner_id.vat", "in", (False, "", "/"))
        )
        domains = {
            "none": ~right,
            "open": right & Domain("withdrawal_until", "=", False),
            "running": right & Domain("withdrawal_until", ">=", "now"),
            "ended": right & Domain("withdrawal_until", "<", "now"),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    # === ACTION METHODS === #

    def action_view_withdrawals(self):
        """Open what the customers of these orders have submitted."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "website_sale_order_mgmt.sale_order_withdrawal_action"
        )
        return action | {"domain": [("order_id", "in", self.ids)], "context": {}}

    # === BUSINESS METHODS === #

    def _filter_withdrawn(self):
        """Return the orders that may have been withdrawn from, without a query for the others.

        :rtype: sale.order
        """
        # sudo: whoever confirms or pays an order does not look after its withdrawals.
        return self.sudo().filtered("return_serial")

    def _begin_withdrawn_returns(self):
        """Hold what the customers withdrew from before these orders were confirmed."""
        for statement in self.withdrawal_ids:  # One by one, as they were made.
            if statement.return_id.state == "requested":
                statement._begin_return()

    # === BUSINESS METHODS - UNTIL WHEN === #

    def _is_of_consumer(self):
        """Return whether the customer counts as a consumer; in doubt, yes.

        :rtype: bool
        """
        self.ensure_one()
        # sudo: whoever sees the order may not read its contact's company; only the answer is given.
        partner = self.sudo().partner_id.commercial_partner_id
        return not deadline.is_business(
            partner.is_company, partner.vat, partner.country_id.code or ""
        )

    def _get_withdrawal_until(self):
        """Return when the right of withdrawal ends; nothing while it has not begun.

        :return: UTC
        :rtype: datetime | bool
        """
        self.ensure_one()
        got = self._get_withdrawal_event()
        if not got:
            return False
        country, region, zone = self._get_withdrawal_place()
        day = deadline.last_day_informed(
            deadline.local_day(got, zone), self.withdrawal_informed_on or None, country, region
        )
        return deadline.end_of_day(day, zone)

    def _get_withdrawal_event(self):
        """Return when the consumer got the last parcel, or ordered what is not sent.

        :return: UTC
        :rtype: datetime | bool
        """
        self.ensure_one()
        if not self._has_goods():
            return self.date_order
        parcels = self._get_customer_pickings()
        if not parcels or parcels.filtered(lambda pick: pick.state != "done"):
            return False
        return max(parcel._get_delivered_moment() for parcel in parcels)

    def _get_withdrawal_place(self):
        """Return where the customer lives: the country, the region and the time zone.

        :rtype: tuple[str, str, datetime.tzinfo]
        """
        self.ensure_one()
        customer, goods_to = self.partner_id, self.partner_shipping_id
        home = customer if customer.country_id else goods_to
        country = home.country_id.code or ""
        zone = deadline.zone_of(country, customer.tz, self._get_shop_tz())
        return country, home.state_id.code or "", zone

    def _get_withdrawal_last_day(self):
        """Return the last day of the period where the customer lives, for texts.

        :rtype: date | bool
        """
        self.ensure_one()
        if not self.withdrawal_until:
            return False
        _country, _region, zone = self._get_withdrawal_place()
        return deadline.local_day(self.withdrawal_until, zone)

    # === BUSINESS METHODS - FROM WHAT === #

    def _get_withdrawal_lines(self):
        """Return the lines that were sold: not the delivery, no discounts, no sections.

        :rtype: sale.order.line
        """
        self.ensure_one()
        return self.order_line.filtered(lambda line: line._is_returnable())

    def _get_withdrawal_quantities(self):
        """Return how much of each line a consumer can withdraw from, in the line's unit.

        :return: 0 for what has no right of withdrawal, or was withdrawn from already
        :rtype: dict[sale.order.line, float]
        """
        self.ensure_one()
        lines = self._get_withdrawal_lines()
        left = lines._get_returnable_quantities("withdrawal")
        return {
            line: 0.0 if line._get_withdrawal_exception() else quantity
            for line, quantity in left.items()
        }

    def _get_withdrawal_url(self):
        """Return the address of the withdrawal function with this order chosen.

        :return: absolute, with the order's token
        :rtype: str
        """
        self.ensure_one()
        self._portal_ensure_token()
        return f"{self.get_base_url()}{PAGE}?order_id={self.id}&access_token={self.access_token}"

    def _has_withdrawal_link(self):
        """Return whether the customer is told of the withdrawal function.

        :rtype: bool
        """
        self.ensure_one()
        return self.withdrawal_state in OPEN
