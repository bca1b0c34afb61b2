"""'I need it with my company's details': the invoice is credited and made out again, once."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools import work_queue


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS === #

    def _get_shop_invoices_to_change(self):
        """Return the invoices that the customer may still have with other billing details.

        :rtype: account.move
        """
        self.ensure_one()
        days = self.website_id.invoice_change_days
        since = fields.Date.context_today(self) - timedelta(days=days)
        return self._get_shop_invoices().filtered(
            lambda move: (
                bool(days)
                and move.invoice_date >= since
                and not move.shop_change_of_id
                and not move.reversal_move_ids.filtered(lambda note: note.state != "cancel")
            )
        )

    def _get_shop_change_refusal(self):
        """Return why no invoice can be changed, in words for the customer; empty if one can.

        :rtype: str
        """
        self.ensure_one()
        if self._get_shop_invoices_to_change():
            return ""
        if self._get_shop_invoices().shop_change_of_id:
            return self.env._(
                "Your invoice has been made out anew once already. Please contact us if it has to"
                " be changed again."
            )
        return self.env._(
            "The time in which you can have your invoice made out anew is over. Please contact us."
        )

    def _change_shop_invoices(self, details):
        """Credit the order's invoices and make them out again, with these details, and send both.

        Where the period of an invoice is closed, an accountant gets the task instead.

        :param dict details: checked by `_clean_shop_billing_details`
        :return: the new invoices; empty when an accountant looks after it
        :rtype: account.move
        :raise UserError: it is too late, it was done before, or other taxes would apply
        """
        self.ensure_one()
        work_queue.take_turn(self)
        invoices = self._get_shop_invoices_to_change()
        if not invoices:
            raise UserError(self._get_shop_change_refusal())
        if locked := invoices.filtered(
            lambda move: move._get_violated_lock_dates(move.date, bool(move.line_ids.tax_ids))
        ):
            locked._ask_accountant_to_change(details)
            return invoices.browse()
        partner = self._get_shop_billing_partner(details)
        if partner == self.partner_invoice_id and partner in invoices.partner_id:
            raise UserError(self.env._("Your invoice has these details already."))
        self.partner_invoice_id = partner
        made = invoices.with_company(self.company_id)._replace_shop_invoices(partner)
        made._queue_shop_send()
        return made.filtered("shop_change_of_id")
