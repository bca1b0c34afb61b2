"""The command line: one table of commands, each in a module that is loaded when it is called."""

import argparse
import errno
import importlib
import sys
from collections.abc import Sequence

from . import paths
from .progress import DevError

# name: (module, what it does); `run(args)` and `add_arguments(parser)` live in the module
COMMANDS = {
    "demo": ("demo", "serve a furnished web shop with the addon"),
    "test": (
        "test",
        "run the tests; all further arguments go to pytest (`test core`: Odoo's own tests)",
    ),
    "lint": ("lint", "check style, Odoo's conventions and the translations"),
    "i18n": ("i18n", "bring the translation files up to date"),
    "build": ("build", "build a wheel of the addon"),
    "update": ("update", "update the addon in the demo database"),
    "shell": ("shell", "open an Odoo shell on the demo database"),
    "psql": ("psql", "open psql on the demo database"),
    "screenshots": ("screenshots", "make the user guide's pictures from a real run"),
    "bench": ("bench", "measure speed with many orders"),
    "doctor": ("doctor", "show what is there and what is missing"),
    "clean": ("clean", "remove everything that the tool has made"),
}
PASS_ON = {"test"}  # commands that take arguments of a program behind them


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    argv = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="./dev", description="Set up, run, test and build the addon."
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = next((word for word in argv if not word.startswith("-")), None)
    module = None
    for name, (module_name, about) in COMMANDS.items():
        sub = commands.add_parser(name, help=about, description=about, allow_abbrev=False)
        if name == chosen:
            module = importlib.import_module(f"devtools.{module_name}")
            module.add_arguments(sub)
    if not argv:
        parser.print_help()
        return 2
    args, rest = parser.parse_known_args(argv)
    if rest and args.command not in PASS_ON:
        parser.error(f"unknown arguments: {' '.join(rest)}")
    args.rest = rest
    try:
        return module.run(args)
    except DevError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            print(
                "\nThe disk is full: make room for 3 GB, then start the same command again.",
                file=sys.stderr,
            )
            return 1
        if isinstance(error, PermissionError) and str(error.filename).startswith(str(paths.DEV)):
            print(
                f"\n{error.filename} belongs to another user: start ./dev as that user, "
                "or have them run `./dev clean`.",
                file=sys.stderr,
            )
            return 1
        raise


if __name__ == "__main__":
    sys.exit(main())
