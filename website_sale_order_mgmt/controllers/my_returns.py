"""The list of a customer's returns in the portal."""

from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager


class MyReturns(CustomerPortal):
    # === ROUTES === #

    @route(["/my/returns", "/my/returns/page/<int:page>"], type="http", auth="user", website=True)
    def my_returns(self, page=1, **_kw):
        """List the returns of the customer's own orders, the newest first.

        :param int page: from 1
        """
        # Through the customer's own rights: the record rules leave others' returns out.
        returns = request.env["sale.order.return"]
        domain = self._prepare_returns_domain()
        pager = portal_pager(
            url="/my/returns", total=self._count_returns(), page=page, step=self._items_per_page
        )
        found = returns.browse()
        if returns.has_access("read"):
            found = returns.search(domain, limit=self._items_per_page, offset=pager["offset"])
        values = self._prepare_portal_layout_values() | {
            # sudo: the names of the orders; the returns themselves were found with own rights.
            "returns": found.sudo(),
            "page_name": "return",
            "pager": pager,
            "default_url": "/my/returns",
        }
        return request.render("website_sale_order_mgmt.portal_my_returns", values)

    # === TOOLING === #

    def _prepare_home_portal_values(self, counters):
        """Override of `portal`: how many returns the customer has."""
        values = super()._prepare_home_portal_values(counters)
        if "return_count" in counters:
            values["return_count"] = self._count_returns()
        return values

    def _count_returns(self):
        """Return how many returns the customer has.

        :rtype: int
        """
        returns = request.env["sale.order.return"]
        if not returns.has_access("read"):
            return 0
        return returns.search_count(self._prepare_returns_domain())

    def _prepare_returns_domain(self):
        """Return the domain of the customer's own returns, as core's for orders.

        :rtype: list
        """
        partner = request.env.user.partner_id.commercial_partner_id
        return [("partner_id", "child_of", partner.ids)]
