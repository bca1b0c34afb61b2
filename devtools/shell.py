"""./dev shell: a Python prompt inside Odoo, on the demo's database."""

import argparse
import subprocess

from . import demo, environment, paths, python
from .postgres import cluster


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options: none."""


def run(_args: argparse.Namespace) -> int:
    """Start Odoo's shell; what it reads on a pipe is run. Return its exit code."""
    environment.ensure("venv", "odoo")
    with cluster("demo") as pg:
        shop = demo.existing_database(pg)
        command = [python.PYTHON, "-m", "odoo", "shell", "-c", shop.config("-shell"), "--no-http"]
        command += ["--log-level", "warn"]
        return subprocess.run(command, env=shop.env(), cwd=paths.ROOT, check=False).returncode
