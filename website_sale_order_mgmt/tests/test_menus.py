"""The web orders' lists in the menus of the Website and the Sales app."""

from lxml import etree

from odoo.tests import tagged

from .common import ShopCommon

UNPAID = "website_sale_order_mgmt.sale_order_action_unpaid"  # With reserved orders.
CORE_UNPAID = "website_sale.action_view_unpaid_quotation_tree"
LISTS = {
    "Orders": "website_sale.action_orders_ecommerce",
    "Abandoned Carts": "website_sale.action_view_abandoned_tree",
    "Needs Attention": "website_sale_order_mgmt.sale_order_action_attention",
}


@tagged("post_install", "-at_install")
class TestMenus(ShopCommon):
    def _as_salesperson(self):
        user = self._new_user("menus", "sales_team.group_sale_salesman")
        return self.env(user=user)

    def test_both_apps_have_the_lists(self):
        env = self._as_salesperson()
        menus = env["ir.ui.menu"].load_menus(False)
        for folder, app, unpaid in (
            (
                "website_sale.menu_orders",
                "website.menu_website_configuration",
                {"Unpaid Orders": CORE_UNPAID, "Unpaid and Reserved": UNPAID},
            ),
            (
                "website_sale_order_mgmt.menu_sale_web_orders",
                "sale.sale_menu_root",
                {"Unpaid Orders": UNPAID},
            ),
        ):
            with self.subTest(folder=folder):
                parent = menus[self.env.ref(folder).id]
                self.assertEqual(parent["app_id"], self.env.ref(app).id)
                actions = {
                    menus[child]["name"]: menus[child]["action_id"] for child in parent["children"]
                }
                for name, action in (LISTS | unpaid).items():
                    self.assertEqual(actions.get(name), self.env.ref(action).id, name)
                self.assertTrue(all(actions.values()), "No menu leads nowhere")

    def test_assignment_rules_are_found_from_both_apps_and_the_settings(self):
        action = self.env.ref("website_sale_order_mgmt.sale_order_assignment_rule_action")
        for folder, groups in (
            ("sale.menu_sale_config", "sales_team.group_sale_manager"),
            # Core shows the Website's configuration to administrators only.
            ("website_sale.menu_ecommerce_settings", "base.group_system"),
        ):
            user = self._new_user(folder, "sales_team.group_sale_manager")
            user.group_ids += self.env.ref(groups)
            menus = self.env(user=user)["ir.ui.menu"].load_menus(False)
            with self.subTest(folder=folder):
                children = menus[self.env.ref(folder).id]["children"]
                self.assertIn(action.id, [menus[child]["action_id"] for child in children])
        settings = self.env["res.config.settings"].get_view(view_type="form")["arch"]
        tree = etree.fromstring(settings)
        [setting] = tree.findall(".//setting[@id='orders_assignment_setting']")
        self.assertIn(str(action.id), [button.get("name") for button in setting.iter("button")])
        fields = {field.get("name") for field in setting.iter("field")}
        self.assertLessEqual(
            {"salesteam_id", "salesperson_id", "shop_own_salesperson_first"}, fields
        )
        form = self.env["sale.order.assignment.rule"].get_view(view_type="form")["arch"]
        [domain] = etree.fromstring(form).findall(".//field[@name='domain']")
        self.assertEqual(domain.get("widget"), "domain")

    def test_each_list_opens_for_a_salesperson(self):
        env = self._as_salesperson()
        for xml_id in (*LISTS.values(), CORE_UNPAID, UNPAID):
            with self.subTest(action=xml_id):
                action = env["ir.actions.actions"]._for_xml_id(xml_id)
                self.assertEqual(action["res_model"], "sale.order")
                views = [(view_id, kind) for view_id, kind in action["views"]]
                self.assertIn("list", [kind for _view_id, kind in views])
                search = action["search_view_id"]
                views.append((search[0] if search else False, "search"))
                result = env["sale.order"].get_views(views)
                self.assertEqual(set(result["views"]), {kind for _view_id, kind in views})

    def test_deliveries_are_for_those_who_may_open_them(self):
        """A salesperson with own orders only may read no line of the others, which a form shows."""
        menu = self.env.ref("website_sale_order_mgmt.menu_orders_deliveries")
        for groups, shown in (
            ("sales_team.group_sale_salesman", False),
            ("sales_team.group_sale_salesman_all_leads", True),
            ("stock.group_stock_user", True),
        ):
            user = self._new_user(groups, "sales_team.group_sale_salesman")
            user.group_ids += self.env.ref(groups)
            with self.subTest(groups=groups):
                menus = self.env(user=user)["ir.ui.menu"].load_menus(False)
                self.assertEqual(menu.id in menus, shown)

    def test_the_accountants_lists(self):
        """In the Website and the Invoicing app, for accountants who sell nothing, too."""
        user = self._new_user("books", "account.group_account_invoice")
        env = self.env(user=user)
        menus = env["ir.ui.menu"].load_menus(False)
        parent = menus[self.env.ref("account.menu_finance_receivables").id]
        actions = {menus[child]["name"]: menus[child]["action_id"] for child in parent["children"]}
        for name, xml_id, model in (
            ("Web Invoices to Make", "sale_order_action_to_invoice", "sale.order"),
            ("Web Invoices", "account_move_action_web", "account.move"),
        ):
            action = self.env.ref(f"website_sale_order_mgmt.{xml_id}")
            self.assertEqual(actions.get(name), action.id)
            modes = {view.view_mode: view.view_id.id for view in action.view_ids}
            for mode, view in (*modes.items(), ("search", action.search_view_id.id)):
                with self.subTest(action=name, mode=mode):
                    self.assertTrue(env[model].get_view(view, mode)["arch"])

    def test_whatever_a_menu_opens_has_a_name(self):
        """No form is headed by the name of its model and a number."""
        actions = self.env["ir.actions.act_window"].search([])
        ours = set(self.env.registry) & set(actions.mapped("res_model"))
        for name in sorted(ours):
            model = self.env[name]
            if model._original_module == "website_sale_order_mgmt" and not model._transient:
                record = model.new(model.default_get(list(model._fields)))
                with self.subTest(model=name):
                    self.assertNotIn(name, record.display_name or "")
