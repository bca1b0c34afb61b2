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
