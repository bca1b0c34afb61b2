"""Odoo's program, ended by the kernel when whoever started it dies; for servers (see server.py).

A server with workers starts this file once more for its websockets, which is why it is one: its
path, not that of the module `odoo`, is what Odoo finds in sys.argv. Linux only, elsewhere harmless.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Have the kernel send us SIGTERM when the process that started us dies, however it does."""
    parent = os.getppid()
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("The process that started this server has ended.")


def main() -> None:
    """Be Odoo, for as long as the parent lives."""
    end_with_parent()
    sys.path.pop(0)  # this folder has an odoo.py of its own
    import odoo.cli

    odoo.cli.main()


if __name__ == "__main__":
    main()
