"""Who has agreed to reminders of abandoned carts."""

from odoo import fields, models


class WebsiteCartRecoveryConsent(models.Model):
    _name = "website.cart.recovery.consent"
    _description = "Consent to Reminders of Abandoned Carts"
    _order = "create_date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", required=True, readonly=True, index=True, ondelete="cascade"
    )
    website_id = fields.Many2one("website", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="website_id.company_id", store=True)
    lang = fields.Char(string="Language", readonly=True)
    text = fields.Text(
        readonly=True, help="What the customer has ticked, word for word, in their language."
    )
    create_date = fields.Datetime(string="Given On", readonly=True)


class Website(models.Model):
    _inherit = "website"

    def _get_cart_recovery_consent_text(self):
        """Return what customers agree to in the checkout, in the language of the page.

        :rtype: str
        """
        self.ensure_one()
        return self.env._(
            "If I leave something in my cart, %s may remind me by e-mail. I can stop that at any"
            " time, in each of these e-mails.",
            self.company_id.name,
        )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _is_cart_recovery_consent_asked(self):
        """Return whether the checkout shows the box, not ticked: it is needed and not there yet.

        :rtype: bool
        """
        website = self.website_id
        return bool(
            website.send_abandoned_cart_email
            and website.cart_recovery_consent != "everyone"
            and (self.partner_id == website.partner_id or self._filter_carts_without_consent())
        )

    def _give_cart_recovery_consent(self):
        """Keep that the customer has ticked the box: the text, its language and the time.

        Once, and only where the box is shown.
        """
        self.ensure_one()
        if not self._is_cart_recovery_consent_asked():
            return
        # sudo: shoppers cannot write here; the consent is that of their own cart's contact.
        self.env["website.cart.recovery.consent"].sudo().create(
            {
                "partner_id": self.partner_id.id,
                "website_id": self.website_id.id,
                "lang": self.env.lang,
                "text": self.website_id._get_cart_recovery_consent_text(),
            }
        )
