"""Orders: what their customers ask to return, checked and written once."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import float_compare

from ..tools.pictures import clean_picture

MAX_PICTURES = 5
MAX_NOTE = 2000  # characters
MAX_REQUESTS = 10  # of an order within the hour
WINDOW = timedelta(hours=1)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS === #

    def _can_ask_for_return(self):
        """Return whether the customer may open the form: something was handed over.

        :rtype: bool
        """
        self.ensure_one()
        if not self.website_id or self.state != "sale":
            return False
        return any(offer["quantity"] for offer in self.order_line._get_return_offers().values())

    def _check_return_request(self, asked):
        """Check what a customer wants to send back.

        :param list[dict] asked: line_id, quantity, reason_id and note of each line, as sent
        :return: the values of the return's lines
        :rtype: list[dict]
        :raise ValidationError: something about it is not possible: what, in words for the customer
        """
        self.ensure_one()
        offers = self.order_line._get_return_offers()
        by_id = {line.id: line for line in offers}
        reasons = self.env["sale.order.return.reason"]._get_offered()
        values = []
        for row in asked:
            line, quantity = by_id.get(row["line_id"]), row["quantity"]
            reason = reasons.filtered(lambda reason, row=row: reason.id == row["reason_id"])
            if not line:
                raise ValidationError(self.env._("This is not on your order."))
            name = line.product_id.with_context(display_default_code=False).display_name
            self._check_return_quantity(line, quantity, offers[line]["quantity"], name)
            if not reason:
                raise ValidationError(self.env._("%(name)s: choose a reason.", name=name))
            if not offers[line]["within"] and not reason.fault:
                raise ValidationError(
                    self.env._(
                        "%(name)s: %(why_not)s Faulty and wrong goods can come back all the same.",
                        name=name,
                        why_not=offers[line]["why_not"],
                    )
                )
            values.append(
                {
                    "sale_line_id": line.id,
                    "quantity": quantity,
                    "reason_id": reason.id,
                    "note": (row["note"] or "").strip()[:MAX_NOTE],
                }
            )
        if not values:
            raise ValidationError(self.env._("Choose what you want to return."))
        if len({row["sale_line_id"] for row in values}) < len(values):
            raise ValidationError(self.env._("Enter each product once."))
        return values

    def _check_return_quantity(self, line, quantity, most, name):
        """Check how many of a line are to come back; see `_check_return_request`."""
        unit = line.product_uom_id
        whole = unit._has_common_reference(self.env.ref("uom.product_uom_unit"))
        if (
            not 0 < quantity < float("inf")
            or unit.compare(quantity, unit.round(quantity))
            or (whole and quantity != int(quantity))
        ):
            raise ValidationError(self.env._("%(name)s: enter how many.", name=name))
        if float_compare(quantity, most, precision_rounding=unit.rounding) > 0:
            raise ValidationError(
                self.env._(
                    "%(name)s: at most %(quantity)s can come back.", name=name, quantity=f"{most:g}"
                )
            )

    def _preview_return(self, values):
        """Return a return that is not stored, to show what would come of it.

        :param list[dict] values: see `_check_return_request`
        :rtype: sale.order.return
        """
        self.ensure_one()
        return self.env["sale.order.return"].new(
            {
                "order_id": self.id,
                "kind": "return",
                "state": "requested",
                "line_ids": [Command.create(row) for row in values],
            }
        )

    def _request_return(self, asked, pictures, key):
        """Write down what a customer sends back. The same form, sent twice, is one return.

        :param list[dict] asked: see `_check_return_request`
        :param list[bytes] pictures: as sent
        :param str key: stands for the form
        :return: the return
        :rtype: sale.order.return
        :raise ValidationError: something about it is not possible
        :raise UserError: too many requests
        """
        self.ensure_one()
        # sudo: guests and portal users write nothing themselves; all they sent is checked here.
        order = self.sudo()
        order._lock_for_returns()
        returns = order.env["sale.order.return"]
        form = f"{order.id}:{key}"
        if sent := returns.search([("request_key", "=", form)], limit=1):
            return sent
        recent = [
            ("order_id", "=", order.id),
            ("create_date", ">", fields.Datetime.now() - WINDOW),
        ]
        if returns.search_count(recent) >= MAX_REQUESTS:
            raise UserError(self.env._("You have asked too often. Please try again in an hour."))
        values = order._check_return_request(asked)
        cleaned = order._clean_return_pictures(values, pictures)
        request = returns.create(
            {
                "order_id": order.id,
                "request_key": form,
                "line_ids": [Command.create(row) for row in values],
            }
        )
        request._add_pictures(cleaned)
        request._tell_customer()
        if order.website_id.return_approval != "automatic" or not request._is_within_policy():
            request._ask_for_decision()
            return request
        try:
            with self.env.cr.savepoint():
                request._approve()
        except UserError as error:
            # What was asked for is not lost because the warehouse's records do not match.
            request.message_post(body=str(error))
            request._ask_for_decision()
        return request

    def _clean_return_pictures(self, values, pictures):
        """Return the pictures that came with a return, safe to keep.

        :param list[dict] values: see `_check_return_request`
        :param list[bytes] pictures: as sent
        :rtype: list[bytes]
        :raise ValidationError: one is missing, there are too many, or one is no picture
        """
        reasons = self.env["sale.order.return.reason"].browse(row["reason_id"] for row in values)
        if not pictures and any(reasons.mapped("picture_required")):
            raise ValidationError(self.env._("Please add a picture of what is wrong."))
        if len(pictures) > MAX_PICTURES:
            raise ValidationError(
                self.env._("At most %(number)s pictures, please.", number=MAX_PICTURES)
            )
        try:
            return [clean_picture(picture) for picture in pictures]
        except ValueError:
            raise ValidationError(
                self.env._("We can only take pictures: JPEG, PNG or WebP files of up to 10 MB.")
            )
