"""What the mail of a delivery says: which template, what is in the parcel, and what follows."""

import babel.numbers

from odoo import models
from odoo.exceptions import UserError
from odoo.tools.mail import formataddr
from odoo.tools.misc import babel_locale_parse

LAYOUT = "website_sale_order_mgmt.mail_layout_website"


class StockPicking(models.Model):
    _inherit = "stock.picking"

    # === ACTION METHODS === #

    def action_tell_ready(self):
        """Tell the customers that their goods are ready to be picked up, before the hand-over.

        :raise UserError: a transfer is on hold, or its shop does not tell its customers
        """
        self.check_access("write")
        self._check_not_on_hold()
        pickings = self.filtered(lambda pick: pick._is_pick_up() and pick.state == "assigned")
        if silent := pickings - pickings._filter_told_by_website():
            raise UserError(
                self.env._(
                    "The customers of %(transfers)s are not told: they know already, or the"
                    " e-mails are off. See Email Confirmation in the settings of the Inventory app,"
                    " and Delivery e-mails in those of the website.",
                    transfers=", ".join(silent.mapped("name")),
                )
            )
        pickings._queue_delivery_mails()

    # === BUSINESS METHODS - WHO IS TOLD === #

    def _filter_told_by_website(self):
        """Return the transfers whose customers are to be told by their website, and are not yet.

        :rtype: stock.picking
        """
        return self.filtered(
            lambda pick: (
                pick.company_id.stock_move_email_validation
                and pick.website_id.delivery_mail_tell
                and not pick.delivery_mail_state
            )
        )

    def _is_pick_up(self):
        """Return whether the customer picks the goods up (`website_sale_collect`)."""
        self.ensure_one()
        # sudo: the warehouse need not read orders; only how the goods are handed over.
        picking = self.sudo()
        carrier = picking.carrier_id or picking.sale_id.carrier_id
        return carrier.delivery_type == "in_store"

    def _get_ready_for_pick_up(self):
        """Return the transfers that are ready to be picked up once these steps are done.

        With picking and packing, that is when nothing of the order is left to prepare.

        :rtype: stock.picking
        """
        # sudo: the warehouse need not read the orders through which the steps belong together.
        steps = (
            self.sudo()
            .filtered(lambda pick: pick.website_id and pick.picking_type_code == "internal")
            .filtered(lambda pick: pick._is_pick_up())
        )
        if not steps:
            return steps
        preparing = steps.sale_id.picking_ids.filtered(
            lambda pick: (
                pick.picking_type_code == "internal" and pick.state not in ("done", "cancel")
            )
        )
        ready = (steps.sale_id - preparing.sale_id).picking_ids.filtered(
            lambda pick: (
                pick.state == "assigned"
                and pick.location_dest_id.usage == "customer"
                and pick.picking_type_code == "outgoing"
            )
        )
        return ready.with_env(self.env)

    # === BUSINESS METHODS - WHAT IT SAYS === #

    def _get_delivery_mail_kind(self):
        """Return what there is to tell now: 'ready', 'partly' or 'shipped'."""
        self.ensure_one()
        if self._is_pick_up():
            return "ready"
        return "partly" if self._get_delivery_mail_rest() else "shipped"

    def _get_delivery_mail_template(self):
        """Return the template of the transfer's mail.

        :rtype: mail.template
        :raise UserError: there is none
        """
        self.ensure_one()
        template = self.company_id.stock_mail_confirmation_template_id
        if self.website_id:
            template = self.website_id._get_delivery_mail_template(self._get_delivery_mail_kind())
        if not template:
            raise UserError(
                self.env._(
                    "%(company)s has no e-mail template for deliveries. Choose one in Inventory"
                    " > Configuration > Settings, under Email Confirmation.",
                    company=self.company_id.name,
                )
            )
        return template

    def _get_delivery_mail_parcel(self):
        """Return what is in this transfer.

        :return: a line of text for each product
        :rtype: list[str]
        """
        self.ensure_one()
        quantities = {}
        for move in self.move_ids.filtered(lambda move: move.state != "cancel" and move.quantity):
            key = (self._get_delivery_mail_name(move), move.product_uom)
            quantities[key] = quantities.get(key, 0.0) + move.quantity
        return [self._format_goods(name, qty, uom) for (name, uom), qty in quantities.items()]

    def _get_delivery_mail_rest(self):
        """Return what of the order follows: what a transfer waits for, or the purchase of which is
        under way. What has been cancelled does not follow.

        :return: a line of text for each of the order's lines
        :rtype: list[str]
        """
        self.ensure_one()
        texts = []
        for line in self.sale_id.order_line.filtered(
            lambda line: line.product_id.type == "consu" and not line.display_type
        ):
            moves = line.move_ids.filtered(lambda move: not move.picking_id.return_id)
            pending = moves.filtered(
                lambda move: move.state not in ("done", "cancel") and move.picking_id != self
            )
            if moves and not pending:
                continue
            rest = line.product_uom_qty - line.qty_delivered
            if self.state != "done":  # Told before the goods are handed over.
                here = moves.filtered(lambda move: move.picking_id == self)
                rest -= self._get_quantity_of_line(here, line, "quantity")
            if pending and pending.product_id == line.product_id:
                rest = min(rest, self._get_quantity_of_line(pending, line, "product_uom_qty"))
            if line.product_uom_id.compare(rest, 0) > 0:
                name = self._get_product_name(line.product_id)
                texts.append(self._format_goods(name, rest, line.product_uom_id))
        return texts

    def _get_delivery_mail_tracking(self):
        """Return the tracking reference and link (may be empty) of each parcel of this transfer.

        :rtype: list[tuple[str, str]]
        """
        self.ensure_one()
        return self.sale_id._get_parcels(self) if self.carrier_tracking_ref else []

    def _get_delivery_mail_sender(self):
        """Return the sender: the company's address under the website's name.

        :rtype: str
        """
        self.ensure_one()
        company = self.company_id
        if self.website_id and company.email:
            return formataddr((self.website_id.name, company.email))
        return company.email_formatted or self.env.user.email_formatted

    # === BUSINESS METHODS - SENDING === #

    def _post_delivery_mail(self):
        """Write the mail into the transfer's messages; it leaves through the mail queue.

        :raise UserError: there is no template
        """
        self.ensure_one()
        template = self._get_delivery_mail_template()
        # Core's own template has neither a sender nor a language.
        values = {} if template.email_from else {"email_from": self._get_delivery_mail_sender()}
        lang = self.sale_id.partner_id.lang or self.partner_id.lang
        record = self.with_context(lang=lang) if lang and not template.lang else self
        record.message_post_with_source(
            template.with_env(record.env),
            email_layout_xmlid=LAYOUT if self.website_id else "mail.mail_notification_light",
            subtype_xmlid="mail.mt_comment",
            **values,
        )

    # === TOOLING === #

    def _get_delivery_mail_name(self, move):
        """Return what the customer has ordered, with the part of it that is moved."""
        name = self._get_product_name(move.product_id)
        ordered = move.sale_line_id.product_id
        if ordered and ordered != move.product_id:  # A kit.
            return f"{self._get_product_name(ordered)}: {name}"
        return name

    def _get_product_name(self, product):
        return product.with_context(display_default_code=False).display_name

    def _get_quantity_of_line(self, moves, line, field):
        """Return the quantity of some moves in the unit of the order's line."""
        return sum(
            move.product_uom._compute_quantity(move[field], line.product_uom_id, round=False)
            for move in moves
            if move.product_id == line.product_id
        )

    def _format_goods(self, name, quantity, uom):
        """Return a quantity of a product as people write it."""
        locale = babel_locale_parse(self.env.lang or "en_US")
        number = babel.numbers.format_decimal(uom.round(quantity), locale=locale)
        if uom == self.env.ref("uom.product_uom_unit", raise_if_not_found=False):
            return f"{number} × {name}"
        return f"{number} {uom.name} {name}"
