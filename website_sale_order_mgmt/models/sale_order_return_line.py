"""What comes back of one order line."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import float_compare

from .sale_order_return import OPEN, SETTLED


class SaleOrderReturnLine(models.Model):
    """One order line of a return; quantities are in the unit of the order line."""

    _name = "sale.order.return.line"
    _description = "Line of a Return"
    _order = "return_id, id"
    _rec_name = "sale_line_id"

    # === FIELDS === #

    return_id = fields.Many2one(
        comodel_name="sale.order.return",
        required=True,
        index=True,
        ondelete="cascade",
    )
    order_id = fields.Many2one(related="return_id.order_id", store=True, index=True)
    company_id = fields.Many2one(related="return_id.company_id", store=True, index=True)
    kind = fields.Selection(related="return_id.kind", store=True)
    state = fields.Selection(related="return_id.state")
    sale_line_id = fields.Many2one(
        comodel_name="sale.order.line",
        string="Order Line",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('order_id', '=', order_id), ('display_type', '=', False)]",
    )
    product_id = fields.Many2one(related="sale_line_id.product_id")
    product_uom_id = fields.Many2one(related="sale_line_id.product_uom_id")
    currency_id = fields.Many2one(related="sale_line_id.currency_id")
    quantity = fields.Float(
        help="How much the customer sends back, in the unit of the order line. 0: it came without"
        " having been announced.",
        digits="Product Unit",
        required=True,
        default=1.0,
    )
    reason_id = fields.Many2one(
        comodel_name="sale.order.return.reason",
        index="btree_not_null",
        ondelete="restrict",
    )
    note = fields.Text(string="The Customer's Words")
    received_quantity = fields.Float(
        string="Received",
        help="How much has come back, in the unit of the order line.",
        digits="Product Unit",
        readonly=True,
        copy=False,
    )
    awaited_quantity = fields.Float(
        string="To Come Back",
        help="How much of it the customer has and sends back: set on approval. What"
        " was withdrawn before it was delivered, and services, are not awaited.",
        digits="Product Unit",
        readonly=True,
        copy=False,
    )
    taken_quantity = fields.Float(
        help="What cannot be asked for again although core counts it as delivered.",
        digits="Product Unit",
        compute="_compute_taken_quantity",
        store=True,
    )
    disposition = fields.Selection(
        string="What to Do With It",
        help="Decided before the goods are received. Faulty goods are scrapped unless you say"
        " otherwise; services have none.",
        selection=[("restock", "Restock"), ("scrap", "Scrap")],
        compute="_compute_disposition",
        store=True,
        readonly=False,
    )
    refund_amount = fields.Monetary(
        string="Refund",
        help="What goes back to the customer for this line, taxes included, in the order's"
        " currency.",
        copy=False,
    )

    _check_quantity = models.Constraint(
        "CHECK(quantity >= 0 AND received_quantity >= 0)",
        "The quantity of a return cannot be negative.",
    )
    _sale_line_uniq = models.UniqueIndex(
        "(return_id, sale_line_id)", "Each order line can stand on a return once."
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "quantity",
        "received_quantity",
        "kind",
        "return_id.state",
        "return_id.without_goods",
        "sale_line_id.qty_delivered_method",
    )
    def _compute_taken_quantity(self):
        for line in self:
            state = line.return_id.state
            missing = max(line.quantity - line.received_quantity, 0.0)
            # What core's delivered quantity will never tell: money back, but no goods.
            settled_without_goods = (
                line.return_id.without_goods
                or line.kind == "withdrawal"
                or not line.sale_line_id._is_returned_as_goods()
            )
            taken = state in OPEN or (state in SETTLED and settled_without_goods)
            line.taken_quantity = missing if taken else 0.0

    @api.depends("reason_id", "sale_line_id")
    def _compute_disposition(self):
        for line in self:
            if not line.sale_line_id or not line.sale_line_id._is_returned_as_goods():
                line.disposition = False
            else:
                line.disposition = "scrap" if line.reason_id.fault == "faulty" else "restock"

    # === CONSTRAINT METHODS === #

    @api.constrains("quantity", "sale_line_id", "return_id")
    def _check_delivered(self):
        """No more comes back than the customer has.

        The rows of the order and its lines are locked before (`_lock_for_returns`).

        :raise ValidationError: more was asked for than was delivered, or a line of another order
        """
        for kind, lines in self.grouped("kind").items():
            for line in lines:
                if line.sale_line_id.order_id != line.return_id.order_id:
                    raise ValidationError(self.env._("This line belongs to another order."))
            balances = lines.sale_line_id._get_return_balances(kind)
            for line in lines.filtered(lambda line: line.return_id.state in OPEN):
                sale_line = line.sale_line_id
                rounding = sale_line.product_uom_id.rounding
                if float_compare(balances[sale_line], 0.0, precision_rounding=rounding) < 0:
                    raise ValidationError(
                        self.env._(
                            "%(product)s: no more can come back than the customer has and has not"
                            " asked for yet.",
                            product=sale_line.product_id.display_name,
                        )
                    )

    @api.constrains("reason_id", "return_id")
    def _check_reason(self):
        """Withdrawals need no reason (Art. 9(1) CRD), returns do.

        :raise ValidationError: the reason of a return is missing
        """
        for line in self:
            if line.kind == "return" and line.quantity and not line.reason_id:
                raise ValidationError(self.env._("Choose a reason for each line."))

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override: whoever else asks for the same order waits, and counts again.

        :raise UserError: the return has been decided on
        """
        returns = self.env["sale.order.return"].browse(
            {vals["return_id"] for vals in vals_list if vals.get("return_id")}
        )
        if not self.env.su and any(request.state != "requested" for request in returns):
            raise UserError(
                self.env._("What was asked for cannot be changed once it has been decided on.")
            )
        returns.order_id._lock_for_returns()
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_while_requested(self):
        """Keep what was decided on.

        :raise UserError: the return is not requested any more
        """
        if any(line.return_id.state != "requested" for line in self):
            raise UserError(
                self.env._("What was asked for cannot be changed once it has been decided on.")
            )

    def write(self, vals):
        """Override: quantities change under the same lock, and only while nothing is decided.

        :raise UserError: what was asked for is changed after the approval
        """
        if {"quantity", "sale_line_id", "return_id"} & vals.keys():
            if any(line.return_id.state != "requested" for line in self):
                raise UserError(
                    self.env._("What was asked for cannot be changed once it has been decided on.")
                )
            self.order_id._lock_for_returns()
        if {"received_quantity", "awaited_quantity"} & vals.keys() and not self.env.su:
            raise AccessError(self.env._("What came back is what the transfer says."))
        return super().write(vals)

    # === BUSINESS METHODS === #

    def _is_shops_fault(self):
        """Return whether the goods are faulty or wrong: no fee then, the shop pays the shipping."""
        self.ensure_one()
        return bool(self.reason_id.fault)

    def _get_settled_quantity(self):
        """Return for how much of the line money is due, in the unit of the order line.

        Of what is awaited, as much as has come back, once it is here; the rest as announced.

        :rtype: float
        """
        self.ensure_one()
        if self.state in SETTLED and not self.return_id.without_goods:
            announced = max(self.quantity - self.awaited_quantity, 0.0)
            return announced + self.received_quantity
        return self.quantity
