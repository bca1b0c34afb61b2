"""Runs of pytest: inside Odoo or around it, and what their reports say."""

import os
import signal
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

from . import paths, progress, python
from .database import Database

ARTIFACTS = paths.DEV / "artifacts"
NO_TESTS = 5  # pytest's exit code when it has collected none
GRACE = 10  # seconds to end after Ctrl-C

Words = list[str | Path]


@dataclass
class Results:
    """What came out: counts, and the names of the tests that did not pass."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    not_passing: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def around(report: str) -> Words:
    """Return the words that start pytest without Odoo in it; it leaves a report of that name."""
    return [*_pytest(report), "-p", "no:odoo"]


def inside(report: str, database: Database) -> Words:
    """Return the words that start pytest inside Odoo on this database."""
    return [
        *_pytest(report),
        *("-p", "devtools.pytest_odoo_rules", "-p", "devtools.pytest_odoo_caches"),
        *("-p", "devtools.pytest_odoo_shop"),
        *("--show-capture", "log"),
        *("--odoo-config", database.config(), "--odoo-database", database.name),
        *("--odoo-http", "--odoo-log-level", "warn"),
    ]


def parallel(waiting: int = 0) -> Words:
    """Return the options that use all processors; each process has its own clone.

    :param waiting: how many processes more, where they wait for pages and for each other
    """
    return ["-n", str(min(os.cpu_count() or 1, 4) + waiting), "--dist", "loadscope"]


def run(command: Words, env: dict[str, str], title: str) -> int:
    """Run pytest; return its exit code. It has the time to clean up when we are to end."""
    progress.say(f"\n=== {title}")
    with subprocess.Popen(command, cwd=paths.ROOT, env=env) as process:
        try:
            return process.wait()
        except BaseException as error:
            if not isinstance(error, KeyboardInterrupt):  # the terminal's Ctrl-C reaches it, too
                process.send_signal(signal.SIGINT)
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


def results(*reports: str) -> Results:
    """Add up our reports of these names, and remove them; those that are missing count nothing."""
    found = Results()
    for path in filter(Path.exists, map(_report, reports)):
        cases = ET.parse(path).iter("testcase")
        path.unlink()
        for case in cases:
            if case.find("failure") is not None or case.find("error") is not None:
                found.failed += 1
                found.not_passing.add(_name(case))
            elif case.find("skipped") is not None:
                found.skipped += 1
            else:
                found.passed += 1
    return found


def _name(case: ET.Element) -> str:
    """Return a test's name from its module on: the same wherever Odoo lies."""
    return f"{case.get('classname', '').rpartition('addons.')[2]}.{case.get('name')}"


def _report(name: str) -> Path:
    return ARTIFACTS / f"{name}-{os.getpid()}.xml"  # several runs at once have their own


def _pytest(report: str) -> Words:
    xml = f"--junitxml={_report(report)}"
    plugins = ["-p", "devtools.pytest_browser", "-p", "devtools.pytest_order"]
    return [python.PYTHON, "-m", "pytest", "-q", *plugins, xml]
