"""./dev bench: runs bench/<name>.py inside Odoo, on a clone that is gone afterwards.

A benchmark is a file with a function `main(env)` that prints what it has measured. It may commit.
"""

import argparse
import sys

from . import database, environment, odoo, paths, progress, python
from .inside import Inside
from .postgres import cluster

FOLDER = paths.ROOT / "bench"
# what a benchmark compares with: a module and the pinned package from PyPI that it comes in
NEIGHBOURS = {
    "invoicing": ("sale_automatic_workflow", "odoo-addon-sale_automatic_workflow==19.0.1.2.0.1"),
}
START = "import runpy\nrunpy.run_path(path)['main'](env)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("name", nargs="?", help=f"one of {', '.join(_names())}; all if not given")
    parser.add_argument(
        "--on",
        choices=("addon", "shop", "core", "demo"),
        default="addon",
        help="the database: `core` and `demo` are without the addon, for comparison",
    )


def run(args: argparse.Namespace) -> int:
    """Run one benchmark or all."""
    names = [args.name] if args.name else _names()
    if not names or not set(names) <= set(_names()):
        raise progress.DevError(f"bench/ has no {args.name}.py: choose one of {_names()}.")
    environment.ensure("venv", "odoo", "wkhtmltopdf")
    with cluster("test") as pg:
        database.sweep(pg)
        for name in names:
            with database.clone(pg, args.on) as copy:
                progress.say(f"\n=== {name}, on a clone of {args.on}")
                options = {"log_handler": ":WARNING"}
                if name in NEIGHBOURS:
                    options["addons_path"] = _install_neighbour(copy, *NEIGHBOURS[name])
                config = copy.config(**options)
                with Inside(config, copy.env(), sys.stdout) as inside:
                    inside(START, path=str(FOLDER / f"{name}.py"))
    return 0


def _install_neighbour(copy: database.Database, module: str, requirement: str) -> str:
    """Fetch a module to compare with and install it; return the path of addons that has it."""
    place = paths.DEV / "neighbours" / module
    progress.once(
        f"neighbour-{module}",
        progress.hash_of(requirement),
        f"Fetching {requirement} from PyPI",
        # Odoo, which it requires, is there and no package
        lambda: python.pip_install("--no-deps", "--upgrade", "--target", place, requirement),
    )
    folders = (*odoo.ensure_odoo().addons_paths, place / "odoo" / "addons", paths.ROOT)
    addons_path = ",".join(map(str, folders))
    copy.odoo("-i", module, "--addons-path", addons_path)
    return addons_path


def _names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
