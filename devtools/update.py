"""./dev update: brings the demo's database to the addon's present state."""

import argparse

from . import demo, environment, progress
from .postgres import cluster


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options: none."""


def run(_args: argparse.Namespace) -> int:
    """Update the addon in the demo's database."""
    environment.ensure("venv", "odoo")
    with cluster("demo") as pg:
        shop = demo.existing_database(pg)
        demo.update(shop)
    progress.say("A demo that runs shows changed views at once, changed Python after a restart.")
    return 0
