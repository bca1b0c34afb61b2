from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.website_delivery_mail import KINDS
from .common import DELIVERY_MAIL_CRON, ShopCommon


@tagged("post_install", "-at_install")
class TestDeliveryMail(ShopCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.stock_move_email_validation = True
        cls.template = cls.env["mail.template"].create(
            {
                "name": "It has left",
                "model_id": cls.env["ir.model"]._get_id("stock.picking"),
                "subject": "Your goods {{ object.name }}",
                "partner_to": "{{ object.partner_id.id }}",
                "use_default_to": False,
                "body_html": "<p>On their way.</p>",
            }
        )
        cls.env.company.stock_mail_confirmation_template_id = cls.template
        # Without templates of its own, the website says what the company says.
        for kind in KINDS:
            cls.env["website"].search([])[f"delivery_mail_{kind}_template_id"] = False

    def _validate(self, picking):
        picking.move_ids.quantity = 1
        picking.move_ids.picked = True
        picking.button_validate()

    def _deliver(self, order):
        """Confirm an order and validate all its transfers, one after the other."""
        order.action_confirm()
        while todo := order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))[:1]:
            self._validate(todo)
        return order.picking_ids

    def _messages(self, picking):
        return picking.message_ids.filtered(lambda message: "Your goods" in (message.subject or ""))

    def test_told_once_after_the_validation(self):
        picking = self._deliver(self._new_order())
        self.assertEqual(picking.state, "done")
        self.assertEqual(picking.delivery_mail_state, "queued")
        self.assertFalse(self._messages(picking), "The warehouse does not wait for the mail")
        self._run_cron(DELIVERY_MAIL_CRON)
        self.assertEqual(picking.delivery_mail_state, "sent")
        message = self._messages(picking)
        self.assertEqual(len(message), 1)
        self.assertEqual(message.partner_ids, self.customer)
        picking._send_confirmation_email()
        self._run_cron(DELIVERY_MAIL_CRON)
        self.assertEqual(len(self._messages(picking)), 1)

    def test_a_warehouse_worker_without_other_rights_opens_transfers(self):
        """Core's list reads the carriers' zip prefixes, and lets only others do so."""
        picking = self._deliver(self._new_order(carrier_id=self.free_delivery.id))
        worker = self._new_user("worker", "stock.group_stock_user")
        self.env.invalidate_all()
        [read] = picking.with_user(worker).web_read({"allowed_carrier_ids": {}})
        self.assertIn(self.free_delivery.id, read["allowed_carrier_ids"])

    def test_three_steps_one_mail(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        pickings = self._deliver(self._new_order())
        self.assertEqual(len(pickings), 3)
        self._run_cron(DELIVERY_MAIL_CRON)
        self.assertEqual(len(self._messages(pickings)), 1)
        shipped = pickings.filtered(lambda p: p.picking_type_code == "outgoing")
        self.assertEqual(pickings.filtered("delivery_mail_state"), shipped)

    def test_switched_off(self):
        self.env.company.stock_move_email_validation = False
        picking = self._deliver(self._new_order())
        self.assertFalse(picking.delivery_mail_state)
        self.assertFalse(self.env.ref(DELIVERY_MAIL_CRON).active)
        self.env.company.stock_move_email_validation = True
        self.assertTrue(self.env.ref(DELIVERY_MAIL_CRON).active)

    def test_goods_that_go_back_to_a_supplier_are_announced_to_nobody(self):
        supplier = self.env["res.partner"].create({"name": "S", "email": "supplier@example.com"})
        location = self.warehouse.lot_stock_id
        picking = self.env["stock.picking"].create(
            {
                "partner_id": supplier.id,
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": location.id,
                "location_dest_id": self.env.ref("stock.stock_location_suppliers").id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.desk.id,
                            "product_uom_qty": 1,
                            "location_id": location.id,
                            "location_dest_id": self.env.ref("stock.stock_location_suppliers").id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        self._validate(picking)
        self.assertEqual(picking.state, "done")
        self.assertFalse(self._messages(picking))
        self.assertFalse(self._mails_to("supplier@example.com"))

    def test_orders_of_the_sales_app_are_left_to_core(self):
        order = self._new_order()
        order.website_id = False
        picking = self._deliver(order)
        self.assertFalse(picking.delivery_mail_state)
        self.assertEqual(len(self._messages(picking)), 1, "At once, as in core")

    @mute_logger("odoo.addons.website_sale_order_mgmt.tools.work_queue")
    def test_a_missing_template_never_stops_a_validation(self):
        self.env.company.stock_mail_confirmation_template_id = False
        picking = self._deliver(self._new_order())
        self.assertEqual(picking.state, "done")
        self._run_cron(DELIVERY_MAIL_CRON)
        self.assertEqual(picking.delivery_mail_state, "queued")
        self.assertIn("no e-mail template for deliveries", picking.delivery_mail_error)
        self.assertGreater(picking.delivery_mail_next_try, fields.Datetime.now())
        self.env.company.stock_mail_confirmation_template_id = self.template
        worker = self._new_user("worker", "stock.group_stock_user")
        picking.with_user(worker).action_retry_delivery_mail()
        self._run_cron(DELIVERY_MAIL_CRON)
        self.assertEqual(picking.delivery_mail_state, "sent")
        self.assertFalse(picking.delivery_mail_error)
        self.assertEqual(len(self._messages(picking)), 1)

    @mute_logger("odoo.addons.website_sale_order_mgmt.tools.work_queue")
    @mute_logger("odoo.addons.mail.models.mail_render_mixin")
    def test_a_failing_template_fails_for_its_transfer_only(self):
        bad, good = self._new_order(), self._new_order(self.other_customer)
        bad_picking, good_picking = self._deliver(bad), self._deliver(good)
        good_picking.priority = "1"  # On the first transfer of all, core tries a new text.
        self.template.body_html = f'<t t-if="object.id == {bad_picking.id}" t-out="1 / 0"/>Hello'
        for _try in range(4):
            self._run_cron(DELIVERY_MAIL_CRON)
            bad_picking.filtered("delivery_mail_next_try").delivery_mail_next_try = False
        self.assertEqual(good_picking.delivery_mail_state, "sent")
        self.assertEqual(bad_picking.delivery_mail_state, "failed")
        self.assertIn("division by zero", bad_picking.delivery_mail_error)
        self.assertEqual(bad_picking.state, "done")
        self.assertEqual(bad.shop_attention, "mail_failed")
        self.assertIn("division by zero", bad.shop_delivery_mail_error)
        self.assertFalse(good.shop_attention)
        self.template.body_html = "Hello"
        bad.with_user(self.salesperson).action_retry_delivery_mails()
        self.assertFalse(bad.shop_attention)
        self._run_cron(DELIVERY_MAIL_CRON)
        self.assertEqual(bad_picking.delivery_mail_state, "sent")

    def test_each_company_decides(self):
        company = self.env["res.company"].create({"name": "North"})
        self.env.user.company_ids += company
        website = self.env["website"].create({"name": "North shop", "company_id": company.id})
        order = self._new_order(self.other_customer, website=website, team_id=False)
        picking = self._deliver(order.with_company(company))
        self.assertEqual(picking.company_id, company)
        self.assertFalse(picking.delivery_mail_state, "That company's switch is off")
