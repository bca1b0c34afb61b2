"""The page 'Where is my order?'."""

from odoo.http import Controller, request, route
from odoo.tools.translate import LazyTranslate

from ..tools.order_status import MAX_EMAIL, MAX_ORDER_NUMBER, clean_email, clean_order_number

_lt = LazyTranslate(__name__)


class OrderStatus(Controller):
    @route(
        "/shop/order-status",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        list_as_website_content=_lt("Where is my order?"),
    )
    def shop_order_status(self, order_number="", email="", **post):
        """Show the form; when it is sent, write down the question and always say the same.

        :param str order_number: as typed
        :param str email: as typed
        """
        return self._answer("status", order_number, email)

    @route(
        "/shop/return",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        list_as_website_content=_lt("Return something"),
    )
    def shop_return(self, order_number="", email="", **post):
        """Show the form that leads to the one for returns; otherwise as `shop_order_status`.

        :param str order_number: as typed
        :param str email: as typed
        """
        return self._answer("return", order_number, email)

    def _answer(self, purpose, order_number, email):
        """Show the form; when it is sent, write down the question and always say the same.

        :param str purpose: which link is wanted
        :param str order_number: as typed
        :param str email: as typed
        """
        values = {
            "purpose": purpose,
            "order_number": order_number,
            "email": email,
            "max_order_number": MAX_ORDER_NUMBER,
            "max_email": MAX_EMAIL,
        }
        if request.httprequest.method == "GET":
            if not request.env.user._is_public():
                values["email"] = request.env.user.email or ""
            return request.render("website_sale_order_mgmt.order_status", values)
        number, address = clean_order_number(order_number), clean_email(email)
        values["number_error"] = not number or len(number) > MAX_ORDER_NUMBER
        values["email_error"] = not address
        status = 400
        if not values["number_error"] and not values["email_error"]:
            # sudo: visitors have no access to the questions, not even to their own.
            questions = request.env["website.order.status.request"].sudo()
            ip = request.httprequest.remote_addr
            asked = questions._ask(request.website, order_number.strip(), address, ip, purpose)
            values["asked"], values["too_many"] = asked, not asked
            status = 200 if asked else 429
        return request.render("website_sale_order_mgmt.order_status", values, status=status)
