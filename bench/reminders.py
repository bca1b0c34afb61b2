"""Reminders of abandoned carts: core's run and ours, on the same carts in one run.

Also how much memory the run takes with many carts, and how many queries a mail costs.
"""

import resource
import time

from odoo.addons.website_sale.models.website import Website as CoreWebsite

CARTS = 2000
BATCH = 500


def main(env):
    """Print the throughput of both, their ratio, and the queries of a mail."""
    website = env["website"].search([], limit=1)
    env["sale.order"].search([("website_id", "!=", False)]).cart_recovery_never = True
    website.write({"send_abandoned_cart_email": True, "cart_recovery_consent": "everyone"})
    website.send_abandoned_cart_email_activation_time = "2020-01-01"
    carts = _new_carts(env, website)
    core, core_queries = _measure(env, lambda: CoreWebsite._send_abandoned_cart_email(website))
    assert all(carts.mapped("cart_recovery_email_sent"))
    carts.cart_recovery_email_sent = False
    before = _memory()
    ours, queries = _measure(env, lambda: env["website"]._send_abandoned_cart_email())
    assert len(carts.cart_recovery_mail_ids.filtered(lambda row: row.state == "sent")) == CARTS
    print(f"core {CARTS / core:7.0f} mails a second {core_queries / CARTS:6.2f} queries a mail")
    print(f"ours {CARTS / ours:7.0f} mails a second {queries / CARTS:6.2f} queries a mail")
    print(
        f"ours / core {core / ours:5.1f} times (at least 5), {queries / CARTS:4.2f} (at most 1.5)"
    )
    print(f"memory {_memory() - before:5.0f} MiB more at the most")


def _measure(env, work):
    env.flush_all()
    env.invalidate_all()
    queries, start = env.cr.sql_log_count, time.perf_counter()
    work()
    env.flush_all()
    return time.perf_counter() - start, env.cr.sql_log_count - queries


def _memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _new_carts(env, website):
    """Make carts of as many customers, left two days ago."""
    products = env["product.product"].create(
        [
            {"name": f"Bench {number}", "list_price": 10.0 * number, "type": "consu"}
            for number in range(1, 11)
        ]
    )
    carts = env["sale.order"]
    for start in range(0, CARTS, BATCH):
        numbers = range(start, start + BATCH)
        partners = env["res.partner"].create(
            [
                {"name": f"Bench {number}", "email": f"bench{number}@example.com"}
                for number in numbers
            ]
        )
        carts += env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "website_id": website.id,
                    "order_line": [
                        (0, 0, {"product_id": products[(partner.id + more) % 10].id})
                        for more in range(3)
                    ],
                }
                for partner in partners
            ]
        )
    env.flush_all()
    env.cr.execute(
        "UPDATE sale_order SET date_order = now() - interval '2 days',"
        " create_date = now() - interval '2 days', cart_last_activity = now() - interval '2 days'"
        " WHERE id = ANY(%s)",
        (carts.ids,),
    )
    env.invalidate_all()
    return carts
