"""A cart that was left behind, as the steps of a story."""

from journey_shop import Guest, enter_address, open_cart
from playwright.sync_api import Page

ADDRESS = """
env["ir.config_parameter"].set_param("web.base.url", url)
env["website"].search([], limit=1).domain = url
"""
LEFT = """
from datetime import timedelta
[cart] = env["sale.order"].search([("partner_id.email", "=", email), ("state", "=", "draft")])
cart.cart_last_activity -= timedelta(hours=hours)
cart.name
"""
REMINDERS = "website_sale.ir_cron_send_availability_email"
QUEUE = "mail.ir_cron_mail_scheduler_action"


def leave_cart(page: Page, guest: Guest, agrees: bool) -> None:
    """Go to the checkout, say who and where one is, and leave.

    :param agrees: whether the guest ticks the box of the reminders
    """
    open_cart(page)
    enter_address(page, guest, agrees)
