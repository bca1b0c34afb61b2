"""PostgreSQL clusters under .dev/: one that keeps the demo, one that is fast for the tests."""

import fcntl
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from . import paths, postgres_programs, progress

Kind = Literal["demo", "test"]

ROLE = "odoo"  # Odoo refuses to run as `postgres`
PORT = 5432  # only names the socket's file: the server does not listen on the network
SOCKET_LIMIT = 107  # bytes, of the kernel
PATIENCE = 90  # seconds to start, stop or recover

COMMON = {
    "listen_addresses": "''",
    "port": str(PORT),
    "max_connections": "200",
    "shared_buffers": "256MB",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "lc_messages": "'C'",
    "dynamic_shared_memory_type": "mmap",  # containers have little /dev/shm
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
}
SETTINGS: dict[Kind, dict[str, str]] = {
    "demo": COMMON,
    "test": COMMON
    | {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "checkpoint_timeout": "30min",
    },
}


@dataclass(frozen=True)
class Postgres:
    """A server to use: `env` has what libpq, Odoo and the programs in `bin` need to reach it."""

    host: str
    port: str
    user: str
    env: dict[str, str]
    bin: Path | None

    def program(self, name: str) -> str:
        """Return the path of psql, createdb, pg_dump ... of this server's version."""
        return str(self.bin / name) if self.bin else name


@contextmanager
def cluster(kind: Kind) -> Iterator[Postgres]:
    """Give a running server: the one that PGHOST names, else our own.

    Several processes may use a cluster of ours at once; the last one that leaves stops it.
    """
    if os.environ.get("PGHOST"):
        yield _foreign()
        return
    own = _Cluster.find(kind)
    with _users(kind) as users:
        with progress.exclusive(f"postgres-{kind}"):
            own.start()
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield own.address()
        finally:
            with progress.exclusive(f"postgres-{kind}"):
                fcntl.flock(users, fcntl.LOCK_UN)
                if progress.try_lock(users):
                    own.stop()


def stop_unused(kind: Kind) -> bool:
    """End our server if a killed process has left it running; tell whether nobody uses it."""
    if not paths.LOCKS.exists():
        return True
    with _users(kind) as users, progress.exclusive(f"postgres-{kind}"):
        if not progress.try_lock(users):
            return False
        for note in _base(kind, _own_user()).glob("*/data/postmaster.pid"):
            own = _Cluster.find(kind)
            if own.data == note.parent:
                own.stop()
    return True


def _users(kind: Kind) -> IO[str]:
    """Open the file of which everybody who uses the cluster holds a shared lock."""
    paths.LOCKS.mkdir(parents=True, exist_ok=True)
    return open(paths.LOCKS / f"postgres-{kind}-users", "w")


def _foreign() -> Postgres:
    """Return the server that PGHOST, PGPORT, PGUSER ... name; we must be able to make databases."""
    env = {name: value for name, value in os.environ.items() if name.startswith("PG")}
    env.pop("PGDATABASE", None)
    user = env.setdefault("PGUSER", pwd.getpwuid(os.geteuid()).pw_name)
    port = env.setdefault("PGPORT", str(PORT))
    folder = None if shutil.which("psql") else postgres_programs.find()[0][1]
    server = Postgres(env["PGHOST"], port, user, env, folder)
    question = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    answer = subprocess.run(
        [server.program("psql"), "-XAtwc", question, "postgres"],
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.stdout.strip() != "t":
        why = answer.stderr.strip().splitlines()[:1] or [f"{user} may not create databases"]
        raise progress.DevError(
            f"PostgreSQL at PGHOST={env['PGHOST']} is of no use ({why[0]}): mend or unset PGHOST."
        )
    return server


@dataclass(frozen=True)
class _Cluster:
    """Our own server: its programs, its folder, and the user who runs it when we are root."""

    kind: Kind
    version: int
    bin: Path
    folder: Path
    user: pwd.struct_passwd | None

    @classmethod
    def find(cls, kind: Kind) -> "_Cluster":
        """Choose programs, folder and user; fetch PostgreSQL where the machine has none."""
        user = _own_user()
        base = _base(kind, user)
        found = postgres_programs.find()
        # data made by one version cannot be read by another: stay with what is there
        version, programs = next(((v, p) for v, p in found if (base / str(v)).exists()), found[0])
        if user and not _may_enter(programs, user):
            programs = postgres_programs.copied(programs, base)
        return cls(kind, version, programs, base / str(version), user)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def socket_folder(self) -> Path:
        """Return a folder for the socket, ours alone, with a short enough path."""
        if len(os.fsencode(self.folder / "socket" / f".s.PGSQL.{PORT}.lock")) <= SOCKET_LIMIT:
            return self.folder / "socket"
        return Path("/tmp") / f"postgres-{progress.hash_of(str(self.folder))}-{os.geteuid()}"

    def address(self) -> Postgres:
        host = str(self.socket_folder())
        env = {"PGHOST": host, "PGPORT": str(PORT), "PGUSER": ROLE}
        return Postgres(host, str(PORT), ROLE, env, self.bin)

    def start(self) -> None:
        """Make the cluster where it does not exist, then start it where it does not run."""
        if self._answers() or self._waits_for_another():
            return
        if not (self.data / "PG_VERSION").exists():
            with progress.step(f"Making a PostgreSQL {self.version} cluster for the {self.kind}"):
                self._initialise()
        socket = self.socket_folder()
        self._make_folder(socket)
        settings = SETTINGS[self.kind] | {"unix_socket_directories": f"'{socket}'"}
        conf = "".join(f"{name} = {value}\n" for name, value in settings.items())
        self._write(self.data / "postgresql.conf", conf)
        # ext4 makes files slowly where many were just removed: let it spread the databases
        progress.ask("chattr", "+T", self.data / "base")
        if self._control("start", "-l", self.log) or not self._answers():
            raise progress.DevError(f"PostgreSQL does not start: its log {self.log} says why.")

    def stop(self) -> None:
        """End the server; open connections are cut."""
        self._control("stop", "-m", "fast")
        if self.socket_folder().parent != self.folder:
            shutil.rmtree(self.socket_folder(), ignore_errors=True)

    def _control(self, *words: str | Path) -> int:
        """Run pg_ctl and wait until it is done; return the exit code."""
        program = self.bin / "pg_ctl"
        return self._call([program, *words, "-D", self.data, "-w", "-t", str(PATIENCE), "-s"])

    def _initialise(self) -> None:
        others = [path.parent.name for path in self.folder.parent.glob("*/data")]
        if others:
            progress.say(
                f"(the databases made with PostgreSQL {', '.join(others)} stay as they are)"
            )
        self._make_folder(self.folder)
        part = self.folder / "part"
        shutil.rmtree(part, ignore_errors=True)
        options = ["-U", ROLE, "-A", "trust", "-E", "UTF8", "--no-sync"]
        command = [self.bin / "initdb", "-D", part, *options]
        # C.UTF-8 folds Å and å; where the C library lacks it, plain C must do
        if self._call([*command, "--locale=C.UTF-8"]) and self._call([*command, "--locale=C"]):
            log = paths.LOGS / "postgres.log"
            raise progress.DevError(f"initdb of PostgreSQL {self.version} failed: see {log}.")
        part.rename(self.data)

    def _answers(self) -> bool:
        command = [self.bin / "pg_isready", "-q", "-h", self.socket_folder(), "-p", str(PORT)]
        return self.data.exists() and self._call(command) == 0

    def _waits_for_another(self) -> bool:
        """Wait for a server that is starting or ending; tell whether it answers in the end.

        The note of one that was killed, or that ran before the machine was restarted, is removed.
        """
        note = self.data / "postmaster.pid"
        deadline = time.monotonic() + PATIENCE
        while self._is_alive(note):
            if self._answers():
                return True
            if time.monotonic() > deadline:
                raise progress.DevError(
                    f"PostgreSQL neither answers nor ends: its log {self.log} says why."
                )
            time.sleep(0.2)
        note.unlink(missing_ok=True)
        return False

    def _is_alive(self, note: Path) -> bool:
        """Tell whether the process that wrote the note is still a server on our data."""
        try:
            pid = int(note.read_text().split("\n", 1)[0])
            return os.path.samefile(f"/proc/{pid}/cwd", self.data)
        except (OSError, ValueError):
            return False

    def _make_folder(self, folder: Path) -> None:
        """Make a folder that belongs to the server's user alone."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        owner = self.user.pw_uid if self.user else os.geteuid()
        if folder.is_symlink() or folder.stat().st_uid not in (owner, os.geteuid()):
            raise progress.DevError(f"{folder} belongs to somebody else: remove it.")
        if self.user:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)
        folder.chmod(0o700)

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text)
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _call(self, command: list[str | Path]) -> int:
        """Run one of the server's programs as its user; return the exit code."""
        paths.LOGS.mkdir(parents=True, exist_ok=True)
        env = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        env |= {"LC_ALL": "C", "HOME": "/"} if self.user else {"LC_ALL": "C"}
        with open(paths.LOGS / "postgres.log", "a") as out:
            out.write(f"$ {' '.join(map(str, command))}\n")
            out.flush()
            return subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=env,
                cwd="/",
                check=False,
                **_as(self.user),
            ).returncode


def _as(user: pwd.struct_passwd | None) -> dict:
    """Return the arguments that have subprocess run a program as this user."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def _own_user() -> pwd.struct_passwd | None:
    """Return who runs the server when we are root, as PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise progress.DevError(
        "PostgreSQL does not run as root, and there is no user `nobody`: be an ordinary user."
    )


def _may_enter(folder: Path, user: pwd.struct_passwd) -> bool:
    """Tell whether the user can reach the folder."""
    return subprocess.run(["test", "-x", folder], check=False, **_as(user)).returncode == 0


def outside(kind: Kind) -> Path:
    """Return the folder of a cluster of root whose checkout the server's user cannot enter."""
    return Path("/var/tmp") / f"{paths.ADDON}-{progress.hash_of(str(paths.ROOT))}" / kind


def _base(kind: Kind, user: pwd.struct_passwd | None) -> Path:
    inside = paths.DEV / "postgres" / kind
    inside.mkdir(parents=True, exist_ok=True)
    if not user or _may_enter(inside, user):
        return inside
    base = outside(kind)
    base.mkdir(parents=True, exist_ok=True)
    if base.parent.is_symlink() or base.parent.stat().st_uid != os.geteuid():
        raise progress.DevError(f"{base.parent} belongs to somebody else: remove it.")
    return base
