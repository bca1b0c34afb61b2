"""./dev build: a wheel of the addon, the way the Odoo Community Association packs them (whool)."""

import argparse
import shutil
import zipfile
from email.parser import HeaderParser
from pathlib import Path

from . import files, paths, progress, python

DIST = paths.DEV / "dist"
NOT_SHIPPED = ("pyproject.toml",)
PREFIX = f"odoo/addons/{paths.ADDON}/"
LICENSE = "LGPL-3"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command takes no arguments."""


def run(args: argparse.Namespace) -> int:
    """Build the wheel, look into it, and print where it is."""
    python.ensure_venv()
    with progress.scratch("build") as folder:
        with progress.step("Building the wheel"):
            progress.run(
                [
                    python.PYTHON,
                    "-m",
                    "build",
                    "--wheel",
                    "--no-isolation",
                    f"--outdir={folder}",
                    paths.ROOT / paths.ADDON,
                ],
                log="build",
                env=python.environ(),
            )
        (built,) = folder.glob("*.whl")
        count = check(built)
        shutil.rmtree(DIST, ignore_errors=True)
        DIST.mkdir(parents=True)
        wheel = Path(shutil.move(built, DIST))
    print(f"{wheel.relative_to(paths.ROOT)} ({count} files, {wheel.stat().st_size // 1024} kB)")
    return 0


def check(wheel: Path) -> int:
    """Return the number of the addon's files in the wheel.

    :raises DevError: when a file of the addon or the licence is missing
    """
    addon = paths.ROOT / paths.ADDON
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
        about = HeaderParser().parsestr(archive.read(metadata).decode())
    wanted = {path.relative_to(addon).as_posix() for path in files.known(paths.ADDON)}
    shipped = {name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)}
    missing = sorted(wanted - shipped - set(NOT_SHIPPED))
    if missing:
        raise progress.DevError(
            f"The wheel lacks {', '.join(missing)}: add it to git, then build again."
        )
    if about["License"] != LICENSE:
        raise progress.DevError(
            f"The wheel's licence is {about['License']}: the manifest must say {LICENSE}."
        )
    return len(shipped)
