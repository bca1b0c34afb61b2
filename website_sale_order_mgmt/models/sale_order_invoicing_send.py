"""Automatic invoices: sent through core's pipeline, once they are posted and paid."""

from odoo import api, models

from ..tools import work_queue


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS === #

    def _send_shop_invoices(self):
        """Send the posted invoices of the orders that were not sent, through core's pipeline."""
        invoices = self.invoice_ids.filtered(
            lambda move: (
                move.state == "posted" and not move.is_move_sent and move._is_ready_to_be_sent()
            )
        )
        settings = {"mail_template": template} if (template := self._get_invoice_template()) else {}
        for company, moves in invoices.grouped("company_id").items():
            sender = self.env["account.move.send"].with_company(company)
            sender._generate_and_send_invoices(moves, **settings)
        self.write(work_queue.done_vals("shop_invoicing"))
        work_queue.trigger(self.env, work_queue.MAIL_QUEUE_CRON)

    @api.model
    def _get_invoice_template(self):
        """Return the template set beside core's Automatic Invoice, empty for the default one.

        :rtype: mail.template
        """
        # sudo: the parameter holds an id that the settings' form shows to the administrator.
        parameters = self.env["ir.config_parameter"].sudo()
        template_id = parameters.get_param("sale.default_invoice_email_template")
        return self.env["mail.template"].browse(int(template_id or 0)).exists()
