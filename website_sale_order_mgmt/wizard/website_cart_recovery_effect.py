"""What the reminders of abandoned carts bring, in words."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_amount

from ..tools.cart_recovery import RECOVERY
from ..tools.uplift import uplift


class WebsiteCartRecoveryEffect(models.TransientModel):
    _name = "website.cart.recovery.effect"
    _description = "Effect of the Reminders of Abandoned Carts"

    website_id = fields.Many2one(
        "website",
        required=True,
        default=lambda self: self.env["website"].get_current_website(),
    )
    currency_id = fields.Many2one(related="website_id.company_id.currency_id")
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self) - timedelta(days=90),
    )
    date_to = fields.Date(string="To", required=True, default=fields.Date.context_today)
    carts = fields.Integer(string="Carts Reminded", compute="_compute_effect")
    clicked = fields.Integer(string="Opened Again", compute="_compute_effect")
    recovered = fields.Integer(string="Ordered", compute="_compute_effect")
    revenue = fields.Monetary(compute="_compute_effect")
    control_carts = fields.Integer(string="Carts in the Control Group", compute="_compute_effect")
    control_recovered = fields.Integer(string="Ordered There", compute="_compute_effect")
    summary = fields.Text(compute="_compute_effect")

    @api.depends("website_id", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_effect(self):
        """Count carts, not mails: a cart with three reminders is one cart."""
        for effect in self:
            rows = self.env["website.cart.recovery.mail"].search(effect._get_domain())
            sent = rows.filtered(lambda row: row.state == "sent")
            control = rows.filtered(lambda row: row.state == "holdout")
            control = control.filtered(lambda row, carts=sent.order_id: row.order_id not in carts)
            recovered = sent.filtered("recovered_count")
            effect.carts = len(sent.order_id)
            effect.clicked = len(sent.filtered("click_date").order_id)
            effect.recovered = len(recovered.order_id)
            effect.revenue = sum(recovered.mapped("recovered_amount"))
            effect.control_carts = len(control.order_id)
            effect.control_recovered = len(control.filtered("recovered_count").order_id)
            effect.summary = effect._get_summary()

    def _get_domain(self):
        """Return the domain of the book's rows that the period is about."""
        self.ensure_one()
        return [
            ("website_id", "=", self.website_id.id),
            ("state", "in", ("sent", "holdout")),
            ("sent_date", ">=", self.date_from),
            ("sent_date", "<", self.date_to + timedelta(days=1)),
        ]

    def _get_summary(self):
        """Return what the numbers mean, with what is not known said as well."""
        days = RECOVERY.days
        if not self.carts:
            return self.env._("No cart was reminded in this time.")
        text = self.env._(
            "%(recovered)s of %(carts)s reminded carts were followed by an order within %(days)s"
            " days, worth %(revenue)s.",
            recovered=self.recovered,
            carts=self.carts,
            days=days,
            revenue=format_amount(self.env, self.revenue, self.currency_id),
        )
        return f"{text}\n{self._get_difference()}"

    def _get_difference(self):
        found = uplift(self.recovered, self.carts, self.control_recovered, self.control_carts)
        if not found:
            return self.env._(
                "Some of these customers would have come back anyway. With a control group (see"
                " the settings) this page says how many orders the reminders have really brought."
            )
        numbers = {
            "orders": round(abs(found.orders)),
            "carts": self.carts,
            "low": round(found.low),
            "high": round(found.high),
        }
        if not found.is_certain:
            return self.env._(
                "Compared with the control group nothing is certain yet: between %(low)s and"
                " %(high)s more orders of %(carts)s carts. More carts give a better answer.",
                **numbers,
            )
        if found.orders < 0:
            numbers |= {"low": round(-found.high), "high": round(-found.low)}
            return self.env._(
                "Reminders cost %(orders)s orders of %(carts)s carts, between %(low)s and"
                " %(high)s: the control group ordered more.",
                **numbers,
            )
        return self.env._(
            "Reminders brought %(orders)s more orders of %(carts)s carts, between %(low)s and"
            " %(high)s.",
            **numbers,
        )

    def action_open_rows(self):
        """Open the reminders of the period, as graph, pivot and list.

        :rtype: dict
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "website_sale_order_mgmt.website_cart_recovery_mail_action"
        )
        return action | {"domain": self._get_domain(), "target": "current"}
