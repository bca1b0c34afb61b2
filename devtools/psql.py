"""./dev psql: PostgreSQL's own command line on one of the tool's databases."""

import argparse
import subprocess

from . import environment, paths, postgres


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "database", nargs="?", default=paths.DEMO_DATABASE, help="default: the demo's"
    )
    parser.add_argument(
        "--test", action="store_true", help="on the tests' server; --list names its databases"
    )
    parser.add_argument("-l", "--list", action="store_true", help="list the databases and end")
    parser.add_argument("-c", "--command", dest="sql", help="run this SQL and end")


def run(args: argparse.Namespace) -> int:
    """Start psql; return its exit code."""
    words = ["-X", "-d", "postgres" if args.list else args.database]
    if args.list:
        words.append("-l")
    if args.sql:
        words += ["-c", args.sql]
    with postgres.cluster("test" if args.test else "demo") as pg:
        return subprocess.run(
            [pg.program("psql"), *words], env=environment.odoo_env(pg), check=False
        ).returncode
