"""What customers hear of their returns."""

from odoo import models

TEMPLATE = "website_sale_order_mgmt.mail_template_return_%s"
TOLD = ("requested", "approved", "received", "refused")  # States that have a mail.
SLIP = "stock.return_label_report"


class SaleOrderReturn(models.Model):
    _name = "sale.order.return"
    _inherit = ["sale.order.return", "sale.order.notice.mixin"]
    _notice_cron = "website_sale_order_mgmt.ir_cron_tell_returns"

    # === ACTION METHODS === #

    def action_retry_notice(self):
        """Tell the customer again where the return stands."""
        self.check_access("write")
        # sudo: the queue's fields are written by its methods alone.
        self.sudo()._tell_customer()

    # === BUSINESS METHODS === #

    def _tell_customer(self):
        """Have the customers hear where their returns stand, once this is committed.

        What was not sent before the next step is not sent any more: the latest state counts.
        """
        # sudo: whoever takes the step need not see the queue.
        self.sudo().filtered(lambda request: request.state in TOLD)._queue_notices()

    def _get_notice_template(self):
        """Override: the mail of the state that the return is in now."""
        template = self.env["mail.template"]
        return self.env.ref(TEMPLATE % self.state) if self.state in TOLD else template

    def _make_notice_papers(self):
        """Override: what the customer sends the goods back with."""
        papers = super()._make_notice_papers()
        return papers + self._make_return_papers() if self.state == "approved" else papers

    def _make_return_papers(self):
        """Return what the customer prints: core's return slips, and the carrier's labels.

        :rtype: ir.attachment
        """
        self.ensure_one()
        papers = self.env["ir.attachment"]
        for transfer in self._get_open_return_transfers():
            content = self._render_return_slip(transfer)
            papers += papers.create(
                {
                    "name": self.env._("Return slip %(name)s.pdf", name=transfer.name),
                    "raw": content,
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
            papers += self._make_carrier_label(transfer)
        return papers

    def _render_return_slip(self, transfer):
        """Return core's return slip of a transfer as a PDF.

        :rtype: bytes
        """
        return self.env["ir.actions.report"]._render_qweb_pdf(SLIP, transfer.ids)[0]

    def _get_open_return_transfers(self):
        """Return the transfers that the warehouse waits for."""
        return self.picking_ids.filtered(lambda pick: pick.state not in ("draft", "done", "cancel"))

    def _make_carrier_label(self, transfer):
        """Return the carrier's label for a return, where the carrier makes some and the shop pays.

        :param stock.picking transfer: the return's transfer
        :rtype: ir.attachment
        """
        carrier = transfer.return_id.carrier_id
        nothing = self.env["ir.attachment"]
        if not carrier.can_generate_return or self._get_shipping_payer() != "merchant":
            return nothing
        labels = [
            ("res_model", "=", transfer._name),
            ("res_id", "=", transfer.id),
            ("name", "=like", f"{carrier.get_return_label_prefix()}%"),
        ]
        if made := nothing.search(labels):
            return made
        carrier.get_return_label(transfer)
        return nothing.search(labels)

    # === BUSINESS METHODS - WHAT THE CUSTOMER READS === #

    def _get_return_words(self):
        """Return each line in words: what was announced, what is to be sent, or what came.

        What was withdrawn from before it left is not asked for.

        :rtype: list[str]
        """
        self.ensure_one()
        awaited = self.line_ids.filtered(
            lambda line: self.state == "approved" and line.awaited_quantity
        )
        words = []
        for line in awaited or self.line_ids:
            quantity = line.awaited_quantity if awaited else line._get_settled_quantity()
            name = line.product_id.with_context(display_default_code=False).display_name
            words.append(f"{quantity:g} × {name}")
        return words

    def _get_return_address(self):
        """Return where the goods are to be sent, as it is written on a parcel; may be empty.

        :rtype: str
        """
        self.ensure_one()
        # sudo: customers do not read warehouses.
        transfer = self.sudo()._get_open_return_transfers()[:1]
        partner = transfer.picking_type_id.warehouse_id.partner_id
        if not partner and transfer:
            partner = transfer.company_id.partner_id
        return partner._display_address() if partner else ""

    def _get_shipping_sentence(self):
        """Return who pays for the parcel, in words."""
        if self._get_shipping_payer() == "merchant":
            return self.env._("We pay for the parcel.")
        return self.env._("You pay for the parcel.")

    def _get_state_words(self):
        """Return where the return stands, in the reader's language."""
        self.ensure_one()
        return dict(self._fields["state"]._description_selection(self.env))[self.state]
