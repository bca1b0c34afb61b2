"""The reminders of a cart as they arrive: real mails, their headers, and links that work."""

import html
import http.client
from urllib.parse import urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from journey_cart import ADDRESS, QUEUE, REMINDERS

NORA = """
env.ref("website_sale_order_mgmt.partner_nora").email
"""
PREPARE = """
from odoo import fields
website = env.ref("website.default_website")
website.write({"name": "Corner Shop", "cart_recovery_holdout": 0})
env.company.email = "shop@example.com"
cart = env.ref("website_sale_order_mgmt.cart_abandoned")
cart.cart_last_activity = fields.Datetime.subtract(fields.Datetime.now(), hours=hours)
cart.cart_recovery_next_try = False
cart.order_line.product_id.mapped("name")
"""
LATER = """
from datetime import timedelta
past = timedelta(hours=hours)
cart = env.ref("website_sale_order_mgmt.cart_abandoned")
for row in cart.cart_recovery_mail_ids:
    row.write({"cart_activity": row.cart_activity - past, "sent_date": row.sent_date - past})
cart.cart_last_activity -= past
cart.cart_recovery_next_try = False
"""
OPTOUTS = "env['website.cart.recovery.optout'].search_count([])"
QUEUED = """
cart = env.ref("website_sale_order_mgmt.cart_abandoned")
cart.cart_recovery_mail_ids.sorted("id").mail_mail_id.mapped("state")
"""


@pytest.fixture(scope="module")
def odoo_server(make_server, odoo_db):
    """A server without crons: these are run here, one after the other."""
    return make_server(odoo_db, crons=0)


def ask(method, url, body="", headers=()):
    """Make a request without cookies, following nothing; return the status, text and cookies."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection.request(method, path, body, dict(headers))
    response = connection.getresponse()
    text = response.read().decode(errors="replace")
    connection.close()
    return response.status, text, response.getheader("Set-Cookie")


def test_reminders_arrive_and_can_be_stopped(odoo_server, odoo_run, run_cron, mails):
    odoo_run(ADDRESS, url=odoo_server.url)
    products = odoo_run(PREPARE, hours=11)
    email = odoo_run(NORA)
    run_cron(REMINDERS)
    run_cron(QUEUE)
    [mail] = mails.wait(to=email, subject="You left something")

    # One person, from the shop, with text for those who read no HTML.
    assert mail.recipients == (email,)
    assert email in mail.message["To"]
    assert not mail.message["Cc"]
    assert mail.sender.startswith('"Corner Shop" <') or mail.sender.startswith("Corner Shop <")
    for product in products:
        assert product in mail.html
        assert product in mail.text
    assert "/odoo" not in mail.html
    assert all(link.startswith(odoo_server.url) for link in mail.links)
    pictures = [part.split('"')[0] for part in mail.html.split('src="')[1:]]
    assert pictures
    for picture in pictures:
        status, _text, _cookies = ask("GET", html.unescape(picture))
        assert status == 200, picture

    # The button opens the cart at once, in a browser that has never been here.
    browser = build_opener(HTTPCookieProcessor())
    with browser.open(cart_link(mail)) as response:
        assert response.status == 200
        text = response.read().decode()
    assert all(product in text for product in products)

    # Looking at the page of the opt-out changes nothing; one click of the mail program does.
    header = mail.message["List-Unsubscribe"]
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = header.strip("<>")
    assert url in mail.links
    status, text, _cookies = ask("GET", url)
    assert status == 200
    assert "Stop the reminders" in text
    assert odoo_run(OPTOUTS) == 0

    # The second reminder is in the queue when she stops them: it stays there.
    odoo_run(LATER, hours=25)
    run_cron(REMINDERS)
    assert odoo_run(QUEUED)[-1] == "outgoing"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for _twice in range(2):
        status, text, cookies = ask("POST", url, "List-Unsubscribe=One-Click", form)
        assert status == 200, "No redirect: mail programs do not follow it"
        assert "session_id" not in (cookies or "")
        assert odoo_run(OPTOUTS) == 1
    run_cron(QUEUE)
    assert odoo_run(QUEUED)[-1] == "cancel"
    assert mails.find(to=email) == [mail]
    status, _text, _cookies = ask("POST", url[:-3] + "abc", "List-Unsubscribe=One-Click", form)
    assert status == 404


def cart_link(mail):
    """Return the address that the reminder's button leads to."""
    return next(link for link in mail.links if "/shop/cart?" in link)
