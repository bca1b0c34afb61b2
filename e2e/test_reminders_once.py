"""Reminders of abandoned carts: each once, whatever kills the run, however many run at once."""

import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from orders import CRONS, abandon, new_orders
from processes import RUN_CRON

from devtools.inside import Inside
from devtools.mailcatcher import MailCatcher
from devtools.server import Server

WORKERS, CARTS = 8, 120
DEATHS, CARTS_EACH = 40, 4
CRON = CRONS["reminders"]

PREPARE = """
env["sale.order"].search([]).cart_recovery_never = True
env["mail.mail"].search([]).state = "cancel"
website = env.ref("website.default_website")
website.cart_recovery_consent = "everyone"
step = env["website.cart.recovery.step"]
step.search([("website_id", "=", website.id)]).unlink()
step.create({"website_id": website.id, "delay": 20})
"""
AN_HOUR_LATER = """
past = "UPDATE website_cart_recovery_mail SET sent_date = sent_date - interval '61 minutes'"
env.cr.execute(past)
env.cr.execute("UPDATE sale_order SET cart_recovery_next_try = NULL")
"""
BOOK = """
rows = env["website.cart.recovery.mail"].search([("order_id", "in", ids)])
sorted([row.order_id.id, row.step_number, row.state] for row in rows)
"""


def run_at_once(env: "Any", xmlid: str, deaths: list[int], batch: int) -> list[int]:
    """Run a scheduled action in as many processes as there are `deaths`, all at the same moment.

    As the scheduler does it, without the lock that keeps one action from running twice at once.
    A process kills itself (SIGKILL) just before it sends the database its n-th statement; with 0
    it lives, and says how many it has sent.

    :return: how many statements each has sent; -1 of those who died
    """
    import os
    import signal
    import threading

    from odoo import sql_db
    from odoo.api import Environment

    from odoo.addons.website_sale_order_mgmt.models import website_cart_recovery

    assert threading.active_count() == 1, "A fork takes this thread only"
    database, registry = env.cr.dbname, env.registry
    env.cr.commit()
    ready, told, results = os.pipe(), os.pipe(), []
    children = []

    def work(number: int, answer: int) -> None:
        # the parent's connections are the parent's: kept, so that nothing closes them
        parents = (sql_db._Pool, registry._db)
        sql_db._Pool = None
        registry._db = sql_db.db_connect(database)
        website_cart_recovery.BATCH_SIZE = batch
        execute, sent = sql_db.Cursor.execute, 0

        def counting(self: "Any", *args: "Any", **kwargs: "Any") -> "Any":
            nonlocal sent
            sent += 1
            if sent == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(self, *args, **kwargs)

        os.write(ready[1], b".")
        os.read(told[0], 1)
        sql_db.Cursor.execute = counting
        with registry.cursor() as cr:
            cron = Environment(cr, 1, {}).ref(xmlid)
            cron, _progress = cron.with_context(cron_id=cron.id)._add_progress()
            cr.commit()
            cron._callback(cron.cron_name, cron.ir_actions_server_id.id)
        os.write(answer, str(sent).encode())
        assert parents

    for number in deaths:
        answers = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                work(number, answers[1])
            except BaseException:  # noqa: BLE001 - the whole traceback is the answer
                import traceback

                os.write(answers[1], traceback.format_exc()[-3000:].encode())
            finally:
                os._exit(0)  # nothing of the parent's is closed or flushed
        children.append((pid, answers))
    for _child in children:
        os.read(ready[0], 1)
    os.write(told[1], b"." * len(children))
    for pid, answers in children:
        os.close(answers[1])
        _pid, status = os.waitpid(pid, 0)
        answer = os.read(answers[0], 5000).decode()
        os.close(answers[0])
        killed = os.WIFSIGNALED(status)
        assert killed or answer.isdecimal(), answer
        results.append(-1 if killed else int(answer))
    for end in (*ready, *told):
        os.close(end)
    return results


@pytest.fixture(scope="module", autouse=True)
def two_steps(odoo_run: Inside) -> None:
    """A website with two reminders; the demo data's own carts are left alone."""
    odoo_run(PREPARE)


def new_carts(odoo_run: Inside, prefix: str, count: int) -> list[int]:
    """Make carts that were left long enough ago for both reminders."""
    ids = odoo_run(new_orders, prefix=prefix, count=count)
    odoo_run(abandon, order_ids=ids)
    odoo_run(
        """
        env.cr.execute(
            "UPDATE sale_order SET cart_last_activity = date_order WHERE id = ANY(%s)", [ids]
        )
        """,
        ids=ids,
    )
    return ids


def assert_once(odoo_run: Inside, mails: MailCatcher, prefix: str, ids: list[int]) -> None:
    """Assert that each of these carts has had both reminders once, in the book and by mail."""
    booked = odoo_run(BOOK, ids=ids)
    assert booked == [[number, step, "sent"] for number in sorted(ids) for step in (1, 2)]
    odoo_run("env['mail.mail'].process_email_queue(batch_size=5000); None")
    received = Counter(
        len(mails.find(to=f"{prefix}{number}@example.com")) for number in range(len(ids))
    )
    assert received == {2: len(ids)}


def test_eight_workers_at_once(odoo_run: Inside, mails: MailCatcher) -> None:
    """All begin at the same moment, with the same carts."""
    ids = new_carts(odoo_run, "eight", CARTS)
    for _step in (1, 2):
        odoo_run(run_at_once, xmlid=CRON, deaths=[0] * WORKERS, batch=5)
        assert odoo_run(RUN_CRON, xmlid=CRON) is True  # what was in use is left for the next run
        odoo_run(AN_HOUR_LATER)
    odoo_run(RUN_CRON, xmlid=CRON)
    assert_once(odoo_run, mails, "eight", ids)


def test_killed_between_any_two_statements(odoo_run: Inside, mails: MailCatcher) -> None:
    """The process dies before its n-th statement, for n spread over all that a run sends."""
    ids = new_carts(odoo_run, "dead", DEATHS * CARTS_EACH)
    waiting = ids.copy()
    odoo_run("env['sale.order'].browse(ids).cart_recovery_never = True", ids=ids)

    def let_wait() -> None:
        """Have a few more carts wait for their reminder."""
        now, waiting[:] = waiting[:CARTS_EACH], waiting[CARTS_EACH:]
        odoo_run("env['sale.order'].browse(ids).cart_recovery_never = False", ids=now)

    let_wait()
    [statements] = odoo_run(run_at_once, xmlid=CRON, deaths=[0], batch=2)
    deaths = 0
    for number in range(1, DEATHS):
        let_wait()
        if number % 4 == 0:
            odoo_run(AN_HOUR_LATER)  # now the second reminder of those before is due, too
        moment = 1 + statements * number // DEATHS
        deaths += odoo_run(run_at_once, xmlid=CRON, deaths=[moment], batch=2) == [-1]
    assert deaths == DEATHS - 1
    for _step in (1, 2):
        assert odoo_run(RUN_CRON, xmlid=CRON) is True
        odoo_run(AN_HOUR_LATER)
    assert_once(odoo_run, mails, "dead", ids)


def test_everybody_objects_at_once(odoo_run: Inside, odoo_server: Server) -> None:
    """Mail programs click at the same time as people: all are answered, it is noted once."""
    [cart] = new_carts(odoo_run, "object", 1)
    link = odoo_run("env['sale.order'].browse(id)._get_cart_recovery_optout_url()", id=cart)
    url = odoo_server.url + link[link.index("/shop/") :]

    def click(_number: int) -> int:
        with urllib.request.urlopen(url, data=b"List-Unsubscribe=One-Click") as answer:
            return answer.status

    with ThreadPoolExecutor(WORKERS) as threads:
        assert set(threads.map(click, range(4 * WORKERS))) == {200}
    key = odoo_run("env['sale.order'].browse(id)._get_cart_email_key()", id=cart)
    count = "env['website.cart.recovery.optout'].search_count([('email_key', '=', key)])"
    assert odoo_run(count, key=key) == 1
