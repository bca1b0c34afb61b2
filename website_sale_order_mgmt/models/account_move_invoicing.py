"""Invoices of web orders: why they exist, and that none of them exists twice."""

from odoo import fields, models
from odoo.fields import Command

from ..const import STAFF
from ..tools.invoicing import POLICIES


class AccountMove(models.Model):
    _inherit = "account.move"

    # === FIELDS === #

    invoicing_policy = fields.Selection(
        selection=POLICIES,
        string="Invoiced by Policy",
        help="The policy by which this invoice was made, of the website or of the customer.",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=STAFF,
    )
    invoicing_note = fields.Char(
        string="Why It Exists",
        help="Why this invoice was made by itself.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    shop_invoicing_key = fields.Char(
        string="Order and Number of the Automatic Invoice",
        help="The order and how often invoices were made for it: no two invoices share it.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )

    # === CONSTRAINTS AND INDEXES === #

    # Whoever has not seen the other one's invoice would make it with the same key.
    _shop_invoicing_key_uniq = models.UniqueIndex(
        "(shop_invoicing_key) WHERE shop_invoicing_key IS NOT NULL",
        "This invoice exists already: somebody else has made it at the same moment.",
    )

    # === BUSINESS METHODS === #

    def _reconcile_shop_payments(self):
        """Pay posted invoices with the payments that their orders' customers have made.

        As core does it invoice by invoice when they are posted, here for all of them together. A
        payment without a journal entry is linked with its invoice: core counts that as paid.
        """
        plan = []
        for invoice in self.filtered(lambda move: move.move_type == "out_invoice"):
            # sudo: whoever has the invoice made may not read payments; these are its own.
            payments = invoice.sudo().transaction_ids.payment_id.filtered(
                lambda payment: payment.state in ("in_process", "paid")
            )
            if booked_nowhere := payments.filtered(lambda payment: not payment.move_id):
                invoice.matched_payment_ids += booked_nowhere
            lines = payments.move_id.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable" and not line.reconciled
            )
            due = invoice.line_ids.filtered(
                lambda line, lines=lines: (
                    line.account_id == lines[:1].account_id and not line.reconciled
                )
            )
            if lines and due:
                plan.append(lines + due)
        if plan:
            self.env["account.move.line"]._reconcile_plan(plan)

    def _add_shop_cents(self, untaxed, tax):
        """Add some cents to a draft: a line of its own, and on the greatest of the taxes.

        :param float untaxed: in the invoice's currency
        :param float tax: in the invoice's currency; without taxes it is 0
        """
        self.ensure_one()
        tax_lines = self.line_ids.filtered(lambda line: line.display_type == "tax")
        if not tax_lines:
            untaxed, tax = untaxed + tax, 0.0
        if untaxed:
            products = self.invoice_line_ids.filtered(lambda line: line.display_type == "product")
            greatest = max(products, key=lambda line: abs(line.price_subtotal))
            values = {
                "name": self.env._("Rounding"),
                "quantity": 1.0,
                "price_unit": untaxed,
                "tax_ids": [Command.clear()],
                "account_id": greatest.account_id.id,
                "sequence": 9999,
            }
            self.write({"invoice_line_ids": [Command.create(values)]})
        if tax:
            tax_lines = self.line_ids.filtered(lambda line: line.display_type == "tax")
            line = max(tax_lines, key=lambda line: abs(line.amount_currency))
            amount = line.amount_currency + self.direction_sign * tax
            self.write({"line_ids": [Command.update(line.id, {"amount_currency": amount})]})
