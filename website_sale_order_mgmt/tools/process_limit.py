"""Ending a program that core started and waits for without a limit."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil


@contextmanager
def ended_after(seconds: float, mark: str) -> Iterator[threading.Event]:
    """End the program that was started with a mark when the block takes too long.

    It is a child of this process that has the mark among its arguments; no other one is touched,
    and its own children end with it.

    :param seconds: how long the block may take
    :param mark: an argument that only this program has
    :return: an event that is set when the program was ended
    """
    ended = threading.Event()

    def end() -> None:
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                if mark in child.cmdline():
                    ended.set()
                    for process in [*child.children(recursive=True), child]:
                        with suppress(psutil.NoSuchProcess):
                            process.kill()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield ended
    finally:
        timer.cancel()
