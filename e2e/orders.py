"""Web orders for tests: made quickly, many at a time, each of a customer of its own.

The functions that take `env` are sent into Odoo, as `odoo_run(new_orders, prefix="x", count=3)`:
each must stand for itself.
"""

from typing import Any

ADDON = "website_sale_order_mgmt"
CRONS = {
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
                "reference": order.name,
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
    """Have the carts left behind two days ago, and the reminders switched on before that."""
    orders = env["sale.order"].browse(order_ids)
    orders.website_id.write({"send_abandoned_cart_email": True})
    env.flush_all()
    env.cr.execute(
        "UPDATE website SET send_abandoned_cart_email_activation_time = now() - interval '9 days'"
    )
    env.cr.execute(
        "UPDATE sale_order SET date_order = now() - interval '2 days',"
        " create_date = now() - interval '2 days' WHERE id = ANY(%s)",
        (order_ids,),
    )
    env.invalidate_all()
