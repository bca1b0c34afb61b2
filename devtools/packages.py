"""Python packages for the virtual environment, from wherever pip is configured to fetch them.

By uv, which takes seconds where pip takes a minute and a half; where it fails, by pip itself.
"""

import ast
import os
from pathlib import Path

from . import debian, paths, progress

UV = "uv==0.13.9"
# uv reads no configuration of pip: what it must know of it, the variable that tells it, and what
# parts its values. Variables, because an address may hold a password, and commands are logged.
VARIABLES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_EXTRA_INDEX_URL", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "constraint": ("UV_CONSTRAINT", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
}
NO_WAIT = {"UV_HTTP_TIMEOUT": "15", "UV_HTTP_RETRIES": "1"}  # pip is the patient one

Words = list[str | Path]


def install(python: Path, env: dict[str, str], *what: str | Path) -> None:
    """Install requirements into the environment of this Python.

    :param what: as for `pip install`: requirements, or -r and a file of them
    :raises DevError: when pip fails, too
    """
    uv = python.with_name("uv")
    try:
        if not uv.exists():
            _pip(python, env, [UV], quiet=True)
        _uv(uv, python, env, list(what))
    except progress.DevError:
        progress.say("uv cannot do that here: pip tries it, which takes longer.")
        _pip(python, env, list(what))


def as_variables(configuration: str) -> dict[str, str]:
    """Translate what `pip config list` prints into uv's variables.

    Like pip, leave out folders that do not exist. The environment's lines come first, and hold.
    """
    found: dict[str, list[str]] = {}
    for line in configuration.splitlines():
        name, equals, value = line.partition("=")
        if equals:
            found.setdefault(name.rpartition(".")[2], str(ast.literal_eval(value)).split())
    variables = {}
    for name, (variable, comma) in VARIABLES.items():
        if values := list(filter(_may_exist, found.get(name, []))):
            variables[variable] = comma.join(values)
    return variables


def _may_exist(place: str) -> bool:
    path = place.removeprefix("file://")
    return not path.startswith("/") or Path(path).exists()


def _uv(uv: Path, python: Path, env: dict[str, str], what: Words) -> None:
    variables = as_variables(progress.ask(python, "-m", "pip", "config", "list"))
    # of several indexes the one with the best version, as pip does; none of uv's own Pythons
    options = ["--index-strategy", "unsafe-best-match", "--no-python-downloads", "--no-config"]
    options += ["--cache-dir", paths.DEV / "cache" / "uv"]
    progress.run(
        [uv, "pip", "install", "--python", python, *options, *what],
        log="uv",
        quiet=True,
        cwd=paths.ROOT,
        env=env | NO_WAIT | variables,
    )


def _pip(python: Path, env: dict[str, str], what: Words, quiet: bool = False) -> None:
    with progress.scratch("pip") as work:  # also what a killed pip leaves is removed
        progress.run(
            [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *what],
            log="pip",
            advice=debian.OFFLINE,
            quiet=quiet,
            cwd=paths.ROOT,
            # a machine-wide `user = true` must not hold here
            env=env
            | {
                "PIP_USER": "0",
                "PIP_CACHE_DIR": os.fspath(paths.DEV / "cache" / "pip"),
                "TMPDIR": os.fspath(work),
            },
        )
