"""A real Odoo server on one of our databases: started, waited for, ended with all its children."""

import contextlib
import http.client
import itertools
import os
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from . import paths, progress, python
from .database import Database
from .frontdoor import FrontDoor
from .wait import wait_for

PATIENCE = 60  # seconds until it answers
GRACE = 3  # seconds to end by itself
START_OF_LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ ([A-Z]+) ", re.M)
RETRIED = "ERROR: could not serialize access"
BASE_URL = """
INSERT INTO ir_config_parameter (key, value) VALUES ('web.base.url', '{url}')
ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""


class Server:
    """An Odoo server; a context manager.

    :param port: where it answers; any free port if 0
    :param workers: 0 for one process with threads, else as many processes, behind a front door
    :param crons: threads or processes that run crons; 0 for none
    :param smtp_port: the local mail server to send through; without one, sending fails
    :param options: more of Odoo's settings
    """

    def __init__(
        self,
        database: Database,
        port: int = 0,
        workers: int = 0,
        crons: int = 1,
        smtp_port: int = 0,
        **options: str | int | bool,
    ) -> None:
        self.database = database
        self.port = port or free_port()
        self.log = paths.LOGS / f"server-{database.name}-{self.port}.log"
        self._process: subprocess.Popen | None = None
        self._doors = contextlib.ExitStack()
        self._read = 0  # how much of the log was looked at for errors
        inner, gevent = (free_port(), free_port()) if workers else (self.port, free_port())
        self._options = {
            "http_port": inner,
            "gevent_port": gevent,
            "workers": workers,
            "max_cron_threads": crons,
            "smtp_server": "127.0.0.1",
            "smtp_port": smtp_port or 9,  # nobody listens on port 9
            "smtp_ssl": False,
            "limit_time_real": 600,  # this machine may be slow
            "limit_time_cpu": 300,
        } | options

    @property
    def url(self) -> str:
        """The address of the shop."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process that the others are children of."""
        return self._process.pid

    def __enter__(self) -> "Server":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it answers."""
        if not is_free(self.port):
            raise progress.DevError(
                f"Port {self.port} is in use: end what uses it, or take another one with `--port`."
            )
        self.database.sql(BASE_URL.format(url=self.url))
        config = self.database.config(f"-{self.port}", **self._options)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "w") as log:
            self._process = subprocess.Popen(
                [python.PYTHON, Path(__file__).with_name("odoo_bin.py"), "-c", config],
                env=self.database.env(),
                cwd=paths.DEV,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us, and we end the whole group
            )
        if self._options["workers"]:
            ports = self._options["http_port"], self._options["gevent_port"]
            self._doors.enter_context(FrontDoor(self.port, *ports))
        wait_for(self._is_ready, f"Odoo to answer (its log: {self.log})", PATIENCE)

    def _is_ready(self) -> bool:
        if self._process.poll() is not None:
            last = "\n".join(self.log.read_text().splitlines()[-12:])
            raise progress.DevError(f"{last}\nOdoo ended while it started (all of it: {self.log}).")
        try:
            # the login page is there when the registry is loaded
            with urllib.request.urlopen(f"{self.url}/web/login", timeout=PATIENCE) as answer:
                return answer.status == http.client.OK
        except urllib.error.HTTPError as error:
            raise progress.DevError(f"Odoo answers {error} (its log: {self.log}).") from error
        except (OSError, http.client.HTTPException):
            return False

    def is_running(self) -> bool:
        """Tell whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End the server and every child of it."""
        self._doors.close()
        if not self._process:
            return
        if self.is_running():
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def kill(self) -> None:
        """Kill every process of it at once, as a power cut does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self.stop()

    def new_errors(self) -> list[str]:
        """Return what was logged as an error since the last call, each with its traceback.

        What PostgreSQL refuses because two did something at once is none: Odoo tries it again.
        """
        text = self.log.read_text(errors="replace")[self._read :]
        self._read += len(text)
        starts = [*START_OF_LINE.finditer(text)]
        edges = [*(start.start() for start in starts), len(text)]
        return [
            text[begin:end].strip()
            for start, (begin, end) in zip(starts, itertools.pairwise(edges), strict=True)
            if start[1] in ("ERROR", "CRITICAL") and RETRIED not in text[begin:end]
        ]


def is_free(port: int) -> bool:
    """Tell whether we could listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(wish: int = 0) -> int:
    """Return a port that nobody uses: the first one from `wish` on, any without a wish."""
    if wish:
        return next(port for port in range(wish, 65536) if is_free(port))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
