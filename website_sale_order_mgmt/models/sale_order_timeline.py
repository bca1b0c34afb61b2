"""The order as its customer sees it: what has happened, what comes next, what can be done now.

Everything is read from core's own records when the page is shown; nothing is stored. The methods
are called on orders whose access the portal has checked, as superuser: customers may read neither
payments nor transfers.
"""

import babel.dates
import pytz

from odoo import fields, models
from odoo.tools import format_amount
from odoo.tools.misc import babel_locale_parse, format_date
from odoo.tools.translate import LazyTranslate

from ..tools.timeline import Action, Detail, Step, arrange, is_web_address, progress, what_next

_lt = LazyTranslate(__name__)

ACCEPTED = ("pending", "authorized", "done")  # States of payments that the customer has made.
GOING_BACK = ("returned", "refunded")  # Steps that go on when an order has been cancelled.

# What has happened, and what happens or is to come.
LABELS = {
    "ordered": (_lt("Ordered"), _lt("Order")),
    "paid": (_lt("Paid"), _lt("Payment")),
    "packed": (_lt("Packed"), _lt("Packing")),
    "shipped": (_lt("Shipped"), _lt("Shipping")),
    "picked_up": (_lt("Picked up"), _lt("Pick-up")),
    "invoiced": (_lt("Invoiced"), _lt("Invoice")),
    "returned": (_lt("Returned"), _lt("Return")),
    "credited": (_lt("Credited"), _lt("Credit")),
    "refunded": (_lt("Refunded"), _lt("Refund")),
    "cancelled": (_lt("Cancelled"), _lt("Cancellation")),
}
STATE_LABELS = {"done": _lt("Done"), "current": _lt("Under way"), "upcoming": _lt("To come")}
NEXT = {
    "refunding": _lt("Your money is on its way back to you."),
    "returning": _lt("We are waiting for the goods that you return."),
    "cancelled": _lt("This order has been cancelled."),
    "pay": _lt("Pay, and we start with your order."),
    "waiting_for_money": _lt("We start with your order as soon as your payment is here."),
    "confirming": _lt("We are looking through your order and confirm it soon."),
    "rest_follows": _lt("Part of your order has left us, the rest follows."),
    "packing": _lt("We are packing your order."),
    "ready": _lt("Your order is packed and waits for you."),
    "leaving": _lt("Your order is packed and leaves us soon."),
    "invoice_due": _lt("All that is still to come is your invoice."),
    "settled": _lt("Nothing more is to be done."),
    "payment_due": _lt("Your order is complete, apart from the payment."),
    "on_its_way": _lt("Your order has left us."),
    "complete": _lt("Your order is complete."),
}


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS - WHAT IS SHOWN === #

    def _get_shop_timeline(self):
        """Return the steps of a web order, in the order to read them.

        :return: no steps for carts and for orders that were not made on a website
        :rtype: list[Step]
        """
        self.ensure_one()
        if not self.website_id or self.state == "draft":
            return []
        steps = [
            self._get_step_ordered(),
            *self._get_steps_paid(),
            *self._get_steps_delivery(),
            *self._get_steps_invoiced(),
            *self._get_steps_returned(),
            *self._get_steps_refunded(),
        ]
        if self.state == "cancel":
            steps = [step for step in steps if step.state == "done" or step.kind in GOING_BACK]
            steps.append(Step("cancelled", "done"))
        return arrange(steps)

    def _get_shop_timeline_label(self, step):
        """Return the name of a step, in the reader's language."""
        happened, to_come = LABELS[step.kind]
        label = happened if step.state == "done" else to_come
        return self.env._(label)

    def _get_shop_timeline_state(self, step):
        """Return how far a step is, in words."""
        return self.env._(STATE_LABELS[step.state])

    def _get_shop_timeline_next(self, steps):
        """Return the sentence that says what comes next.

        :param list[Step] steps: the order's timeline
        """
        self.ensure_one()
        if self._is_waiting_for_money():
            return self._get_unpaid_sentence()
        must_pay = self._can_be_paid_from_timeline()
        key = what_next(steps, confirmed=self.state == "sale", must_pay=must_pay)
        return self.env._(NEXT[key])

    def _get_shop_timeline_actions(self, steps):
        """Return what the customer can do now, as core offers it.

        :param list[Step] steps: the order's timeline
        :rtype: list[Action]
        """
        self.ensure_one()
        actions = []
        if self._can_be_paid_from_timeline():
            actions.append(Action("pay", self.env._("Pay now"), dialog="#modalaccept"))
        invoices = self._get_posted_invoices("out_invoice")
        # Core asks until payment and invoice are reconciled: not again for money that is here.
        paid = any(step.kind == "paid" and step.state == "done" for step in steps)
        if not paid and (invoice := invoices.filtered(lambda move: move._has_to_be_paid())[:1]):
            actions.append(Action("pay", self.env._("Pay the invoice"), invoice.get_portal_url()))
        parcels = [
            (reference, url)
            for picking in self._get_customer_pickings()
            if picking.state == "done"
            for reference, url in self._get_parcels(picking)
            if url
        ]
        for reference, url in parcels:
            text = self.env._("Follow the parcel")
            if len(parcels) > 1:
                text = self.env._("Follow parcel %(reference)s", reference=reference)
            actions.append(Action("track", text, url))
        actions += self._get_shop_invoice_actions()
        actions.append(Action("ask", self.env._("Ask about this order"), "#discussion"))
        return actions

    def _format_shop_moment(self, moment):
        """Return a day, or a day and a time, as people write them in the page's language.

        :param moment: a date, or an aware datetime in the shop's time zone
        """
        text = format_date(self.env, fields.Date.to_date(moment), date_format="long")
        if not hasattr(moment, "hour"):
            return text
        locale = babel_locale_parse(self.env.lang or "en_US")
        return f"{text}, {babel.dates.format_time(moment, 'short', locale=locale)}"

    def _get_shop_tz(self):
        """Return the time zone of the order's shop, see `website._get_shop_tz`.

        :rtype: datetime.tzinfo
        """
        self.ensure_one()
        return self.website_id._get_shop_tz(self.company_id)

    # === BUSINESS METHODS - STEPS === #

    def _get_step_ordered(self):
        """Return when the customer ordered; confirming an order moves core's order date."""
        payments = self._get_payments().filtered(lambda tx: tx.state in ACCEPTED)
        moment = min([self.date_order, *payments.mapped("create_date")])
        return Step("ordered", "done", self._local(moment))

    def _get_steps_paid(self):
        """Return the payment, unless the order is free."""
        if self.currency_id.is_zero(self.amount_total):
            return []
        payments = self._get_payments()
        received = payments.filtered(lambda tx: self._get_amount_received(tx) > 0)
        missing = self.amount_total - sum(self._get_amount_received(tx) for tx in received)
        if self.currency_id.compare_amounts(missing, 0) <= 0:
            moment = self._get_latest(received, "last_state_change")
            return [Step("paid", "done", moment, self._get_payment_details(received))]
        invoices = self._get_posted_invoices("out_invoice")
        if self._are_invoices_paid(invoices):
            days = [payment.date for payment in invoices._get_reconciled_payments()]
            details = self._get_payment_details(received)
            return [Step("paid", "done", max(days, default=None), details)]
        waiting = payments.filtered(lambda tx: tx.state in ("pending", "authorized"))
        state = "current" if received or waiting else "upcoming"
        return [Step("paid", state, None, self._get_payment_details(received | waiting))]

    def _get_steps_delivery(self):
        """Return the packing and the handing over, unless nothing is delivered."""
        pickings, preparing = self._get_customer_pickings(), self._get_preparing_pickings()
        if not (pickings or preparing or self._is_delivery_to_come()):
            return []
        kind = "picked_up" if self.carrier_id.delivery_type == "in_store" else "shipped"
        planned = self._local(self.commitment_date)
        gone = pickings.filtered(lambda pick: pick.state == "done")
        leaving = self._get_latest(gone, "date_done")
        packed = preparing.filtered(lambda pick: pick.state == "done")
        # What is not packed yet may have no transfer to the customer yet, nor what is not bought.
        partial = gone == pickings and self._get_shop_delivery_status() == "partial"
        state = progress(len(gone), len(pickings) + len(preparing - packed) + partial)
        details = tuple(detail for pick in gone for detail in self._get_parcel_details(pick))
        if planned and state != "done":
            day = self._format_shop_moment(planned.date())
            details += (Detail(self.env._("Planned for %(day)s", day=day)),)
        told = kind == "picked_up" and self._is_told_to_pick_up(pickings - gone)
        if state == "done" or told or (preparing and packed == preparing):
            packing = Step("packed", "done", self._get_latest(packed, "date_done") or leaving)
        else:
            packing = Step("packed", "current" if self._is_being_packed() else "upcoming")
        return [packing, Step(kind, state, leaving if state == "done" else None, details)]

    def _get_steps_invoiced(self):
        """Return the invoices, or that one will come where the shop makes them by itself."""
        invoices = self._get_posted_invoices("out_invoice")
        if invoices:
            details = tuple(self._get_document_detail(move) for move in invoices)
            return [Step("invoiced", "done", invoices[-1].invoice_date, details)]
        if self.amount_total and self._is_invoice_to_come():
            return [Step("invoiced", "upcoming")]
        return []

    def _get_steps_returned(self):
        """Return what came back, or is about to."""
        returns = self._get_pickings(lambda pick: pick.location_id.usage == "customer")
        if not returns:
            return []
        back = returns.filtered(lambda pick: pick.state == "done")
        if back == returns:
            return [Step("returned", "done", self._get_latest(back, "date_done"))]
        details = tuple(
            Detail(self.env._("%(name)s has arrived", name=pick.name), self._local(pick.date_done))
            for pick in back
        )
        return [Step("returned", "current", None, details)]

    def _get_steps_refunded(self):
        """Return the money that goes back and the credit notes, each once."""
        notes = self._get_posted_invoices("out_refund")
        documents = tuple(self._get_document_detail(move) for move in notes)
        payments = self._get_payments()
        children = (payments | payments.child_transaction_ids).child_transaction_ids
        refunds = children.filtered(
            lambda tx: tx.operation == "refund" and tx.state in ("pending", "done")
        )
        if refunds:
            details = tuple(
                Detail(
                    self.env._(
                        "%(amount)s by %(method)s",
                        amount=format_amount(self.env, abs(tx.amount), tx.currency_id),
                        method=tx.payment_method_id.name,
                    ),
                    self._local(tx.last_state_change) if tx.state == "done" else None,
                )
                for tx in refunds
            )
            if any(tx.state == "pending" for tx in refunds):
                return [Step("refunded", "current", None, details + documents)]
            moment = self._get_latest(refunds, "last_state_change")
            return [Step("refunded", "done", moment, details + documents)]
        if not notes:
            return []
        # Those that nothing has been reconciled with need not be asked for their payments.
        settled = notes.filtered(lambda move: move.payment_state != "not_paid")
        days = [payment.date for payment in settled._get_reconciled_payments()]
        if days:
            return [Step("refunded", "done", max(days), documents)]
        return [Step("credited", "done", notes[-1].invoice_date, documents)]

    # === TOOLING === #

    def _get_payments(self):
        """Return the customer's payments: no refunds, no parts of a capture."""
        return self.transaction_ids.filtered(
            lambda tx: tx.operation != "refund" and not tx.source_transaction_id
        )

    def _get_amount_received(self, payment):
        """Return what a payment brought in, in the order's currency.

        :param payment: one of `_get_payments`; captured in parts, its parts count
        """
        parts = payment.child_transaction_ids.filtered(lambda tx: tx.operation != "refund")
        captured = (parts or payment).filtered(lambda tx: tx.state == "done")
        amount = sum(captured.mapped("amount"))
        if payment.currency_id == self.currency_id:
            return amount
        return payment.currency_id._convert(
            amount, self.currency_id, self.company_id, payment.last_state_change or self.date_order
        )

    def _get_payment_details(self, payments):
        details = []
        for payment in payments.sorted("id"):
            terms = {
                "amount": format_amount(self.env, payment.amount, payment.currency_id),
                "method": payment.payment_method_id.name,
            }
            if payment.state == "pending":
                details.append(
                    Detail(self.env._("%(amount)s by %(method)s, not here yet", **terms))
                )
            elif payment.state == "authorized":
                details.append(Detail(self.env._("%(amount)s by %(method)s, reserved", **terms)))
            else:
                moment = self._local(payment.last_state_change)
                details.append(Detail(self.env._("%(amount)s by %(method)s", **terms), moment))
        return tuple(details)

    def _can_be_paid_from_timeline(self):
        """Return whether core's payment dialog is on the page and nothing is being processed."""
        offered = self._has_to_be_paid() or self._get_amount_to_pay_instead() > 0
        return offered and not self._has_to_be_signed() and not self._is_payment_processed()

    def _is_payment_processed(self):
        """Return whether money is authorized, or an online payment is being processed."""
        return bool(
            self._get_payments().filtered(
                lambda tx: (
                    tx.state == "authorized"
                    or (tx.state == "pending" and tx.provider_code != "custom")
                )
            )
        )

    def _get_posted_invoices(self, move_type):
        moves = self.invoice_ids.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type == move_type
                and not move._is_shop_replaced()
            )
        )
        return moves.sorted(lambda move: (move.invoice_date or move.date, move.id))

    def _are_invoices_paid(self, invoices):
        """Return whether paid invoices cover the order."""
        paid = invoices.filtered(lambda move: move.payment_state in ("paid", "in_payment"))
        covered = sum(paid.mapped("amount_total"))
        return paid and self.currency_id.compare_amounts(covered, self.amount_total) >= 0

    def _get_document_detail(self, move):
        """Return an invoice or credit note with its page; its number alone says little."""
        amount = format_amount(self.env, move.amount_total, move.currency_id)
        return Detail(f"{move.name}, {amount}", move.invoice_date, move.get_portal_url())

    def _is_being_packed(self):
        """Return whether the order is confirmed and waits for no money."""
        return self.state == "sale" and not self.unpaid_reserved

    def _get_pickings(self, condition):
        pickings = self.picking_ids.filtered(
            lambda pick: pick.state not in ("draft", "cancel") and condition(pick)
        )
        return pickings.sorted(lambda pick: (pick.date_done or pick.scheduled_date, pick.id))

    def _get_customer_pickings(self):
        """Return the transfers that end with the customer, dropshipped ones too."""
        return self._get_pickings(lambda pick: pick.location_dest_id.usage == "customer")

    def _get_preparing_pickings(self):
        """Return the transfers of warehouses that pick and pack in steps of their own."""
        warehouses = self.picking_ids.picking_type_id.warehouse_id
        types = warehouses.pick_type_id | warehouses.pack_type_id
        return self._get_pickings(lambda pick: pick.picking_type_id in types)

    def _get_parcels(self, picking):
        """Return the reference and the link (may be empty) of each parcel of a transfer."""
        parcels = picking.get_multiple_carrier_tracking() or [
            (picking.carrier_tracking_ref, picking.carrier_tracking_url)
        ]
        return [
            (reference or picking.name, url if is_web_address(url) else "")
            for reference, url in parcels
        ]

    def _get_parcel_details(self, picking):
        moment, carrier = self._local(picking.date_done), picking.carrier_id.name
        details = [
            Detail(f"{carrier}: {reference}" if carrier else reference, moment, url)
            for reference, url in self._get_parcels(picking)
        ]
        if picking.delivered_date:
            details.append(Detail(self.env._("Delivered"), self._local(picking.delivered_date)))
        return details

    def _get_latest(self, records, field):
        """Return the last moment in a datetime field of some records, local; None without any."""
        return self._local(max(filter(None, records.mapped(field)), default=None))

    def _local(self, moment):
        """Return a moment (UTC, naive) in the shop's time zone."""
        return moment and pytz.utc.localize(moment).astimezone(self._get_shop_tz())
