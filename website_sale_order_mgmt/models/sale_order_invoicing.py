"""Automatic invoicing: made by a cron, not in the customer's payment request."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import str2bool

from ..const import STAFF
from ..tools import work_queue

BATCH_SIZE = 20
INVOICING_CRON = "sale.send_invoice_cron"  # Core keeps it active while its switch is on.


class SaleOrder(models.Model):
    _inherit = "sale.order"

    shop_invoicing_state = fields.Selection(
        string="Automatic Invoice",
        selection=[
            ("none", "None"),
            ("queued", "Being made"),
            ("done", "Made"),
            ("failed", "Failed"),
        ],
        default="none",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    shop_invoicing_error = fields.Text(
        string="Automatic Invoice Error",
        help="Why the invoice of this order could not be made or sent.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    shop_invoicing_attempts = fields.Integer(
        string="Failed Automatic Invoice Tries",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    shop_invoicing_next_try = fields.Datetime(
        string="Next Automatic Invoice Try",
        readonly=True,
        copy=False,
        groups=STAFF,
    )

    _shop_invoicing_queue_idx = models.Index("(id) WHERE shop_invoicing_state = 'queued'")

    # === ACTION METHODS === #

    def action_retry_shop_invoicing(self):
        """Put orders whose invoice failed back into the queue.

        :raise UserError: automatic invoicing has been switched off
        """
        self.check_access("write")
        if not self._is_automatic_invoicing_on():
            raise UserError(
                self.env._(
                    "Automatic Invoice is switched off. Switch it on in Website > Configuration >"
                    " Settings, or create the invoice by hand."
                )
            )
        waiting = self.filtered(lambda order: order.shop_invoicing_state in ("queued", "failed"))
        waiting._queue_shop_invoicing()

    # === BUSINESS METHODS === #

    @api.model
    def _is_automatic_invoicing_on(self):
        """Return whether core's Automatic Invoice is switched on.

        :rtype: bool
        """
        # sudo: the parameter is no secret and everybody's request depends on it.
        parameters = self.env["ir.config_parameter"].sudo()
        return str2bool(parameters.get_param("sale.automatic_invoice"), False)

    def _queue_shop_invoicing(self):
        """Have the confirmed orders among these invoiced, as soon as the transaction commits."""
        confirmed = self.filtered(lambda order: order.state == "sale")
        if confirmed:
            confirmed.write(work_queue.queued_vals("shop_invoicing"))
            work_queue.trigger(self.env, INVOICING_CRON)

    @api.model
    def _process_shop_invoicing_queue(self):
        """Make, then send the invoices of the queued orders. Called by core's invoicing cron."""
        work_queue.process_queue(
            self.browse(),
            "shop_invoicing",
            ["_make_shop_invoices", "_send_shop_invoices"],
            "_shop_invoicing_failed",
            INVOICING_CRON,
            BATCH_SIZE,
        )

    def _make_shop_invoices(self):
        """Create and post what is paid and not yet invoiced, one invoice an order.

        As `payment.transaction._invoice_sale_orders` of `sale` does it: the whole order when it is
        paid, otherwise a down payment; here of what was paid since the last one. The payment is
        reconciled when the invoice is posted. Orders with nothing to invoice are left as they are.
        """
        for company, orders in self.grouped("company_id").items():
            orders = orders.with_company(company)
            paid = orders.filtered(lambda order: order._is_paid())
            paid._force_lines_to_invoice_policy_order()
            invoices = paid.with_context(raise_if_nothing_to_invoice=False)._create_invoices(
                grouped=True, final=True
            )
            invoices += (orders - paid)._make_shop_down_payment_invoices()
            for invoice in invoices:
                invoice._portal_ensure_token()
            invoices.action_post()

    def _make_shop_down_payment_invoices(self):
        """Invoice what has been paid of the orders and is not invoiced yet.

        :return: the draft invoices
        :rtype: account.move
        """
        invoices = self.env["account.move"]
        for order in self:
            amount = order.currency_id.round(order.amount_paid - order.amount_invoiced)
            if amount <= 0:
                continue
            wizard = self.env["sale.advance.payment.inv"].create(
                {
                    "sale_order_ids": order.ids,
                    "advance_payment_method": "fixed",
                    "fixed_amount": amount,
                }
            )
            invoices += wizard._create_invoices(order)
        return invoices

    def _shop_invoicing_failed(self, error):
        """Note why the order could not be invoiced, and when it is tried again.

        :param Exception error: what went wrong
        """
        self.ensure_one()
        message = work_queue.error_message(error, self.env)
        attempts, now = self.shop_invoicing_attempts, fields.Datetime.now()
        self.write(work_queue.failed_vals("shop_invoicing", attempts, message, now))
