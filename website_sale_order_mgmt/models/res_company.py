from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        if any(vals.get("stock_move_email_validation") for vals in vals_list):
            self._toggle_delivery_mail_cron()
        return companies

    def write(self, vals):
        result = super().write(vals)
        if "stock_move_email_validation" in vals:
            self._toggle_delivery_mail_cron()
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _toggle_delivery_mail_cron(self):
        """Keep the cron of the delivery mails active while a company's switch is on."""
        # sudo: all companies count, also those that this user does not see.
        companies = self.env["res.company"].sudo()
        is_on = bool(companies.search_count([("stock_move_email_validation", "=", True)], limit=1))
        # sudo: who may change the company's switch decides about this cron, nothing else.
        cron = self.env.ref("website_sale_order_mgmt.ir_cron_send_delivery_mails").sudo()
        if cron.active != is_on:
            cron.active = is_on
