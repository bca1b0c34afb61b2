"""Work that waits on its record: done in batches by a cron, exactly once, apart when it fails.

A queue is four fields of a model that share a prefix: `<prefix>_state` (with at least ``queued``
and ``failed``), `<prefix>_error` (text), `<prefix>_attempts` (integer) and `<prefix>_next_try`
(datetime). Whoever opens the record sees what waits, what failed and why.
"""

import logging
from datetime import datetime, timedelta

from psycopg2 import IntegrityError, OperationalError

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from odoo.addons.base.models.ir_qweb import QWebError

_logger = logging.getLogger(__name__)

MAIL_QUEUE_CRON = "mail.ir_cron_mail_scheduler_action"  # Hourly, unless it is triggered.
RETRY_MINUTES = (5, 30, 120)  # After the first, the second and the third failure.


class TooSlow(UserError):
    """What took too long for a batch: it is not tried for each of its records at once."""


def queued_vals(prefix: str) -> dict:
    """Return the values that put a record into its queue, or back into it."""
    return {
        f"{prefix}_state": "queued",
        f"{prefix}_error": False,
        f"{prefix}_attempts": 0,
        f"{prefix}_next_try": False,
    }


def done_vals(prefix: str, state: str = "done") -> dict:
    """Return the values of a record whose work is done."""
    return queued_vals(prefix) | {f"{prefix}_state": state}


def failed_vals(prefix: str, attempts: int, error: str, now: datetime) -> dict:
    """Return the values of a record whose work failed once more.

    :param prefix: the queue
    :param attempts: how often it failed before
    :param error: why, in words for the person who looks after the record
    :param now: the moment of the failure (UTC)
    :return: values with the time of the next try, or the state ``failed`` after the last one
    """
    again = attempts < len(RETRY_MINUTES)
    return {
        f"{prefix}_state": "queued" if again else "failed",
        f"{prefix}_error": error,
        f"{prefix}_attempts": attempts + 1,
        f"{prefix}_next_try": again and now + timedelta(minutes=RETRY_MINUTES[attempts]),
    }


def due_domain(prefix: str) -> Domain:
    """Return the domain of the records whose work is to be done now."""
    return Domain(f"{prefix}_state", "=", "queued") & (
        Domain(f"{prefix}_next_try", "=", False) | Domain(f"{prefix}_next_try", "<=", "now")
    )


def error_message(error: Exception, env) -> str:
    """Return a failure in words: as its author wrote it, or with its kind when nobody did.

    What a constraint of the database says is looked up with its model, as core's `retrying` does.
    """
    if isinstance(error.__cause__, QWebError):
        cause = error.__cause__.__cause__ or error.__cause__
        return env._(
            "The e-mail template or document cannot be rendered (%(kind)s: %(error)s).",
            kind=type(cause).__name__,
            error=cause,
        )
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, IntegrityError):
        table = error.diag.table_name
        models = (name for name, model in env.registry.items() if model._table == table)
        return env[next(models, "base")]._sql_error_to_message(error)
    return env._("Unexpected error (%(kind)s): %(error)s", kind=type(error).__name__, error=error)


def isolate(records, work: str, on_error: str):
    """Do `work` for all records at once or, if that fails, for each half of them, down to one.

    Each try runs in a savepoint, so that a failing record leaves nothing behind and holds up
    nobody. What took too long is left for the next try of each record. What the database refuses
    because of somebody else's work (serialization, deadlock) is nobody's failure: it is raised, for
    the caller to roll back and come back later.

    :param records: the records
    :param work: the name of the records' method that does it
    :param on_error: the name of the method called on a record that failed, with the exception
    :return: the records whose work was done
    :raise psycopg2.OperationalError: another transaction was in the way
    """
    if not records:
        return records
    try:
        with records.env.cr.savepoint():
            getattr(records, work)()
        return records
    except OperationalError:
        raise
    except TooSlow as error:
        _logger.warning("%s of %s took too long", work, records)
        for record in records:
            getattr(record, on_error)(error)
        return records.browse()
    except Exception as error:
        if len(records) == 1:
            _logger.warning("%s of %s failed", work, records, exc_info=True)
            getattr(records, on_error)(error)
            return records.browse()
    middle = len(records) // 2
    return isolate(records[:middle], work, on_error) + isolate(records[middle:], work, on_error)


def attempt(records, work: str, on_error: str):
    """Do `work` that commits by itself, such as telling a network something it cannot forget.

    No savepoint would outlive that. What was not committed when it fails leaves nothing behind.

    :param records: see `isolate`; they fail together
    :param work: see `isolate`
    :param on_error: see `isolate`
    :return: the records whose work was done
    :raise psycopg2.OperationalError: another transaction was in the way
    """
    if not records:
        return records
    try:
        getattr(records, work)()
        records.env.flush_all()
        return records
    except OperationalError:
        raise
    except Exception as error:
        _logger.warning("%s of %s failed", work, records, exc_info=True)
        records.env.cr.rollback()
        getattr(records, on_error)(error)
        return records.browse()


def commit_progress(env, processed: int = 0, *, remaining: int | None = None) -> float:
    """Commit a batch when a cron runs it; outside a cron leave the transaction to its owner.

    :return: seconds left for this run
    """
    if not env.context.get("ir_cron_progress_id"):
        return float("inf")
    return env["ir.cron"]._commit_progress(processed, remaining=remaining)


def trigger(env, cron_xmlid: str, at: datetime | None = None):
    """Have a cron run, as soon as the transaction commits. A cron that was deleted is left alone.

    The id is cached, whereas `env.ref` would cost the customer's request a query.

    :param cron_xmlid: the external id of the cron
    :param at: when to run it (UTC); at once if not given
    """
    # sudo: whoever pays or ships may not read crons; this one is only asked to run.
    cron_id = env["ir.model.data"].sudo()._xmlid_to_res_id(cron_xmlid)
    if cron_id:
        # sudo: see above.
        env["ir.cron"].sudo().browse(cron_id)._trigger(at=at)


def take_turn(records):
    """Let one transaction at a time go on with these records, each with a fresh look at them.

    A lock would not be enough: who waits for it does not see what the other one has made. Who is
    second at this update is refused by PostgreSQL, and begins anew by core's `retrying`.

    :param records: the records
    :raise psycopg2.errors.SerializationFailure: another one was first
    """
    if records.ids:
        records.env.cr.execute(
            SQL(
                "UPDATE %s SET write_date = write_date WHERE id IN %s",
                SQL.identifier(records._table),
                tuple(records.ids),
            )
        )


def schedule(model, prefix: str, cron_xmlid: str, domain: Domain = Domain.TRUE):
    """Trigger a queue's cron again for what a run left: in use elsewhere, or to be tried later.

    :param model: the empty recordset of the model
    :param prefix: the queue
    :param cron_xmlid: the external id of the cron that works through the queue
    :param domain: which of the queue's records count, if not all
    """
    in_a_minute = fields.Datetime.now() + timedelta(minutes=1)
    if model.search_count(due_domain(prefix) & domain, limit=1):
        trigger(model.env, cron_xmlid, at=in_a_minute)
        return
    queued = Domain(f"{prefix}_state", "=", "queued") & domain
    [(next_try,)] = model._read_group(queued, aggregates=[f"{prefix}_next_try:min"])
    if next_try:
        trigger(model.env, cron_xmlid, at=max(next_try, in_a_minute))


def process(
    model,
    domain: Domain,
    steps: list[str],
    on_error: str,
    batch_size: int,
    last_batch_size: int | None = None,
    do=isolate,
):
    """Work through the records of a domain. To be called by a cron's method only.

    Batch after batch is locked, checked again under the lock, done and committed, step by step. A
    record that another transaction holds is left for the next run. Steps must be repeatable: the
    process may end between two of them.

    :param model: the empty recordset of the model
    :param domain: which records are to be done now
    :param steps: the names of the records' methods to call, each committed when done
    :param on_error: the name of the method called on a record that failed, with the exception
    :param batch_size: how many records are locked together
    :param last_batch_size: how many the last step takes together, if it is a slower one
    :param do: how the last step is done: `isolate`, or `attempt` where it commits by itself
    :return: whether there is time left for other work
    :rtype: bool
    """
    env = model.env
    last_id = 0
    commit_progress(env, remaining=model.search_count(domain))
    while batch := model.search(domain & Domain("id", ">", last_id), limit=batch_size, order="id"):
        last_id = batch[-1].id
        records, done = batch, 0
        try:
            for step in steps[:-1]:
                commit_progress(env)
                records = _lock_due(records, domain)
                records = isolate(records, step, on_error)
            commit_progress(env)
            for part in split_every(last_batch_size or batch_size, records.ids, records.browse):
                do(_lock_due(part, domain), steps[-1], on_error)
                done += len(part)
                if not commit_progress(env, len(part)):
                    return False
        except OperationalError:
            _logger.info("A batch of %s was in use elsewhere, left for later", model._name)
            env.cr.rollback()
        if not commit_progress(env, len(batch) - done):
            return False
    return True


def _lock_due(records, domain: Domain):
    """Return those of the records that nobody else holds and that are still to be done, locked."""
    return records.try_lock_for_update().filtered_domain(domain)


def process_queue(
    model,
    prefix: str,
    steps: list[str],
    on_error: str,
    cron_xmlid: str,
    batch_size: int,
    domain: Domain = Domain.TRUE,
    last_batch_size: int | None = None,
    last_alone: str | None = None,
):
    """Work through a queue: in batches what is new, one by one what failed before, and schedule
    the next run. To be called by a cron's method only.

    :param model: the empty recordset of the model
    :param prefix: the queue
    :param steps: see `process`
    :param on_error: see `process`
    :param cron_xmlid: the external id of the cron that works through the queue
    :param batch_size: how many new records are locked together
    :param domain: which of the due ones, if not all
    :param last_batch_size: see `process`
    :param last_alone: the name of the method that does what the steps have left, one by one, and
        may commit
    """
    due, attempts = due_domain(prefix) & domain, f"{prefix}_attempts"
    new, again = due & Domain(attempts, "=", 0), due & Domain(attempts, ">", 0)
    is_time_left = process(model, new, steps, on_error, batch_size, last_batch_size) and process(
        model, again, steps, on_error, 1
    )
    if last_alone and is_time_left:
        process(model, due, [last_alone], on_error, 1, do=attempt)
    schedule(model, prefix, cron_xmlid, domain)
