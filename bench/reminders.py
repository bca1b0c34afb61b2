"""Reminders of abandoned carts: core's run and ours, on the same carts in one run.

Also how many queries a mail costs, how much memory the run takes with ever more carts, and what two
workers do in the time of one: each in a process of its own, made by `fork`.

On a machine with other work to do the ratios of the times suffer: look at the load first.
"""

import os
import time

from odoo.addons.website_sale.models.website import Website as CoreWebsite

from bench._processes import as_cron, in_processes
from devtools.copies import copy_order, copy_rows

CARTS = 2000
GROWING = (1000, 4000)  # carts of which the memory is compared; more: BENCH_CARTS=1000,10000,100000
CREATED_AT_ONCE = 20_000


def main(env):
    """Print the throughput of both, their ratio, the queries of a mail, memory and two workers."""
    website = env["website"].search([], limit=1)
    env["sale.order"].search([("website_id", "!=", False)]).cart_recovery_never = True
    website.write({"send_abandoned_cart_email": True, "cart_recovery_consent": "everyone"})
    website.send_abandoned_cart_email_activation_time = "2020-01-01"
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    carts = _new_carts(env, website, CARTS)
    core, core_queries = _measure(env, lambda: CoreWebsite._send_abandoned_cart_email(website))
    assert all(carts.mapped("cart_recovery_email_sent"))
    carts.cart_recovery_email_sent = False
    ours, queries = _measure(env, lambda: env["website"]._send_abandoned_cart_email())
    assert len(carts.cart_recovery_mail_ids.filtered(lambda row: row.state == "sent")) == CARTS
    print(f"core {CARTS / core:7.0f} mails a second {core_queries / CARTS:6.2f} queries a mail")
    print(f"ours {CARTS / ours:7.0f} mails a second {queries / CARTS:6.2f} queries a mail")
    print(
        f"ours / core {core / ours:5.1f} times (at least 5), {queries / CARTS:4.2f} (at most 1.5)"
    )
    ready, queries = _measure_ready(env, website, carts)
    print("with the ready e-mail, which has pictures, prices and totals")
    print(f"ours {CARTS / ready:7.0f} mails a second {queries / CARTS:6.2f} queries a mail")
    website.cart_recovery_mail_template_id = False
    numbers = os.environ.get("BENCH_CARTS")
    for count in map(int, numbers.split(",")) if numbers else GROWING:
        _new_carts(env, website, count)
        env.cr.commit()
        [(_seconds, memory)] = in_processes(env, 1, _remind)
        print(f"{count:6} carts {memory:5.0f} MiB more at the most (flat)")
    seconds = []
    for workers in (1, 2):
        carts = _new_carts(env, website, CARTS)
        env.cr.commit()
        seconds.append(max(second for second, _memory in in_processes(env, workers, _remind)))
        env.invalidate_all()
        assert len(carts.cart_recovery_mail_ids.filtered(lambda row: row.state == "sent")) == CARTS
    print(f"two workers {seconds[0] / seconds[1]:4.2f} times one (at least 1.8)")


def _measure_ready(env, website, carts):
    """Remind of the same carts once more, with the addon's own template."""
    carts.cart_recovery_mail_ids.unlink()
    carts.write({"cart_recovery_email_sent": False, "cart_recovery_next_try": False})
    website.cart_recovery_mail_template_id = env.ref(
        "website_sale_order_mgmt.mail_template_cart_reminder_1"
    )
    measured = _measure(env, lambda: env["website"]._send_abandoned_cart_email())
    assert len(carts.cart_recovery_mail_ids.filtered(lambda row: row.state == "sent")) == CARTS
    return measured


def _measure(env, work):
    env.flush_all()
    env.invalidate_all()
    queries, start = env.cr.sql_log_count, time.perf_counter()
    work()
    env.flush_all()
    return time.perf_counter() - start, env.cr.sql_log_count - queries


def _remind(env):
    cron = as_cron(env, "website_sale.ir_cron_send_availability_email")
    cron._callback(cron.cron_name, cron.ir_actions_server_id.id)


def _new_carts(env, website, count):
    """Make carts of as many customers, left two days ago."""
    products = env["product.product"].search([("name", "=like", "Bench %")])
    products = products or env["product.product"].create(
        [
            {"name": f"Bench {number}", "list_price": 10.0 * number, "type": "consu"}
            for number in range(1, 11)
        ]
    )
    samples = _new_samples(env, website, products)
    carts = []
    for start in range(0, count, CREATED_AT_ONCE):
        for number, sample in enumerate(samples):
            part = (min(CREATED_AT_ONCE, count - start) + number) // len(samples)
            carts += copy_order(env, sample, part, _new_customers(env, sample.partner_id, part))
    env.invalidate_all()
    env.cr.execute(
        "UPDATE sale_order SET date_order = now() - interval '2 days',"
        " create_date = now() - interval '2 days', cart_last_activity = now() - interval '2 days'"
        " WHERE id = ANY(%s)",
        (carts,),
    )
    env.invalidate_all()
    return env["sale.order"].browse(carts)


def _new_samples(env, website, products):
    """Make a cart for each product to begin with; all others are their copies."""
    partner = env["res.partner"].create({"name": "Bench", "email": "bench@example.com"})
    carts = env["sale.order"].create(
        [
            {
                "partner_id": partner.id,
                "website_id": website.id,
                "cart_recovery_never": False,
                "order_line": [
                    (0, 0, {"product_id": products[(number + more) % len(products)].id})
                    for more in range(3)
                ],
            }
            for number in range(len(products))
        ]
    )
    carts.flush_recordset()
    env.flush_all()
    return carts


def _new_customers(env, partner, count):
    """Copy a contact, each with an address of its own; return the ids."""
    unique = f"'{time.monotonic_ns()}-' || n"
    email = f"'bench' || {unique} || '@example.com'"
    ids = copy_rows(
        env,
        "res_partner",
        partner.id,
        count,
        name=unique,
        complete_name=unique,
        email=email,
        email_normalized=email,
    )
    env.cr.execute("UPDATE res_partner SET commercial_partner_id = id WHERE id = ANY(%s)", (ids,))
    return ids
