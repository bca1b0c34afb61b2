"""Real shoppers who pay for the last pieces at the same moment, while the warehouse works."""

from collections import Counter
from collections.abc import Callable

import pytest
from orders import new_orders
from processes import together

from devtools.inside import Inside

PIECES = 3
SHOPPERS = 3  # processes, besides the warehouse's
TRIES = 334  # of each of them: a thousand together
LAST_PIECES = """
product = env["product.product"].create({
    "name": "Last piece", "type": "consu", "is_storable": True, "list_price": 10.0,
    "taxes_id": False, "allow_out_of_stock_order": False, "website_published": True,
})
website = env.ref("website.default_website")
stock = env["stock.warehouse"].search([("company_id", "=", website.company_id.id)])[0].lot_stock_id
env["stock.quant"]._update_available_quantity(product, stock, pieces)
env["sale.order"].browse(ids).order_line.write({"product_id": product.id})
product.id
"""
# The process that gets number 0 is the warehouse, the others are shoppers with orders of their own.
AT_ONCE = """
import os
from odoo.exceptions import ValidationError
number = numbers[str(os.getpid())]
told = pays = 0

def begin_to_pay(order):
    env.cr.execute("SELECT 1 FROM sale_order WHERE id = %s FOR NO KEY UPDATE NOWAIT", [order.id])
    try:
        order._take_scarce_products()
    except ValidationError:
        env.cr.rollback()
        return False
    env.cr.commit()
    return True

if number:
    mine = env["sale.order"].browse(ids[number - 1::shoppers])
    for attempt in range(tries):
        order = mine[attempt % len(mine)]
        if begin_to_pay(order):
            pays += 1
            if give_up:
                order.shop_paying_until = False
                env.cr.commit()
        else:
            told += 1
        env.invalidate_all()
elif give_up:
    website = env.ref("website.default_website")
    warehouse = env["stock.warehouse"].search([("company_id", "=", website.company_id.id)])[0]
    product = env["product.product"].browse(product_id)
    for _round in range(20):
        env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 1)
        order = env["sale.order"].browse(warehouse_order)
        order.action_confirm()
        env.cr.commit()
        order._action_cancel()
        order.action_draft()
        env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, -1)
        env.cr.commit()
        env.invalidate_all()
[pays, told]
"""


@pytest.fixture
def runs(new_run: Callable[[], Inside]) -> list[Inside]:
    """The processes, the warehouse's first."""
    return [new_run() for _number in range(SHOPPERS + 1)]


@pytest.fixture
def at_once(runs: list[Inside]) -> Callable[..., list[list[int]]]:
    """Have all of them at work at the same moment; gives how many pay and are told, of each."""
    numbers = {str(run("import os\nos.getpid()")): number for number, run in enumerate(runs)}
    return lambda **values: together(runs, AT_ONCE, numbers=numbers, shoppers=SHOPPERS, **values)


def test_each_piece_is_paid_for_once_and_the_others_are_told(odoo_run, at_once):
    ids = odoo_run(new_orders, prefix="last", count=12)
    product = odoo_run(LAST_PIECES, ids=ids, pieces=PIECES)
    answers = at_once(
        ids=ids, product_id=product, warehouse_order=0, tries=len(ids) // SHOPPERS, give_up=False
    )
    totals = Counter(pays=sum(a[0] for a in answers), told=sum(a[1] for a in answers))
    assert totals == {"pays": PIECES, "told": len(ids) - PIECES}


def test_a_thousand_tries_beside_the_warehouse_without_a_deadlock(odoo_db, odoo_run, at_once):
    ids = odoo_run(new_orders, prefix="crowd", count=6)
    [warehouse_order] = odoo_run(new_orders, prefix="stock")
    product = odoo_run(LAST_PIECES, ids=[*ids, warehouse_order], pieces=1)
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before = odoo_db.sql(deadlocks)
    answers = at_once(
        ids=ids, product_id=product, warehouse_order=warehouse_order, tries=TRIES, give_up=True
    )
    assert sum(map(sum, answers)) == SHOPPERS * TRIES, "Each try had an answer"
    assert sum(pays for pays, _told in answers) > 0
    assert odoo_db.sql(deadlocks) == before
