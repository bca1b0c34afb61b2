"""Where packages come from and which Python they are for."""

import subprocess
import sys
from pathlib import Path

import pytest

from devtools import packages, paths, progress, python


def test_uv_is_told_what_pip_is_configured_for(tmp_path):
    configured = (
        f":env:.find-links='{tmp_path} {tmp_path.parent}'\n"
        ":env:.default-timeout='180'\n"
        "global.find-links='/from/the/file'\n"
        "global.index-url='https://index.example/simple'\n"
        f"global.extra-index-url='file://{tmp_path} file:///is/missing https://more.example'\n"
        f"global.cert='{tmp_path}'\n"
    )
    assert packages.as_variables(configured) == {
        "UV_DEFAULT_INDEX": "https://index.example/simple",
        "UV_EXTRA_INDEX_URL": f"file://{tmp_path} https://more.example",
        "UV_FIND_LINKS": f"{tmp_path},{tmp_path.parent}",
        "SSL_CERT_FILE": str(tmp_path),
    }, "The environment goes before files, what is missing is left out, the rest does not matter"


def test_nothing_configured():
    assert packages.as_variables("") == {}


def test_a_password_in_an_address_is_not_logged(place):
    secret = "https://me:secret@index.example/simple"
    asked = f"\"global.index-url='{secret}'\""
    pip = program(place / "python", f'[ "$3" = config ] && echo {asked}')
    program(place / "uv", f'[ "$UV_DEFAULT_INDEX" = {secret} ]')
    packages.install(pip, {"PATH": "/usr/bin:/bin"}, "thing==1")
    assert "secret" not in (place / "log/uv.log").read_text()
    assert not (place / "log/pip.log").exists(), "uv was told, and has done it"


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Let the tool believe that an empty folder is its own, and the environment's `bin`."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    for name, folder in {"DEV": ".", "LOGS": "log", "TMP": "tmp"}.items():
        monkeypatch.setattr(paths, name, tmp_path / folder)
    return tmp_path


def test_where_uv_fails_pip_installs(place):
    pip = program(place / "python", f'[ "$3" = config ] || echo "$@" >> {place}/pip-was-asked')
    program(place / "uv", "echo no such index; exit 2")
    packages.install(pip, {"PATH": "/usr/bin:/bin"}, "thing==1")
    asked = (place / "pip-was-asked").read_text()
    assert asked.strip().endswith("thing==1")


def test_where_pip_fails_too_one_sentence_says_so(place, capsys):
    pip = program(place / "python", '[ "$3" = config ] || { echo no network; exit 1; }')
    with pytest.raises(progress.DevError, match=r"see log/pip\.log"):
        packages.install(pip, {"PATH": "/usr/bin:/bin"}, "thing==1")
    assert "no network" in capsys.readouterr().err


def test_the_distributions_python_of_our_series_is_preferred(tmp_path, monkeypatch):
    monkeypatch.setattr(python, "DISTRIBUTION", tmp_path)
    ours = getattr(sys, "_base_executable", None) or sys.executable
    assert python.interpreter() == ours, "there is none"
    own = program(tmp_path / f"python{sys.version_info[0]}.{sys.version_info[1]}", "exit 1")
    assert python.interpreter() == ours, "it lacks what an environment needs"
    program(own, f'exec "{ours}" "$@"')
    assert python.interpreter() == str(own)


def test_what_python_compiles_is_kept(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    asked = [sys.executable, "-c", "import sys; print(sys.dont_write_bytecode, sys.pycache_prefix)"]
    answer = subprocess.check_output(asked, env=python.environ(), text=True)
    assert answer.split() == ["False", str(paths.DEV / "cache" / "python")]
