"""The order's page: its returns among the steps, and the way to a new one."""

from odoo import models

from ..tools.timeline import Action, Detail, Step
from .sale_order_return import OPEN


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS === #

    def _get_steps_returned(self):
        """Override: what the customer has announced is under way before a transfer is made."""
        steps = super()._get_steps_returned()
        requests = self.return_ids.filtered(lambda request: request.state not in ("cancelled",))
        if not requests:
            return steps
        details = tuple(
            Detail(
                self.env._(
                    "%(number)s: %(state)s",
                    number=request.name,
                    state=request._get_state_words(),
                ),
                self._local(request.create_date),
                request.get_portal_url(),
            )
            for request in requests.sorted("id")
        )
        if any(request.state in OPEN for request in requests):
            return [Step("returned", "current", None, details)]
        if steps:
            return [Step("returned", step.state, step.moment, details) for step in steps]
        moment = self._get_latest(requests, "write_date")
        if all(request.state == "refused" for request in requests):
            return []
        return [Step("returned", "done", moment, details)]

    def _get_shop_timeline_next(self, steps):
        """Override: a return that nobody has looked at is not waited for yet."""
        if any(step.kind == "returned" and step.state == "current" for step in steps):
            states = set(self.return_ids.mapped("state"))
            if "requested" in states and "approved" not in states:
                return self.env._("We look at your return, and tell you how it goes on.")
        return super()._get_shop_timeline_next(steps)

    def _get_shop_timeline_actions(self, steps):
        """Override: something can be returned."""
        actions = super()._get_shop_timeline_actions(steps)
        if self._can_ask_for_return():
            url = self._get_return_form_url()
            actions.insert(-1, Action("return", self.env._("Return something"), url))
        return actions

    def _get_return_form_url(self):
        """Return the address of the form for returns, for the customer of this order.

        :rtype: str
        """
        self.ensure_one()
        return f"/my/orders/{self.id}/return?access_token={self._portal_ensure_token()}"
