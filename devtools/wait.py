"""Waiting for something that happens elsewhere, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

PAUSE = 0.1  # seconds between two looks


def wait_for(
    look: Callable[[], Result], what: str | Callable[[], str], seconds: float = 60
) -> Result:
    """Look again and again until it gives something true; return that.

    :param what: what is waited for, for the message
    :raises TimeoutError: when the seconds have passed
    """
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"Waited {seconds:g} s in vain for {what() if callable(what) else what}."
            )
        time.sleep(PAUSE)
    return found
