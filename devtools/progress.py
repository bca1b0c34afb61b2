"""Steps that tell what they do, are done once, and fail with one sentence."""

import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from . import paths

TAIL_LINES = 12


class DevError(Exception):
    """Something went wrong; the message is one sentence that says what to do."""


_line = ""  # the step's title that stands on the line while its time does not yet


def say(text: str) -> None:
    """Print a line at once, also when the output goes to a file."""
    global _line
    print(f"\n{text}" if _line else text, flush=True)
    _line = ""


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print `title ...`, do the work inside, then print the seconds it took."""
    global _line
    print(f"{chr(10) if _line else ''}{title} ... ", end="", flush=True)
    _line = title
    start = time.monotonic()
    result = "not done"
    try:
        yield
        result = f"{time.monotonic() - start:.1f} s"
    finally:
        if _line == title:
            print(result, flush=True)
            _line = ""
        else:  # something else was said meanwhile, or another step goes on
            say(f"{title}: {result}")


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Let one process at a time do what is inside; the others wait."""
    paths.LOCKS.mkdir(parents=True, exist_ok=True)
    with open(paths.LOCKS / name, "w") as lock:
        patient_until = time.monotonic() + 2
        while not try_lock(lock):
            if time.monotonic() > patient_until:
                say(f"Waiting for another ./dev that is at work on {name} ...")
                fcntl.flock(lock, fcntl.LOCK_EX)
                break
            time.sleep(0.05)
        yield


def try_lock(lock: IO[str]) -> bool:
    """Take the file's lock for us alone if nobody else has it; tell whether we have it now."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_done(name: str, key: str) -> bool:
    """Tell whether the step was finished for exactly this key."""
    try:
        return (paths.STAMPS / name).read_text() == key
    except FileNotFoundError:
        return False


def mark_done(name: str, key: str) -> None:
    """Record that the step is finished for this key; written whole or not at all."""
    paths.STAMPS.mkdir(parents=True, exist_ok=True)
    part = paths.STAMPS / f".{name}.{os.getpid()}"
    part.write_text(key)
    part.replace(paths.STAMPS / name)


def forget(name: str) -> None:
    """Have the step done again next time."""
    (paths.STAMPS / name).unlink(missing_ok=True)


def once(name: str, key: str, title: str, work: Callable[[], None]) -> bool:
    """Do `work` unless its stamp says that it is done for `key`; tell whether it was done now.

    The stamp is written last and only one process works at a time, so that a step broken off by
    Ctrl-C or a full disk is simply done again.
    """
    if is_done(name, key):
        return False
    with exclusive(name):
        if is_done(name, key):
            return False
        with step(title):
            forget(name)
            work()
        mark_done(name, key)
    return True


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """Give an empty folder on the same disk as the results; it is gone afterwards."""
    paths.TMP.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=paths.TMP))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def hash_of(*parts: str | Path) -> str:
    """Return a short hash of texts and of the contents of files."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def run(
    command: Sequence[str | Path],
    *,
    log: str,
    advice: str = "",
    quiet: bool = False,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run a program, keep its output in .dev/log/<log>.log and return it.

    :param advice: what to do when it fails, the end of the sentence that is then shown
    :param quiet: whoever asks deals with a failure: do not show the last lines
    :raises DevError: when the program is missing or fails; names the log and shows its last lines
    :raises OSError: when the disk is full
    """
    words = [str(word) for word in command]
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    path = paths.LOGS / f"{log}.log"
    with open(path, "a+", encoding="utf-8", errors="replace") as out:
        out.write(f"$ {' '.join(words)}\n")
        out.flush()
        start = out.tell()
        try:
            code = subprocess.run(
                words,
                cwd=cwd,
                env={**(env or os.environ), "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                check=False,
            ).returncode
        except FileNotFoundError:
            raise DevError(f"`{words[0]}` is missing; {advice or 'install it'}.") from None
        out.seek(start)
        output = out.read()
    if code and os.strerror(errno.ENOSPC) in output:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if code and quiet:
        raise DevError(f"`{words[0]}` failed.")
    if code:
        last = "\n".join("    " + line for line in output.splitlines()[-TAIL_LINES:])
        print(f"\n{last}", file=sys.stderr)
        where = path.relative_to(paths.ROOT)
        plain = [word for word in words[1:] if not word.startswith("-") and " " not in word]
        what = " ".join([Path(words[0]).name, *plain[:2]])
        raise DevError(f"`{what}` failed, see {where}; {advice or 'mend that'}.")
    return output


def ask(*command: str | Path) -> str:
    """Return what a program prints, such as its version; nothing when it does not run."""
    try:
        answer = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout
