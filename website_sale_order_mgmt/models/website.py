"""Websites: how each of them treats its orders."""

from odoo import fields, models


class Website(models.Model):
    _inherit = "website"

    # === FIELDS === #

    shop_own_salesperson_first = fields.Boolean(
        string="Customer's Own Salesperson First",
        help="Orders that no rule takes go to the customer's own salesperson, if there is one, and"
        " only then to the website's.",
    )
    shop_waiting_takes_stock = fields.Boolean(
        string="Count Waiting Orders as Taken",
        help="What is in orders that wait for their money is not offered to others, where products"
        " are not sold when they are out of stock. It ends when the order is paid or cancelled.",
    )

    # === CRUD METHODS === #

    def unlink(self):
        """Override of the ORM: rules for this website alone are archived.

        Without a website they would be for all.
        """
        # sudo: whoever may delete a website need not be allowed to write rules.
        rules = self.env["sale.order.assignment.rule"].sudo()
        rules = rules.search([("website_ids", "in", self.ids)])
        rules.filtered(lambda rule: rule.website_ids <= self).active = False
        return super().unlink()

    # === BUSINESS METHODS === #

    def _asks_for_own_salesperson(self):
        """Return whether the setting or a rule gives orders first to customers' own salespeople.

        :rtype: bool
        """
        self.ensure_one()
        rules = self.env["sale.order.assignment.rule"]._get_rules(self.company_id.id)
        return self.shop_own_salesperson_first or any(
            rule.method == "contact" and (not rule.website_ids or self.id in rule.website_ids)
            for rule in rules
        )

    def _get_product_available_qty(self, product, **kwargs):
        """Override of `website_sale_stock`: what others have taken is not offered."""
        free = super()._get_product_available_qty(product, **kwargs)
        return free - product.with_context(warehouse_id=self.warehouse_id.id).shop_taken_qty
