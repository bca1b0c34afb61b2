"""Many rows like one, made in SQL: for benchmarks, where Odoo would need hours to create them."""

from typing import Any


def copy_rows(env: Any, table: str, row_id: int, count: int, **changes: str) -> list[int]:
    """Copy a row of a table `count` times; return the ids of the copies.

    :param env: an Odoo environment; what it has not written yet must be flushed
    :param changes: an expression in SQL for each column that is not copied; `n` counts from 1
    """
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND column_name != 'id' AND is_generated = 'NEVER'",
        (table,),
    )
    names = [name for (name,) in env.cr.fetchall()]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(changes.get(name, f't."{name}"') for name in names)
    env.cr.execute(
        f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} t"
        f" CROSS JOIN generate_series(1, {count}) AS n WHERE t.id = {row_id} ORDER BY n"
        " RETURNING id"
    )
    return [new_id for (new_id,) in env.cr.fetchall()]


def copy_order(env: Any, order: Any, count: int, partner_ids: list[int] | None = None) -> list[int]:
    """Copy a sales order with its lines and online payments; return the ids of the copies.

    :param order: the order, flushed
    :param partner_ids: the customer of each copy; without them, all are of the same
    """
    changes = {"name": f"'{order.name}-' || n", "access_token": "NULL"}
    if partner_ids:
        customer = f"('{{{','.join(map(str, partner_ids))}}}'::int[])[n]"
        names = ("partner_id", "partner_invoice_id", "partner_shipping_id")
        changes |= dict.fromkeys(names, customer)
    copies = copy_rows(env, "sale_order", order.id, count, **changes)
    new_order = f"('{{{','.join(map(str, copies))}}}'::int[])[n]"
    for line in order.order_line:
        lines = copy_rows(env, "sale_order_line", line.id, count, order_id=new_order)
        env.cr.execute(
            "INSERT INTO account_tax_sale_order_line_rel (sale_order_line_id, account_tax_id)"
            " SELECT copy, account_tax_id FROM account_tax_sale_order_line_rel,"
            " unnest(%s) AS copy WHERE sale_order_line_id = %s",
            (lines, line.id),
        )
    for payment in order.transaction_ids:
        payments = copy_rows(
            env,
            "payment_transaction",
            payment.id,
            count,
            reference=f"t.reference || '-' || {new_order}",
        )
        env.cr.execute(
            "INSERT INTO sale_order_transaction_rel (sale_order_id, transaction_id)"
            " SELECT * FROM unnest(%s, %s)",
            (copies, payments),
        )
    return copies
