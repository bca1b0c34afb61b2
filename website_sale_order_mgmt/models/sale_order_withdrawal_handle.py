"""Withdrawals: whose order it is, whether somebody must look, and until when the money is due."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize

from ..tools import deadline, work_queue
from ..tools.order_status import clean_email, clean_order_number
from .sale_order_withdrawal import CRON

ATTENTION = [  # The most urgent first.
    ("mail_failed", "The acknowledgement failed"),
    ("handling_failed", "Its processing failed"),
    ("no_order", "No such order was found"),
    ("other_email", "The order has another e-mail address"),
    ("late", "Submitted after the period"),
    ("business", "Ordered by a business"),
    ("words", "The part is described in words"),
    ("excepted", "Something has no right of withdrawal"),
    ("nothing", "Nothing is left to give back"),
    ("not_confirmed", "The order is not confirmed yet"),
    ("not_shipped", "Not shipped yet, put on hold"),
    ("proof", "The customer shows that the goods were sent"),
]
ACTIVITY_TYPE = "website_sale_order_mgmt.mail_activity_type_withdrawal"


class SaleOrderWithdrawal(models.Model):
    _inherit = "sale.order.withdrawal"

    # === FIELDS === #

    attention = fields.Selection(
        ATTENTION,
        string="Needs Attention",
        index="btree_not_null",
        tracking=True,
        help="Why somebody must look at it. The consumer has got the same answer as everybody.",
    )
    is_late = fields.Boolean(string="After the Period", readonly=True)
    handling_state = fields.Selection(
        selection=[("queued", "Waits"), ("done", "Done"), ("failed", "Failed")],
        string="Processing",
        readonly=True,
    )
    handling_error = fields.Text(string="Processing Error", readonly=True)
    handling_attempts = fields.Integer(string="Failed Processing", readonly=True)
    handling_next_try = fields.Datetime(string="Next Processing", readonly=True)
    refund_due_on = fields.Date(
        string="Refund Due on",
        compute="_compute_refund_due_on",
        store=True,
        help="The last day for giving back all payments (Directive 2011/83/EU, Art. 13). It may be"
        " withheld until the goods are back or the customer shows that they were sent.",
    )
    refund_days_left = fields.Integer(compute="_compute_refund_days_left")

    _handling_queue_idx = models.Index("(id) WHERE handling_state = 'queued'")

    # === COMPUTE METHODS === #

    @api.depends("submitted_on")
    def _compute_refund_due_on(self):
        for statement in self:
            statement.refund_due_on = deadline.refund_day(statement.submitted_on)

    @api.depends("refund_due_on")
    def _compute_refund_days_left(self):
        today = fields.Date.context_today(self)
        for statement in self:
            statement.refund_days_left = (statement.refund_due_on - today).days

    # === ACTION METHODS === #

    def action_look_again(self):
        """Process the statements again: an order was chosen, or what failed is mended.

        :raise AccessError: the user may not write on the statements
        """
        self.check_access("write")
        # sudo: whoever looks after a statement has it processed; only the queue is written.
        self.sudo().write(work_queue.queued_vals("handling"))
        work_queue.trigger(self.env, CRON)

    def action_attended(self):
        """Note that somebody has looked after these statements."""
        self.attention = False
        self.activity_feedback([ACTIVITY_TYPE])

    # === BUSINESS METHODS === #

    def _handle(self):
        """Find the orders that are meant, and flag what somebody must look at. Safe to repeat."""
        hints = self._find_orders()
        in_order = self.browse()
        for statement in self:
            order = statement.order_id
            late = order.withdrawal_until and statement.submitted_at > order.withdrawal_until
            statement.write({"is_late": bool(late), "partner_id": order.partner_id.id})
            if reason := statement._get_attention(hints.get(statement)):
                statement._flag(reason)
                continue
            in_order += statement
            if statement.attention in ("no_order", "other_email"):
                statement.attention = False  # the order was chosen meanwhile
        in_order._make_returns()
        self.write(work_queue.done_vals("handling"))

    def _find_orders(self):
        """Link the statements without an order to the order that was typed.

        Number and address must belong together: whoever types another's number gets the same
        answer, but nothing happens to that order.

        :return: why a statement was not linked
        :rtype: dict[sale.order.withdrawal, str]
        """
        loose = self.filtered(lambda statement: not statement.order_id)
        if not loose:
            return {}
        typed = set(loose.mapped("order_reference"))
        found = self.env["sale.order"].search(
            Domain("website_id", "in", loose.website_id.ids)
            & Domain("name", "in", list(typed | set(map(clean_order_number, typed))))
            & Domain("state", "in", ("sent", "sale", "cancel"))
        )
        hints = {}
        for statement in loose:
            number = clean_order_number(statement.order_reference)
            orders = found.filtered(
                lambda order, statement=statement, number=number: (
                    order.website_id == statement.website_id
                    and clean_order_number(order.name) == number
                )
            )
            address = clean_email(statement.email)
            own = orders.filtered(
                lambda order, address=address: (
                    address
                    in map(
                        email_normalize,
                        (order.partner_id + order.partner_invoice_id).mapped("email"),
                    )
                )
            )
            if len(own) == 1:
                statement.order_id = own
            else:
                hints[statement] = "other_email" if orders else "no_order"
        return hints

    def _get_attention(self, hint):
        """Return the most urgent reason why somebody must look at the statement, if any.

        :param str hint: why its order was not found
        """
        self.ensure_one()
        if hint:
            return hint
        if self.is_late:
            return "late"
        if not self.order_id._is_of_consumer():
            return "business"
        return "words" if self.words else False

    def _flag(self, reason):
        """Note why somebody must look at the statements, and tell who that is.

        :param str reason: a value of `attention`
        """
        self.attention = reason
        for statement in self - self._filtered_with_activity():
            user = statement._get_responsible()
            if user:
                # As OdooBot: nobody assigned it to anybody.
                statement.with_user(SUPERUSER_ID).activity_schedule(
                    ACTIVITY_TYPE, user_id=user.id, date_deadline=statement.refund_due_on
                )

    def _filtered_with_activity(self):
        # sudo: the activity may be somebody else's.
        activities = self.sudo().activity_search([ACTIVITY_TYPE])
        return self.browse(activities.mapped("res_id"))

    def _get_responsible(self):
        """Return who looks after a statement: as for its order, or as for orders of its website.

        :rtype: res.users
        """
        self.ensure_one()
        order, website = self.order_id, self.website_id
        # sudo: who may read a statement may not read everybody whom it might concern.
        managers = self.env.ref("sales_team.group_sale_manager").sudo().all_user_ids
        admin = self.env.ref("base.user_admin", raise_if_not_found=False) or managers.browse()
        # one after the other: a union would sort nobody out, but lose the order
        candidates = (
            *(order.user_id, order.team_id.user_id),
            *(website.salesperson_id, website.salesteam_id.user_id),
            *(admin, *managers),
        )
        company = self.company_id
        return next(
            (
                user
                for user in candidates
                if user
                and user.active
                and not user.share
                and (not company or company in user.company_ids)
                and user.has_group("sales_team.group_sale_salesman")
            ),
            managers.browse(),
        )

    def _handling_failed(self, error):
        """Note why a statement could not be processed, and when it is tried again.

        :param Exception error: what went wrong
        """
        self.ensure_one()
        message = work_queue.error_message(error, self.env)
        now = fields.Datetime.now()
        self.write(work_queue.failed_vals("handling", self.handling_attempts, message, now))
        if self.handling_state == "failed":
            self._flag("handling_failed")
