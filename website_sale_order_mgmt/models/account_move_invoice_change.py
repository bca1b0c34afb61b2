"""Invoices that were replaced at their customer's request: linked, and replaced once."""

from markupsafe import escape

from odoo import fields, models

ACTIVITY_TYPE = "website_sale_order_mgmt.mail_activity_type_invoice_change"


class AccountMove(models.Model):
    _inherit = "account.move"

    # === FIELDS === #

    shop_change_of_id = fields.Many2one(
        comodel_name="account.move",
        string="Replaces",
        help="The invoice that the customer wanted with other billing details. It was credited.",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    shop_changed_by_ids = fields.One2many(
        comodel_name="account.move",
        inverse_name="shop_change_of_id",
        string="Replaced by",
        readonly=True,
    )

    # === CONSTRAINTS AND INDEXES === #

    _shop_change_of_id_uniq = models.UniqueIndex(
        "(shop_change_of_id) WHERE shop_change_of_id IS NOT NULL",
        "This invoice has been replaced already.",
    )

    # === BUSINESS METHODS === #

    def _is_shop_replaced(self):
        """Return whether this is an invoice that was replaced, or the credit note that ended it.

        :rtype: bool
        """
        self.ensure_one()
        # One after the other: a union would be looked up apart from the invoices beside it.
        return bool(self.shop_changed_by_ids or self.reversed_entry_id.shop_changed_by_ids)

    def _replace_shop_invoices(self, partner):
        """Credit these invoices, and make them out again to somebody else, with their money.

        Nothing of the first ones is edited: what was sold, the prices and the taxes stay.

        :param res.partner partner: the contact to invoice
        :return: the credit notes and the new invoices, posted
        :rtype: account.move
        """
        today = fields.Date.context_today(self)
        money = {invoice: invoice._get_shop_payment_lines() for invoice in self}
        payments = {
            invoice: invoice.matched_payment_ids.filtered(lambda payment: not payment.move_id)
            for invoice in self
        }
        reason = self.env._("other billing details")
        reversals = [
            {
                "ref": self.env._(
                    "Reversal of: %(invoice)s, %(reason)s", invoice=invoice.name, reason=reason
                ),
                "date": today,
                "invoice_date": today,
                "invoice_date_due": today,
                "invoice_origin": invoice.invoice_origin,
                "invoice_user_id": invoice.invoice_user_id.id,
            }
            for invoice in self
        ]
        notes = self._reverse_moves(reversals, cancel=True)
        copied = self.with_context(include_business_fields=True)
        values = [invoice._prepare_shop_replacement_vals(partner, today) for invoice in copied]
        replacements = self.create(values)
        for invoice, new in zip(self, replacements, strict=True):
            # Computed anew, the taxes may differ by the cents that the first one took over.
            new._add_shop_cents(0.0, invoice.amount_tax - new.amount_tax)
            if booked_nowhere := payments[invoice]:
                invoice.matched_payment_ids -= booked_nowhere
                new.matched_payment_ids += booked_nowhere
            new._portal_ensure_token()
        replacements.action_post()
        for invoice, new in zip(self, replacements, strict=True):
            for line in money[invoice]:
                if new.amount_residual and not line.reconciled:
                    new.js_assign_outstanding_line(line.id)
        self._message_log_batch(
            bodies={
                invoice.id: self.env._(
                    "Replaced by %(new)s: the customer asked for other billing details.",
                    new=new._get_html_link(),
                )
                for invoice, new in zip(self, replacements, strict=True)
            }
        )
        return notes + replacements

    def _get_shop_payment_lines(self):
        """Return the lines of the payments that an invoice is reconciled with.

        :rtype: account.move.line
        """
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.display_type == "payment_term")
        return lines.matched_credit_ids.credit_move_id.filtered(
            lambda line: not line.move_id.is_invoice()
        )

    def _prepare_shop_replacement_vals(self, partner, date):
        """Return the values of the invoice that replaces this one, as core's reversal wizard.

        :param res.partner partner: the contact to invoice
        :param datetime.date date: of the new invoice
        :rtype: dict
        """
        self.ensure_one()
        [values] = self.copy_data(
            {
                "partner_id": partner.id,
                "partner_shipping_id": self.partner_shipping_id.id,
                "fiscal_position_id": self.fiscal_position_id.id,
                "currency_id": self.currency_id.id,
                "ref": self.ref,
                "invoice_origin": self.invoice_origin,
                "invoice_user_id": self.invoice_user_id.id,
                "date": date,
                "invoice_date": date,
                "shop_change_of_id": self.id,
                "invoicing_policy": self.invoicing_policy,
                "invoicing_note": self.env._(
                    "Replaces %(invoice)s: the customer asked for other billing details.",
                    invoice=self.name,
                ),
            }
        )
        kept = ("product", "line_section", "line_subsection", "line_note")
        values["line_ids"] = [
            line for line in values["line_ids"] if line[2]["display_type"] in kept
        ]
        return values

    def _ask_accountant_to_change(self, details):
        """Give an accountant the task to make out closed invoices anew, each once.

        :param dict details: what the customer wants
        """
        tasks = self.activity_search([ACTIVITY_TYPE])
        todo = self.filtered(lambda move: move.id not in tasks.mapped("res_id"))
        text = ", ".join(
            str(value) for name, value in details.items() if value and name != "state_id"
        )
        for company, moves in todo.grouped("company_id").items():
            # sudo: the customer's request may not read users; only who is to do it is asked.
            users = self.env.ref("account.group_account_user").sudo().all_user_ids
            users |= self.env.ref("account.group_account_invoice").sudo().all_user_ids
            users = users.filtered(
                lambda user, company=company: user.active and company in user.company_ids
            )
            own = moves.invoice_user_id & users
            moves.activity_schedule(
                ACTIVITY_TYPE,
                user_id=(own or users)[:1].id or self.env.uid,
                note=self.env._(
                    "The customer asks for the invoice with these details, and its period is"
                    " closed: %(details)s",
                    details=escape(text),
                ),
            )
