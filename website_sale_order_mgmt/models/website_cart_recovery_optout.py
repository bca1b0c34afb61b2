"""Who does not want reminders of abandoned carts."""

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import hash_sign, verify_hash_signed

SCOPE = "cart_recovery_optout"


class WebsiteCartRecoveryOptout(models.Model):
    _name = "website.cart.recovery.optout"
    _description = "Objection to Reminders of Abandoned Carts"
    _rec_name = "create_date"

    email_key = fields.Char(
        string="Address (Hash)",
        required=True,
        readonly=True,
        help="Stands for the e-mail address, which is not kept.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")

    _once = models.UniqueIndex("(email_key, company_id)")

    # === BUSINESS METHODS === #

    @api.model
    def _get_token(self, order):
        """Return what the opt-out link of a cart carries: signed, without anything personal.

        :param sale.order order: the cart
        :rtype: str
        """
        email_key = order._get_cart_email_key()
        # sudo: signing needs the database's secret.
        return hash_sign(
            self.env(su=True), SCOPE, [email_key, order.company_id.id, order.partner_id.id]
        )

    @api.model
    def _read_token(self, token):
        """Return whom a token is about.

        :param str token: as it came in the link
        :return: the address's key, the company and, if still known by this address, the contact
        :rtype: tuple[str, res.company, res.partner] | None
        """
        try:
            # sudo: checking the signature needs the database's secret.
            values = verify_hash_signed(self.env(su=True), SCOPE, token)
        except (ValueError, TypeError):
            return None
        if not values or not values[0]:
            return None
        email_key, company_id, partner_id = values
        # sudo: the ids are signed; the visitor sees nothing of these records.
        company = self.env["res.company"].sudo().browse(company_id).exists()
        # sudo: see above.
        partner = self.env["res.partner"].sudo().browse(partner_id).exists()
        if not company:
            return None
        book = self.env["website.cart.recovery.mail"]
        if book._get_email_key(partner.email_normalized) != email_key:
            partner = partner.browse()
        return email_key, company, partner

    @api.model
    def _opt_out(self, email_key, company):
        """Send no more reminders to an address, not even those that are queued. Safe to repeat.

        :param str email_key: see `website.cart.recovery.mail._get_email_key`
        :param res.company company: whose websites
        """
        # Mail programs and impatient people click twice at once: the second finds the first's.
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO website_cart_recovery_optout
                            (email_key, company_id, create_uid, create_date, write_uid, write_date)
                     VALUES (%(key)s, %(company)s, %(user)s, %(now)s, %(user)s, %(now)s)
                ON CONFLICT (email_key, company_id) DO NOTHING
                """,
                key=email_key,
                company=company.id,
                user=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        rows = self.env["website.cart.recovery.mail"].search(
            [
                ("email_key", "=", email_key),
                ("company_id", "=", company.id),
                ("mail_mail_id.state", "in", ("outgoing", "exception")),
            ]
        )
        rows._keep_back("opted_out")

    @api.model
    def _opt_in(self, email_key, company):
        """Undo the objection of an address, and nothing else. Safe to repeat.

        Who is on the blacklist has objected to more than reminders, perhaps to all companies here.

        :param str email_key: see `website.cart.recovery.mail._get_email_key`
        :param res.company company: whose websites
        """
        self._find(email_key, company).unlink()

    @api.model
    def _is_opted_out(self, email_key, company, partner):
        """Return whether reminders to an address are stopped, here or by the blacklist.

        :rtype: bool
        """
        return bool(self._find(email_key, company)) or self._is_blacklisted(partner)

    @api.model
    def _is_blacklisted(self, partner):
        """Return whether a contact's address is on the blacklist, which core keeps.

        :param res.partner partner: the contact, or empty
        :rtype: bool
        """
        email = partner.email_normalized
        blacklist = self.env["mail.blacklist"]
        return bool(email and blacklist.search_count([("email", "=", email)], limit=1))

    def _find(self, email_key, company):
        return self.search([("email_key", "=", email_key), ("company_id", "=", company.id)])
