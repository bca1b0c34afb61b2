"""Several Odoo processes on one database: started together."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from devtools.inside import Inside

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
