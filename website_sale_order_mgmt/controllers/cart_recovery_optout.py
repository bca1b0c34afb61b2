"""No more reminders: the page with one button, and the click of the mail program (RFC 8058)."""

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from ..models.sale_order_cart_reminder import OPT_OUT

TEST = "test"  # instead of a token, in the tests that merchants send to themselves


class CartRecoveryOptout(http.Controller):
    @http.route(
        f"{OPT_OUT}/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
        readonly=True,
    )
    def show(self, token, **post):
        """Show whether reminders come, with the button that changes it; change nothing.

        Scanners of mail programs follow links.

        :param str token: as signed by `website.cart.recovery.optout`
        :raise NotFound: the token is wrong
        """
        if token == TEST:
            return self._test_page()
        return self._current_page(token, *self._read(token))

    @http.route(
        f"{OPT_OUT}/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
        csrf=False,
        save_session=False,
    )
    def change(self, token, again=None, **post):
        """Stop the reminders at once, or let them come again. RFC 8058: no login, no cookie.

        :param str token: as signed by `website.cart.recovery.optout`
        :param str again: set by the button that undoes it
        :raise NotFound: the token is wrong
        """
        if token == TEST:
            return self._test_page(stopped=not again)
        email_key, company, partner = self._read(token)
        # sudo: the signed link is the permission, for this address and company only.
        optouts = request.env["website.cart.recovery.optout"].sudo()
        if again:
            optouts._opt_in(email_key, company)
        else:
            optouts._opt_out(email_key, company)
        return self._current_page(token, email_key, company, partner)

    def _read(self, token):
        known = request.env["website.cart.recovery.optout"]._read_token(token)
        if not known:
            raise NotFound()
        return known

    def _current_page(self, token, email_key, company, partner):
        """Show what is true now, with a button for what can be changed here."""
        # sudo: only whether this address is stopped, for whoever has its signed link.
        optouts = request.env["website.cart.recovery.optout"].sudo()
        stopped = optouts._is_opted_out(email_key, company, partner)
        return self._page(token, company, stopped, optouts._is_blacklisted(partner))

    def _test_page(self, stopped=False):
        """Show merchants what the link of a test leads to; nobody is stopped."""
        # sudo: the shop's name, which is on each of its pages.
        return self._page(TEST, request.website.company_id.sudo(), stopped)

    def _page(self, token, company, stopped, blacklisted=False):
        return request.render(
            "website_sale_order_mgmt.cart_recovery_optout_page",
            {
                "token": token,
                "shop": company.name,
                "stopped": stopped,
                "blacklisted": blacklisted,
                "path": OPT_OUT,
            },
            headers={"X-Robots-Tag": "noindex", "Cache-Control": "no-store"},
        )
