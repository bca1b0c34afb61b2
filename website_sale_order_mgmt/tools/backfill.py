"""Filling the stored status of web orders that are older than the addon.

The amounts of most orders come from one statement. Orders whose money took a longer way (captures,
refunds, several currencies, payments registered by hand) are computed by the ORM in batches. The
status follows from the same function as ever, without loading records.
"""

from collections import defaultdict

from odoo.tools import SQL, split_every

from . import payment_status

COLUMNS = {
    "shop_status": "varchar",
    "shop_payment_status": "varchar",
    "shop_attention": "varchar",
    "shop_confirm_error": "text",
    "shop_amount_received": "numeric",
    "shop_amount_refunded": "numeric",
    "shop_amount_authorized": "numeric",
    "shop_amount_pending": "numeric",
    "cart_last_activity": "timestamp",
    "cart_recovery_state": "varchar",
    "cart_recovery_step_number": "int4",
    "withdrawal_until": "timestamp",
    "withdrawal_informed_on": "date",
}
AMOUNTS = [name for name in COLUMNS if "amount" in name]
BATCH_SIZE = 1000

ONLINE_AMOUNTS = SQL("""
    UPDATE sale_order
       SET shop_amount_received = COALESCE(online.received, 0),
           shop_amount_authorized = COALESCE(online.authorized, 0),
           shop_amount_pending = COALESCE(online.pending, 0),
           shop_amount_refunded = 0
      FROM sale_order AS shop_order
      LEFT JOIN (
            SELECT rel.sale_order_id,
                   SUM(tx.amount) FILTER (WHERE tx.state = 'done') AS received,
                   SUM(tx.amount) FILTER (WHERE tx.state = 'authorized') AS authorized,
                   SUM(tx.amount) FILTER (WHERE tx.state = 'pending') AS pending
              FROM sale_order_transaction_rel AS rel
              JOIN payment_transaction AS tx ON tx.id = rel.transaction_id
             WHERE tx.source_transaction_id IS NULL
               AND tx.operation IS DISTINCT FROM 'validation'
          GROUP BY rel.sale_order_id
           ) AS online ON online.sale_order_id = shop_order.id
     WHERE sale_order.id = shop_order.id
       AND shop_order.website_id IS NOT NULL
""")

CARTS = SQL("""
    UPDATE sale_order
       SET cart_last_activity = CASE WHEN website_id IS NOT NULL THEN date_order END,
           cart_recovery_state = CASE
               WHEN cart_recovery_email_sent AND website_id IS NOT NULL THEN 'reminded' ELSE 'none'
           END,
           cart_recovery_step_number = CASE
               WHEN cart_recovery_email_sent AND website_id IS NOT NULL THEN 1 ELSE 0
           END
""")
# What core has sent is in the book as the first reminder: without it, it would be sent again.
# When it was sent is not known.
REMINDERS = SQL("""
    INSERT INTO website_cart_recovery_mail (
                order_id, website_id, company_id, step_key, step_number, cart_activity, state,
                amount, recovered_amount, sent_count, click_count, recovered_count
         )
         SELECT id, website_id, company_id, 0, 1, date_order, 'sent',
                amount_total / COALESCE(NULLIF(currency_rate, 0), 1), 0, 1, 0, 0
           FROM sale_order
          WHERE cart_recovery_email_sent
            AND website_id IS NOT NULL
            AND date_order IS NOT NULL
    ON CONFLICT (order_id, step_key, cart_activity) DO NOTHING
""")

ORDERS_TO_COMPUTE = SQL("""
    SELECT shop_order.id
      FROM sale_order AS shop_order
      JOIN sale_order_transaction_rel AS rel ON rel.sale_order_id = shop_order.id
      JOIN payment_transaction AS tx ON tx.id = rel.transaction_id
     WHERE shop_order.website_id IS NOT NULL
       AND (
            tx.currency_id != shop_order.currency_id
            OR EXISTS (
                SELECT FROM payment_transaction AS child WHERE child.source_transaction_id = tx.id
            )
            OR EXISTS (
                SELECT FROM sale_order_transaction_rel AS other
                 WHERE other.transaction_id = tx.id AND other.sale_order_id != shop_order.id
            )
       )
     UNION
    SELECT shop_order.id
      FROM sale_order AS shop_order
      JOIN sale_order_line AS line ON line.order_id = shop_order.id
      JOIN sale_order_line_invoice_rel AS invoiced ON invoiced.order_line_id = line.id
      JOIN account_move_line AS invoice_line ON invoice_line.id = invoiced.invoice_line_id
      JOIN account_move AS invoice ON invoice.id = invoice_line.move_id
 LEFT JOIN account_move__account_payment AS matched ON matched.invoice_id = invoice.id
 LEFT JOIN account_payment AS payment ON payment.id = matched.payment_id
     WHERE shop_order.website_id IS NOT NULL
       AND invoice.state = 'posted'
       AND invoice.payment_state != 'not_paid'
       AND NOT EXISTS (
            SELECT FROM sale_order_transaction_rel AS own
             WHERE own.sale_order_id = shop_order.id
               AND own.transaction_id = payment.payment_transaction_id
       )
""")

# Orders of which core's delivery status does not say what the customer has.
ORDERS_TO_LOOK_THROUGH = SQL("""
    SELECT shop_order.id
      FROM sale_order AS shop_order
     WHERE shop_order.website_id IS NOT NULL
       AND shop_order.state = 'sale'
       AND (
            shop_order.delivery_status IS NULL AND EXISTS (
                SELECT FROM stock_picking AS transfer WHERE transfer.sale_id = shop_order.id
            )
            OR shop_order.delivery_status IN ('started', 'partial') AND EXISTS (
                SELECT FROM stock_picking AS transfer
                  JOIN stock_location AS source ON source.id = transfer.location_id
                 WHERE transfer.sale_id = shop_order.id AND source.usage = 'customer'
            )
            OR shop_order.delivery_status = 'full' AND EXISTS (
                SELECT FROM sale_order_line AS line
                 WHERE line.order_id = shop_order.id
                   AND line.qty_delivered < line.product_uom_qty
                   AND line.qty_delivered_method = 'stock_move'
                   AND NOT EXISTS (SELECT FROM stock_move WHERE sale_line_id = line.id)
            )
       )
""")


def fill_shop_status(env):
    """Fill in the status and amounts of all web orders.

    :param odoo.api.Environment env: the environment of the installation
    """
    env.flush_all()
    env.cr.execute(CARTS)
    env.cr.execute(REMINDERS)
    env.cr.execute(ONLINE_AMOUNTS)
    env.cr.execute(ORDERS_TO_COMPUTE)
    order_ids = [row[0] for row in env.cr.fetchall()]
    env.invalidate_all(flush=False)
    orders = env["sale.order"]
    for batch in split_every(BATCH_SIZE, order_ids, orders.browse):
        for name in AMOUNTS:
            env.add_to_compute(orders._fields[name], batch)
        env.flush_all()
        env.invalidate_all(flush=False)
    _fill_status(env)
    env.invalidate_all(flush=False)
    env.cr.execute(ORDERS_TO_LOOK_THROUGH)
    for batch in split_every(BATCH_SIZE, [row[0] for row in env.cr.fetchall()], orders.browse):
        batch.modified(["delivery_status"])
        env.flush_all()
        env.invalidate_all(flush=False)


def _fill_status(env):
    """Write the status that follows from the columns, with one statement for each combination.

    An order that was paid and not confirmed before the addon came is somebody's to look at: the
    watchdog confirms none of them by surprise.
    """
    env.cr.execute("""
        SELECT shop_order.id, shop_order.state, shop_order.delivery_status,
               COALESCE(currency.rounding, 0.01),
               CASE WHEN shop_order.require_payment THEN shop_order.prepayment_percent ELSE 1 END,
               shop_order.amount_total,
               shop_order.shop_amount_received, shop_order.shop_amount_refunded,
               shop_order.shop_amount_authorized, shop_order.shop_amount_pending,
               COALESCE(shop_order.unpaid_reserved, FALSE)
          FROM sale_order AS shop_order
     LEFT JOIN res_currency AS currency ON currency.id = shop_order.currency_id
         WHERE shop_order.website_id IS NOT NULL
    """)
    ids_of = defaultdict(list)
    for row in env.cr.fetchall():
        order_id, state, delivery_status, rounding, required, *amounts, reserved = row
        money = payment_status.Amounts(*(float(amount or 0) for amount in amounts))
        rounding = float(rounding)
        payment = payment_status.get_payment_status(money, rounding)
        covered = payment_status.is_covered(money, money.total * (required or 1), rounding)
        status = payment_status.get_status(state, delivery_status, payment, covered, reserved)
        held = round(money.received - money.refunded + money.authorized, 6)
        old = status == "to_confirm"
        attention = payment_status.get_attention(status, payment, held, old, False, False)
        ids_of[status, payment, attention].append(order_id)
    note = env._("It was paid before order management was installed. Check it, then confirm it.")
    for (status, payment, attention), ids in ids_of.items():
        env.cr.execute(
            """
            UPDATE sale_order
               SET shop_status = %s, shop_payment_status = %s, shop_attention = %s,
                   shop_confirm_error = %s
             WHERE id = ANY(%s)
            """,
            (status, payment, attention, note if status == "to_confirm" else None, ids),
        )


def fill_withdrawal_period(env):
    """Count the period of withdrawal of the web orders for which it may still be running.

    Whether their customers were informed cannot be known: it is taken that the shop has done so
    when they ordered. Whoever has not empties the date on the orders.

    :param odoo.api.Environment env: the environment of the installation
    """
    env.flush_all()
    env.cr.execute("""
        UPDATE sale_order
           SET withdrawal_informed_on = date_order::date
         WHERE website_id IS NOT NULL AND state = 'sale'
    """)
    env.cr.execute("""
        SELECT shop_order.id
          FROM sale_order AS shop_order
         WHERE shop_order.website_id IS NOT NULL
           AND shop_order.state = 'sale'
           AND (shop_order.date_order > now() - interval '3 months' OR EXISTS (
                    SELECT FROM stock_picking AS parcel
                     WHERE parcel.sale_id = shop_order.id
                       AND parcel.date_done > now() - interval '3 months'
               ))
    """)
    order_ids = [row[0] for row in env.cr.fetchall()]
    env.invalidate_all(flush=False)
    orders = env["sale.order"]
    for batch in split_every(BATCH_SIZE, order_ids, orders.browse):
        env.add_to_compute(orders._fields["withdrawal_until"], batch)
        env.flush_all()
        env.invalidate_all(flush=False)
