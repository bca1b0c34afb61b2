"""Mail templates: tests and previews of the reminders of abandoned carts."""

from odoo import models


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def _generate_template(self, res_ids, render_fields, **options):
        """Override of `mail`: a test or preview does not open the customer's cart that it shows.

        Core's template, and those of merchants, may name the cart's token by themselves.
        """
        results = super()._generate_template(res_ids, render_fields, **options)
        is_test = self.env.context.get("cart_recovery_test") and self.model == "sale.order"
        if is_test and "body_html" in render_fields:
            for order in self.env["sale.order"].browse(res_ids).filtered("access_token"):
                values = results[order.id]
                values["body_html"] = (values.get("body_html") or "").replace(
                    f"access_token={order.access_token}", "reminder=test"
                )
        return results
