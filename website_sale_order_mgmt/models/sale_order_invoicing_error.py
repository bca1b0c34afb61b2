"""Why an automatic invoice failed, in the words of those who keep the books."""

from odoo import fields, models

from ..tools import work_queue


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS === #

    def _shop_invoicing_failed(self, error):
        """Note why the order could not be invoiced, and when it is tried again.

        :param Exception error: what went wrong
        """
        self.ensure_one()
        message = work_queue.error_message(error, self.env)
        if obstacle := self._get_shop_invoicing_obstacle():
            message = f"{obstacle} ({message})"
        attempts, now = self.shop_invoicing_attempts, fields.Datetime.now()
        self.write(work_queue.failed_vals("shop_invoicing", attempts, message, now))

    def _get_shop_invoicing_obstacle(self):
        """Return what in the books keeps the order from being invoiced, and what to do about it.

        :return: a sentence, False if nothing of the kind is known
        :rtype: str | bool
        """
        self.ensure_one()
        order = self.with_company(self.company_id)
        return order._get_shop_journal_obstacle() or order._get_shop_account_obstacle()

    def _get_shop_invoice_journals(self):
        """Return the journals that the order's invoice may go into, archived ones included.

        :rtype: account.journal
        """
        journals = self.journal_id.with_context(active_test=False)
        domain = [*journals._check_company_domain(self.company_id), ("type", "=", "sale")]
        return journals or journals.search(domain)

    def _get_shop_journal_obstacle(self):
        """Return what is wrong with the sales journal.

        :rtype: str | bool
        """
        journals = self._get_shop_invoice_journals()
        if not journals:
            return self.env._(
                "%(company)s has no sales journal. Create one in Invoicing > Configuration >"
                " Journals.",
                company=self.company_id.name,
            )
        if not any(journals.mapped("active")):
            return self.env._(
                "The journal %(journal)s is archived. Unarchive it, or give the order another one.",
                journal=journals[0].name,
            )
        return False

    def _get_shop_account_obstacle(self):
        """Return which products have no account to book their sale in.

        :rtype: str | bool
        """
        journals = self._get_shop_invoice_journals().filtered("active")
        if journals[:1].default_account_id:
            return False
        position = self.fiscal_position_id
        missing = self.order_line.product_id.filtered(
            lambda product: not product.product_tmpl_id.get_product_accounts(position)["income"]
        )
        return bool(missing) and self.env._(
            "There is no income account for %(products)s. Set one on the product, on its category,"
            " or on the journal %(journal)s.",
            products=", ".join(missing.mapped("display_name")),
            journal=journals[:1].name,
        )
