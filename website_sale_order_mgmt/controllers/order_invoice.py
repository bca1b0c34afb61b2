"""The pages on which customers get their invoices, and have them replaced."""

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from odoo.addons.account.controllers.portal import PortalAccount

from ..models.sale_order_billing import MAX_LENGTH


class OrderInvoice(PortalAccount):
    @route(
        "/my/orders/<int:order_id>/invoice",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def shop_order_invoice(self, order_id, access_token=None, **post):
        """Show the billing details; when they are sent, make the invoice, once.

        :param int order_id: the order
        :param str access_token: the order's, for guests
        """
        order = self._get_shop_order(order_id, access_token)
        if not order:
            return request.redirect("/my")
        invoices, values = order._get_shop_invoices(), {}
        status = 200
        if request.httprequest.method == "POST":
            status, values = self._answer_shop_form(order, post, order._request_shop_invoice)
            if status == 200:
                return request.redirect(order._get_shop_invoice_url(), code=303)
        elif order._can_shop_invoice_be_made():
            values = {"details": order._get_shop_billing_details()}
        elif not invoices:
            values = {"refusal": order._get_shop_invoice_refusal()}
            if not order._is_shop_invoice_on_demand() and order.state == "sale":
                return request.redirect(order.get_portal_url())
        return self._render_shop_form(order, invoices, values, status)

    @route(
        "/my/orders/<int:order_id>/invoice/change",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def shop_order_invoice_change(self, order_id, access_token=None, **post):
        """Show the billing details; when they are sent, make the invoice out anew, once.

        :param int order_id: the order
        :param str access_token: the order's, for guests
        """
        order = self._get_shop_order(order_id, access_token)
        if not order or not order._get_shop_invoices():
            return request.redirect("/my")
        status, values = 200, {"refusal": order._get_shop_change_refusal()}
        if request.httprequest.method == "POST" and not values["refusal"]:
            act = order._change_shop_invoices
            status, values = self._answer_shop_form(order, post, act, need_company=True)
            if status == 200 and order._get_shop_invoices().shop_change_of_id:
                return request.redirect(order._get_shop_invoice_url(), code=303)
            values["passed_on"] = status == 200
        elif not values["refusal"]:
            values["details"] = order._get_shop_billing_details()
        elif request.httprequest.method == "POST":
            status = 409
        invoices = order._get_shop_invoices_to_change()
        return self._render_shop_form(order, invoices, values, status, page="invoice_change")

    @route()
    def portal_my_invoice_detail(
        self, invoice_id, access_token=None, report_type=None, download=False, **kw
    ):
        """Override of `account`: who asked for an invoice need not wait for its e-mail."""
        if report_type == "pdf" and download:
            try:
                invoice = self._document_check_access("account.move", invoice_id, access_token)
            except (AccessError, MissingError):
                return request.redirect("/my")
            if not invoice._make_shop_pdf():
                return request.redirect(invoice.get_portal_url())
        return super().portal_my_invoice_detail(
            invoice_id,
            access_token=access_token,
            report_type=report_type,
            download=download,
            **kw,
        )

    # === TOOLING === #

    def _get_shop_order(self, order_id, access_token):
        """Return a web order that the visitor may see, as superuser; None otherwise."""
        try:
            order = self._document_check_access("sale.order", order_id, access_token=access_token)
        except (AccessError, MissingError):
            return None
        return order if order.website_id and order.state != "draft" else None

    def _answer_shop_form(self, order, post, act, **options):
        """Check the details of a form and act on them.

        :param dict post: what came with the request
        :param act: the order's method that takes the details
        :return: 200 when it is done, and what the page shows otherwise
        :rtype: tuple[int, dict]
        """
        if not order._count_shop_invoice_form():
            return 429, {
                "refusal": request.env._(
                    "This form was sent too often. Please wait an hour, or contact us."
                )
            }
        details, errors = order._clean_shop_billing_details(post, **options)
        if errors:
            return 400, {"details": details, "errors": errors}
        try:
            with request.env.cr.savepoint():
                act(details)
        except UserError as error:
            return 409, {"details": details, "refusal": str(error)}
        return 200, {}

    def _render_shop_form(self, order, invoices, values, status, page="invoice_request"):
        return request.render(
            f"website_sale_order_mgmt.{page}",
            {
                "order": order,
                "invoices": invoices,
                "country": order._get_shop_billing_country(),
                "max_length": MAX_LENGTH,
                "errors": {},
                **values,
            },
            status=status,
        )
