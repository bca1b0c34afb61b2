"""Code that runs inside Odoo: a process with a database's registry, to which one sends Python.

    with database.inside() as run:
        run("env['sale.order'].search_count([])")
        run("env['res.users'].search([('login', '=', who)]).write({'lang': 'sv_SE'})", who="sales")
        run(a_function_whose_first_argument_is_env, name="S00001")

Each call is a transaction of its own, committed when it ends well; what it returns comes back as
JSON, records as their ids. Standard library only: this file is both ends of the pipe.
"""

import ast
import inspect
import json
import os
import subprocess
import sys
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
        self._process: subprocess.Popen | None = None

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
        if not self._process or self._process.poll() is not None:
            self._start()
        question = {"code": textwrap.dedent(code), "function": name, "values": values}
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


def serve(config: str, questions: TextIO, answers: TextIO) -> None:
    """Run the far end: answer one question after the other until the pipe is closed."""
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.service.model import retrying
    from odoo.tools import config as odoo_config

    odoo_config.parse_config(["-c", config, "--no-http"], setup_logging=True)
    [name] = odoo_config["db_name"]
    for line in questions:
        question = json.loads(line)
        registry = Registry(name).check_signaling()
        try:
            with registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                value = json.dumps(
                    retrying(lambda env=env, q=question: _run(env, **q), env), default=_plain
                )
            registry.signal_changes()
            answers.write(f'{{"value": {value}}}\n')
        except Exception as error:  # noqa: BLE001 - the whole traceback is the answer
            registry.reset_changes()
            answers.write(json.dumps({"error": _traceback(error)}) + "\n")
        answers.flush()


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
