"""The installation in a shop with many old orders: filling in their status.

As many as BENCH_ORDERS says, 100,000 without it: paid ones, ones that wait for a wire transfer,
free ones and carts.
"""

import os
import time

from devtools.copies import copy_order

ORDERS = int(os.environ.get("BENCH_ORDERS", 100_000))
AT_ONCE = 20_000
STATES = "SELECT shop_status, count(*) FROM sale_order WHERE website_id IS NOT NULL GROUP BY 1"


def main(env):
    """Print how long filling in takes, and what it gives."""
    from odoo.addons.website_sale_order_mgmt.tools import backfill

    samples = _new_samples(env)
    count = 0
    while count < ORDERS:
        number = min(AT_ONCE, (ORDERS - count + len(samples) - 1) // len(samples))
        for order in samples:
            count += len(copy_order(env, order, number))
    empty = ", ".join(f"{name} = NULL" for name in backfill.COLUMNS)
    env.cr.execute(f"UPDATE sale_order SET {empty}")
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.invalidate_all()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    start = time.perf_counter()
    backfill.fill_shop_status(env)
    status = time.perf_counter() - start
    backfill.fill_withdrawal_period(env)
    both = time.perf_counter() - start
    env.cr.execute(STATES)
    print(f"{count} orders: {', '.join(f'{state} {many}' for state, many in env.cr.fetchall())}")
    print(f"status {status:5.1f} s (less than 60), with the periods of withdrawal {both:5.1f} s")


def _new_samples(env):
    """Make an order of each kind, bought half a year ago."""
    website = env["website"].search([], limit=1)
    product = env["product.product"].create({"name": "Bench", "list_price": 100.0})
    partner = env["res.partner"].create({"name": "Bench", "email": "bench@example.com"})
    provider = env["payment.provider"].search([("code", "=", "demo")], limit=1)
    orders = env["sale.order"].create(
        [
            {
                "partner_id": partner.id,
                "website_id": website.id,
                "order_line": [(0, 0, {"product_id": product.id, "price_unit": price})],
            }
            for price in (100.0, 100.0, 0.0, 100.0)
        ]
    )
    for order, state in zip(orders[:2], ("done", "pending"), strict=True):
        env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": provider.payment_method_ids[:1].id,
                "reference": f"bench-{state}",
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": partner.id,
                "operation": "online_direct",
                "sale_order_ids": [(6, 0, order.ids)],
                "state": state,
            }
        )
    (orders[0] + orders[2]).action_confirm()
    orders[1].state = "sent"
    env.flush_all()
    env.cr.execute(
        "UPDATE sale_order SET date_order = now() - interval '200 days' WHERE id = ANY(%s)",
        (orders.ids,),
    )
    env.invalidate_all()
    return list(orders)
