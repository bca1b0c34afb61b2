"""The statement by which a consumer withdraws from a contract: kept as it was submitted, for ever.

Source: Directive 2011/83/EU (CRD), Art. 11a. The statement is stored before anything else; all that
follows from it (the acknowledgement, whose order it is, the return) is bookkeeping beside it.
"""

import secrets

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tools import SQL

from ..tools import deadline, work_queue

CRON = "website_sale_order_mgmt.ir_cron_withdrawals"
# The consumer's statement: the database refuses to change it, whoever asks.
STATEMENT = (
    "name",
    "submitted_at",
    "submitted_on",
    "consumer_name",
    "email",
    "order_reference",
    "lines",
    "words",
    "text",
    "lang",
    "identified_by",
    "shop_name",
    "company_name",
    "access_token",
    "digest",
)
# What the system itself notes beside it.
BOOKKEEPING = (
    "website_id",
    "company_id",
    "partner_id",
    "mail_state",
    "mail_error",
    "mail_attempts",
    "mail_next_try",
    "mail_mail_id",
    "acknowledged_at",
    "handling_state",
    "handling_error",
    "handling_attempts",
    "handling_next_try",
    "is_late",
    "return_id",
    "proof_at",
    "client_key",
    "email_key",
)


class SaleOrderWithdrawal(models.Model):
    _name = "sale.order.withdrawal"
    _description = "Withdrawal from a Contract"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "submitted_at desc, id desc"
    _mail_post_access = "read"

    # === FIELDS - THE STATEMENT === #

    name = fields.Char(string="Number", required=True, readonly=True)
    submitted_at = fields.Datetime(
        string="Submitted on", required=True, readonly=True, help="The server's clock."
    )
    submitted_on = fields.Date(
        required=True, readonly=True, help="The day of the submission where the shop is."
    )
    consumer_name = fields.Char(string="Consumer", required=True, readonly=True)
    email = fields.Char(string="E-mail", required=True, readonly=True, help="As typed.")
    order_reference = fields.Char(
        string="Order as Typed", required=True, readonly=True, help="What names the contract."
    )
    lines = fields.Json(
        string="Parts", readonly=True, help="Empty for the whole order, or where words say which."
    )
    words = fields.Text(
        string="In the Consumer's Words", readonly=True, help="Which part of the order, if typed."
    )
    text = fields.Text(
        string="Statement", required=True, readonly=True, help="What the consumer has confirmed."
    )
    lang = fields.Char(string="Language", required=True, readonly=True)
    identified_by = fields.Selection(
        [("account", "Logged in"), ("link", "Link of the order"), ("typed", "What was typed")],
        required=True,
        readonly=True,
    )
    shop_name = fields.Char(string="Shop", readonly=True, help="The website's name at that time.")
    company_name = fields.Char(readonly=True, help="The company's name at that time.")
    access_token = fields.Char(required=True, readonly=True, groups="base.group_system")
    digest = fields.Char(required=True, readonly=True, help="The same for the same words.")

    # === FIELDS - BESIDE IT === #

    website_id = fields.Many2one("website", readonly=True, index=True, ondelete="set null")
    company_id = fields.Many2one("res.company", readonly=True, index=True, ondelete="set null")
    order_id = fields.Many2one(
        "sale.order",
        help="The order that is meant; choose it where it was not found by itself.",
        index="btree_not_null",
        ondelete="set null",
        tracking=True,
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index="btree_not_null", ondelete="set null"
    )
    client_key = fields.Char(
        readonly=True,
        groups="base.group_system",
        help="Stands for the visitor's IP address when counting.",
    )
    email_key = fields.Char(
        readonly=True, groups="base.group_system", help="Stands for the address when counting."
    )

    # The same statement twice within the day is one.
    _once_a_day = models.UniqueIndex("(digest, submitted_on)")
    _client_key_idx = models.Index("(client_key, submitted_at)")
    _email_key_idx = models.Index("(email_key, submitted_at)")

    # === CRUD METHODS === #

    def init(self):
        """Have the database itself refuse to change or delete what a consumer has stated."""
        changed = SQL(" OR ").join(
            SQL(
                "NEW.%(column)s IS DISTINCT FROM OLD.%(column)s",
                column=SQL.identifier(column),
            )
            for column in STATEMENT
            if column != "lines"
        )
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION sale_order_withdrawal_is_final() RETURNS trigger AS $$
                BEGIN
                    IF TG_OP = 'DELETE' THEN
                        RAISE EXCEPTION 'Withdrawals are never deleted.';
                    ELSIF %(changed)s OR NEW.lines::text IS DISTINCT FROM OLD.lines::text THEN
                        RAISE EXCEPTION 'What a consumer has stated is never changed.';
                    END IF;
                    RETURN NEW;
                END $$ LANGUAGE plpgsql;
                DROP TRIGGER IF EXISTS sale_order_withdrawal_is_final ON sale_order_withdrawal;
                CREATE TRIGGER sale_order_withdrawal_is_final
                    BEFORE UPDATE OR DELETE ON sale_order_withdrawal
                    FOR EACH ROW EXECUTE FUNCTION sale_order_withdrawal_is_final();
                """,
                changed=changed,
            )
        )

    def write(self, vals):
        """Override: only what is noted beside the statement can change.

        :raise UserError: a part of the statement would change, whoever asks
        :raise AccessError: a user writes what only the system notes
        """
        names = set(vals)
        if names & set(STATEMENT):
            raise UserError(self.env._("What a consumer has stated is never changed."))
        if not self.env.su and names & set(BOOKKEEPING):
            raise AccessError(self.env._("This is noted by the system, not by people."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        """Keep every statement.

        :raise UserError: always
        """
        raise UserError(self.env._("Withdrawals are never deleted."))

    def copy_data(self, default=None):
        """Override: a statement is made once, by a consumer.

        :raise UserError: always
        """
        raise UserError(self.env._("A withdrawal is submitted by a consumer, not copied."))

    # === BUSINESS METHODS === #

    @api.model
    def _submit(self, website, declaration, text, ip, order, identified_by, form=""):
        """Store a statement; the acknowledgement and the rest follow in the background.

        :param website: where it was submitted
        :param Declaration declaration: what was filled in, without errors
        :param str text: the statement as the consumer has confirmed it, see `_compose`
        :param str ip: the visitor's address, of which a keyed hash is kept
        :param sale.order order: the order, if the visitor may see it; else empty
        :param str identified_by: a value of the field
        :param str form: stands for the form: a part that is meant again comes with another one
        :return: the statement, the earlier one if it was submitted before on the same day
        :rtype: sale.order.withdrawal
        :raise ConcurrencyError: the same comes at the very same moment; core then tries again
        """
        now = fields.Datetime.now()
        vals = {
            "submitted_at": now,
            "submitted_on": deadline.local_day(now, website._get_shop_tz()),
            "consumer_name": declaration.name,
            "email": declaration.email,
            "order_reference": declaration.order_reference,
            "lines": declaration.lines() or False,
            "words": declaration.words or False,
            "text": text,
            "lang": self.env.lang or "en_US",
            "identified_by": identified_by,
            "shop_name": website.name,
            "company_name": website.company_id.name,
            "access_token": secrets.token_urlsafe(32),
            "digest": declaration.digest(str(website.id), form),
            "website_id": website.id,
            "company_id": website.company_id.id,
            "order_id": order.id,
            "partner_id": order.partner_id.id,
            **self._get_keys(declaration.email, ip),
            **work_queue.queued_vals("mail"),
            **work_queue.queued_vals("handling"),
        }
        if same := self._find_same(vals):
            return same
        vals["name"] = self.env["ir.sequence"].next_by_code(self._name)
        try:
            with self.env.cr.savepoint():
                statement = self.with_context(tracking_disable=True).create(vals)
        except UniqueViolation:
            if same := self._find_same(vals):
                return same
            raise ConcurrencyError("The same withdrawal is being submitted.")
        work_queue.trigger(self.env, CRON)
        return statement

    def _find_same(self, vals):
        return self.search(
            [("digest", "=", vals["digest"]), ("submitted_on", "=", vals["submitted_on"])]
        )
