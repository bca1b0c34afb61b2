"""From the order to its delivery: a process that is killed loses nothing and does nothing twice."""

from collections import Counter

import pytest
from orders import CRONS, deliver, new_orders, settle
from processes import PID, RUN_CRON, kill, when

ADDON = "website_sale_order_mgmt"
UNPAID_CRON = f"{ADDON}.ir_cron_unpaid_orders"
MAIL_CRON = "mail.ir_cron_mail_scheduler_action"
ORDERS = 50  # more than two batches
BY_TRANSFER = """
provider = env.ref("payment.payment_provider_transfer")
provider.write({"unpaid_order_policy": "reserve", "unpaid_expiry_days": 7})
method = env.ref("payment_custom.payment_method_wire_transfer")
orders = env["sale.order"].browse(ids)
transactions = env["payment.transaction"].create([{
    "provider_id": provider.id, "payment_method_id": method.id, "reference": order.name,
    "amount": order.amount_total, "currency_id": order.currency_id.id,
    "partner_id": order.partner_id.id, "operation": "offline",
    "sale_order_ids": [(6, 0, order.ids)],
} for order in orders])
transactions._set_pending()
transactions._post_process()
"""
PASS_DAYS = """
env["sale.order"].browse(ids).write({"unpaid_expiry_date": "2020-01-01"})
"""
STATES = "env['sale.order'].browse(ids).mapped('state')"
REGISTER = """
orders = env["sale.order"].browse(ids)
wizard = env["sale.order.payment.received"].create({"order_ids": orders.ids})
wizard.action_register()
"""
RECEIVED = "env['sale.order'].browse(ids).mapped('shop_amount_received')"
STATUSES = "env['sale.order'].browse(ids).mapped('shop_payment_status')"
TRANSFERS = """
[[picking.state, picking.delivery_mail_state or ""]
 for picking in env["sale.order"].browse(ids).picking_ids]
"""
HELD = "env['sale.order'].browse(ids).picking_ids.mapped('hold_reason')"


@pytest.fixture
def doomed(new_run):
    """A process that is going to be killed."""
    return new_run()


def test_killed_while_orders_expire(odoo_db, odoo_run, doomed, mails):
    ids = odoo_run(new_orders, prefix="late", count=ORDERS)
    odoo_run(BY_TRANSFER, ids=ids)
    assert odoo_run(STATES, ids=ids) == ["sale"] * ORDERS
    odoo_run(PASS_DAYS, ids=ids)
    first = f"SELECT state FROM sale_order WHERE id = {ids[0]}"
    work = lambda: doomed(RUN_CRON, xmlid=UNPAID_CRON)  # noqa: E731
    assert kill(doomed, odoo_db, work, when(lambda: odoo_db.sql(first), "cancel"))
    states = Counter(odoo_run(STATES, ids=ids))
    assert 0 < states["cancel"] < ORDERS, "In the middle"

    odoo_run(RUN_CRON, xmlid=UNPAID_CRON)
    odoo_run(RUN_CRON, xmlid=MAIL_CRON)
    assert odoo_run(STATES, ids=ids) == ["cancel"] * ORDERS
    told = Counter(
        len(mails.find(to=f"late{number}@example.com", subject="has been cancelled"))
        for number in range(ORDERS)
    )
    assert told == {1: ORDERS}


def test_killed_while_money_is_registered(odoo_db, odoo_run, doomed):
    ids = odoo_run(new_orders, prefix="money", count=12)
    odoo_run(BY_TRANSFER, ids=ids)
    # The orders are locked, the money is being booked, nothing is committed.
    locked = f"SELECT id FROM sale_order WHERE id = {ids[0]} FOR UPDATE SKIP LOCKED"
    work = lambda: doomed(REGISTER, ids=ids)  # noqa: E731
    assert kill(doomed, odoo_db, work, when(lambda: odoo_db.sql(locked), ""))
    assert odoo_run(STATUSES, ids=ids) == ["pending"] * 12
    odoo_run(REGISTER, ids=ids)
    assert odoo_run(RECEIVED, ids=ids) == [10] * 12
    assert odoo_run(STATUSES, ids=ids) == ["paid"] * 12
    assert not any(odoo_run(HELD, ids=ids))


def test_killed_while_transfers_are_validated(odoo_db, odoo_run, doomed, mails):
    ids = odoo_run(new_orders, prefix="gone", count=12)
    odoo_run(settle, order_ids=ids)
    # From its first write on: the transfers' own rows are written just before the commit.
    writes = (
        "SELECT count(*) FROM pg_stat_activity"
        f" WHERE application_name = 'odoo-{doomed(PID)}' AND backend_xid IS NOT NULL"
    )
    work = lambda: doomed(deliver, order_ids=ids)  # noqa: E731
    assert kill(doomed, odoo_db, work, when(lambda: odoo_db.sql(writes), "1"))
    assert odoo_run(TRANSFERS, ids=ids) == [["assigned", ""]] * 12
    odoo_run(deliver, order_ids=ids)
    assert odoo_run(TRANSFERS, ids=ids) == [["done", "queued"]] * 12
    for xmlid in (CRONS["deliveries"], MAIL_CRON):
        odoo_run(RUN_CRON, xmlid=xmlid)
    told = Counter(
        len(mails.find(to=f"gone{number}@example.com", subject="shipped")) for number in range(12)
    )
    assert told == {1: 12}
