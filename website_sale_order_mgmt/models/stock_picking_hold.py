"""Holds: a transfer that must not leave yet keeps its goods, says why, and who lets it go."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..const import STAFF

HOLD_REASONS = [
    ("payment", "Waits for the payment"),
    ("address", "Address to be checked"),
    ("customer", "Customer asked to wait"),
    ("fraud", "Suspected fraud"),
    ("other", "Other reason"),
]
HOLD_FIELDS = {"hold_reason", "hold_note", "hold_user_id", "hold_date", "hold_payment"}
MANAGED = ("payment", "fraud")  # Reasons that sales administrators release, nobody else.
MANAGER_GROUP = "sales_team.group_sale_manager"


class StockPicking(models.Model):
    _inherit = "stock.picking"

    # === FIELDS === #

    hold_reason = fields.Selection(
        string="On Hold",
        selection=HOLD_REASONS,
        help="Why this transfer must not be validated yet. What it has reserved stays reserved.",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=STAFF,
    )
    hold_note = fields.Text(string="Note on the Hold", readonly=True, copy=False, groups=STAFF)
    hold_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Put on Hold by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=STAFF,
    )
    hold_date = fields.Datetime(string="On Hold since", readonly=True, copy=False, groups=STAFF)
    hold_payment = fields.Boolean(
        string="Waits for the Payment",
        help="Goes on waiting for its payment when another reason to hold it is released.",
        readonly=True,
        copy=False,
        groups=STAFF,
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        self._check_hold_values(set().union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        self._check_hold_values(vals)
        # Of `stock_picking_batch`, where it is installed.
        if vals.get("batch_id"):
            self._check_not_on_hold()
        return super().write(vals)

    # === ACTION METHODS === #

    def action_hold(self):
        """Open the wizard that puts these transfers on hold.

        :rtype: dict
        """
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "website_sale_order_mgmt.stock_picking_hold_action"
        )
        return action | {"context": {"default_picking_ids": self.ids}}

    def action_release_hold(self):
        """Release whatever holds these transfers, and the other steps of their way.

        :raise AccessError: the user may not write on the transfers, or release their holds
        """
        self.check_access("write")
        self._check_may_release_hold()
        for reason, pickings in self.filtered("hold_reason").grouped("hold_reason").items():
            pickings._shop_release(reason)

    def button_validate(self):
        """Override of `stock`: what is on hold says so before any wizard opens."""
        self._check_not_on_hold()
        return super().button_validate()

    # === BUSINESS METHODS === #

    def _shop_hold(self, reason, note=None):
        """Put transfers on hold, with all the steps of their way that are not done.

        A transfer waits for its payment and for one reason of people at the same time; the latter
        is what it shows. It leaves the batch that it is in.

        :param str reason: a value of `hold_reason`
        :param str note: what the next person should know
        :return: the transfers that are on hold for this reason and were not before
        :rtype: stock.picking
        """
        is_payment = reason == "payment"
        pickings = self._get_hold_chain().filtered(
            lambda pick: (
                not pick.hold_payment
                if is_payment
                else (pick.hold_reason, pick.hold_note or "") != (reason, note or "")
            )
        )
        if not pickings:
            return pickings
        if is_payment:
            pickings.hold_payment = True
        # A payment does not hide what a person wrote.
        shown = pickings.filtered(lambda pick: not is_payment or not pick.hold_reason)
        shown.write(shown._prepare_hold_vals(reason, note))
        if "batch_id" in self._fields:
            pickings.filtered("batch_id").write({"batch_id": False})
        label = pickings._get_hold_label(reason)
        if note:
            body = self.env._("On hold: %(reason)s. %(note)s", reason=label, note=note)
        else:
            body = self.env._("On hold: %(reason)s.", reason=label)
        pickings._log_hold(reason, body)
        return pickings.sudo(self.env.su)  # The caller's own rights from here on.

    def _shop_release(self, reason):
        """End the holds for one reason, on all the steps of the transfers' way.

        :param str reason: a value of `hold_reason`; transfers held for others stay on hold
        :return: the transfers that are not on hold any more
        :rtype: stock.picking
        """
        chain = self._get_hold_chain()
        if reason == "payment":
            pickings = chain.filtered("hold_payment")
            pickings.hold_payment = False
        else:
            pickings = chain.filtered(lambda pick: pick.hold_reason == reason)
        if not pickings:
            return pickings
        shown = pickings.filtered(lambda pick: pick.hold_reason == reason)
        unpaid = shown.filtered("hold_payment")
        unpaid.write(unpaid._prepare_hold_vals("payment"))
        released = shown - unpaid
        released.write(dict.fromkeys(HOLD_FIELDS, False))
        label = pickings._get_hold_label(reason)
        pickings._log_hold(reason, self.env._("No longer on hold: %(reason)s.", reason=label))
        if "batch_id" in self._fields:
            for picking in released:
                picking._find_auto_batch()
        return released.sudo(self.env.su)  # The caller's own rights from here on.

    def _action_done(self):
        """Override of `stock`: no wizard, batch or barcode passes a hold."""
        self._check_not_on_hold()
        return super()._action_done()

    def _create_backorder_picking(self):
        """Override of `stock`: what is split off a transfer on hold is on hold, too."""
        backorder = super()._create_backorder_picking()
        self._copy_hold_to(backorder)
        return backorder

    def _is_auto_batchable(self, picking=None):
        """Override of `stock_picking_batch`, if installed: no batch takes what is on hold."""
        # sudo: only whether they are on hold, for whoever reserves the goods.
        if (self | (picking or self)).sudo().filtered("hold_reason"):
            return False
        return super()._is_auto_batchable(picking)

    def _take_over_holds(self):
        """Have new transfers start on hold where a step of their way, or their order, is."""
        # sudo: customers' requests create transfers, too; only the new ones are written on.
        pickings = self.sudo()
        # Searched for: reading `picking_ids` now would fix its order for core, which is at it.
        held_of = pickings.search(
            [
                ("sale_id", "in", pickings.sale_id.ids),
                ("hold_reason", "!=", False),
                ("state", "not in", ("done", "cancel")),
            ]
        ).grouped("sale_id")
        for picking in pickings:
            around = picking._get_hold_neighbours() | held_of.get(picking.sale_id, self.browse())
            held = (around - picking).filtered(
                lambda pick: pick.hold_reason and pick.state not in ("done", "cancel")
            )
            if held and picking._is_to_hold():
                held[0]._copy_hold_to(picking)
                picking.hold_payment = any(held.mapped("hold_payment"))

    # === TOOLING === #

    def _check_hold_values(self, names):
        """Keep the fields of the holds to this file's methods, which write down who and when.

        :param names: the names of the fields that are written
        :raise AccessError: someone writes them directly
        """
        if not self.env.su and not HOLD_FIELDS.isdisjoint(names):
            raise AccessError(
                self.env._("Put the transfer on hold, or release it, with its button.")
            )

    def _check_may_release_hold(self):
        """Keep to sales administrators what they only release.

        :raise AccessError: the user is none: which transfers, and why
        """
        if self.env.user.has_group(MANAGER_GROUP):
            return
        if kept := self.filtered(lambda pick: pick.hold_reason in MANAGED):
            raise AccessError("\n\n".join(pick._get_hold_message() for pick in kept))

    def _check_not_on_hold(self):
        """Stop what would let the goods go on.

        :raise UserError: a transfer is on hold: which, why, and who can release it
        """
        # sudo: who may validate hears why it is not possible.
        if held := self.sudo().filtered("hold_reason"):
            raise UserError("\n\n".join(pick._get_hold_message() for pick in held))

    def _get_hold_message(self):
        """Return why the transfer is on hold, since when, and who can release it."""
        self.ensure_one()
        terms = {
            "transfer": self.name,
            "reason": self._get_hold_label(self.hold_reason),
            "user": self.hold_user_id.name,
            "date": format_date(self.env, self.hold_date),
        }
        if self.hold_reason == "payment":
            sentences = [
                self.env._("%(transfer)s is on hold: %(reason)s.", **terms),
                self.env._(
                    "It goes on by itself when the money is there; a sales administrator can"
                    " release it before."
                ),
            ]
        else:
            sentences = [
                self.env._("%(transfer)s is on hold: %(reason)s (%(user)s, %(date)s).", **terms),
                self.hold_note,
                self.env._("A sales administrator can release it.")
                if self.hold_reason in MANAGED
                else self.env._("Sales and warehouse staff can release it on the transfer."),
            ]
        return "\n".join(filter(None, sentences))

    def _get_hold_label(self, reason):
        """Return a reason in the user's language."""
        return dict(self._fields["hold_reason"]._description_selection(self.env))[reason]

    def _prepare_hold_vals(self, reason, note=None):
        """Return the values of transfers on hold from now on."""
        return {
            "hold_reason": reason,
            "hold_note": note or False,
            "hold_user_id": self.env.uid,
            "hold_date": fields.Datetime.now(),
        }

    def _copy_hold_to(self, picking):
        """Put a transfer on hold as this one is."""
        # sudo: the copy is as protected as the hold that it comes from.
        source, target = self.sudo(), picking.sudo()
        if source.hold_reason:
            target.write(
                {
                    "hold_reason": source.hold_reason,
                    "hold_note": source.hold_note,
                    "hold_user_id": source.hold_user_id.id,
                    "hold_date": source.hold_date,
                    "hold_payment": source.hold_payment,
                }
            )

    def _is_to_hold(self):
        """Return whether a transfer is a step to a customer that can still be held."""
        return (
            self.state not in ("done", "cancel")
            and not self.return_id
            and self.picking_type_code != "incoming"
        )

    def _get_hold_neighbours(self):
        """Return the transfers just before, after and beside these on the goods' way."""
        moves = self.move_ids
        around = moves.move_orig_ids | moves.move_dest_ids
        return around.picking_id | self.backorder_id | self.backorder_ids

    def _get_hold_chain(self):
        """Return these transfers and the other steps of their way that are not done.

        Steps of other orders or companies that share a transfer with them are left alone.

        :return: the transfers, as superuser: whoever holds a delivery holds its picking, too
        :rtype: stock.picking
        """
        # sudo: callers have checked the access to the transfers that they name; the other steps of
        # the same order are written on by this file only.
        chain = frontier = self.sudo()
        while frontier:
            around = frontier._get_hold_neighbours() - chain
            frontier = around.filtered(
                lambda pick: (
                    not pick.return_id
                    and pick.company_id in self.company_id
                    and pick.sale_id <= self.sale_id
                )
            )
            chain |= frontier
        return chain.filtered(lambda pick: pick in self or pick._is_to_hold()).filtered(
            lambda pick: pick.state not in ("done", "cancel")
        )

    def _log_hold(self, reason, body):
        """Note on the transfers, and for what people decide on their orders, what has changed."""
        self._message_log_batch({picking.id: body for picking in self})
        if reason == "payment":
            return
        by_order = self.filtered("sale_id").grouped("sale_id")
        bodies = {
            order.id: f"{', '.join(pickings.mapped('name'))}: {body}"
            for order, pickings in by_order.items()
        }
        self.sale_id._message_log_batch(bodies)
