"""Websites: what their customers hear of deliveries, and in which words."""

from odoo import fields, models

TEMPLATE = "website_sale_order_mgmt.mail_template_delivery_%s"
KINDS = ("shipped", "partly", "ready")


class Website(models.Model):
    _inherit = "website"

    # === DEFAULT METHODS === #

    def _default_delivery_mail_template(self, kind):
        """Return the template that comes with this app; none while it is being installed."""
        return self.env.ref(TEMPLATE % kind, raise_if_not_found=False)

    # === FIELDS === #

    delivery_mail_tell = fields.Boolean(
        string="Tell Customers of Deliveries",
        help="Only where Email Confirmation is on, in the settings of the Inventory app.",
        default=True,
    )
    delivery_mail_shipped_template_id = fields.Many2one(
        comodel_name="mail.template",
        string="Shipped",
        help="When a transfer has left and nothing more is to come. Without one: the template"
        " chosen in the settings of the Inventory app.",
        domain=[("model", "=", "stock.picking")],
        default=lambda self: self._default_delivery_mail_template("shipped"),
        ondelete="set null",
    )
    delivery_mail_partly_template_id = fields.Many2one(
        comodel_name="mail.template",
        string="Partly shipped",
        help="When a part has left and the rest follows. Without one: as when all has left.",
        domain=[("model", "=", "stock.picking")],
        default=lambda self: self._default_delivery_mail_template("partly"),
        ondelete="set null",
    )
    delivery_mail_ready_template_id = fields.Many2one(
        comodel_name="mail.template",
        string="Ready for pick-up",
        help="When an order to be picked up in a store is packed. Without one: as when all has"
        " left.",
        domain=[("model", "=", "stock.picking")],
        default=lambda self: self._default_delivery_mail_template("ready"),
        ondelete="set null",
    )

    # === BUSINESS METHODS === #

    def _set_delivery_mail_templates(self):
        """Give websites that were there before this app its templates.

        Whoever has written an own text for *shipped* keeps it.
        """
        core = self.env.ref("stock.mail_template_data_delivery_confirmation", False)
        for website in self:
            chosen = website.company_id.stock_mail_confirmation_template_id
            is_own = chosen and (chosen != core or not chosen.write_uid._is_superuser())
            for kind in KINDS:
                if not (is_own and kind == "shipped"):
                    template = website._default_delivery_mail_template(kind)
                    website[f"delivery_mail_{kind}_template_id"] = template

    def _get_delivery_mail_template(self, kind):
        """Return the website's template for a kind of mail; may be empty.

        :param str kind: one of `KINDS`
        :rtype: mail.template
        """
        self.ensure_one()
        # sudo: whoever ships need not read templates.
        website = self.sudo()
        return (
            website[f"delivery_mail_{kind}_template_id"]
            or website.delivery_mail_shipped_template_id
            or website.company_id.stock_mail_confirmation_template_id
        )

    def _get_delivery_mail_logo(self):
        """Return the address of the website's own logo, for e-mails; empty if it has none.

        Mail programs do not show SVG, which is what Odoo's placeholder is.
        """
        self.ensure_one()
        # In base64 an SVG begins with P ("<").
        if not self.logo or self.logo[:1] in (b"P", "P"):
            return ""
        return self.image_url(self, "logo")
