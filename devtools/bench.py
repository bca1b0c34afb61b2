"""./dev bench: runs bench/<name>.py inside Odoo, on a clone that is gone afterwards.

A benchmark is a file with a function `main(env)` that prints what it has measured. It may commit.
"""

import argparse
import sys

from . import database, environment, paths, progress
from .inside import Inside
from .postgres import cluster

FOLDER = paths.ROOT / "bench"
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
                config = copy.config(log_handler=":WARNING")
                progress.say(f"\n=== {name}, on a clone of {args.on}")
                with Inside(config, copy.env(), sys.stdout) as inside:
                    inside(START, path=str(FOLDER / f"{name}.py"))
    return 0


def _names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
