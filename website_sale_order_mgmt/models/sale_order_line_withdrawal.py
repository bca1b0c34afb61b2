"""Order lines: whether a consumer can withdraw from them (CRD Art. 16)."""

from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # === BUSINESS METHODS === #

    def _get_withdrawal_exception(self):
        """Return the letter of Art. 16 under which a line was sold; empty if it has the right.

        :rtype: str
        """
        self.ensure_one()
        return self._get_return_terms()["withdrawal_exception"] or ""

    def _get_withdrawal_exception_label(self):
        """Return the exception in words, in the reader's language; empty if there is none.

        :rtype: str
        """
        self.ensure_one()
        # sudo: the customer's own terms, which are for staff otherwise.
        field = self.sudo()._fields["withdrawal_exception"]
        labels = dict(field._description_selection(self.env))
        return labels.get(self._get_withdrawal_exception(), "")
