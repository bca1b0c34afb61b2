"""Several people ask for the return of the same goods at the same moment."""

import pytest
from orders import deliver, new_orders, pay
from processes import together

PEOPLE = 3
THREE = "env['sale.order'].browse(ids).order_line.product_uom_qty = 3; None"
# As a request does it: what PostgreSQL refuses because another was faster is done again.
ASK = """
import os
from odoo.exceptions import UserError
from odoo.service.model import retrying

order = env["sale.order"].browse(order_id)
reason = env.ref("website_sale_order_mgmt.return_reason_changed_mind")
asked = [{"line_id": order.order_line.id, "quantity": 2.0, "reason_id": reason.id, "note": ""}]

def ask():
    # Nobody goes on before all of them see the database of before: the lock is never released.
    env.cr.execute("SELECT pg_advisory_lock_shared(%s)", [order_id])
    ready = 0
    while ready < people:
        env.cr.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s"
            " AND mode = 'ShareLock' AND granted", [order_id]
        )
        [ready] = env.cr.fetchone()
    with env.cr.savepoint():
        return order._request_return(asked, [], key or str(os.getpid())).id

try:
    answer = retrying(ask, env)
except UserError:
    env.cr.rollback()
    answer = 0
answer
"""


@pytest.fixture
def people(new_run):
    """Processes, each of which asks for itself."""
    return [new_run() for _number in range(PEOPLE)]


def new_delivered(odoo_run, prefix):
    """Return the id of an order whose three mugs were delivered."""
    ids = odoo_run(new_orders, prefix=prefix)
    odoo_run(THREE, ids=ids)
    pay(odoo_run, ids)
    odoo_run(deliver, order_ids=ids)
    return ids[0]


def test_never_more_than_delivered(odoo_db, odoo_run, people):
    for attempt in range(5):
        order = new_delivered(odoo_run, f"race{attempt}-")
        answers = together(people, ASK, order_id=order, key="", people=PEOPLE)
        assert len([answer for answer in answers if answer]) == 1, "Two of three, once"
        asked = f"SELECT sum(quantity) FROM sale_order_return_line WHERE order_id = {order}"
        assert float(odoo_db.sql(asked)) == 2


def test_the_same_form_sent_at_once_is_one_return(odoo_db, odoo_run, people):
    order = new_delivered(odoo_run, "double")
    answers = together(people, ASK, order_id=order, key="the-form", people=PEOPLE)
    assert len(set(answers)) == 1 and answers[0], "All are led to the same return"
    count = f"SELECT count(*) FROM sale_order_return WHERE order_id = {order}"
    assert odoo_db.sql(count) == "1"
