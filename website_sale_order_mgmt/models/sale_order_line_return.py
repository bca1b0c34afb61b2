"""Order lines: under which terms they were sold, and how much of them can come back."""

from collections import defaultdict

from odoo import api, fields, models

from ..const import STAFF
from .product_template_return import WITHDRAWAL_EXCEPTIONS
from .website_return_policy import SHIPPING_PAYERS


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # === FIELDS === #

    # Frozen when the order is confirmed; empty on orders that are older than this app.
    return_policy = fields.Selection(
        string="Sold With",
        help="Under which return policy this was sold; later changes do not touch it.",
        selection=[("window", "Returns within days"), ("final_sale", "No returns")],
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    return_window_days = fields.Integer(
        string="Return Days Sold With",
        help="Days after the delivery within which this may come back, as it was sold.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    return_shipping_paid_by = fields.Selection(
        string="Return Shipping Sold With",
        selection=SHIPPING_PAYERS,
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    return_fee_percent = fields.Float(
        string="Return Fee Sold With (%)",
        help="Percent of the price, as it was sold.",
        digits=(5, 2),
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    withdrawal_exception = fields.Selection(
        string="Sold Without Right of Withdrawal",
        help="Art. 16 of the Consumer Rights Directive, as the product was sold.",
        selection=WITHDRAWAL_EXCEPTIONS,
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    return_line_ids = fields.One2many(
        comodel_name="sale.order.return.line",
        inverse_name="sale_line_id",
        string="Returns",
        groups=STAFF,
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `sale`: what is added to a confirmed order is sold as of now."""
        lines = super().create(vals_list)
        lines.filtered(lambda line: line.order_id.state == "sale")._freeze_return_terms()
        return lines

    # === BUSINESS METHODS === #

    def _freeze_return_terms(self):
        """Write down the return terms of web orders' lines that have none yet."""
        # sudo: whoever pays or sells does not change the terms; only these fields are written.
        lines = self.sudo().filtered(
            lambda line: (
                line.order_id.website_id
                and line.product_id
                and not line.display_type
                and not line.return_policy
            )
        )
        for (template, website), same in lines.grouped(
            lambda line: (line.product_id.product_tmpl_id, line.order_id.website_id)
        ).items():
            same.write(template._get_return_terms(website))

    def _get_return_terms(self):
        """Return the terms under which a line was sold; today's if the order is older than them.

        :return: return_policy, return_window_days, return_shipping_paid_by, return_fee_percent and
            withdrawal_exception
        :rtype: dict
        """
        self.ensure_one()
        # sudo: the terms are the customer's own; portal users do not read the fields of staff.
        line = self.sudo()
        if not line.return_policy:
            return line.product_id.product_tmpl_id._get_return_terms(line.order_id.website_id)
        return {
            name: line[name]
            for name in (
                "return_policy",
                "return_window_days",
                "return_shipping_paid_by",
                "return_fee_percent",
                "withdrawal_exception",
            )
        }

    def _is_returnable(self):
        """Return whether a line is something that was sold: no section, fee, discount or delivery.

        What a refund leaves on the order is nothing that was sold either.

        :rtype: bool
        """
        self.ensure_one()
        # sudo: customers do not read refunds; only whether the line is of one.
        return bool(
            not self.sudo().refund_statement_id
            and self.product_id
            and not self.display_type
            and not self.is_delivery
            and not self.is_downpayment
            and self.product_id.type != "combo"
            and self.product_uom_qty > 0
            and self.price_unit >= 0
        )

    def _is_returned_as_goods(self):
        """Return whether something has to come back: services and digital goods do not.

        :rtype: bool
        """
        self.ensure_one()
        return self.qty_delivered_method == "stock_move"

    def _get_delivered_for_return(self):
        """Return what the customer has of a line, in the line's unit.

        Core's delivered quantity is less what has come back, kits included. Services that are
        invoiced when they are ordered count as delivered when the order is confirmed: nobody enters
        that they were.

        :rtype: float
        """
        self.ensure_one()
        if (
            not self._is_returned_as_goods()
            and self.product_id.invoice_policy == "order"
            and self.order_id.state == "sale"
        ):
            return max(self.qty_delivered, self.product_uom_qty)
        return self.qty_delivered

    def _get_returnable_quantities(self, kind="return"):
        """Return how much of each line can still be asked for, in the line's unit.

        A return is of what the customer has: delivered, minus returned, minus asked for. A
        withdrawal is of what was bought, delivered or not.

        :param str kind: a kind of `sale.order.return`
        :rtype: dict[sale.order.line, float]
        """
        balances = self._get_return_balances(kind)
        return {line: max(balance, 0.0) for line, balance in balances.items()}

    def _get_return_balances(self, kind="return"):
        """Return `_get_returnable_quantities`, below zero where too much is asked for."""
        # sudo: customers read neither transfers nor others' returns; only sums are taken.
        lines = self.sudo()
        taken, received = defaultdict(float), defaultdict(float)
        for line, asked_as, quantity, came in lines.env["sale.order.return.line"]._read_group(
            [("sale_line_id", "in", lines.ids)],
            ["sale_line_id", "kind"],
            ["taken_quantity:sum", "received_quantity:sum"],
        ):
            taken[line, asked_as] += quantity
            received[line] += came
        balances = {}
        for own, line in zip(self, lines, strict=True):
            if not line._is_returnable():
                balances[own] = 0.0 - taken[line, "return"] - taken[line, "withdrawal"]
                continue
            delivered = line._get_delivered_for_return()
            ordered = max(line.product_uom_qty - line._get_came_back(received[line]), delivered)
            if kind == "withdrawal":
                balance = ordered - taken[line, "return"] - taken[line, "withdrawal"]
            else:
                # What was withdrawn before it was delivered is not at the customer's.
                withdrawn = max(0.0, taken[line, "withdrawal"] - (ordered - delivered))
                balance = delivered - taken[line, "return"] - withdrawn
            balances[own] = line.product_uom_id.round(balance)
        return balances

    def _get_came_back(self, received):
        """Return how much of a line came back, by a return or by the warehouse alone.

        :param float received: what the returns know of
        :rtype: float
        """
        self.ensure_one()
        moves = self._get_outgoing_incoming_moves()[1].filtered(lambda move: move.state == "done")
        return max(
            received,
            sum(
                move.product_uom._compute_quantity(
                    move.quantity, self.product_uom_id, rounding_method="HALF-UP"
                )
                for move in moves
            ),
        )
