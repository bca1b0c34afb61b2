"""./dev test: the addon's tests inside Odoo, then those around it, each through pytest.

Inside Odoo (pytest-odoo, on a clone of a template database): the tests of the addon.
Around it (plain pytest): e2e/, which starts real servers, and the tool's own tests.
"""

import argparse
import os
import signal
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from . import core, database, environment, odoo, paths, progress, python
from .postgres import Postgres, cluster

AROUND = ("devtools/tests", "e2e")
ARTIFACTS = paths.DEV / "artifacts"
NO_TESTS = 5  # pytest's exit code when it has collected none
INTERRUPTED = 2
TAKE_VALUES = {"-c", "-k", "-m", "-n", "-o", "-p", "-r", "-W"}  # options whose next word is no path
ONE_PROCESS = ("-n", "-s", "-x", "--pdb", "--maxfail", "--capture=no", "--numprocesses")
BROWSER_WORDS = ("start_tour", "browser_js")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options; all others are pytest's."""
    parser.add_argument(
        "--no-browser", action="store_true", help="skip tests that need Chromium, and say so"
    )
    parser.add_argument("--cov", action="store_true", help="show which lines of the addon ran")


def run(args: argparse.Namespace) -> int:
    """Run the tests that are asked for; return pytest's exit code."""
    signal.signal(signal.SIGTERM, _stop)
    if args.rest[:1] == ["core"]:
        return core.run(args.rest[1:], no_browser=args.no_browser)
    chosen, options = split(args.rest)
    inside = [path for path in chosen if is_inside(path)]
    around = [path for path in chosen if not is_inside(path)]
    if not chosen:
        inside = [str(paths.ROOT / paths.ADDON)]
        around = [str(paths.ROOT / folder) for folder in AROUND if (paths.ROOT / folder).exists()]
    environment.ensure(*("venv", "odoo", "wkhtmltopdf"), *([] if args.no_browser else ["chromium"]))
    if args.no_browser:
        options.append("--no-browser")
    if not chosen and not any(option.startswith(ONE_PROCESS) for option in options):
        options += ["-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadscope"]
    for report in ARTIFACTS.glob("*.xml"):
        report.unlink()
    codes = {}
    with cluster("test") as pg:
        database.sweep(pg)
        if inside:
            codes["inside"] = run_inside(pg, inside, options, args.cov, not args.no_browser)
        if around and codes.get("inside") != INTERRUPTED:
            codes["around"] = run_around(pg, around, options)
    if len(codes) > 1:
        progress.say(total(codes))
    results = [code for code in codes.values() if code != NO_TESTS or len(codes) == 1]
    return max(results, default=NO_TESTS)


def run_inside(
    pg: Postgres, chosen: Sequence[str], options: Sequence[str], cov: bool, browser: bool
) -> int:
    """Run tests inside Odoo on a clone; return pytest's exit code."""
    kind = "tours" if browser and needs_browser(chosen) else "addon"
    with database.clone(pg, kind) as copy:
        command = inside_command(copy, "inside")
        if cov:
            command += [f"--cov={paths.ROOT / paths.ADDON}", "--cov-report=term-missing"]
        return _pytest([*command, *options, *chosen], copy.env(), "=== Tests inside Odoo")


def inside_command(copy: database.Database, report: str) -> list[str | Path]:
    """Return the words that start pytest inside Odoo on this database."""
    return [
        *_command(report),
        *("-p", "devtools.pytest_odoo_rules", "--show-capture", "log"),
        *("--odoo-config", copy.config()),
        *("--odoo-database", copy.name, "--odoo-http", "--odoo-log-level", "warn"),
    ]


def run_around(pg: Postgres, chosen: Sequence[str], options: Sequence[str]) -> int:
    """Run tests that start what they need themselves; return pytest's exit code."""
    if any("e2e" in Path(path).parts for path in chosen):
        database.template(pg, "shop")
    env = environment.odoo_env(pg)
    return _pytest(
        [*_command("around"), "-p", "no:odoo", *options, *chosen], env, "=== Tests around Odoo"
    )


def _command(report: str) -> list[str | Path]:
    """Return the words that start pytest, its report kept for the sum of all tests."""
    report_option = f"--junitxml={ARTIFACTS / report}.xml"
    return [python.PYTHON, "-m", "pytest", "-q", "-p", "devtools.pytest_browser", report_option]


def _pytest(command: Sequence[str | Path], env: dict[str, str], title: str) -> int:
    """Run pytest; return its exit code. Ctrl-C reaches it, too: it ends by itself."""
    progress.say(f"\n{title}")
    with subprocess.Popen(command, cwd=paths.ROOT, env=env) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait(20)
            raise


def split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell the paths among pytest's arguments from its options; paths become absolute."""
    chosen, options = [], []
    for before, word in zip(["", *words], words, strict=False):
        path, colons, name = word.partition("::")
        full = Path(path).absolute()
        if not full.exists():
            full = paths.ROOT / path
        if word.startswith("-") or before in TAKE_VALUES or not full.exists():
            options.append(word)
        else:
            chosen.append(f"{full}{colons}{name}")
    return chosen, options


def is_inside(path: str) -> bool:
    """Tell whether a test belongs to an Odoo module, ours or one of Odoo's."""
    folders = (paths.ROOT / paths.ADDON, *odoo.ensure_odoo().addons_paths)
    full = Path(path.partition("::")[0])
    return any(full.is_relative_to(folder) for folder in folders)


def needs_browser(chosen: Sequence[str]) -> bool:
    """Tell whether one of the chosen test files starts a browser."""
    for path in {Path(path.partition("::")[0]) for path in chosen}:
        files = path.rglob("test_*.py") if path.is_dir() else [path]
        if any(word in file.read_text() for file in files for word in BROWSER_WORDS):
            return True
    return False


def total(parts: Sequence[str]) -> str:
    """Return one closing line for several runs of pytest, from their reports."""
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for part in parts:
        report = ARTIFACTS / f"{part}.xml"
        for suite in ET.parse(report).iter("testsuite") if report.exists() else ():
            for name in counts:
                counts[name] += int(suite.get(name, 0))
    failed = counts["failures"] + counts["errors"]
    passed = counts["tests"] - failed - counts["skipped"]
    return f"\n{passed} passed, {failed} failed, {counts['skipped']} skipped"


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
