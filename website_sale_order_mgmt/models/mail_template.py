"""Mail templates: the link of the withdrawal function below the confirmation of an order."""

from markupsafe import Markup

from odoo import models


class MailTemplate(models.Model):
    _inherit = "mail.template"

    def _generate_template(self, res_ids, render_fields, **options):
        """Override of `mail`: confirmations of consumers' orders name the withdrawal function."""
        results = super()._generate_template(res_ids, render_fields, **options)
        if self.model == "sale.order" and "body_html" in render_fields:
            for order in self.env["sale.order"].browse(res_ids)._filtered_informed_by(self):
                lang = order._get_withdrawal_instruction_lang()
                note = order.with_context(lang=lang)._get_withdrawal_mail_note()
                body = results[order.id].get("body_html") or ""
                # rendered by Odoo, which has cleaned it
                results[order.id]["body_html"] = Markup(body) + note
        return results
