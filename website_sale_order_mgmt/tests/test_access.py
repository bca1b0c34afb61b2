from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ShopCommon

PREFIXES = (
    "shop_",
    "cart_recovery_",
    "delivery_mail_",
    "assignment_",
    "hold_",
    "delivered_",
    "refund_",
)
CORE_FIELDS = ("cart_recovery_email_sent", "shop_warning")


@tagged("post_install", "-at_install")
class TestAccess(ShopCommon):
    def _our_fields(self, model):
        return [
            name
            for name in self.env[model]._fields
            if name.startswith(PREFIXES) and name not in CORE_FIELDS
        ]

    def test_customers_read_and_write_none_of_these_fields(self):
        order = self._new_order(self.portal_user.partner_id)
        self._pay(order)
        mine = order.with_user(self.portal_user)
        self.assertEqual(mine.read(["state"])[0]["state"], "sale", "The customer's own order")
        names = self._our_fields("sale.order")
        self.assertGreater(len(names), 15)
        for name in names:
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    mine.read([name])
                with self.assertRaises(AccessError):
                    mine.write({name: False})

    def test_transfers_fields_are_the_staffs(self):
        for name in self._our_fields("stock.picking"):
            with self.subTest(field=name):
                self.assertEqual(self.env["stock.picking"]._fields[name].groups, "base.group_user")

    def test_salespeople_see_their_own_orders_only(self):
        mine = self._new_order()
        self._pay(mine)
        others = self._new_order()
        self._pay(others)
        others.user_id = self._new_user("colleague", "sales_team.group_sale_salesman")
        seen = self.env["sale.order"].with_user(self.salesperson)
        domain = [("shop_payment_status", "=", "paid"), ("id", "in", (mine + others).ids)]
        self.assertEqual(seen.search(domain), mine)
        for action in (
            "action_shop_confirm",
            "action_retry_shop_mails",
            "action_retry_shop_invoicing",
            "action_retry_delivery_mails",
            "action_shop_refund_surplus",
        ):
            with self.subTest(action=action), self.assertRaises(AccessError):
                getattr(others.with_user(self.salesperson), action)()
