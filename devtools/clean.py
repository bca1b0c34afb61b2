"""./dev clean: removes everything that the tool has made."""

import argparse
import os
import shutil
from pathlib import Path

from . import paths, postgres, progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options: none."""


def run(_args: argparse.Namespace) -> int:
    """End servers that were left running, then remove .dev/ and what had to lie outside it."""
    for kind in postgres.SETTINGS:
        if not postgres.stop_unused(kind):
            raise progress.DevError(
                f"The {kind} database is in use: end the ./dev that runs, then clean."
            )
    for folder in (paths.DEV, postgres.outside("demo").parent):
        if os.path.lexists(folder):
            with progress.step(f"Removing {folder}"):
                _remove(folder)
    return 0


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except PermissionError as error:
        raise progress.DevError(
            f"{error.filename} was made by another user: start ./dev clean as that user."
        ) from error
