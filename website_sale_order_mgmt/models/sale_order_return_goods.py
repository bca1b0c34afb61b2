"""The goods of a return: how they come back, and what is done with them."""

from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError

from ..const import STAFF


class SaleOrderReturn(models.Model):
    _inherit = "sale.order.return"

    # === FIELDS === #

    picking_ids = fields.One2many(
        comodel_name="stock.picking",
        inverse_name="shop_return_id",
        string="Return Transfers",
        groups=STAFF,
    )
    difference = fields.Text(
        string="Not as Announced",
        help="What came back in another number than announced, or without having been announced.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )

    picking_count = fields.Integer(compute="_compute_picking_count", groups=STAFF)

    # === COMPUTE METHODS === #

    def _compute_picking_count(self):
        for request in self:
            request.picking_count = len(request.picking_ids)

    # === BUSINESS METHODS - ON THE WAY === #

    def _make_return_transfers(self):
        """Have the goods of approved returns come back, by core's own return wizard.

        One transfer for each delivery that they left with.

        :raise UserError: the goods are not with the customer
        """
        # sudo: customers and salespeople ask for returns; the warehouse's transfers follow.
        for request in self.sudo():
            for picking, quantities in request._spread_over_deliveries().items():
                transfer = request._return_picking(picking, quantities)
                transfer.write({"shop_return_id": request.id, "origin": request.name})

    def _return_picking(self, picking, quantities):
        """Return some of a delivery's goods.

        :param stock.picking picking: a delivery that is done
        :param dict[stock.move, float] quantities: in the units of the moves
        :return: the transfer
        :rtype: stock.picking
        """
        wizard = (
            self.env["stock.return.picking"]
            .with_company(picking.company_id)
            .with_context(active_model=picking._name, active_id=picking.id, active_ids=picking.ids)
            .create({"picking_id": picking.id})
        )
        for line in wizard.product_return_moves:
            line.quantity = quantities.get(line.move_id, 0.0)
        transfer = wizard._create_return()
        # Core takes the reservation from the earlier returns of the same delivery.
        earlier = (picking.return_ids - transfer).move_ids
        earlier.filtered(lambda move: move.state in ("confirmed", "waiting"))._action_assign()
        return transfer

    def _spread_over_deliveries(self):
        """Return what is to come back of which delivery, and note it on the lines.

        What is withdrawn may not have left yet.

        :rtype: dict[stock.picking, dict[stock.move, float]]
        :raise UserError: the goods are not with the customer
        """
        self.ensure_one()
        quantities = defaultdict(dict)
        for line in self.line_ids.filtered("quantity"):
            if not line.sale_line_id._is_returned_as_goods():
                continue
            moves = line.sale_line_id._get_handed_over_moves()
            shares = []
            for product, needed in line._get_needed_products().items():
                missing = needed
                for move in moves.filtered(
                    lambda move, product=product: move.product_id == product
                ):
                    unit = move.product_uom
                    wanted = product.uom_id._compute_quantity(
                        missing, unit, rounding_method="HALF-UP"
                    )
                    taken = min(wanted, move._get_shop_returnable_quantity())
                    if unit.compare(taken, 0.0) <= 0:
                        continue
                    quantities[move.picking_id][move] = taken
                    missing -= unit._compute_quantity(taken, product.uom_id, round=False)
                if self.kind == "return" and product.uom_id.compare(missing, 0.0) > 0:
                    raise UserError(
                        self.env._(
                            "%(product)s: the customer does not have that many.",
                            product=product.display_name,
                        )
                    )
                shares.append(1 - missing / needed)
            line.awaited_quantity = line.product_uom_id.round(line.quantity * min(shares))
        return quantities

    def _cancel_return_transfers(self):
        """Have the goods of these returns not come back.

        :raise UserError: some are here already
        """
        # sudo: see `_make_return_transfers`.
        transfers = self.sudo().picking_ids
        if transfers.filtered(lambda pick: pick.state == "done"):
            raise UserError(self.env._("The goods are here already."))
        transfers.filtered(lambda pick: pick.state != "cancel").action_cancel()

    # === BUSINESS METHODS - HERE === #

    def _note_received_goods(self, transfers):
        """Write down what came back with transfers that were validated just now.

        :param stock.picking transfers: of these returns
        """
        for request in self.filtered(lambda request: request.state == "approved"):
            done = request._get_done_moves()
            for line in request.line_ids:
                line.received_quantity = line._get_received_quantity(done)
            request._scrap_received_goods(transfers & request.picking_ids)
        self._receive_what_came()

    def _receive_what_came(self):
        """Take approved returns for received once something is here and no more is to come."""
        for request in self.filtered(lambda request: request.state == "approved"):
            states = set(request.picking_ids.mapped("state"))
            if "done" in states and states <= {"done", "cancel"}:
                request.difference = request._describe_difference(request._get_done_moves())
                request._receive()

    def _get_done_moves(self):
        """Return the moves by which goods of the return have come.

        :rtype: stock.move
        """
        self.ensure_one()
        return self.picking_ids.move_ids.filtered(
            lambda move: move.state == "done" and not move.scrap_id
        )

    def _describe_difference(self, done):
        """Return in words what came back otherwise than announced.

        :param stock.move done: the moves of this return that are done
        :rtype: str
        """
        self.ensure_one()
        words = []
        for line in self.line_ids:
            unit = line.product_uom_id
            if line.sale_line_id._is_returned_as_goods() and unit.compare(
                line.quantity, line.received_quantity
            ):
                words.append(
                    self.env._(
                        "%(product)s: %(announced)s announced, %(received)s received",
                        product=line.product_id.display_name,
                        announced=f"{line.quantity:g}",
                        received=f"{line.received_quantity:g}",
                    )
                )
        for move in done.filtered(lambda move: move.sale_line_id not in self.line_ids.sale_line_id):
            words.append(
                self.env._(
                    "%(product)s: %(received)s received, not announced",
                    product=move.product_id.display_name,
                    received=f"{move.quantity:g}",
                )
            )
        return "\n".join(words)

    def _scrap_received_goods(self, transfers):
        """Scrap what is not to go back to the shelf, before anybody can sell it again.

        :param stock.picking transfers: those that were validated just now
        """
        self.ensure_one()
        scrapped = self.line_ids.filtered(lambda line: line.disposition == "scrap").sale_line_id
        moves = transfers.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and not move.scrap_id
                and move.sale_line_id in scrapped
                and move.location_dest_id.usage == "internal"
            )
        )
        moves._take_off_shop_way_to_shelf()
        self.env["stock.scrap"].create(
            [
                {
                    "product_id": detail.product_id.id,
                    "product_uom_id": detail.product_uom_id.id,
                    "scrap_qty": detail.quantity,
                    "lot_id": detail.lot_id.id,
                    "package_id": detail.result_package_id.id,
                    "owner_id": detail.owner_id.id,
                    "location_id": detail.location_dest_id.id,
                    "picking_id": detail.picking_id.id,
                    "company_id": detail.company_id.id,
                    "origin": self.name,
                }
                for detail in moves.move_line_ids
                if detail.quantity
            ]
        ).do_scrap()
