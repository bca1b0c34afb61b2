"""The withdrawal function: the form, the confirmation, and the page of what was submitted.

Source: Directive 2011/83/EU, Art. 11a. No login, no reason, nothing in between; and an answer that
never tells whether an order exists.
"""

import re
import secrets

from werkzeug.exceptions import NotFound

from odoo.http import Controller, request, route
from odoo.tools import consteq
from odoo.tools.translate import LazyTranslate

from ..models.website_withdrawal import PAGE
from ..tools.proof import MAX_FILE
from ..tools.withdrawal import MAX_EMAIL, MAX_NAME, MAX_ORDER_NUMBER, MAX_WORDS, Declaration

_lt = LazyTranslate(__name__)
PRIVATE = {"X-Robots-Tag": "noindex", "Cache-Control": "no-store"}


class Withdrawal(Controller):
    @route(
        PAGE,
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        list_as_website_content=_lt("Withdraw from contract here"),
    )
    def withdrawal(self, order_id="", access_token="", other="", **post):
        """Show the form: of the chosen order, of one of several, or an empty one.

        :param str order_id: the order, of whoever has logged in or with its token
        :param str access_token: of the order
        :param str other: set when none of the offered orders is meant
        """
        self._check_function()
        order_sudo, identified_by = self._get_order(order_id, access_token)
        orders_sudo = self._get_open_orders()
        if not order_sudo and not other and len(orders_sudo) == 1:
            order_sudo, identified_by = orders_sudo, "account"
        declaration = self._prefill(order_sudo)
        values = self._prepare_values(order_sudo, access_token, declaration, set())
        values["offered"] = orders_sudo if not order_sudo and not other else None
        values["has_others"] = bool(order_sudo and identified_by == "account")
        return request.render("website_sale_order_mgmt.withdrawal", values, headers=PRIVATE)

    @route(f"{PAGE}/check", type="http", auth="public", methods=["POST"], website=True)
    def withdrawal_check(self, order_id="", access_token="", **post):
        """Show what is about to be declared with the button that confirms it, or what lacks."""
        self._check_function()
        order_sudo, _identified_by = self._get_order(order_id, access_token)
        declaration, errors = self._read_declaration(order_sudo, post)
        values = self._prepare_values(order_sudo, access_token, declaration, errors, post)
        if errors:
            return request.render(
                "website_sale_order_mgmt.withdrawal", values, status=400, headers=PRIVATE
            )
        statements = request.env["sale.order.withdrawal"]
        values["text"] = statements._compose(request.website, declaration)
        values["form_key"] = secrets.token_urlsafe(16)
        return request.render("website_sale_order_mgmt.withdrawal_confirm", values, headers=PRIVATE)

    @route(f"{PAGE}/confirm", type="http", auth="public", methods=["POST"], website=True)
    def withdrawal_confirm(self, order_id="", access_token="", form_key="", **post):
        """Store the statement, first of all; then show it with its date and time.

        :param str form_key: stands for the form with the button, so that two clicks are one
        """
        self._check_function()
        order_sudo, identified_by = self._get_order(order_id, access_token)
        declaration, errors = self._read_declaration(order_sudo, post)
        values = self._prepare_values(order_sudo, access_token, declaration, errors, post)
        # sudo: visitors have no access to statements, not even to their own.
        statements_sudo = request.env["sale.order.withdrawal"].sudo()
        ip = request.httprequest.remote_addr
        if errors or statements_sudo._are_too_many(declaration.email, ip, identified_by):
            values["too_many"] = not errors
            status = 400 if errors else 429
            return request.render(
                "website_sale_order_mgmt.withdrawal", values, status=status, headers=PRIVATE
            )
        text = statements_sudo._compose(request.website, declaration)
        # sudo: the order that the visitor was shown to have access to.
        statement_sudo = statements_sudo._submit(
            request.website, declaration, text, ip, order_sudo, identified_by, str(form_key)
        )
        return request.redirect(statement_sudo._get_page_path())

    @route(
        f"{PAGE}/statement/<int:statement_id>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def withdrawal_statement(self, statement_id, access_token="", **post):
        """Show what was submitted, when, and what comes next.

        :raise NotFound: there is no such statement, or the token is not its own
        """
        statement_sudo = self._get_statement(statement_id, access_token)
        return self._show_statement(statement_sudo)

    @route(
        f"{PAGE}/statement/<int:statement_id>/proof",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
        max_content_length=MAX_FILE + 100_000,
    )
    def withdrawal_proof(self, statement_id, access_token="", proof=None, **post):
        """Take the file that shows that the goods were sent back.

        :raise NotFound: there is no such statement, or the token is not its own
        """
        statement_sudo = self._get_statement(statement_id, access_token)
        content = proof.read(MAX_FILE + 1) if hasattr(proof, "read") else b""
        if error := statement_sudo._take_proof(content):
            return self._show_statement(statement_sudo, error, status=400)
        return request.redirect(f"{statement_sudo._get_page_path()}#proof")

    def _show_statement(self, statement_sudo, proof_error="", status=200):
        # sudo: the shop's address, where goods are sent.
        shop_sudo = statement_sudo.company_id.partner_id
        values = {
            "statement": statement_sudo,
            "shop_address": shop_sudo._display_address(),
            "proofs": statement_sudo._count_proofs(),
            "proof_error": proof_error,
        }
        return request.render(
            "website_sale_order_mgmt.withdrawal_statement", values, status=status, headers=PRIVATE
        )

    # === TOOLING === #

    def _check_function(self):
        """:raise NotFound: this website has no withdrawal function"""
        if not request.website.withdrawal_function:
            raise NotFound()

    def _get_statement(self, statement_id, access_token):
        """Return the statement that a link opens.

        :raise NotFound: there is none, or the token is not its own
        """
        # sudo: the token in the link is compared before anything is shown or done.
        statement_sudo = request.env["sale.order.withdrawal"].sudo().browse(statement_id).exists()
        # as bytes: letters that are not ASCII are no error, but wrong
        own = (statement_sudo.access_token or "").encode()
        if not own or not consteq(own, access_token.encode()):
            raise NotFound()
        return statement_sudo

    def _get_order(self, order_id, access_token):
        """Return the order that the visitor may see, and how that is known.

        What leads nowhere leads to the empty form, which says nothing about orders.

        :rtype: tuple[sale.order, str]
        """
        nothing = request.env["sale.order"], "typed"
        if not re.fullmatch("[0-9]{1,9}", str(order_id)):
            return nothing
        # whoever is logged in need not be identified again
        if own_sudo := self._get_own_orders([("id", "=", int(order_id))]):
            return own_sudo, "account"
        # sudo: the token is compared before anything is shown.
        order_sudo = request.env["sale.order"].sudo().browse(int(order_id)).exists()
        own_token = (order_sudo.access_token or "").encode()
        if (
            not own_token
            or not consteq(own_token, access_token.encode())
            or order_sudo.website_id != request.website
            or order_sudo.state not in ("sent", "sale")
        ):
            return nothing
        return order_sudo, "link"

    def _get_own_orders(self, domain=()):
        """Return the orders on this website of whoever is logged in.

        :param list domain: which of them
        """
        if request.env.user._is_public():
            return request.env["sale.order"]
        customer = request.env.user.partner_id.commercial_partner_id
        # sudo: of the customer's own orders only, whatever else the user may read.
        orders_sudo = request.env["sale.order"].sudo()
        return orders_sudo.search(
            [
                ("website_id", "=", request.website.id),
                ("partner_id", "child_of", customer.ids),
                ("state", "in", ("sent", "sale")),
                *domain,
            ]
        )

    def _get_open_orders(self):
        """Return which of the customer's orders are offered: the period has not ended."""
        return self._get_own_orders().filtered(lambda order: order._has_withdrawal_link())

    def _prefill(self, order_sudo):
        """Return what is known already, for the customer to change."""
        user = request.env.user
        partner_sudo = order_sudo.partner_id
        if not partner_sudo and not user._is_public():
            partner_sudo = user.partner_id
        return Declaration.clean(
            partner_sudo.name or "", partner_sudo.email or "", order_sudo.name or ""
        )

    def _read_declaration(self, order_sudo, post):
        """Return what was filled in, and the names of the fields that must be corrected.

        :rtype: tuple[Declaration, set[str]]
        """
        parts, wrong, whole = [], False, True
        statements = request.env["sale.order.withdrawal"]
        possible = self._get_quantities(order_sudo)
        for line_sudo, left in possible.items():
            quantity = self._read_quantity(post.get(f"quantity_{line_sudo.id}", ""))
            wrong = wrong or quantity is None or quantity > left
            if quantity:
                parts.append(statements._prepare_part(line_sudo, quantity))
            whole = whole and quantity == line_sudo.product_uom_qty
        if order_sudo:  # all that has the right, but not all that was bought, is a part
            whole = whole and len(possible) == len(order_sudo._get_withdrawal_lines())
        declaration = Declaration.clean(
            str(post.get("name", "")),
            str(post.get("email", "")),
            order_sudo.name or str(post.get("order_reference", "")),
            () if whole else tuple(parts),
            "" if order_sudo else str(post.get("words", "")),
        )
        errors = declaration.errors()
        if possible and (wrong or not parts):
            errors.add("quantity")
        return declaration, errors

    def _get_quantities(self, order_sudo):
        """Return how much of which lines can be withdrawn from; nothing without an order."""
        if not order_sudo:
            return {}
        quantities = order_sudo._get_withdrawal_quantities()
        return {line_sudo: left for line_sudo, left in quantities.items() if left}

    def _read_quantity(self, typed):
        """Return a quantity as people type it; None if it is none."""
        typed = str(typed).strip().replace(",", ".")
        if not typed:
            return 0.0
        return float(typed) if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", typed) else None

    def _prepare_values(self, order_sudo, access_token, declaration, errors, post=None):
        """Return what the pages show; fields keep what was typed."""
        possible = self._get_quantities(order_sudo)
        typed = {
            line.id: (post or {}).get(f"quantity_{line.id}", f"{left:.10g}")
            for line, left in possible.items()
        }
        others_sudo = order_sudo.order_line.browse()
        if order_sudo:
            others_sudo = order_sudo._get_withdrawal_lines().filtered(
                lambda line: line not in possible
            )
        return {
            "page": PAGE,
            "order": order_sudo,
            "possible": possible,
            "other_lines": others_sudo,
            "typed": typed,
            "access_token": access_token,
            "declaration": declaration,
            "errors": errors,
            "max_name": MAX_NAME,
            "max_email": MAX_EMAIL,
            "max_order_number": MAX_ORDER_NUMBER,
            "max_words": MAX_WORDS,
            # sudo: the shop's address, which is on each of its mails.
            "shop_email": request.website.company_id.sudo().email,
        }
