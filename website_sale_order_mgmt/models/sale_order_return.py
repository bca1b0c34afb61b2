"""Returns: what a customer sends back of one order, from the request to the money."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import STAFF

STATES = [
    ("requested", "Requested"),
    ("approved", "Approved"),
    ("received", "Received"),
    ("done", "Done"),
    ("refused", "Refused"),
    ("cancelled", "Cancelled"),
]
OPEN = ("requested", "approved")
SETTLED = ("received", "done")
# Written by the steps of a return alone.
GUARDED = {"state", "order_id", "kind", "request_key", "without_goods"}


class SaleOrderReturn(models.Model):
    """What a customer sends back of one order; its steps are in `sale_order_return_steps.py`."""

    _name = "sale.order.return"
    _description = "Return"
    _inherit = ["portal.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "create_date desc, id desc"
    _mail_post_access = "read"

    # === FIELDS === #

    name = fields.Char(
        string="Number", required=True, readonly=True, copy=False, default="/", index="trigram"
    )
    order_id = fields.Many2one(
        comodel_name="sale.order",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('website_id', '!=', False), ('state', '=', 'sale')]",
    )
    partner_id = fields.Many2one(
        related="order_id.partner_id", string="Customer", store=True, index=True
    )
    website_id = fields.Many2one(related="order_id.website_id", store=True, index=True)
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="order_id.currency_id")
    user_id = fields.Many2one(
        related="order_id.user_id", string="Salesperson", store=True, index="btree_not_null"
    )
    kind = fields.Selection(
        selection=[("return", "Return"), ("withdrawal", "Withdrawal")],
        required=True,
        default="return",
        readonly=True,
    )
    state = fields.Selection(
        selection=STATES,
        required=True,
        default="requested",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    line_ids = fields.One2many(
        comodel_name="sale.order.return.line", inverse_name="return_id", string="Lines"
    )
    refuse_reason = fields.Text(
        string="Why It Was Refused",
        help="The customer reads this.",
        readonly=True,
        copy=False,
        tracking=True,
    )
    without_goods = fields.Boolean(
        string="Refund Without Return",
        help="The money goes back, the goods stay with the customer.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )
    without_goods_reason = fields.Text(
        string="Why the Goods Stay There", readonly=True, copy=False, groups=STAFF, tracking=True
    )
    request_key = fields.Char(
        help="Stands for the form that was sent: sent twice, it counts once.",
        readonly=True,
        copy=False,
        groups="base.group_system",
    )

    _request_key_uniq = models.UniqueIndex(
        "(request_key) WHERE request_key IS NOT NULL", "This form has been sent already."
    )

    # === COMPUTE METHODS === #

    def _compute_access_url(self):
        super()._compute_access_url()
        for request in self:
            request.access_url = f"/my/returns/{request.id}"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override: returns are numbered, and begin as requested."""
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                order = self.env["sale.order"].browse(vals.get("order_id"))
                # sudo: whoever returns goods does not read sequences, nor another's company.
                sequences = self.env["ir.sequence"].sudo().with_company(order.sudo().company_id)
                vals["name"] = sequences.next_by_code("sale.order.return") or "/"
        if not self.env.su and any(
            vals.get("state", "requested") != "requested" for vals in vals_list
        ):
            raise AccessError(self.env._("A return begins with the request."))
        return super().create(vals_list)

    def write(self, vals):
        """Override: the steps of a return change its state, nobody else.

        :raise AccessError: a guarded field is written directly
        """
        if GUARDED & vals.keys() and not self.env.su:
            raise AccessError(self.env._("Use the buttons of the return to go on with it."))
        return super().write(vals)

    # === BUSINESS METHODS === #

    def _needs_goods(self):
        """Return whether something has to come back before the money goes.

        Only what the customer has is waited for; an approved return waits for its transfers.

        :rtype: bool
        """
        self.ensure_one()
        return not self.without_goods and any(
            line.sale_line_id._is_returned_as_goods()
            and (self.state == "approved" or line.sale_line_id.qty_delivered > 0)
            for line in self.line_ids
        )

    def _ensure_state(self, *states):
        """Check, under the lock of these rows, that they are still in one of the states.

        :raise UserError: somebody else was faster
        """
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        for request in self:
            if request.state not in states:
                label = dict(request._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(name)s: this cannot be done any more, it is %(state)s.",
                        name=request.name,
                        state=label[request.state].lower(),
                    )
                )
