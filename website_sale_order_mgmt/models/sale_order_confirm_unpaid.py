"""Confirming by hand without the money, knowing what is short."""

from collections import defaultdict

from odoo import models
from odoo.tools import float_compare, float_round


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === ACTION METHODS === #

    def action_confirm_unpaid(self):
        """Open the wizard that confirms these orders, without their money or after their end.

        :rtype: dict
        """
        self.check_access("write")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "website_sale_order_mgmt.sale_order_confirm_unpaid_action"
        )
        return action | {"context": {"default_order_ids": self.ids}}

    # === BUSINESS METHODS === #

    def _confirm_without_payment(self):
        """Confirm these orders as if they were paid, and let their deliveries go.

        Cancelled orders are taken up again.

        :raise UserError: core's reason why an order cannot be confirmed
        """
        self.check_access("write")
        cancelled = self.filtered(lambda order: order.state == "cancel")
        cancelled.action_draft()
        cancelled.unpaid_expired = False
        cancelled._claim_rewards_again()
        reserved = self.filtered("unpaid_reserved")
        quotations = self.filtered(lambda order: order.state in ("draft", "sent"))
        quotations.with_context(send_email=True).action_confirm()
        # sudo: holds for the payment are released by this button, for those who may confirm.
        reserved.sudo()._stop_unpaid_wait()
        reserved._send_order_confirmation_mail()
        self._sync_shop_attention_activities()

    def _claim_rewards_again(self):
        """Give orders that had expired the discounts and gift cards back that core took from them.

        The customer was told what is to be paid with them. What has been used up meanwhile, or does
        not apply any more, is not given.
        """
        for order in self.filtered("unpaid_expired_rewards"):  # Of `sale_loyalty`.
            had = order.unpaid_expired_rewards
            coupons = order.applied_coupon_ids.browse(had["coupons"]).exists()
            rules = order.code_enabled_rule_ids.browse(had["rules"]).exists()
            for code in (*coupons.mapped("code"), *rules.mapped("code")):
                order._try_apply_code(code)
            order._update_programs_and_rewards()
            for coupon, claimable in order._get_claimable_rewards().items():
                for reward in claimable:
                    if reward.id in had["rewards"] and not reward.multi_product:
                        order._apply_program_reward(reward, coupon)
            order.unpaid_expired_rewards = False

    def _get_shortages(self):
        """Return what is missing in stock for these orders.

        For quotations, what they need beyond what is free in their warehouses; for confirmed
        orders, what their deliveries have not reserved.

        :return: product -> missing quantity, in the product's unit
        :rtype: dict[product.product, float]
        """
        missing = defaultdict(float)
        # sudo: quantities only; salespeople, and the shop, may read neither transfers nor stock.
        orders = self.sudo()
        confirmed = orders.filtered(lambda order: order.state == "sale")
        for move in confirmed.picking_ids.move_ids:
            leaves = move.location_dest_id.usage == "customer" and not move.move_orig_ids
            first = leaves or (move.move_dest_ids and not move.move_orig_ids)
            if first and move.state in ("confirmed", "waiting", "partially_available"):
                # product_qty and quantity: in the product's and the move's unit.
                reserved = move.product_uom._compute_quantity(
                    move.quantity, move.product_id.uom_id, rounding_method="HALF-UP"
                )
                missing[move.product_id] += move.product_qty - reserved
        goods = (orders - confirmed).order_line.filtered(lambda line: line.product_id.is_storable)
        for warehouse, lines in goods.grouped("warehouse_id").items():
            needed = defaultdict(float)
            for line in lines:
                needed[line.product_id] += line.product_uom_id._compute_quantity(
                    line.product_uom_qty, line.product_id.uom_id, rounding_method="HALF-UP"
                )
            for product, quantity in self.env["product.product"]._take_kits_apart(needed).items():
                # What is short for others already is not short for these orders once more.
                free = max(product.with_context(warehouse_id=warehouse.id).free_qty, 0.0)
                # Nor does another warehouse deliver what is missing in this one.
                missing[product] += max(quantity - free, 0.0)
        return {
            # sudo: back to the caller's own rights.
            product.sudo(self.env.su): float_round(
                quantity, precision_rounding=product.uom_id.rounding
            )
            for product, quantity in missing.items()
            if float_compare(quantity, 0, precision_rounding=product.uom_id.rounding) > 0
        }

    def _format_shortages(self, shortages):
        """Return a sentence for each product that is short.

        :param dict shortages: of `_get_shortages`
        :rtype: str
        """
        return "\n".join(
            self.env._(
                "%(product)s: %(quantity)g %(unit)s missing",
                product=product.display_name,
                quantity=quantity,
                unit=product.uom_id.name,
            )
            for product, quantity in shortages.items()
        )
