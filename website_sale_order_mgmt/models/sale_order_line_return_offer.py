"""Order lines: what the customer hears of returning them: how many, until when, or why not."""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import format_date


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # === BUSINESS METHODS === #

    def _get_return_offers(self):
        """Return what can come back of each line that was sold, for its customer.

        :return: line -> quantity (in the line's unit), deadline (the last day, or None), within
            (whether it may come back without the shop's fault) and why_not (a sentence, if it may
            not)
        :rtype: dict[sale.order.line, dict]
        """
        lines = self.filtered(lambda line: line._is_returnable())
        quantities = lines._get_returnable_quantities()
        return {line: line._get_return_offer(quantities[line]) for line in lines}

    def _get_return_offer(self, quantity):
        """Return what can come back of a line; see `_get_return_offers`.

        :param float quantity: how much the customer has and has not asked for
        """
        self.ensure_one()
        terms = self._get_return_terms()
        handed_over = self._get_handed_over_day()
        deadline, why_not = None, ""
        if handed_over and terms["return_policy"] == "window":
            deadline = handed_over + timedelta(days=terms["return_window_days"])
        if not handed_over or (not quantity and not self._get_delivered_for_return()):
            why_not = self.env._("It has not been delivered, or it is back with us.")
        elif not quantity:
            why_not = self.env._("You have asked for its return already.")
        elif terms["return_policy"] == "final_sale":
            why_not = self.env._("It was sold without a right to return it.")
        elif deadline < self._get_shop_today():
            why_not = self.env._(
                "The time to return it ended on %(day)s.", day=format_date(self.env, deadline)
            )
        return {
            "quantity": quantity,
            "deadline": deadline,
            "within": bool(quantity) and not why_not,
            "why_not": why_not,
        }

    def _get_shop_today(self):
        """Return the day that it is in the shop.

        :rtype: datetime.date
        """
        return self.order_id._local(fields.Datetime.now()).date()

    def _get_handed_over_day(self):
        """Return the day on which the customer got the last of a line, in the shop's time zone.

        Where nobody has entered when a parcel arrived, that is when it left. Services are the
        customer's with the order.

        :return: None while nothing was handed over
        :rtype: datetime.date
        """
        self.ensure_one()
        if not self._is_returned_as_goods():
            order = self.order_id
            return order._local(order.date_order).date() if order.state == "sale" else None
        moves = self._get_handed_over_moves()
        moments = [move.picking_id.delivered_date or move.date for move in moves]
        return self.order_id._local(max(moments)).date() if moments else None

    def _get_handed_over_moves(self):
        """Return the moves that brought lines, or the parts of kits, to the customer.

        :rtype: stock.move
        """
        return self.move_ids.filtered(
            lambda move: move.state == "done" and move.location_dest_id._is_outgoing()
        ).sorted(lambda move: (move.date, move.id))

    def _get_moves_to_hand_over(self):
        """Return the moves that are to bring lines to the customer, also the steps before that.

        :rtype: stock.move
        """
        return self.move_ids.filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and not move.origin_returned_move_id
                and (move.location_final_id or move.location_dest_id)._is_outgoing()
            )
        )
