"""A transfer that is validated and put on hold at once: one of both happens, and is said."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from orders import new_orders
from processes import when

READY = """
order = env["sale.order"].browse(ids)
order.action_confirm()
order.picking_ids.move_ids.picked = True
order.picking_ids.ids
"""
# As a request does: what meets a conflict is tried again. Whoever is first goes on only when the
# other one waits for a lock that it holds.
AS_A_REQUEST = """
from odoo.exceptions import UserError
from odoo.service.model import retrying
from devtools.wait import wait_for

WAITS = (
    "SELECT pg_stat_clear_snapshot(), count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)

def somebody_waits():
    env.cr.execute(WAITS)
    return env.cr.fetchone()[1]

def act():
    picking = env["stock.picking"].browse(ids)
    if what == "hold":
        wizard = env["stock.picking.hold"].with_context(default_picking_ids=picking.ids)
        wizard.create({"reason": "address", "note": "Which street?"}).action_hold()
    else:
        picking.button_validate()
    env.flush_all()
    if first:
        wait_for(somebody_waits, "the second one", 60)

said = ""
try:
    retrying(act, env)
except UserError as error:
    env.cr.rollback()
    said = str(error)
said
"""
FREE = "SELECT id FROM stock_picking WHERE id = {} FOR UPDATE SKIP LOCKED"
STATE = """
[[picking.state, picking.hold_reason or ""] for picking in env["stock.picking"].browse(ids)]
"""


@pytest.mark.parametrize(
    ("first", "state", "words"),
    [
        ("hold", ["assigned", "address"], "Which street?"),
        ("validate", ["done", ""], "cannot be put on hold"),
    ],
)
def test_whoever_is_first_wins_and_the_other_is_told(
    odoo_db, odoo_run, new_run, first, state, words
):
    [order] = odoo_run(new_orders, prefix=f"race-{first}")
    ids = odoo_run(READY, ids=[order])
    runs = [new_run(), new_run()]
    for run in runs:
        run("env.cr.dbname")
    second = {"hold": "validate", "validate": "hold"}[first]
    with ThreadPoolExecutor(2) as threads:
        works = [threads.submit(runs[0], AS_A_REQUEST, ids=ids, what=first, first=True)]
        when(partial(odoo_db.sql, FREE.format(*ids)), "")(works[0])
        works += [threads.submit(runs[1], AS_A_REQUEST, ids=ids, what=second, first=False)]
        said = [work.result() for work in works]
    assert said[0] == ""
    assert words in said[1]
    assert odoo_run(STATE, ids=ids) == [state]
