"""Orders that wait for their money: how long, with or without their goods, and what is said."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_amount
from odoo.tools.misc import format_date

from ..const import STAFF
from ..tools import unpaid, work_queue

WAITING_TEMPLATE = "website_sale_order_mgmt.mail_template_order_waiting"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === FIELDS === #

    unpaid_provider_id = fields.Many2one(
        comodel_name="payment.provider",
        string="Waits for Money by",
        help="How the customer wants to pay, as long as the order waits for the money.",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=STAFF,
    )
    unpaid_reserved = fields.Boolean(
        string="Reserved before the Payment",
        help="The order is confirmed, its deliveries are on hold until the money is there.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    unpaid_reminder_date = fields.Datetime(
        string="Payment Reminder on", readonly=True, copy=False, groups=STAFF
    )
    unpaid_expiry_date = fields.Datetime(
        string="Waits until",
        help="The order is cancelled then, unless the money has come.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )

    unpaid_last_day = fields.Date(
        string="Last Day for the Money",
        help="The last day on which the money may come, as the customer is told.",
        compute="_compute_unpaid_last_day",
        compute_sudo=True,
        groups=STAFF,
    )

    # === COMPUTE METHODS === #

    @api.depends("unpaid_expiry_date")
    def _compute_unpaid_last_day(self):
        for order in self:
            moment = order.unpaid_expiry_date
            last_day = moment and unpaid.last_day(moment, order._get_shop_tz())
            order.unpaid_last_day = last_day

    # === BUSINESS METHODS - THE WAITING === #

    def _begin_unpaid_wait(self, provider):
        """Write down how long these web orders wait for their money.

        What the customer is told stays true: changes of the provider are for later orders, and
        choosing to transfer the money once more prolongs nothing.

        :param payment.provider provider: how the customer wants to pay
        """
        if not provider._has_unpaid_policy():
            return
        now = fields.Datetime.now()
        for order in self:
            if not order.website_id or order.unpaid_provider_id:
                continue
            if order.state not in ("draft", "sent"):
                continue
            remind, expire = provider.unpaid_reminder_days, provider.unpaid_expiry_days
            order.write(
                {
                    "unpaid_provider_id": provider.id,
                    "unpaid_reminder_date": remind and now + timedelta(days=remind),
                    "unpaid_expiry_date": expire
                    and unpaid.end_of_day(now, expire, order._get_shop_tz()),
                }
            )

    def _reserve_unpaid(self):
        """Confirm the orders whose goods are kept until the money is there, and hold the goods.

        An order that cannot be confirmed waits as in core, and says why in its chatter.
        """
        wanted = self.filtered(
            lambda order: (
                order.state == "sent"
                and order.unpaid_provider_id.unpaid_order_policy == "reserve"
                and not order._is_covered()
            )
        )
        todo = wanted.filtered(lambda order: order._can_be_reserved_unpaid())
        if dropshipped := (wanted - todo).filtered(lambda order: order._is_dropshipped()):
            dropshipped._note_dropshipped()
        work_queue.isolate(todo, "_confirm_unpaid", "_note_not_reserved")

    def _confirm_unpaid(self):
        """Confirm orders without telling the customer that they are, with deliveries on hold."""
        self.unpaid_reserved = True
        self.with_context(send_email=False).action_confirm()
        # Where staff reserve by hand, or by date, nobody would keep the goods until then.
        self.picking_ids.move_ids.filtered(
            lambda move: (
                move.state == "confirmed"
                and move.picking_type_id.reservation_method != "at_confirm"
            )
        )._action_assign()
        self.picking_ids._shop_hold("payment")

    def _note_not_reserved(self, error):
        """Say in the chatter why the goods of an order could not be reserved.

        :param Exception error: what went wrong
        """
        message = work_queue.error_message(error, self.env)
        self._message_log(
            body=self.env._("The goods could not be reserved: %(error)s", error=message)
        )

    def _note_dropshipped(self):
        """Say in the chatter why the goods of these orders are not reserved."""
        body = self.env._(
            "The order waits for its money: a supplier would send the goods straight to the"
            " customer, and no hold stops them there."
        )
        self._message_log_batch(dict.fromkeys(self.ids, body))

    def _can_be_reserved_unpaid(self):
        """Return whether confirming the order gives nothing away that cannot be held.

        A service (a course, a ticket) is handed over by the confirmation, and what a supplier sends
        straight to the customer is ordered by it. Delivery and discounts are no services of their
        own.

        :rtype: bool
        """
        self.ensure_one()
        lines = self.order_line.filtered(
            lambda line: not line.display_type and not line.is_delivery and line.price_unit >= 0
        )
        types = set(lines.product_id.mapped("type"))
        return "consu" in types and "service" not in types and not self._is_dropshipped()

    def _is_dropshipped(self):
        """Return whether a supplier sends goods of the order, or parts of kits, to the customer.

        By the lines' routes, else by their products', as core tells it before the confirmation.

        :rtype: bool
        """
        self.ensure_one()
        codes = self.env["stock.picking.type"]._fields["code"].get_values(self.env)
        if "dropship" not in codes:  # Of `stock_dropshipping`.
            return False
        # sudo: also a customer's request asks; only how the goods would come is looked up.
        lines = self.sudo().order_line
        products = lines.filtered(lambda line: not line.route_ids).product_id
        products = products._get_shop_goods()
        routes = lines.route_ids | products.route_ids | products.categ_id.total_route_ids
        return "dropship" in routes.rule_ids.picking_type_id.mapped("code")

    def _end_unpaid_wait(self):
        """Let go the orders whose money is there, with the deliveries that waited for it."""
        waiting = self.filtered("unpaid_provider_id")
        waiting.filtered(lambda order: order._is_money_there())._stop_unpaid_wait()

    def _is_money_there(self):
        """Return whether the order is covered; one whose website is gone has no payment status.

        :rtype: bool
        """
        self.ensure_one()
        if not self.website_id:
            return self._is_paid()
        return self._is_covered()

    def _stop_unpaid_wait(self):
        """End the waiting of these orders, whatever the reason."""
        waiting = self.filtered("unpaid_provider_id")
        if not waiting:
            return
        waiting.filtered("unpaid_reserved").picking_ids._shop_release("payment")
        waiting.write(
            {
                "unpaid_provider_id": False,
                "unpaid_reserved": False,
                "unpaid_reminder_date": False,
                "unpaid_expiry_date": False,
            }
        )

    def _send_unpaid_mails(self):
        """Tell the customers of orders that wait, or have waited, where they stand.

        :return: the orders that have nothing to do with waiting: core's mail is right for them
        :rtype: sale.order
        """
        waiting = self.filtered(lambda order: order._is_waiting_for_money())
        template = self.env.ref(WAITING_TEMPLATE, raise_if_not_found=False)
        if not template:
            waiting = self.browse()
        for order in waiting:
            order._send_order_notification_mail(template)
        # The money is here: what was reserved is now confirmed, as after an online payment.
        reserved = self.filtered(lambda order: order.unpaid_reserved and order._is_money_there())
        reserved._send_order_confirmation_mail()
        return self - waiting - reserved

    # === BUSINESS METHODS - WHAT IS SHOWN === #

    def _is_waiting_for_money(self):
        """Return whether the order waits for money that the customer has promised.

        :rtype: bool
        """
        self.ensure_one()
        # sudo: for the order's own customer, too, whose access the page has checked.
        order = self.sudo()
        return bool(
            order.unpaid_provider_id
            and order.state in ("draft", "sent", "sale")
            and not order._is_money_there()
        )

    def _get_unpaid_amount(self):
        """Return what is missing of the order's total, in its currency.

        :rtype: float
        """
        self.ensure_one()
        # sudo: see `_is_waiting_for_money`.
        order = self.sudo()
        kept = order.shop_amount_received - order.shop_amount_refunded
        return max(order.currency_id.round(order.amount_total - kept), 0.0)

    def _get_unpaid_reference(self):
        """Return the reference that the customer is to name in the transfer.

        :rtype: str
        """
        self.ensure_one()
        # sudo: see `_is_waiting_for_money`.
        transaction = self.sudo().get_portal_last_transaction()
        return self.reference or transaction.reference or self.name

    def _get_unpaid_sentence(self):
        """Return where the order stands and what the customer has to do, in the reader's language.

        :rtype: str
        """
        self.ensure_one()
        # sudo: see `_is_waiting_for_money`.
        order = self.sudo()
        day = order.unpaid_last_day
        terms = {
            "day": day and format_date(self.env, day, date_format="long"),
            "amount": format_amount(self.env, self._get_unpaid_amount(), self.currency_id),
            "reference": self._get_unpaid_reference(),
        }
        if order._keeps_goods_unpaid() and day:
            text = self.env._(
                "We have your order and keep the goods for you until %(day)s. Please transfer"
                " %(amount)s with the reference %(reference)s.",
                **terms,
            )
        elif order._keeps_goods_unpaid():
            text = self.env._(
                "We have your order and keep the goods for you. Please transfer %(amount)s with the"
                " reference %(reference)s.",
                **terms,
            )
        elif day:
            text = self.env._(
                "We have your order and wait for your money until %(day)s. Please transfer"
                " %(amount)s with the reference %(reference)s.",
                **terms,
            )
        else:
            text = self.env._(
                "We have your order and start with it as soon as your money is here. Please"
                " transfer %(amount)s with the reference %(reference)s.",
                **terms,
            )
        return text

    def _keeps_goods_unpaid(self):
        """Return whether nobody else can buy the order's goods as long as it waits.

        :rtype: bool
        """
        self.ensure_one()
        reserves = self.unpaid_provider_id.unpaid_order_policy == "reserve"
        return self.unpaid_reserved or (
            self.state in ("draft", "sent") and reserves and self._can_be_reserved_unpaid()
        )

    def _get_unpaid_instructions(self):
        """Return the provider's message to the customer, with the bank details.

        :rtype: markupsafe.Markup | str
        """
        self.ensure_one()
        # sudo: see `_is_waiting_for_money`; the message is what core shows on the page.
        return self.sudo().unpaid_provider_id.pending_msg or ""
