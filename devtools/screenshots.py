"""./dev screenshots: the user guide's pictures, from a real run of the end-to-end tests."""

import argparse
import shutil
from collections.abc import Iterable
from pathlib import Path

from . import database, environment, paths, progress, pytest_runs
from .postgres import cluster

FILES = (
    "test_journey.py",
    "test_mended.py",
    "test_guide.py",
    "test_guide_carts.py",
    "test_guide_orders.py",
    "test_wait_for_money.py",
    "test_invoice_journey.py",
    "test_return_journey.py",
    "test_withdrawal.py",
)
PAGES = [paths.ROOT / "e2e" / name for name in FILES]
GUIDE = paths.ROOT / "docs" / "user-guide" / "images"
DESCRIPTION = paths.ROOT / paths.ADDON / "static" / "description"
DESCRIBED = ("orders", "order", "settings", "abandoned-carts")  # what the addon's own page shows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options: none."""


def run(args: argparse.Namespace) -> int:
    """Walk through the pages with photographs on; keep them when all ends well."""
    environment.ensure()
    with cluster("test") as pg, progress.scratch("photographs") as folder:
        database.template(pg, "shop")
        env = environment.odoo_env(pg) | {"PHOTOGRAPHS": str(folder)}
        command = [*pytest_runs.around("screenshots"), *PAGES]
        if code := pytest_runs.run(command, env, "The pages, with photographs"):
            return code
        pictures = sorted(folder.glob("*.png"))
        _keep(pictures, GUIDE)
        _keep([path for path in pictures if path.stem in DESCRIBED], DESCRIPTION)
    progress.say(f"{len(pictures)} pictures lie in {GUIDE.relative_to(paths.ROOT)}")
    return 0


def _keep(pictures: Iterable[Path], folder: Path) -> None:
    """Copy pictures into a folder of the repository."""
    folder.mkdir(parents=True, exist_ok=True)
    for picture in pictures:
        shutil.copy(picture, folder)
