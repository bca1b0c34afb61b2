"""Withdrawals: how many come from one visitor, or acknowledge to one address, within an hour."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import hmac

from ..tools.order_status import clean_email, client_group

WINDOW = timedelta(hours=1)
MAX_PER_EMAIL = 5  # each is acknowledged to the address that was typed, whosever it is
MAX_PER_CLIENT = 20  # people may share an address of their office or operator


class SaleOrderWithdrawal(models.Model):
    _inherit = "sale.order.withdrawal"

    # === BUSINESS METHODS === #

    @api.model
    def _are_too_many(self, email, ip, identified_by):
        """Return whether so many were submitted that this one must wait.

        Whoever has logged in or has the order's link cannot be kept out by what others type.

        :param str email: as typed
        :param str ip: the visitor's address
        :param str identified_by: see the field
        :rtype: bool
        """
        keys = self._get_keys(email, ip)
        recent = Domain("submitted_at", ">", fields.Datetime.now() - WINDOW)
        limits = [("client_key", MAX_PER_CLIENT)]
        if identified_by == "typed":
            limits.append(("email_key", MAX_PER_EMAIL))
        return any(
            self.search_count(recent & Domain(key, "=", keys[key]), limit=limit) >= limit
            for key, limit in limits
        )

    @api.model
    def _get_keys(self, email, ip):
        """Return keyed hashes, so that no IP address is kept to count visitors.

        :rtype: dict[str, str]
        """
        # sudo: the key is the database's secret.
        env = self.env(su=True)
        return {
            "email_key": hmac(env, "withdrawal_email", clean_email(email)),
            "client_key": hmac(env, "withdrawal_client", client_group(ip)),
        }
