"""./dev test core: the tests of the Odoo modules that the addon touches, with it installed.

Some of them fail without the addon, too: which, is recorded in core_baseline.json (`--record`).
What fails beyond that is run once more by itself; what fails again, the addon has broken, unless
the file says, by hand and with the reason, that the addon means to do otherwise.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from . import database, environment, odoo, progress, pytest_runs
from .postgres import Postgres, cluster

MODULES = (
    "website_sale",
    "sale",
    "sale_stock",
    "website_sale_stock",
    "payment",
    "payment_demo",
    "payment_custom",
    "account_payment",
    "sale_management",
    "website_sale_collect",
)
# two files of `sale` that take longer than all others together, and test what `account` computes
SLOW = ("test_taxes_downpayment.py", "test_taxes_global_discount.py")
BASELINE = Path(__file__).with_name("core_baseline.json")


def run(words: Sequence[str]) -> int:
    """Run Odoo's tests and compare; return 1 when the addon breaks one that passes without it."""
    parser = argparse.ArgumentParser(prog="./dev test core", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(MODULES))
    parser.add_argument("--browser", action="store_true", help="also what needs Chromium")
    parser.add_argument(
        "--record", action="store_true", help="run them without the addon and note what fails"
    )
    args = parser.parse_args(words)
    if args.record and args.modules:
        parser.error("--record takes all modules")
    environment.ensure("venv", "odoo", "wkhtmltopdf", *(["chromium"] if args.browser else []))
    with cluster("test") as pg:
        database.sweep(pg)
        if args.record:
            return _record(pg, args.browser)
        return _compare(pg, args.modules or MODULES, args.browser)


def _record(pg: Postgres, browser: bool) -> int:
    """Note what does not pass without the addon, also at the second try."""
    first = _run(pg, "core", _folders(MODULES), browser)
    failing: list[str] = []
    if first.failed:
        again = _run(pg, "core", _tests(first.not_passing), browser)
        failing = sorted(first.not_passing & again.not_passing)
    noted = json.loads(BASELINE.read_text())
    noted |= {"odoo": odoo.ensure_odoo().version, "not_passing": failing}
    BASELINE.write_text(json.dumps(noted, indent=2) + "\n")
    progress.say(f"\nRecorded what fails twice in {BASELINE.name}: {len(failing)} tests\n{first}")
    return 0


def _compare(pg: Postgres, modules: Iterable[str], browser: bool) -> int:
    """Tell what does not pass with the addon only; return 1 when there is any."""
    noted = json.loads(BASELINE.read_text())
    first = _run(pg, "addon", _folders(modules), browser)
    broken = first.not_passing - {*noted["not_passing"], *noted["changed_on_purpose"]}
    if broken:
        progress.say(f"\n{len(broken)} did not pass: once more, in case they fail now and then")
        broken &= _run(pg, "addon", _tests(broken), browser).not_passing
    for name in sorted(broken):
        progress.say(f"Broken by the addon: {name}")
    others = first.failed - len(broken)
    progress.say(
        f"\n{others} fail without the addon, too, or are changed on purpose, or fail now and then"
        f"\n{first.passed} passed, {len(broken)} failed, {first.skipped} skipped"
    )
    return 1 if broken else 0


def _run(
    pg: Postgres, kind: database.Template, chosen: Iterable[str], browser: bool
) -> pytest_runs.Results:
    """Run tests on a clone; return what came out."""
    with database.clone(pg, kind) as copy:
        if browser:  # no tour has the time to wait for them
            database.generate_assets(copy)
        command = [
            *pytest_runs.inside("core", copy),
            *pytest_runs.parallel(),
            "--durations=10",
            *("--allow-errors", "--tb=no", "-rN", "-p", "no:warnings"),
            *(f"--ignore-glob=*/sale/tests/{name}" for name in SLOW),
            *([] if browser else ["--no-browser"]),
            *chosen,
        ]
        pytest_runs.run(command, copy.env(), f"Odoo's own tests, on a clone of {kind}")
    found = pytest_runs.results("core")
    if not found.passed + found.failed:
        raise progress.DevError("None of Odoo's tests ran: see above.")
    return found


def _folders(modules: Iterable[str]) -> list[str]:
    """Return the folders of these modules' tests."""
    return [str(_addon(module) / "tests") for module in modules]


def _tests(names: Iterable[str]) -> list[str]:
    """Return what pytest calls tests of these names, such as sale.tests.test_x.TestX.test_y."""
    found = []
    for name in sorted(names):
        module, _tests, file, case, test = name.split(".", 4)
        found.append(f"{_addon(module)}/tests/{file}.py::{case}::{test}")
    return found


def _addon(module: str) -> Path:
    folders = (folder / module for folder in odoo.ensure_odoo().addons_paths)
    found = next((folder for folder in folders if folder.is_dir()), None)
    if not found:
        raise progress.DevError(f"There is no module {module} in this Odoo.")
    return found
