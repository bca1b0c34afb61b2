"""Web orders for tests: made quickly, many at a time, each of a customer of its own.

The functions that take `env` are sent into Odoo, as `odoo_run(new_orders, prefix="x", count=3)`:
each must stand for itself. Those that take `run` send them: `paid_orders(odoo_run, "x", 3)`.
"""

from typing import Any

from devtools.inside import Inside

ADDON = "website_sale_order_mgmt"
CRONS = {
    "orders": "sale.send_pending_emails_cron",
    "invoicing": "sale.send_invoice_cron",
    "reminders": "website_sale.ir_cron_send_availability_email",
    "deliveries": f"{ADDON}.ir_cron_send_delivery_mails",
    "mails": "mail.ir_cron_mail_scheduler_action",
}


def new_orders(env: "Any", prefix: str, count: int = 1) -> list[int]:
    """Make carts of `count` customers, <prefix>0@example.com and so on; return the orders' ids."""
    website = env.ref("website.default_website")
    product = env["product.product"].search([("default_code", "=", "e2e-mug")])
    if not product:
        product = env["product.product"].create(
            {
                "name": "Mug",
                "default_code": "e2e-mug",
                "type": "consu",
                "is_storable": True,
                "list_price": 10.0,
                "taxes_id": False,
                "invoice_policy": "order",
                "website_published": True,
            }
        )
        stock = env["stock.warehouse"].search([("company_id", "=", website.company_id.id)])[0]
        env["stock.quant"]._update_available_quantity(product, stock.lot_stock_id, 100_000)
    partners = env["res.partner"].create(
        [
            {
                "name": f"{prefix} {number}",
                "email": f"{prefix}{number}@example.com",
                "country_id": env.ref("base.us").id,
            }
            for number in range(count)
        ]
    )
    orders = env["sale.order"].create(
        [
            {
                "partner_id": partner.id,
                "website_id": website.id,
                "company_id": website.company_id.id,
                "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 1})],
            }
            for partner in partners
        ]
    )
    return orders.ids


def new_payments(env: "Any", order_ids: list[int], state: str = "done") -> list[int]:
    """Make a transaction of each order with the provider Demo, post-processed by nobody yet."""
    provider = env["payment.provider"].search([("code", "=", "demo")], limit=1)
    orders = env["sale.order"].browse(order_ids)
    transactions = env["payment.transaction"].create(
        [
            {
                "provider_id": provider.id,
                "payment_method_id": env.ref("payment_demo.payment_method_demo").id,
                "reference": f"{order.name}-{len(order.transaction_ids)}",
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "operation": "online_direct",
                "sale_order_ids": [(6, 0, order.ids)],
            }
            for order in orders
        ]
    )
    if state != "draft":
        getattr(transactions, {"done": "_set_done", "pending": "_set_pending"}[state])()
    return transactions.ids


def settle(env: "Any", order_ids: list[int]) -> None:
    """Confirm and pay orders without a mail to anybody; their invoices are queued."""
    orders = env["sale.order"].browse(order_ids)
    orders.action_confirm()
    orders.transaction_ids.filtered(lambda tx: tx.state == "done").is_post_processed = True
    orders._queue_shop_invoicing()


def pay(run: Inside, ids: list[int]) -> None:
    """Have orders paid and confirmed without a mail to anybody; their invoices are queued."""
    run(new_payments, order_ids=ids)
    run(settle, order_ids=ids)


def paid_orders(run: Inside, prefix: str, count: int = 1) -> list[int]:
    """Make such orders of `count` customers; return their ids."""
    ids = run(new_orders, prefix=prefix, count=count)
    pay(run, ids)
    return ids


def deliver(env: "Any", order_ids: list[int]) -> list[int]:
    """Validate the orders' transfers as the warehouse does; return their ids."""
    pickings = env["sale.order"].browse(order_ids).picking_ids
    pickings.action_assign()
    for move in pickings.move_ids:
        move.quantity = move.product_uom_qty
    pickings.move_ids.picked = True
    pickings.button_validate()
    return pickings.ids


def abandon(env: "Any", order_ids: list[int]) -> None:
    """Have the carts left behind two days ago, with reminders to everybody switched on before."""
    orders = env["sale.order"].browse(order_ids)
    orders.website_id.write({"send_abandoned_cart_email": True})
    activity = ""
    if "cart_last_activity" in orders._fields:  # without the addon, the date counts
        orders.website_id.write({"cart_recovery_consent": "everyone"})
        activity = ", cart_last_activity = now() - interval '2 days'"
    env.flush_all()
    env.cr.execute(
        "UPDATE website SET send_abandoned_cart_email_activation_time = now() - interval '9 days'"
    )
    env.cr.execute(
        "UPDATE sale_order SET date_order = now() - interval '2 days',"
        f" create_date = now() - interval '2 days'{activity} WHERE id = ANY(%s)",
        (order_ids,),
    )
    env.invalidate_all()


def old_orders(env: "Any", order_ids: list[int], times: int) -> list[int]:
    """Copy orders with their lines and transactions in SQL; return all of them."""

    def copy(table: str, old_ids: list[int], **changes: str) -> list[int]:
        env.cr.execute(
            "SELECT string_agg(quote_ident(column_name), ','),"
            " string_agg(COALESCE(%s::jsonb ->> column_name, quote_ident(column_name)), ',')"
            " FROM information_schema.columns WHERE table_name = %s AND column_name != 'id'",
            (json.dumps(changes), table),
        )
        [(names, values)] = env.cr.fetchall()
        copied = f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE id = ANY(%s)"
        env.cr.execute(f"{copied} RETURNING id", (old_ids,))
        return [row[0] for row in env.cr.fetchall()]

    import json

    env.flush_all()
    made = list(order_ids)
    for number in range(1, times):
        for order in env["sale.order"].browse(order_ids):
            name = f"name || '-{number}'"
            [new] = copy("sale_order", order.ids, name=name, access_token="NULL")
            copy("sale_order_line", order.order_line.ids, order_id=str(new))
            reference = f"reference || '-{number}'"
            for payment in copy(
                "payment_transaction", order.transaction_ids.ids, reference=reference
            ):
                env.cr.execute(
                    "INSERT INTO sale_order_transaction_rel (sale_order_id, transaction_id)"
                    " VALUES (%s, %s)",
                    (new, payment),
                )
            made.append(new)
    env.invalidate_all()
    return made
