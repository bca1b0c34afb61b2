"""The warehouse's day: lists, filters and documents of the web orders' transfers."""

from datetime import timedelta

from lxml import etree

from odoo.fields import Datetime, Domain
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import ShopCommon


@tagged("post_install", "-at_install")
class TestWarehouse(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.worker = cls._new_user("worker", "stock.group_stock_user")
        cls.action = cls.env.ref("website_sale_order_mgmt.stock_picking_action_web")

    def _new_transfer(self, paid=True, **values):
        order = self._new_order(carrier_id=self.free_delivery.id, **values)
        if paid:
            self._pay(order)
        else:
            order.action_confirm()
        return order.picking_ids

    def _search(self, *filters):
        """Return what the worker sees of the web deliveries with some filters."""
        transfers = self.env["stock.picking"].with_user(self.worker)
        arch = transfers.get_view(self.action.search_view_id.id, "search")["arch"]
        tree = etree.fromstring(arch)
        names = {"current_date": str(Datetime.now().date()), "uid": self.worker.id}
        domain = Domain(safe_eval(self.action.domain))
        for name in filters:
            [node] = tree.findall(f".//filter[@name='{name}']")
            domain &= Domain(safe_eval(node.get("domain"), names))
        return transfers.search(domain)

    def test_the_transfers_of_web_orders(self):
        mine = self._new_transfer()
        order = self._new_order()
        order.website_id = False
        order.action_confirm()
        self.assertIn(mine, self._search())
        self.assertNotIn(order.picking_ids, self._search())
        self.assertIn("search_default_to_do", self.action.context)

    def test_the_worker_sees_website_promise_payment_hold_and_carrier(self):
        picking = self._new_transfer()
        picking._shop_hold("other")
        modes = {view.view_mode: view.view_id for view in self.action.view_ids}
        for mode in ("list", "kanban"):
            transfers = self.env["stock.picking"].with_user(self.worker)
            view = transfers.get_view(modes[mode].id, mode)
            names = {node.get("name") for node in etree.fromstring(view["arch"]).iter("field")}
            wanted = {"website_id", "date_deadline", "shop_payment_status", "hold_reason"}
            self.assertLessEqual(wanted | {"carrier_id"}, names)
            self.env.invalidate_all()
            [read] = picking.with_user(self.worker).web_read(
                {name: {} for name in wanted | {"carrier_id"}}
            )
            self.assertEqual(read["shop_payment_status"], "paid")
            self.assertEqual(read["carrier_id"], self.free_delivery.id)
            self.assertTrue(read["date_deadline"])

    def test_the_list_begins_with_what_the_warehouse_needs(self):
        self.worker.group_ids += self.env.ref("stock.group_stock_multi_locations")
        list_view = self.action.view_ids.filtered(lambda view: view.view_mode == "list").view_id
        transfers = self.env["stock.picking"].with_user(self.worker)
        view = etree.fromstring(transfers.get_view(list_view.id, "list")["arch"])
        columns = {node.get("name"): node for node in view.iter("field")}
        self.assertLessEqual({"location_id", "location_dest_id", "scheduled_date"}, set(columns))
        shown = {
            name
            for name, node in columns.items()
            if node.get("optional") != "hide" and not node.get("column_invisible")
        }
        icons = {"priority", "activity_exception_decoration", "json_popover"}
        wanted = {"name", "partner_id", "website_id", "date_deadline", "shop_payment_status"}
        wanted |= {"hold_reason", "origin", "picking_type_id", "carrier_id", "state"}
        self.assertEqual(shown - icons, wanted)

    def test_ready_and_paid(self):
        ready, unpaid = self._new_transfer(), self._new_transfer(paid=False)
        sold_out = self._create_product(name="Chair", taxes_id=False)
        held, short = self._new_transfer(), self._new_transfer(product=sold_out)
        held._shop_hold("address")
        found = self._search("ready_paid")
        self.assertEqual(found & (ready + unpaid + held + short), ready)
        self.assertEqual(self._search("on_hold") & (ready + unpaid + held + short), held)

    def test_late_and_to_ship_today(self):
        now = Datetime.now()
        late, today, later, gone = (self._new_transfer() for _each in range(4))
        for picking, days in ((late, -2), (today, 0), (later, 3), (gone, -2)):
            picking.move_ids.date_deadline = now + timedelta(days=days + 1)
            picking.scheduled_date = now + timedelta(days=days)
        gone.move_ids.picked = True
        gone.button_validate()
        every = late + today + later + gone
        self.assertEqual(self._search("late") & every, late)
        self.assertEqual(self._search("ship_today") & every, late + today)

    def test_picking_and_packing_belong_to_it(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        pick = self._new_transfer()
        self.assertIn(pick, self._search("to_do"))
        self.assertIn(pick, self._search("internal"))

    def test_grouped_by_carrier(self):
        pickings = self._new_transfer() + self._new_transfer()
        groups = (
            self.env["stock.picking"]
            .with_user(self.worker)
            ._read_group([("id", "in", pickings.ids)], ["carrier_id"], ["__count"])
        )
        self.assertEqual(groups, [(self.free_delivery.with_user(self.worker), 2)])

    def _render(self, report):
        """Return what a report of `do_multi_print` shows, as the worker gets it."""
        self.assertEqual((report["type"], report["report_type"]), ("ir.actions.report", "qweb-pdf"))
        reports = self.env["ir.actions.report"].with_user(self.worker)
        ids = report["context"]["active_ids"]
        html, _kind = reports._render_qweb_html(report["report_name"], ids)
        return html.decode()

    def test_all_documents_in_one_go_in_the_order_of_the_selection(self):
        products = [
            self._create_product(name=name, is_storable=True, tracking=tracking, taxes_id=False)
            for name, tracking in (("Alpha", "none"), ("Beta", "lot"), ("Gamma", "none"))
        ]
        quants = self.env["stock.quant"].with_context(inventory_mode=True)
        for product in products:
            lot = product.tracking == "lot" and self.env["stock.lot"].create(
                {"name": "LOT-7", "product_id": product.id}
            )
            quants.create(
                {
                    "product_id": product.id,
                    "lot_id": lot and lot.id,
                    "location_id": self.warehouse.lot_stock_id.id,
                    "inventory_quantity": 5.0,
                }
            ).action_apply_inventory()
        first, second, third = (self._new_transfer(product=product) for product in products)
        selection = third + first + second
        action = selection.with_user(self.worker).action_print_all()
        self.assertEqual(action["tag"], "do_multi_print")
        lists, slips, labels = action["params"]["reports"]
        for report in (lists, slips):
            html = self._render(report)
            places = [html.index(picking.name) for picking in selection]
            self.assertEqual(places, sorted(places))
        html = self._render(labels)
        places = [html.index(name) for name in ("Gamma", "Alpha", "Beta")]
        self.assertEqual(places, sorted(places))
        self.assertIn("LOT-7", html)
        self.assertTrue(all(selection.mapped("printed")))

    def test_transfers_without_goods_yet_have_no_labels(self):
        waiting = self._new_transfer(product=self._create_product(name="Chair", taxes_id=False))
        reports = waiting.with_user(self.worker).action_print_all()["params"]["reports"]
        self.assertEqual(len(reports), 2)

    def test_packages_have_labels(self):
        self.worker.group_ids += self.env.ref("stock.group_tracking_lot")
        picking = self._new_transfer()
        picking.move_line_ids.result_package_id = self.env["stock.package"].create({"name": "P-9"})
        reports = picking.with_user(self.worker).action_print_all()["params"]["reports"]
        self.assertEqual(reports[-1]["report_name"], "stock.report_picking_packages")
        self.assertIn("P-9", self._render(reports[-1]))

    def test_the_order_shows_its_deliveries(self):
        self.warehouse.delivery_steps = "pick_ship"
        picking = self._new_transfer()
        picking._shop_hold("customer")
        order = picking.sale_id
        self.env.invalidate_all()
        view = order.with_user(self.salesperson).get_view(view_type="form")
        page = etree.fromstring(view["arch"]).find(".//page[@name='shop_deliveries']")
        names = {node.get("name") for node in page.iter("field")}
        self.assertLessEqual({"picking_ids", "name", "state", "hold_reason"}, names)
        [read] = order.with_user(self.salesperson).web_read(
            {"picking_ids": {"fields": {"name": {}, "state": {}, "hold_reason": {}}}}
        )
        [shown] = read["picking_ids"]
        self.assertEqual(
            (shown["name"], shown["state"], shown["hold_reason"]),
            (picking.name, "assigned", "customer"),
        )
