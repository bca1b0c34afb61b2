"""Abandoned carts: what the e-mail of a reminder shows."""

from odoo import models
from odoo.tools import email_normalize, formataddr
from odoo.tools.misc import limited_field_access_token

SVG = b"P"  # what a picture begins with, in base64; no mail program shows it


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_cart_reminder_sender(self):
        """Return whom a reminder comes from: the shop, by its name, not a salesperson.

        :return: name and address, or nothing without the company's address
        :rtype: str
        """
        self.ensure_one()
        # sudo: customers see the shop's name and address in each of its mails.
        email = email_normalize(self.company_id.sudo().email)
        return formataddr((self.website_id.name, email)) if email else ""

    def _get_cart_reminder_amounts(self):
        """Return what the cart costs without the delivery, which is chosen again.

        :return: `with_taxes` (whether the shop shows prices with taxes), and, in the cart's
            currency, `untaxed`, `tax` and `total`
        :rtype: dict
        """
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: not line.is_delivery)
        untaxed, total = sum(lines.mapped("price_subtotal")), sum(lines.mapped("price_total"))
        shown = self.website_id.show_line_subtotals_tax_selection
        return {
            "with_taxes": shown == "tax_included",
            "untaxed": untaxed,
            "tax": total - untaxed,
            "total": total,
        }


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _get_cart_reminder_image_url(self):
        """Return the address of the product's picture, which opens without a login.

        What is no longer published is shown as well, as core's cart does.

        :rtype: str
        """
        self.ensure_one()
        field = "image_256"
        url = (
            f"{self.order_id.website_id.get_base_url()}"
            f"/web/image/product.product/{self.product_id.id}/{field}"
        )
        if self.product_id.is_published and self.product_id.active:
            return url
        # sudo: the token opens this one picture, for those who have it in their cart.
        token = limited_field_access_token(self.product_id.sudo(), field, scope="binary")
        return f"{url}?access_token={token}"

    def _get_cart_reminder_parts(self):
        """Return the lines with what a combo is made of.

        :rtype: sale.order.line
        """
        return self.linked_line_ids.filtered("combo_item_id")


class Website(models.Model):
    _inherit = "website"

    def _get_cart_reminder_logo_url(self):
        """Return the address of the website's logo; empty where mail programs cannot show it.

        :rtype: str
        """
        self.ensure_one()
        if not self.logo or self.logo.startswith(SVG):
            return ""
        return f"{self.get_base_url()}/web/image/website/{self.id}/logo/400x96"
