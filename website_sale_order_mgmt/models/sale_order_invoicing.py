"""Automatic invoicing: made by a cron, not in the customer's payment request."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import str2bool

from ..const import STAFF
from ..tools import work_queue
from ..tools.invoicing import POLICIES

BATCH_SIZE = 100  # Made and posted together.
SENDING_BATCH_SIZE = 20  # A PDF each, by one process: see the limit of its time.
MAKING = ("_post_shop_invoices", "_pay_shop_invoices")  # The steps before the sending.
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

    shop_invoicing_policy = fields.Selection(
        string="Invoiced by Itself",
        selection=POLICIES,
        help="When this order is invoiced: what its website or its customer's exception said when"
        " it was confirmed. Empty for orders from before any policy was set.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    shop_invoicing_source = fields.Selection(
        string="Invoicing Policy of",
        selection=[
            ("b2c", "The website, for consumers"),
            ("b2b", "The website, for businesses"),
            ("partner", "The customer"),
        ],
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    shop_invoicing_number = fields.Integer(
        string="Tries to Make an Invoice",
        help="Each try has a number of its own, so that none is made twice.",
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
        waiting = self.filtered(lambda order: order.shop_invoicing_state in ("queued", "failed"))
        by_switch = self.filtered(lambda order: not order._has_shop_invoicing_policy())
        if by_switch and not self._is_automatic_invoicing_on():
            raise UserError(
                self.env._(
                    "Automatic Invoice is switched off. Switch it on in Website > Configuration >"
                    " Settings, or create the invoice by hand."
                )
            )
        waiting._queue_shop_invoicing()
        self.env["website"]._toggle_invoicing_cron()

    # === BUSINESS METHODS - QUEUE === #

    @api.model
    def _is_automatic_invoicing_on(self):
        """Return whether core's Automatic Invoice is switched on.

        :rtype: bool
        """
        # sudo: the parameter is no secret and everybody's request depends on it.
        parameters = self.env["ir.config_parameter"].sudo()
        return str2bool(parameters.get_param("sale.automatic_invoice"), False)

    @api.model
    def _get_shop_invoicing_domain(self):
        """Return the domain of the orders that wait for their invoice.

        Those without a policy of their own follow core's switch; while it is off they wait.

        :rtype: Domain
        """
        queued = Domain("shop_invoicing_state", "=", "queued")
        if self._is_automatic_invoicing_on():
            return queued
        return queued & Domain("shop_invoicing_policy", "not in", (False, "core"))

    def _queue_shop_invoicing(self):
        """Have the confirmed orders among these invoiced, as soon as the transaction commits."""
        confirmed = self.filtered(
            lambda order: (
                order.state == "sale"
                and (order.shop_invoicing_state != "queued" or order.shop_invoicing_attempts)
            )
        )
        if confirmed:
            confirmed.write(work_queue.queued_vals("shop_invoicing"))
            work_queue.trigger(self.env, INVOICING_CRON)

    @api.model
    def _process_shop_invoicing_queue(self):
        """Make, then send the invoices of the queued orders. Called by core's invoicing cron."""
        work_queue.process_queue(
            self.browse(),
            "shop_invoicing",
            [*MAKING, "_send_shop_invoices"],
            "_shop_invoicing_failed",
            INVOICING_CRON,
            BATCH_SIZE,
            self._get_shop_invoicing_domain(),
            SENDING_BATCH_SIZE,
        )
