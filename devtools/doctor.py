"""./dev doctor: shows what is there and what is missing; changes nothing."""

import argparse
import os
import platform
import shutil
from collections.abc import Callable
from pathlib import Path

from . import browser, debian, node, odoo, paths, pdf, postgres_programs, programs, progress, python

ROOM = 4  # GB that a full setup needs
Found = tuple[bool, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options: none."""


def run(_args: argparse.Namespace) -> int:
    """Print one line for each thing; return 1 when something is missing that ./dev cannot fetch."""
    good = True
    for name, look in CHECKS.items():
        there, text = look()
        good = good and there
        print(f"{'ok     ' if there else 'MISSING'}  {name:<12} {text}")
    print("\nAll is well." if good else "\nMend what is missing, then try again.")
    return 0 if good else 1


def _machine() -> Found:
    try:
        release = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    except OSError:
        release = platform.system()
    who = "root" if os.geteuid() == 0 else "an ordinary user"
    return True, f"{release}, {platform.machine()}, {os.cpu_count()} processors, as {who}"


def _python() -> Found:
    chosen = os.path.realpath(python.PYTHON) if python.PYTHON.exists() else python.interpreter()
    version = progress.ask(chosen, "-c", "import platform; print(platform.python_version())")
    if progress.is_done(python.STAMPS[True], python.packages_key(dev=True)):
        return True, f"{version.strip()} of {chosen}, packages installed in {_short(paths.VENV)}"
    return True, f"{version.strip()} of {chosen}, packages not installed yet"


def _odoo() -> Found:
    try:
        source = odoo.find_odoo()
    except progress.DevError as error:
        return False, str(error)
    if source:
        return True, f"{source.version} in {_short(source.path)}"
    if not debian.has_apt():
        return False, "no apt here to fetch it with: set ODOO_HOME to the folder of an Odoo 19"
    return True, "not fetched yet (120 MB from Debian's archive)"


def _postgres() -> Found:
    if os.environ.get("PGHOST"):
        return True, f"the one of PGHOST={os.environ['PGHOST']}"
    found = postgres_programs.installed()
    if not found:
        return True, "not fetched yet (PyPI's)"
    version, folder = found[0]
    running = [p.parts[-4] for p in (paths.DEV / "postgres").glob("*/*/socket/.s.PGSQL.*[0-9]")]
    now = f", running for: {', '.join(sorted(running))}" if running else ""
    return True, f"{version} in {_short(folder)}{now}"


def _wkhtmltopdf() -> Found:
    place = paths.BIN / "wkhtmltopdf"
    if place.exists():
        return True, progress.ask(place, "--version").strip()
    own = programs.elsewhere("wkhtmltopdf")
    if own and pdf.is_patched(own):
        return True, own
    return True, "not fetched yet (PyPI's)"


def _chromium() -> Found:
    place = paths.BIN / "chromium"
    if place.exists():
        return True, f"{browser.version_of(place)} as {_short(place)}"
    own = [p for name in browser.NAMES if (p := programs.elsewhere(name))]
    if any(browser.is_good(browser.version_of(p)) for p in own):
        return True, own[0]
    if not debian.has_apt():
        return False, browser.ADVICE
    return True, "not fetched yet (120 MB from Debian's archive)"


def _node() -> Found:
    tools = "" if (paths.DEV / "node" / "node_modules").exists() else ", tools not installed yet"
    own = node.machines_own("node")
    return True, (f"{progress.ask(own, '--version').strip()} in {own}" if own else "PyPI's") + tools


def _git() -> Found:
    return bool(shutil.which("git")), progress.ask("git", "--version").strip() or "install git"


def _disk() -> Found:
    free = shutil.disk_usage(paths.ROOT).free / 1e9
    used = paths.DEV.exists()
    return used or free > ROOM, f"{free:.0f} GB free, a full setup takes about {ROOM}"


def _short(path: Path) -> str:
    return str(path.relative_to(paths.ROOT)) if path.is_relative_to(paths.ROOT) else str(path)


CHECKS: dict[str, Callable[[], Found]] = {
    "machine": _machine,
    "Python": _python,
    "Odoo": _odoo,
    "PostgreSQL": _postgres,
    "wkhtmltopdf": _wkhtmltopdf,
    "Chromium": _chromium,
    "Node.js": _node,
    "git": _git,
    "disk": _disk,
}
