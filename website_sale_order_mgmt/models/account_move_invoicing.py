"""Invoices of web orders: why they exist, and that none of them exists twice."""

from odoo import fields, models
from odoo.fields import Command

from ..const import STAFF
from ..tools.invoicing import POLICIES

ORIGIN_LINK = "mail.message_origin_link"  # The template of core's note.


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

    def message_post_with_source(self, source_ref, **kwargs):
        """Override of `mail`: the notes of a batch are made together, by `_note_shop_orders`."""
        if source_ref == ORIGIN_LINK and self.env.context.get("shop_invoices_together"):
            return self.env["mail.message"]
        return super().message_post_with_source(source_ref, **kwargs)

    def _note_shop_orders(self):
        """Note in the chatter of each invoice which order it is of, as core does it one by one."""
        render = self.env["ir.qweb"]._render
        bodies = {
            invoice.id: render(
                ORIGIN_LINK,
                {"self": invoice, "origin": invoice.line_ids.sale_line_ids.order_id},
            )
            for invoice in self
        }
        self._message_log_batch(bodies)

    def _reconcile_shop_payments(self):
        """Pay posted invoices with the money that has come for their orders, all together.

        Core does it invoice by invoice when they are posted, with the payments that it knew when
        they were made. A payment without a journal entry is linked with the invoice of its
        transaction: core counts that as paid.
        """
        open_invoices = self.filtered(
            lambda move: move.move_type == "out_invoice" and move.amount_residual
        )
        plan = []
        # sudo: whoever makes or sends the invoice may not read payments; these are its orders'.
        for orders, invoices in (
            open_invoices.sudo().grouped(lambda move: move.line_ids.sale_line_ids.order_id).items()
        ):
            for invoice in invoices:
                own = invoice.transaction_ids._get_shop_received_payments()
                if booked_nowhere := own.filtered(lambda payment: not payment.move_id):
                    invoice.matched_payment_ids |= booked_nowhere
            transactions = invoices.transaction_ids | orders.transaction_ids
            payments = transactions._get_shop_received_payments()
            lines = payments.move_id.line_ids.filtered(
                lambda line: line.account_type == "asset_receivable" and not line.reconciled
            )
            due = invoices.line_ids.filtered(
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
        wanted = self.amount_tax + tax
        if untaxed:
            values = self._prepare_shop_cents_vals(untaxed)
            self.write({"invoice_line_ids": [Command.create(values)]})
        tax_lines = self.line_ids.filtered(lambda line: line.display_type == "tax")
        tax = self.currency_id.round(wanted - self.amount_tax)
        if tax and tax_lines:
            line = max(tax_lines, key=lambda line: abs(line.amount_currency))
            amount = line.amount_currency + self.direction_sign * tax
            self.write({"line_ids": [Command.update(line.id, {"amount_currency": amount})]})

    def _prepare_shop_cents_vals(self, untaxed):
        """Return the values of a line with some cents, taxed as the greatest line that is taxed.

        Electronic invoices are refused where a line has no tax.

        :param float untaxed: in the invoice's currency
        :rtype: dict
        """
        products = self.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        greatest = max(products, key=lambda line: (bool(line.tax_ids), abs(line.price_subtotal)))
        # A tax of so much a piece is none on cents.
        taxes = greatest.tax_ids.flatten_taxes_hierarchy().filtered(
            lambda tax: tax.amount_type != "fixed"
        )
        details = taxes._get_tax_details(
            untaxed, 1.0, rounding_method="round_globally", special_mode="total_excluded"
        )
        included = sum(
            data["tax_amount"] for data in details["taxes_data"] if data["tax"].price_include
        )
        return {
            # The cron that makes it speaks no customer's language.
            "name": self.with_context(lang=self.partner_id.lang).env._("Rounding"),
            "quantity": 1.0,
            "price_unit": untaxed + included,
            "tax_ids": [Command.set(taxes.ids)],
            # As core's discounts: its taxes are rounded apart, and move nothing on other lines.
            "extra_tax_data": {"computation_key": f"rounding,{self.id}"},
            "account_id": greatest.account_id.id,
            "sequence": 9999,
        }
