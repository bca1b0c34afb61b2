"""Processes of their own for a benchmark, made by `fork`, that begin at the same moment."""

import os
import resource
import time

from odoo import sql_db
from odoo.api import Environment


def in_processes(env, count, work):
    """Run `work(env)` in so many processes, each with a connection of its own.

    What the parent has done must be committed.

    :return: each one's seconds, and MiB more than before
    """
    start, pipes = os.pipe(), []
    for _number in range(count):
        pipes.append(os.pipe())
        if not os.fork():
            try:
                os.read(start[0], 1)
                os.write(pipes[-1][1], repr(_run(env, work)).encode())
            finally:
                os._exit(0)  # nothing of the parent's is closed
    os.write(start[1], b"." * count)
    results = []
    for read, write in pipes:
        os.close(write)
        seconds, memory = os.read(read, 100).decode().strip("()").split(",")
        results.append((float(seconds), float(memory)))
        os.close(read)
        os.wait()
    for end in start:
        os.close(end)
    return results


def as_cron(env, xmlid):
    """Return a scheduled action whose environment commits its progress, as the scheduler's does."""
    cron = env.ref(xmlid)
    cron, _progress = cron.with_context(cron_id=cron.id)._add_progress()
    env.cr.commit()
    return cron


def _run(env, work):
    parents = (sql_db._Pool, env.registry._db)  # kept: closing them would close the parent's
    sql_db._Pool = None
    env.registry._db = sql_db.db_connect(env.cr.dbname)
    before, begin = _memory(), time.perf_counter()
    with env.registry.cursor() as cr:
        work(Environment(cr, 1, {}))
    assert parents
    return time.perf_counter() - begin, _memory() - before


def _memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
