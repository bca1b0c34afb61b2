"""./dev test: the addon's tests inside Odoo, then those around it, each through pytest.

Inside Odoo (pytest-odoo, on a clone of a template database): the tests of the addon.
Around it (plain pytest): e2e/, which starts real servers, and the tool's own tests.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import NoReturn

from . import core, database, environment, odoo, paths, progress, pytest_runs
from .postgres import Postgres, cluster

AROUND = ("e2e", "devtools/tests")
INTERRUPTED = 2  # pytest's exit code
TAKE_VALUES = {"-c", "-k", "-m", "-n", "-o", "-p", "-r", "-W"}  # options whose next word is no path
ONE_PROCESS = ("-n", "-s", "-x", "--pdb", "--maxfail", "--capture=no", "--numprocesses")
NO_HANG = {"PGOPTIONS": "-c lock_timeout=2min"}  # who waits for ever waits for another test
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
        return core.run(args.rest[1:])
    chosen, options = split(args.rest)
    inside = [path for path in chosen if is_inside(path)]
    around = [path for path in chosen if not is_inside(path)]
    if not chosen:
        inside = [str(paths.ROOT / paths.ADDON)]
        around = [str(paths.ROOT / folder) for folder in AROUND]
    environment.ensure("venv", "odoo", "wkhtmltopdf")
    if args.no_browser:
        options.append("--no-browser")
    alone = chosen or any(option.startswith(ONE_PROCESS) for option in options)
    codes, templates = {}, []
    if inside:
        templates.append(inside_template(inside, not args.no_browser))
    if any(Path(path).is_relative_to(paths.ROOT / "e2e") for path in around):
        templates.append("shop")
    with cluster("test") as pg:
        database.sweep(pg)
        with ThreadPoolExecutor(1) as beside:
            browser = None if args.no_browser else beside.submit(environment.ensure, "chromium")
            database.prepare(pg, *templates)
            if browser:
                browser.result()
        if inside:
            more = [] if alone else pytest_runs.parallel()
            codes["inside"] = run_inside(pg, inside, [*options, *more], args.cov, templates[0])
        if around and codes.get("inside") != INTERRUPTED:
            more = [] if alone else pytest_runs.parallel(waiting=1)
            codes["around"] = run_around(pg, around, [*options, *more])
    results = pytest_runs.results(*codes)
    if len(codes) > 1:
        progress.say(f"\n{results}")
    ran = [code for code in codes.values() if code != pytest_runs.NO_TESTS]
    return max(ran, default=pytest_runs.NO_TESTS)


def inside_template(chosen: Sequence[str], browser: bool) -> database.Template:
    """Return which template tests inside Odoo start from."""
    return "tours" if browser and needs_browser(chosen) else "addon"


def run_inside(
    pg: Postgres,
    chosen: Sequence[str],
    options: Sequence[str],
    cov: bool,
    kind: database.Template,
) -> int:
    """Run tests inside Odoo on a clone; return pytest's exit code."""
    with database.clone(pg, kind) as copy:
        command = [*pytest_runs.inside("inside", copy), "--no-loadscope-reorder", *options, *chosen]
        if cov:
            command += [f"--cov={paths.ROOT / paths.ADDON}", "--cov-report=term-missing"]
        return pytest_runs.run(command, copy.env() | NO_HANG, "Tests inside Odoo")


def run_around(pg: Postgres, chosen: Sequence[str], options: Sequence[str]) -> int:
    """Run tests that start what they need themselves; return pytest's exit code."""
    command = [*pytest_runs.around("around"), "--no-loadscope-reorder", *options, *chosen]
    return pytest_runs.run(command, environment.odoo_env(pg), "Tests around Odoo")


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


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + signal.SIGTERM)
