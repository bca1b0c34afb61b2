"""Several Odoo processes on one database: started together, killed in the middle."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from devtools.database import Database
from devtools.inside import Inside, InsideError
from devtools.wait import wait_for

PID = "import os\nos.getpid()"
RUN_CRON = "env.ref(xmlid).method_direct_trigger()"
# as the scheduler does it, without the lock that keeps one action from running twice at once
RUN_CRON_UNLOCKED = """
cron = env.ref(xmlid)
cron, _progress = cron.with_context(cron_id=cron.id)._add_progress()
env.cr.commit()
cron._callback(cron.cron_name, cron.ir_actions_server_id.id)
"""


def together(runs: list[Inside], code: str, **values: Any) -> list[Any]:
    """Run the same code in all these processes at the same moment; return what each gives."""
    for run in runs:
        run("env.cr.dbname")  # the process is up and has its registry
    barrier = threading.Barrier(len(runs), timeout=60)

    def at_the_signal(run: Inside) -> Any:
        barrier.wait()
        return run(code, **values)

    with ThreadPoolExecutor(len(runs)) as threads:
        return list(threads.map(at_the_signal, runs))


def after(seconds: float) -> Callable[[Future], None]:
    """Return the moment when this time has passed, or the work is done."""
    return lambda work: wait([work], timeout=seconds)


def when(look: Callable[[], object], wanted: object) -> Callable[[Future], None]:
    """Return the moment when `look` gives what is wanted, or the work is done."""
    return lambda work: wait_for(lambda: work.done() or look() == wanted, "that moment", 300)


def kill(
    run: Inside,
    database: Database,
    work: Callable[[], Any],
    moment: Callable[[Future], None],
) -> bool:
    """Have the process work and kill it at that moment; tell whether it was still at work.

    When this returns, PostgreSQL has rolled back what the process had not committed.
    """
    pid = run(PID)
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(work)
        moment(future)
        os.killpg(pid, signal.SIGKILL)
        killed = isinstance(future.exception(), InsideError)
    run.close()
    gone = f"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'odoo-{pid}'"
    wait_for(lambda: database.sql(gone) == "0", "PostgreSQL to notice the death", 60)
    return killed


def run_at_once(env: "Any", xmlid: str, deaths: list[int], sizes: dict[str, int]) -> list[int]:
    """Run a scheduled action in as many processes as there are `deaths`, all at the same moment.

    As the scheduler does it, without the lock that keeps one action from running twice at once.
    A process kills itself (SIGKILL) just before it sends the database its n-th statement; with 0
    it lives, and says how many it has sent.

    :param sizes: how many records the action takes at once, as "<module>.<constant>" of our models
    :return: how many statements each has sent; -1 of those who died
    """
    import os
    import signal
    import threading

    from odoo import sql_db
    from odoo.api import Environment

    from odoo.addons.website_sale_order_mgmt import models

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
        for place, size in sizes.items():
            module, constant = place.split(".")
            setattr(getattr(models, module), constant, size)
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
