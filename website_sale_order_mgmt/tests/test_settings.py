from lxml import etree

from odoo.tests import tagged

from .common import ShopCommon

CORE_SETTINGS = {
    "salesteam_id": "Checkout process",
    "salesperson_id": "Checkout process",
    "send_abandoned_cart_email": "E-mail & marketing",
    "cart_abandoned_delay": "E-mail & marketing",
    "cart_recovery_mail_template": "E-mail & marketing",
    "automatic_invoice": "Invoicing",
    "invoice_mail_template_id": "Invoicing",
}


@tagged("post_install", "-at_install")
class TestSettings(ShopCommon):
    def test_core_settings_stand_in_our_block_under_their_headings(self):
        view = self.env["res.config.settings"].get_view(view_type="form")
        website = etree.fromstring(view["arch"]).find(".//app[@name='website']")
        block = website.find(".//block[@id='website_sale_order_mgmt_block']")
        for name, heading in CORE_SETTINGS.items():
            with self.subTest(field=name):
                shown = [
                    field
                    for field in website.iterfind(f".//field[@name='{name}']")
                    if field.get("invisible") != "1"
                ]
                self.assertEqual(len(shown), 1, "Moved, not copied")
                setting = next(node for node in shown[0].iterancestors() if node.tag == "setting")
                self.assertIs(setting.getparent(), block)
                self.assertTrue(setting.get("help"), "A sentence says what happens")
                title = next(node for node in setting.itersiblings("h3", preceding=True))
                self.assertEqual(title.text, heading)

    def test_the_delivery_mails_switch_stays_in_inventory(self):
        view = self.env["res.config.settings"].get_view(view_type="form")
        tree = etree.fromstring(view["arch"])
        [field] = tree.findall(".//field[@name='stock_move_email_validation']")
        app = next(node for node in field.iterancestors() if node.tag == "app")
        self.assertEqual(app.get("name"), "stock")
        link = tree.find(".//setting[@id='delivery_mail_setting']/button")
        action = self.env.ref("stock.action_stock_config_settings")
        self.assertEqual(link.get("name"), str(action.id))

    def test_the_template_is_the_websites(self):
        template = self.env.ref("sale.email_template_edi_sale")
        settings = self.env["res.config.settings"].create(
            {"website_id": self.website.id, "cart_recovery_mail_template": template.id}
        )
        settings.execute()
        self.assertEqual(self.website.cart_recovery_mail_template_id, template)
        other = self.env["website"].search([("id", "!=", self.website.id)], limit=1)
        self.assertNotEqual(other.cart_recovery_mail_template_id, template)
