"""Code that runs inside Odoo: a process with a database's registry, to which one sends Python.

    with database.inside() as run:
        run("env['sale.order'].search_count([])")
        run("env['res.users'].search([('login', '=', who)]).write({'lang': 'sv_SE'})", who="sales")
        run(a_function_whose_first_argument_is_env, name="S00001")
        other = run.fork()  # one more process with the same registry, at once

Each call is a transaction of its own, committed when it ends well; what it returns comes back as
JSON, records as their ids. Standard library only: this file is both ends of the pipe.
"""

import ast
import contextlib
import inspect
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from . import paths, python


class InsideError(Exception):
    """The code failed inside Odoo; the message is the traceback from there."""


class Inside:
    """The near end: starts the process when it is first called, ends it on `close`."""

    def __init__(self, config: Path, env: Mapping[str, str], output: TextIO | None = None) -> None:
        """Take Odoo's configuration file, its environment, where output goes if not to a log."""
        self._config, self._env, self._output = config, env, output
        self._process: subprocess.Popen | _Fork | None = None
        self._mother: Inside | None = None

    def __enter__(self) -> "Inside":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __call__(self, code: str | Callable[..., Any], **values: Any) -> Any:
        """Run an expression, statements or a function on `env`; return its value.

        :param values: JSON-able arguments of the function, names in the code
        :raises InsideError: when the code fails; nothing is committed then
        """
        name = ""
        if callable(code):
            name = code.__name__
            code = inspect.getsource(code)
        return self._ask({"code": textwrap.dedent(code), "function": name, "values": values})

    def fork(self, config: Path | None = None) -> "Inside":
        """Return one more process, forked from this one when it is first called.

        It need not load the registry, and it has what was changed in this process until then.

        :param config: Odoo's configuration file for another clone of the same template
        """
        child = Inside(config or self._config, self._env, self._output)
        child._mother = self
        return child

    def _ask(self, question: dict[str, Any]) -> Any:
        if not self._process or self._process.poll() is not None:
            self._start()
        try:
            self._questions.write(json.dumps(question) + "\n")
            self._questions.flush()
            line = self._answers.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise InsideError(
                f"Odoo ended ({self._process.wait()}): {paths.LOGS / 'inside.log'} says why."
            )
        answer = json.loads(line)
        if "error" in answer:
            raise InsideError(answer["error"])
        return answer["value"]

    def close(self) -> None:
        """End the process."""
        if not self._process:
            return
        self._questions.close()
        self._answers.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _start(self) -> None:
        if self._mother:
            self._start_fork(self._mother)
        else:
            self._start_program()

    def _start_fork(self, mother: "Inside") -> None:
        with tempfile.TemporaryDirectory() as folder:
            ends = [f"{folder}/questions", f"{folder}/answers"]
            for end in ends:
                os.mkfifo(end)
            self._process = _Fork(mother._ask({"fork": ends, "config": str(self._config)}))
            self._questions = open(ends[0], "w")  # noqa: SIM115 - closed in close()
            self._answers = open(ends[1])  # noqa: SIM115

    def _start_program(self) -> None:
        paths.LOGS.mkdir(parents=True, exist_ok=True)
        read_questions, write_questions = os.pipe()
        read_answers, write_answers = os.pipe()
        with open(paths.LOGS / "inside.log", "a") as log:
            self._process = subprocess.Popen(
                [
                    python.PYTHON,
                    "-m",
                    "devtools.inside",
                    self._config,
                    str(read_questions),
                    str(write_answers),
                ],
                env=dict(self._env),
                cwd=paths.ROOT,
                stdin=subprocess.DEVNULL,
                stdout=self._output or log,
                stderr=self._output or log,
                pass_fds=(read_questions, write_answers),
                start_new_session=True,  # Ctrl-C is for whoever started us, who then ends us
            )
        os.close(read_questions)
        os.close(write_answers)
        self._questions = open(write_questions, "w")  # noqa: SIM115 - closed in close()
        self._answers = open(read_answers)  # noqa: SIM115


class _Fork:
    """A process that is not our child: what one needs of `subprocess.Popen`."""

    def __init__(self, pid: int) -> None:
        self.pid, self._file = pid, os.pidfd_open(pid)

    def poll(self) -> int | None:
        return 0 if select.select([self._file], [], [], 0)[0] else None

    def wait(self, timeout: float | None = None) -> int:
        if not select.select([self._file], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return 0

    def kill(self) -> None:
        signal.pidfd_send_signal(self._file, signal.SIGKILL)

    def __del__(self) -> None:
        os.close(self._file)


def serve(config: str, questions: TextIO, answers: TextIO) -> None:
    """Run the far end: answer one question after the other until the pipe is closed."""
    from odoo import sql_db
    from odoo.modules.registry import Registry

    name = _configure(config)
    while line := questions.readline():
        question = json.loads(line)
        registry = Registry(name).check_signaling()
        if "fork" not in question:
            answer = _answer(registry, question)
        elif pid := _fork():
            answer = json.dumps({"value": pid})
        else:
            questions.close()
            answers.close()
            name = _configure(question["config"])
            _move(registry, name)
            reading, writing = question["fork"]
            questions, answers = open(reading), open(writing, "w")  # noqa: SIM115 - until we end
            continue
        answers.write(answer + "\n")
        answers.flush()
    sql_db.close_all()
    sys.stdout.flush()
    os._exit(0)  # to free a registry takes a second


def _configure(config: str) -> str:
    """Read Odoo's configuration file; return the name of the database."""
    from odoo.tools import config as odoo_config

    odoo_config.parse_config(["-c", config, "--no-http"], setup_logging=True)
    [name] = odoo_config["db_name"]
    return name


def _fork() -> int:
    """Fork this process, which holds no connection then; return the child's id, 0 in the child."""
    import threading

    from odoo import sql_db

    assert threading.active_count() == 1, "A fork takes this thread only"
    with contextlib.suppress(ChildProcessError):  # those that have ended need not be kept
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    sql_db.close_all()
    pid = os.fork()
    if not pid:
        os.setsid()
    return pid


def _move(registry: Any, name: str) -> None:
    """Have the registry work on this database: its own, or another clone of the same template."""
    from odoo import sql_db

    if name != registry.db_name:
        registry.delete(registry.db_name)
        registry.db_name = name
        type(registry).registries[name] = registry
        for cache in registry._Registry__caches.values():  # not signalled: others need not know
            cache.clear()
    registry._db = sql_db.db_connect(name)  # its connections have our process's id


def _answer(registry: Any, question: dict[str, Any]) -> str:
    """Run the code in a transaction; return its value or its traceback, as JSON."""
    from odoo import SUPERUSER_ID, api
    from odoo.service.model import retrying

    try:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            value = json.dumps(retrying(lambda: _run(env, **question), env), default=_plain)
        registry.signal_changes()
        return f'{{"value": {value}}}'
    except Exception as error:  # noqa: BLE001 - the whole traceback is the answer
        registry.reset_changes()
        return json.dumps({"error": _traceback(error)})


def _run(env: Any, code: str, function: str, values: dict[str, Any]) -> Any:
    """Run the code with `env` and the values; return what the expression or the function gives."""
    names: dict[str, Any] = {"env": env, "__name__": "inside"}
    tree = ast.parse(code, "<inside>")
    if function:
        tree.body[0].decorator_list = []
        exec(compile(tree, "<inside>", "exec"), names)
        return names[function](env, **values)
    names |= values
    if tree.body and isinstance(tree.body[-1], ast.Expr):  # the last expression is the value
        last = ast.Expression(tree.body.pop().value)
        exec(compile(tree, "<inside>", "exec"), names)
        return eval(compile(last, "<inside>", "eval"), names)
    exec(compile(tree, "<inside>", "exec"), names)
    return None


def _plain(value: Any) -> Any:
    """Turn what JSON does not know into what it does: records into ids, the rest into text."""
    ids = getattr(value, "ids", None)
    if isinstance(ids, list):
        return ids
    return list(value) if isinstance(value, (set, frozenset, tuple)) else str(value)


def _traceback(error: Exception) -> str:
    import traceback

    return "".join(traceback.format_exception(error))


if __name__ == "__main__":
    with open(int(sys.argv[2])) as read, open(int(sys.argv[3]), "w") as write:
        serve(sys.argv[1], read, write)
