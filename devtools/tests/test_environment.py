"""How the environment is found and made: steps, mirrors, Odoo's folders, browsers, a server."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from devtools import browser, debian, node, odoo, paths, postgres, progress
from devtools.pytest_browser import NO_BROWSER

DEBIAN = "http://mirror.example/debian"


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """Let the tool believe that it lies in an empty folder."""
    dev = tmp_path / ".dev"
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "DEV", dev)
    for name, folder in {"STAMPS": "stamps", "LOCKS": "locks", "LOGS": "log", "TMP": "tmp"}.items():
        monkeypatch.setattr(paths, name, dev / folder)
    return tmp_path


def test_a_step_is_done_once_for_each_key(clone):
    done = []
    assert progress.once("step", "1", "A step", lambda: done.append(1))
    assert not progress.once("step", "1", "A step", lambda: done.append(2))
    assert progress.once("step", "2", "A step", lambda: done.append(3))
    assert done == [1, 3]


def test_a_step_that_broke_off_is_done_again(clone):
    def breaks():
        raise KeyboardInterrupt

    progress.once("step", "1", "A step", lambda: None)
    with pytest.raises(KeyboardInterrupt):
        progress.once("step", "2", "A step", breaks)
    assert not progress.is_done("step", "1"), "what the first one made may be half gone"
    assert progress.once("step", "2", "A step", lambda: None)


def test_a_failing_program_is_told_in_one_sentence(clone, capsys):
    with pytest.raises(progress.DevError, match=r"`sh` failed, see .dev/log/x.log; try again\."):
        progress.run(["sh", "-c", "echo because; exit 3"], log="x", advice="try again")
    assert "because" in capsys.readouterr().err


def test_a_full_disk_is_told_apart(clone):
    with pytest.raises(OSError, match="No space left"):
        progress.run(["sh", "-c", "echo x: No space left on device; exit 1"], log="x")


@pytest.mark.parametrize(
    ("name", "text", "mirror"),
    [
        ("sources.list", f"deb {DEBIAN} bookworm main\n", DEBIAN),
        (
            "sources.list",
            f"# deb {DEBIAN} x main\ndeb [arch=amd64] {DEBIAN}/ x main\n",
            DEBIAN + "/",
        ),
        ("sources.list", "deb cdrom:[Debian]/debian bookworm main\n", ""),
        ("sources.list", f"deb {DEBIAN}-security bookworm-security main\n", ""),
        ("sources.list.d/a.list", f"deb-src {DEBIAN} bookworm main\n", ""),
        ("sources.list.d/a.sources", f"Types: deb deb-src\nURIs: {DEBIAN}\nSuites: x\n", DEBIAN),
        ("sources.list.d/a.sources", f"Enabled: no\nTypes: deb\nURIs: {DEBIAN}\n", ""),
        (
            "sources.list.d/a.sources",
            f"Types: deb\nURIs: {DEBIAN}-security\n\nTypes: deb\n# x\nURIs: {DEBIAN}\n",
            DEBIAN,
        ),
    ],
)
def test_the_mirror_is_read_from_apts_configuration(tmp_path, name, text, mirror):
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text(text)
    assert next(filter(debian._is_debian, debian._configured(tmp_path)), "") == mirror


@pytest.mark.parametrize("version", ["120.0.6099.71", "150.0.7871.100"])
def test_good_browsers(version):
    assert browser.is_good(version)


@pytest.mark.parametrize("version", ["", "156.0.8000.1", "151.0.1.1", "99.0.1.1", "chromium"])
def test_browsers_that_are_not_good(version):
    assert not browser.is_good(version)


def test_chromium_keeps_nothing_outside_of_the_tools_folder(tmp_path, request):
    if request.config.getoption("--no-browser"):
        pytest.skip(NO_BROWSER)
    home, profile = tmp_path / "home", tmp_path / "profile"
    home.mkdir()
    program = [paths.BIN / "chromium", "--headless", "--no-sandbox", "--disable-gpu"]
    answer = subprocess.run(
        [*program, f"--user-data-dir={profile}", "--dump-dom", "data:text/html,it starts"],
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "it starts" in answer.stdout
    assert not [*home.iterdir()]


def test_npm_keeps_nothing_outside_of_the_tools_folder():
    assert Path(node.environ()["npm_config_cache"]).is_relative_to(paths.DEV)


def odoo_in(folder, version="19, 0, 0, FINAL, 0, ''"):
    (folder / "odoo" / "addons" / "base").mkdir(parents=True)
    (folder / "odoo" / "release.py").write_text(f"version_info = ({version})\n")
    return folder


def test_a_checkout_has_addons_beside_odoo(tmp_path):
    home = odoo_in(tmp_path)
    (home / "addons" / "web" / "static").mkdir(parents=True)
    source = odoo.find_source(home)
    assert source == odoo.OdooSource(home, "19.0", (home / "odoo/addons", home / "addons"))
    assert odoo.find_source(home / "odoo") == source


def test_an_unpacked_package_has_them_inside(tmp_path):
    home = odoo_in(tmp_path / "usr/lib/python3/dist-packages")
    (home / "addons" / "web").mkdir(parents=True)  # Debian's second copy, without static files
    assert odoo.find_source(tmp_path) == odoo.OdooSource(home, "19.0", (home / "odoo/addons",))


@pytest.mark.parametrize("version", ["18, 0, 0, FINAL, 0, ''", "'saas~19', 1, 0, FINAL, 0, ''"])
def test_another_odoo_is_refused(tmp_path, monkeypatch, version):
    monkeypatch.setenv("ODOO_HOME", str(odoo_in(tmp_path, version)))
    with pytest.raises(progress.DevError, match=r"the addon is for 19\.0"):
        odoo.find_odoo()


def test_no_odoo_at_all(tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_HOME", str(tmp_path))
    with pytest.raises(progress.DevError, match="has no Odoo"):
        odoo.find_odoo()


@pytest.fixture(params=["test"])
def server(request, clone, monkeypatch):
    """Return our own server in an empty clone; nothing of it is left."""
    monkeypatch.delenv("PGHOST", raising=False)
    yield postgres._Cluster.find(request.param)
    assert postgres.stop_unused(request.param)
    if os.path.lexists(postgres.outside("test").parent):
        shutil.rmtree(postgres.outside("test").parent)


def answer(pg, sql):
    command = [pg.program("psql"), "-XAtc", sql, "postgres"]
    return subprocess.check_output(command, env=os.environ | pg.env, text=True).strip()


def test_the_last_user_of_a_server_stops_it(server):
    with postgres.cluster("test") as first:
        with postgres.cluster("test") as second:
            assert second == first
            assert answer(second, "SHOW listen_addresses") == ""
        assert answer(first, "SHOW fsync") == "off"
        assert answer(first, "SELECT lower('Å')") == "å"
    assert not server._answers()


@pytest.mark.parametrize("server", ["demo"], indirect=True)
def test_the_demo_survives_a_killed_server(server):
    with postgres.cluster("demo") as pg:
        answer(pg, "CREATE TABLE kept ()")
        note = server.data / "postmaster.pid"
        os.kill(int(note.read_text().split()[0]), signal.SIGKILL)
    with postgres.cluster("demo") as pg:
        assert answer(pg, "SELECT count(*) FROM kept") == "0"


def test_the_note_of_a_server_before_the_restart_does_not_hinder(server):
    with postgres.cluster("test"):
        pass
    server._write(server.data / "postmaster.pid", f"{os.getppid()}\n{server.data}\n0\n5432\n\n\n")
    with postgres.cluster("test") as pg:
        assert answer(pg, "SELECT 1") == "1"


HOLDS_A_SHARED_LOCK = """
import fcntl, sys
lock = open(sys.argv[1])
fcntl.flock(lock, fcntl.LOCK_SH)
print(flush=True)
sys.stdin.read()
"""


def test_a_server_that_a_killed_user_left_is_found(server):
    with postgres.cluster("test"):
        child = subprocess.Popen(
            [sys.executable, "-c", HOLDS_A_SHARED_LOCK, paths.LOCKS / "postgres-test-users"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        child.stdout.readline()
    assert server._answers(), "another process still uses it"
    assert not postgres.stop_unused("test")
    child.kill()
    child.communicate()
    assert postgres.stop_unused("test")
    assert not server._answers()
