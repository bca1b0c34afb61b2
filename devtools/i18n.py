"""./dev i18n: has Odoo export the addon's terms, and merges them into the translations."""

import argparse
import subprocess
from pathlib import Path

from . import database, odoo, paths, postgres, progress, python

EXPORTS = paths.DEV / "cache" / "i18n"
KEPT = 10  # somebody may just be reading an older one; and branches come and go
WITH_TERMS = (".py", ".xml", ".js", ".csv")
WITHOUT_TERMS = ("i18n", "readme", "static/description", "static/tests")
SOURCE: database.Template = "demo"  # demo records have names and texts, too


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes: nothing."""


def run(args: argparse.Namespace) -> int:
    """Write the template and the translations; return 1 when something is left to translate."""
    python.ensure_venv()
    exported_template()
    command = [python.PYTHON, "-m", "devtools.translations", "--write"]
    return subprocess.run(command, cwd=paths.ROOT, env=python.environ(), check=False).returncode


def prepare() -> None:
    """Set up what the export needs, if the terms may have changed since the last one."""
    odoo.ensure_odoo()
    if not _cached().exists():
        with postgres.cluster("test") as pg:
            database.template(pg, SOURCE)


def exported_template() -> Path:
    """Return the file of terms as Odoo exports them now; it is kept until a source changes."""
    odoo.ensure_odoo()
    cached = _cached()
    if cached.exists():
        return cached
    with progress.exclusive("i18n"), progress.scratch("i18n") as folder:
        part = folder / cached.name
        with postgres.cluster("test") as pg:
            database.template(pg, SOURCE)
            with progress.step("Exporting the terms"), database.clone(pg, SOURCE) as copy:
                copy.odoo("-i", paths.ADDON)
                export = ["i18n", "export", "-c", copy.config(), "-o", part, paths.ADDON]
                command = [python.PYTHON, "-m", "odoo", *export]
                progress.run(command, log="i18n", env=copy.env(), cwd=paths.DEV)
        if not part.exists():
            raise progress.DevError("Odoo exported no terms: .dev/log/i18n.log says why.")
        EXPORTS.mkdir(parents=True, exist_ok=True)
        part.replace(cached)
        newest_first = sorted(EXPORTS.glob("*.pot"), key=lambda path: -path.stat().st_mtime)
        for old in newest_first[KEPT:]:
            old.unlink()
    return cached


def _cached() -> Path:
    addon = paths.ROOT / paths.ADDON
    parts: list[str | Path] = [database.core_hash()]
    for path in sorted(addon.rglob("*")):
        name = path.relative_to(addon).as_posix()
        if path.suffix in WITH_TERMS and not name.startswith(WITHOUT_TERMS):
            parts += [name, path]
    return EXPORTS / f"{progress.hash_of(*parts)}.pot"
