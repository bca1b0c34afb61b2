from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from .common import ShopCommon


@tagged("post_install", "-at_install")
class TestNeutralize(ShopCommon):
    def test_a_copy_of_the_database_has_nothing_waiting(self):
        order = self._new_order()
        order.action_confirm()
        picking = order.picking_ids
        self.website.send_abandoned_cart_email = True
        order.write({"shop_invoicing_state": "queued", "shop_mail_state": "queued"})
        picking.delivery_mail_state = "queued"
        transfer = self._new_transfer_provider(
            unpaid_order_policy="reserve", unpaid_reminder_days=1, unpaid_expiry_days=2
        )
        waiting = self._order_by_transfer(transfer)
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.company_data["default_journal_bank"].id,
                "payment_ref": waiting.name,
                "amount": 100.0,
            }
        )
        self.assertEqual(line.shop_match_state, "queued")
        self.env.flush_all()
        for query in get_neutralization_queries(["website_sale_order_mgmt"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertFalse(self.website.send_abandoned_cart_email)
        self.assertEqual(order.shop_invoicing_state, "none")
        self.assertFalse(order.shop_mail_state)
        self.assertFalse(picking.delivery_mail_state)
        self.assertFalse(waiting.unpaid_reminder_date or waiting.unpaid_expiry_date)
        self.assertEqual(waiting.picking_ids.hold_reason, "payment", "Still not paid")
        self.assertFalse(line.shop_match_state)
