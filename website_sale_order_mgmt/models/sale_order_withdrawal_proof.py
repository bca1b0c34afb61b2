"""Withdrawals: the proof that the goods were sent back (CRD Art. 13(3))."""

from odoo import fields, models
from odoo.fields import Domain

from ..tools import proof

OWN = "website_sale_order_mgmt_proof"  # what the customer sent, not what the staff attaches


class SaleOrderWithdrawal(models.Model):
    _inherit = "sale.order.withdrawal"

    # === BUSINESS METHODS === #

    def _take_proof(self, content):
        """Keep a file that the customer has sent, and tell whoever looks after the statement.

        :param bytes content: the file
        :return: why it was not taken: ``kind`` (its kind or size) or ``many``; empty if it was
        :rtype: str
        """
        self.ensure_one()
        mimetype = proof.kind_of(content) if len(content) <= proof.MAX_FILE else ""
        if not mimetype:
            return "kind"
        # Two at once count one after the other.
        self.lock_for_update()
        count = self._count_proofs()
        if count >= proof.MAX_FILES:
            return "many"
        name = self.env._("Proof of sending %(number)s", number=count + 1)
        self.env["ir.attachment"].create(
            {
                "name": f"{name}.{proof.ENDINGS[mimetype]}",
                "raw": content,
                "mimetype": mimetype,
                "description": OWN,
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        if not self.proof_at:
            self.proof_at = fields.Datetime.now()
        # All else is more urgent, and somebody is at it already.
        if not self.attention:
            self._flag("proof")
        return ""

    def _count_proofs(self):
        """Return how many files the customer has sent.

        :rtype: int
        """
        self.ensure_one()
        own = Domain("res_model", "=", self._name) & Domain("res_id", "=", self.id)
        # sudo: how many there are; the files are for staff.
        return self.env["ir.attachment"].sudo().search_count(own & Domain("description", "=", OWN))
