"""Where everything lies: the repository, and `.dev/` for all that the tool makes."""

import hashlib
from pathlib import Path

ADDON = "website_sale_order_mgmt"

ROOT = Path(__file__).resolve().parent.parent
# starts the names of our databases: two checkouts may share a server
PREFIX = f"wsom_{hashlib.sha256(str(ROOT).encode()).hexdigest()[:6]}_"
DEMO_DATABASE = f"{PREFIX}demo"
DEV = ROOT / ".dev"
VENV = DEV / "venv"
BIN = DEV / "bin"  # links to programs, first on the PATH of whatever the tool starts
STAMPS = DEV / "stamps"  # one file per finished step, with the key it was done for
LOCKS = DEV / "locks"
LOGS = DEV / "log"
TMP = DEV / "tmp"  # unfinished work; on the same disk, so that it can be renamed into place
