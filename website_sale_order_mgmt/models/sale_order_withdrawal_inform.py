"""Orders: the customer is informed of the right of withdrawal with the confirmation.

Source: Directive 2011/83/EU (CRD), Art. 6(1)(h), 8(7) and Annex I. Whichever template the merchant
has chosen for the confirmation, the link and the instruction with the model form go with it.
"""

import base64
import logging

from psycopg2 import OperationalError

from odoo import fields, models
from odoo.tools.misc import format_date

from .website_withdrawal import PAGE

_logger = logging.getLogger(__name__)

REPORT = "website_sale_order_mgmt.action_report_withdrawal_instruction"
TEMPLATE = "website_sale_order_mgmt.mail_template_withdrawal_instruction"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS - THE MAIL === #

    def _process_attachments_for_template_post(self, mail_template):
        """Override of `mail`: the instruction goes with the confirmation.

        A PDF that cannot be made does not hold up the confirmation: it follows in a mail of its
        own, which is tried as often as any mail that fails.
        """
        result = super()._process_attachments_for_template_post(mail_template)
        own = self.env.ref(TEMPLATE, raise_if_not_found=False)
        for order in self._filtered_informed_by(mail_template):
            try:
                with self.env.cr.savepoint():
                    attachment = order._make_withdrawal_instruction()
            except OperationalError:
                raise
            except Exception as error:
                if mail_template == own:
                    raise
                _logger.warning("The instruction on withdrawal of %s failed", order, exc_info=True)
                order.shop_mail_template_id = own
                order._shop_mail_failed(error)
            else:
                result.setdefault(order.id, {}).setdefault("attachments", []).append(attachment)
                order.withdrawal_informed_on = fields.Date.today()
        return result

    def _filtered_informed_by(self, mail_template):
        """Return the orders whose customers a mail informs of their right of withdrawal.

        :param mail.template mail_template: what is sent
        """
        own = self.env.ref(TEMPLATE, raise_if_not_found=False)
        return self.filtered(
            lambda order: (
                order.website_id
                and order.state == "sale"
                and mail_template in (order._get_confirmation_template(), own)
                and order._has_withdrawal_link()
            )
        )

    def _make_withdrawal_instruction(self):
        """Return the instruction with the model form, as mails take it: name and content (base64).

        :rtype: tuple[str, bytes]
        """
        self.ensure_one()
        # sudo: whoever pays or confirms need not read what is on it; it goes to the customer.
        reports = self.env["ir.actions.report"].sudo()
        content, _kind = reports._render_qweb_pdf(REPORT, self.ids)
        return f"{self._get_withdrawal_instruction_name()}.pdf", base64.b64encode(content)

    def _get_withdrawal_mail_note(self):
        """Return what stands below the confirmation, in the language of the context.

        :rtype: markupsafe.Markup
        """
        self.ensure_one()
        label = self.website_id._get_withdrawal_label("withdraw")
        return self.env["ir.qweb"]._render(
            "website_sale_order_mgmt.withdrawal_mail_note",
            {"url": self._get_withdrawal_url(), "label": label},
        )

    # === BUSINESS METHODS - THE INSTRUCTION === #

    def _get_withdrawal_instruction_lang(self):
        """Return the language in which the customer is informed."""
        self.ensure_one()
        return self.partner_id.lang or self.env.lang

    def _get_withdrawal_instruction_name(self):
        """Return the name of the instruction's file, without its ending."""
        self.ensure_one()
        order = self.with_context(lang=self._get_withdrawal_instruction_lang())
        return order.env._("Right of withdrawal - %(order)s", order=self.name)

    def _get_withdrawal_instruction_facts(self):
        """Return what is filled into the words of Annex I.

        :return: kind (``goods``, ``several`` or ``services``), has_services, trader, url, label,
            shipping_paid_by, exceptions (texts), ordered_on (text)
        :rtype: dict
        """
        self.ensure_one()
        lines = self._get_withdrawal_lines()
        goods = lines.filtered(lambda line: line.product_id.type == "consu")
        several = len(goods) > 1 or sum(goods.mapped("product_uom_qty")) > 1
        company = self.company_id
        address = [company.name, *company.partner_id._display_address(True).split("\n")]
        trader = [*address, company.phone, company.email]
        payers = {line._get_return_terms()["return_shipping_paid_by"] for line in goods}
        return {
            "kind": ("several" if several else "goods") if goods else "services",
            "has_services": bool(lines - goods),
            "trader": ", ".join(part.strip() for part in trader if part and part.strip()),
            "url": f"{self.get_base_url()}{PAGE}",
            "label": self.website_id._get_withdrawal_label("withdraw"),
            "shipping_paid_by": "merchant" if payers == {"merchant"} else "customer",
            "exceptions": [
                f"{line.product_id.display_name}: {label}"
                for line in lines
                if (label := line._get_withdrawal_exception_label())
            ],
            "ordered_on": format_date(self.env, self.date_order),
        }
