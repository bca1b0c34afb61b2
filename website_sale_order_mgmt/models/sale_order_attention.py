"""Attention: what is stuck with a web order, who is told, and the buttons that mend it."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from ..const import STAFF
from ..tools import payment_status, work_queue

BATCH_SIZE = 20
WATCHDOG_MINUTES = 10
ATTENTION = [  # The most urgent first.
    ("paid_not_confirmed", "Paid, but not confirmed"),
    ("refund_failed", "A refund failed"),
    ("paid_cancelled", "Money for a cancelled order"),
    ("amount_mismatch", "The amount paid is too small"),
    ("overpaid", "Too much was paid"),
    ("stock_short", "Sold, but not in stock"),
    ("mail_failed", "An e-mail to the customer failed"),
    ("invoice_failed", "The automatic invoice failed"),
]
WATCHDOG_CRON = "website_sale_order_mgmt.ir_cron_watch_web_orders"
ACTIVITY_TYPE = "website_sale_order_mgmt.mail_activity_type_%s"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    shop_attention = fields.Selection(
        string="Needs Attention",
        selection=ATTENTION,
        compute="_compute_shop_attention",
        store=True,
        index="btree_not_null",
        groups=STAFF,
    )
    shop_confirm_error = fields.Text(
        string="Confirmation Error",
        help="Why this paid order could not be confirmed by itself.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    shop_underpaid = fields.Boolean(
        string="Confirmed with Too Little",
        help="Odoo has confirmed the order by a payment of less than its total, and no down payment"
        " was asked for.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    shop_amount_surplus = fields.Monetary(
        string="To Give Back",
        help="What the customer has paid too much, or for a cancelled order.",
        compute="_compute_shop_amount_surplus",
        groups=STAFF,
    )

    # === COMPUTE METHODS === #

    @api.depends(
        "shop_status",
        "shop_payment_status",
        "shop_amount_received",
        "shop_amount_refunded",
        "shop_amount_authorized",
        "shop_confirm_error",
        "shop_mail_state",
        "shop_delivery_mail_error",
        "shop_invoicing_state",
        "shop_shortage",
        "refund_failed",
        "refund_amount_open",
        "shop_underpaid",
    )
    def _compute_shop_attention(self):
        """Only columns of the order count, so that a change of the cart costs no query."""
        for order in self:
            order.shop_attention = order.website_id and order._get_shop_attention()

    @api.depends(
        "shop_status",
        "amount_total",
        "shop_amount_received",
        "shop_amount_refunded",
        "refund_amount_open",
        "refund_corrected_amount",
        "refund_value",
    )
    def _compute_shop_amount_surplus(self):
        for order in self:
            kept = order.shop_amount_received - order.shop_amount_refunded
            total = order.amount_total + order.refund_corrected_amount - order.refund_value
            # What a refund gives back is on its way already.
            due = 0.0 if order.shop_status == "cancelled" else total
            kept -= order.refund_amount_open
            surplus = max(kept - due, 0.0) if order.shop_status else 0.0
            order.shop_amount_surplus = order.currency_id.round(surplus)

    # === ACTION METHODS === #

    def action_shop_confirm(self):
        """Confirm paid orders now, with the mail to the customer.

        :raise UserError: core's reason why an order cannot be confirmed
        """
        self.with_context(send_email=True).action_confirm()
        self._sync_shop_attention_activities()

    def action_shop_refund_surplus(self):
        """Give back what was paid too much, or all of a cancelled order, by the ways it came.

        It is a refund like others: sent in the background, once, and above the limit of the user
        confirmed by a manager.

        :raise AccessError: the user does not refund web orders
        :raise UserError: it is on its way, or there is nothing to give back
        """
        self.ensure_one()
        self._refund_surplus()
        self._sync_shop_attention_activities()

    # === BUSINESS METHODS === #

    def _get_shop_attention(self):
        """Return the most urgent reason why somebody must look after the order, or False."""
        self.ensure_one()
        kept = self.shop_amount_received - self.shop_amount_refunded - self.refund_amount_open
        attention = payment_status.get_attention(
            self.shop_status,
            self.shop_payment_status,
            self.currency_id.round(kept + self.shop_amount_authorized),
            bool(self.shop_confirm_error),
            self.shop_mail_state == "failed" or bool(self.shop_delivery_mail_error),
            self.shop_invoicing_state == "failed",
            bool(self.shop_shortage),
            self.refund_failed,
            self.shop_underpaid,
        )
        return attention or False

    def _note_underpaid(self):
        """Note which of these orders, confirmed by a payment just now, got too little with it.

        Core confirms with any amount where no payment is required.
        """
        underpaid = self.filtered(
            lambda order: (
                order.website_id
                and order.state == "sale"
                and order.shop_payment_status == "partial"
                and not order.currency_id.compare_amounts(
                    order._get_prepayment_required_amount(), 0
                )
            )
        )
        if underpaid:
            underpaid.shop_underpaid = True

    @api.model
    def _cron_watch_web_orders(self):
        """Confirm what is paid and was left, retry mails, and tell whom it concerns.

        Core's `_cron_post_process` gives up after four days, in silence. Here each paid order that
        is still a quotation after ten minutes is tried once more; if that fails, its reason is on
        the order until somebody mends it.
        """
        work_queue.process(
            self.browse(),
            fields.Domain(
                [
                    ("shop_status", "=", "to_confirm"),
                    ("shop_confirm_error", "=", False),
                    ("transaction_ids.last_state_change", "<=", f"now -{WATCHDOG_MINUTES}M"),
                ]
            ),
            ["_confirm_paid_web_orders"],
            "_shop_confirmation_failed",
            BATCH_SIZE,
        )
        work_queue.process(
            self.browse(),
            work_queue.due_domain("shop_mail"),
            ["_send_shop_mails_again"],
            "_shop_mail_failed",
            BATCH_SIZE,
        )
        # What was short may have come meanwhile.
        self.search([("shop_attention", "=", "stock_short")])._note_scarce_shortages()
        self._sync_all_shop_attention_activities()

    def _confirm_paid_web_orders(self):
        """Post-process the payments of these orders, which confirms them.

        :raise UserError: core did not confirm an order, without saying why
        """
        # sudo: called by a cron; transactions are readable to accountants only.
        self.sudo().transaction_ids.filtered(lambda tx: not tx.is_post_processed)._post_process()
        if self.filtered(lambda order: order.state not in ("sale", "cancel")):
            raise UserError(
                self.env._("The payment is complete, but the order was not confirmed with it.")
            )

    def _shop_confirmation_failed(self, error):
        """Note why a paid order could not be confirmed, and find somebody who looks after it.

        :param Exception error: what went wrong
        """
        self._note_shop_confirm_error(error)
        work_queue.isolate(self, "_assign_web_orders", "_note_shop_confirm_error")

    def _note_shop_confirm_error(self, error):
        """Write on the orders why they are not confirmed.

        :param Exception error: what went wrong
        """
        self.shop_confirm_error = work_queue.error_message(error, self.env)

    # === ACTIVITIES === #

    def _report_shop_attention(self):
        """Have the watchdog tell the persons concerned at once, if there is something to tell."""
        if self.filtered("shop_attention"):
            work_queue.trigger(self.env, WATCHDOG_CRON)

    @api.model
    def _sync_all_shop_attention_activities(self):
        """Give each order that needs attention its activity, and end those of mended ones."""
        types = self._get_shop_attention_activity_types()
        activities = self.env["mail.activity"].search(
            [("res_model", "=", "sale.order"), ("activity_type_id", "in", list(types.values()))]
        )
        orders = self.browse(activities.mapped("res_id")).exists()
        orders |= self.search([("shop_attention", "!=", False)])
        orders._sync_shop_attention_activities()

    def _sync_shop_attention_activities(self):
        """Leave each order with one activity for its reason, for the person responsible."""
        types = self._get_shop_attention_activity_types()
        # sudo: the activity may be somebody else's; it follows from the order's stored reason.
        activities = self.sudo().activity_search([ACTIVITY_TYPE % reason for reason in types])
        kept = self.env["mail.activity"]
        for order in self:
            wanted = types.get(order.shop_attention)
            kept |= activities.filtered(
                lambda activity, order=order, wanted=wanted: (
                    activity.res_id == order.id and activity.activity_type_id.id == wanted
                )
            )[:1]
        (activities - kept).unlink()
        responsible = self.filtered("shop_attention")._get_shop_responsibles()
        # What a person has changed stays; nobody but us has touched the others.
        ours = kept.filtered(lambda activity: activity.write_uid.id == SUPERUSER_ID)
        for user, moved in ours.grouped(lambda act: responsible[self.browse(act.res_id)]).items():
            if user:
                moved.filtered(lambda act, user=user: act.user_id != user).user_id = user
        have = set(kept.mapped("res_id"))
        missing = self.filtered(lambda order: order.shop_attention and order.id not in have)
        groups = missing.grouped(lambda order: (order.shop_attention, responsible[order]))
        for (reason, user), orders in groups.items():
            if user:
                # As OdooBot: nobody assigned it to anybody.
                orders.with_user(SUPERUSER_ID).activity_schedule(
                    ACTIVITY_TYPE % reason, user_id=user.id
                )

    @api.model
    def _get_shop_attention_activity_types(self):
        """Return reason -> id of its activity type."""
        get_id = self.env["ir.model.data"]._xmlid_to_res_id
        return {reason: get_id(ACTIVITY_TYPE % reason) for reason, _label in ATTENTION}

    def _get_shop_responsibles(self):
        """Return who looks after each order, among those who may write on it.

        The first of these counts: its salesperson, the team's leader, the website's salesperson,
        the first administrator, the administrators of the Sales app.

        :return: order -> user, none if there is nobody
        :rtype: dict[sale.order, res.users]
        """
        responsible, left = {}, self
        # sudo: who may read an order may not read everybody whom it might concern.
        admin = self.env.ref("base.user_admin", raise_if_not_found=False)
        managers = self.env.ref("sales_team.group_sale_manager").sudo().all_user_ids
        for find in (
            lambda order: order.user_id,
            lambda order: order.team_id.user_id,
            lambda order: order.website_id.salesperson_id,
            *(lambda _order, user=user: user for user in (admin or managers.browse(), *managers)),
        ):
            # sudo: see above; what each of them may write on is asked below.
            for user, orders in left.sudo().grouped(find).items():
                if user.active and not user.share:
                    mine = orders._filtered_for_shop_user(user).with_env(self.env)
                    responsible.update(dict.fromkeys(mine, user.with_env(self.env)))
                    left -= mine
            if not left:
                break
        return responsible | dict.fromkeys(left, self.env["res.users"])

    def _get_shop_responsible(self):
        """Return who looks after one order: see `_get_shop_responsibles`.

        :rtype: res.users
        """
        self.ensure_one()
        return self._get_shop_responsibles()[self]

    def _filtered_for_shop_user(self, user):
        """Return the orders that a user may write on, in all companies of that user."""
        orders = self.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
        return orders._filtered_access("write")
