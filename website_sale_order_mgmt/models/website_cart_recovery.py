"""Abandoned carts: the run that reminds them."""

from odoo import api, models

from ..tools import work_queue

BATCH_SIZE = 50


class Website(models.Model):
    _inherit = "website"

    @api.model
    def _send_abandoned_cart_email(self):
        """Override of `website_sale`, called by its cron.

        Core reminds all carts of all websites in one transaction, with one fixed template. Here
        each website's own template counts, carts are taken in batches, locked and checked again,
        the reminder and the mark that it was sent are committed together, and a cart that fails is
        set apart with its reason.
        """
        for website in self.search([("send_abandoned_cart_email", "=", True)]):
            orders = self.env["sale.order"].with_company(website.company_id)
            work_queue.process(
                orders.with_context(website_id=website.id),
                orders._get_carts_to_remind_domain(website),
                ["_remind_abandoned_carts"],
                "_cart_reminder_failed",
                BATCH_SIZE,
            )
