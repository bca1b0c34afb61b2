"""The warehouse's day: what of the web orders is to be picked, packed and shipped."""

from odoo import fields, models

from odoo.addons.web.controllers.utils import clean_action

from ..const import STAFF

PICKING_LIST = "stock.action_report_picking"
DELIVERY_SLIP = "stock.action_report_delivery"
PRODUCT_LABELS = "website_sale_order_mgmt.stock_picking_report_labels"
PACKAGES = "stock.action_report_picking_packages"
PACKAGES_GROUP = "stock.group_tracking_lot"


class StockPicking(models.Model):
    _inherit = "stock.picking"

    # === FIELDS === #

    shop_payment_status = fields.Selection(
        string="Payment", related="sale_id.shop_payment_status", groups=STAFF
    )

    # === ACTION METHODS === #

    def action_print_all(self):
        """Print the picking lists, delivery slips and labels of these transfers, in their order.

        As core's button *Print* does, it keeps further goods out of transfers that are printed.

        :return: core's client action that prints several reports
        :rtype: dict
        """
        self.check_access("write")
        self.filtered(lambda pick: pick.state not in ("done", "cancel")).printed = True
        documents = [(PICKING_LIST, self), (DELIVERY_SLIP, self)]
        # Core's labels are for the goods that are reserved or done.
        documents.append(
            (PRODUCT_LABELS, self.filtered(lambda p: any(p.move_ids.mapped("quantity"))))
        )
        if self.env.user.has_group(PACKAGES_GROUP):
            documents.append((PACKAGES, self.filtered("move_line_ids.result_package_id")))
        reports = [
            self.env.ref(xmlid).report_action(pickings.ids, config=False)
            for xmlid, pickings in documents
            if pickings
        ]
        for report in reports:
            clean_action(report, self.env)
        return {
            "type": "ir.actions.client",
            "tag": "do_multi_print",
            "params": {"reports": reports, "anotherAction": False},
        }
