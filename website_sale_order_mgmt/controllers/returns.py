"""The form for returns, and the pages of those that were sent."""

import re
from uuid import uuid4

from werkzeug.exceptions import NotFound

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.sale_order_return_form import MAX_NOTE, MAX_PICTURES
from ..tools.pictures import FORMATS, MAX_BYTES, MIMETYPE

LINE_FIELD = re.compile(r"quantity_(\d{1,10})")
MAX_KEY = 64  # characters
ACCEPT = ",".join(f"image/{kind.lower()}" for kind in FORMATS)
HEADERS = [("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "default-src 'none'")]


class Returns(CustomerPortal):
    # === ROUTES - THE FORM === #

    @route(
        "/my/orders/<int:order_id>/return",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def return_form(self, order_id, access_token=None, **post):
        """Show what can come back; when it is filled in, what comes of it.

        :param int order_id: the order
        :param str access_token: the order's, for guests
        """
        order = self._get_document("sale.order", order_id, access_token)
        if request.httprequest.method == "GET" or post.get("change"):
            return self._render_form(order, access_token, post)
        try:
            values = order._check_return_request(self._read_asked(post))
        except UserError as error:
            return self._render_form(order, access_token, post, str(error), status=400)
        return self._render_review(order, access_token, post, values, post.get("key"))

    @route(
        "/my/orders/<int:order_id>/return/send",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def return_send(self, order_id, access_token=None, **post):
        """Write down the return, and go to its page.

        :param int order_id: the order
        :param str access_token: the order's, for guests
        """
        order = self._get_document("sale.order", order_id, access_token)
        key = (post.get("key") or str(uuid4()))[:MAX_KEY]
        asked = self._read_asked(post)
        try:
            with request.env.cr.savepoint():
                sent = order._request_return(asked, self._read_pictures(), key)
        except UserError as error:
            try:
                values = order._check_return_request(asked)
            except UserError:
                return self._render_form(order, access_token, post, str(error), status=400)
            return self._render_review(
                order, access_token, post, values, key, str(error), status=400
            )
        return request.redirect(sent.get_portal_url())

    # === ROUTES - A RETURN === #

    @route("/my/returns/<int:return_id>", type="http", auth="public", website=True, sitemap=False)
    def return_page(self, return_id, access_token=None, **_kw):
        """Show where a return stands.

        :param int return_id: the return
        :param str access_token: the return's, for guests
        """
        return self._render_page(self._get_return(return_id, access_token), access_token)

    @route(
        "/my/returns/<int:return_id>/cancel",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def return_cancel(self, return_id, access_token=None, **_post):
        """Take a return back, until the goods are in.

        :param int return_id: the return
        :param str access_token: the return's, for guests
        """
        sent = self._get_return(return_id, access_token)
        try:
            with request.env.cr.savepoint():
                sent._cancel_by_customer()
        except UserError as error:
            return self._render_page(sent, access_token, str(error), status=409)
        return request.redirect(sent.get_portal_url())

    @route(
        "/my/returns/<int:return_id>/slip/<int:transfer_id>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
    )
    def return_slip(self, return_id, transfer_id, access_token=None, **_kw):
        """Give core's return slip of a transfer that is waited for.

        :param int return_id: the return
        :param int transfer_id: one of its transfers
        :param str access_token: the return's, for guests
        """
        sent = self._get_return(return_id, access_token)
        transfer = sent._get_open_return_transfers().filtered(lambda pick: pick.id == transfer_id)
        if not transfer:
            raise NotFound()
        content = sent._render_return_slip(transfer)
        return request.make_response(content, [("Content-Type", "application/pdf"), *HEADERS[:1]])

    @route(
        "/my/returns/<int:return_id>/picture/<int:picture_id>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
    )
    def return_picture(self, return_id, picture_id, access_token=None, **_kw):
        """Give a picture of a return, to whoever may see the return.

        :param int return_id: the return
        :param int picture_id: one of its pictures
        :param str access_token: the return's, for guests
        """
        sent = self._get_return(return_id, access_token)
        picture = sent.picture_ids.filtered(lambda picture: picture.id == picture_id)
        if not picture:
            raise NotFound()
        return request.make_response(picture.raw, [("Content-Type", MIMETYPE), *HEADERS])

    # === TOOLING === #

    def _get_document(self, model, record_id, access_token):
        """Return a document that the visitor may see, as superuser.

        :raise NotFound: there is none, or the visitor may not see it: nobody can tell which
        """
        try:
            return self._document_check_access(model, record_id, access_token)
        except (AccessError, MissingError):
            raise NotFound()

    def _get_return(self, return_id, access_token):
        """Return a return that the visitor may see; see `_get_document`."""
        return self._get_document("sale.order.return", return_id, access_token)

    def _read_asked(self, post):
        """Return what was asked for, as it was sent: nothing of it is checked yet.

        :rtype: list[dict]
        """
        asked = []
        for name, typed in post.items():
            found = LINE_FIELD.fullmatch(name)
            if not found or str(typed).strip() in ("", "0"):
                continue
            line = found[1]
            reason = str(post.get(f"reason_{line}", ""))
            asked.append(
                {
                    "line_id": int(line),
                    "quantity": self._read_number(str(typed)),
                    "reason_id": int(reason) if reason.isdecimal() and len(reason) < 10 else 0,
                    "note": str(post.get(f"note_{line}", "")),
                }
            )
        return asked

    def _read_number(self, typed):
        """Return a number as people type it; -1, which no quantity is, if it is none."""
        try:
            return float(typed.strip().replace(",", "."))
        except ValueError:
            return -1.0

    def _read_pictures(self):
        """Return what was sent as pictures; of one that is too large, enough to refuse it.

        :rtype: list[bytes]
        """
        files = request.httprequest.files.getlist("pictures")
        pictures = [file.stream.read(MAX_BYTES + 1) for file in files[: MAX_PICTURES + 1]]
        return [picture for picture in pictures if picture]

    def _render_form(self, order, access_token, typed, error="", status=200):
        values = {
            "order": order,
            "access_token": access_token,
            "offers": order.order_line._get_return_offers() if order.state == "sale" else {},
            "reasons": request.env["sale.order.return.reason"]._get_offered(),
            "typed": typed,
            "error": error,
            "max_note": MAX_NOTE,
        }
        return request.render("website_sale_order_mgmt.return_form", values, status=status)

    def _render_review(self, order, access_token, typed, values, key, error="", status=200):
        preview = order._preview_return(values)
        lines = preview.line_ids
        qcontext = {
            "order": order,
            "access_token": access_token,
            "preview": preview,
            "account": preview._get_refund_account(),
            "automatic": order.website_id.return_approval == "automatic"
            and preview._is_within_policy(),
            "needs_goods": any(line.sale_line_id._is_returned_as_goods() for line in lines),
            "needs_picture": any(lines.reason_id.mapped("picture_required")),
            "typed": {name: text for name, text in typed.items() if re.search(r"_\d+$", name)},
            "key": key or str(uuid4()),
            "error": error,
            "max_pictures": MAX_PICTURES,
            "accept": ACCEPT,
        }
        return request.render("website_sale_order_mgmt.return_review", qcontext, status=status)

    def _render_page(self, sent, access_token, error="", status=200):
        values = {
            "sent": sent,
            "access_token": access_token,
            "account": sent._get_refund_account(),
            "error": error,
        }
        return request.render("website_sale_order_mgmt.return_page", values, status=status)
