"""Everything that Odoo needs around it: what to set up, and the environment to start it in."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import browser, node, odoo, paths, pdf, python
from .postgres import Postgres

PARTS = {
    "venv": python.ensure_venv,
    "odoo": odoo.ensure_odoo,
    "wkhtmltopdf": pdf.ensure_wkhtmltopdf,
    "chromium": browser.ensure_chromium,
    "node": node.ensure_node_modules,
}
# what can be fetched while the others are made, one after the other
AHEAD = {"odoo": odoo.fetch_odoo, "chromium": browser.ensure_chromium}


def ensure(*parts: str) -> None:
    """Set up the named parts in the order in which they need each other; unnamed, all but node."""
    wanted = parts or ("venv", "odoo", "wkhtmltopdf", "chromium")
    with ThreadPoolExecutor(1) as beside:
        ahead = {name: beside.submit(AHEAD[name]) for name in AHEAD if name in wanted}
        for name, make in PARTS.items():
            if name in ahead:
                ahead[name].result()
            if name in wanted:
                make()


def odoo_env(pg: Postgres | None = None) -> dict[str, str]:
    """Return the environment for whatever starts Odoo: our programs first, our server, UTC."""
    env = {name: value for name, value in python.environ().items() if not name.startswith("PG")}
    folders = [paths.BIN, paths.VENV / "bin"]
    if pg and pg.bin:
        folders.append(Path(pg.bin))
    env["PATH"] = os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath)])
    env |= {"TZ": "UTC", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
    return env | (pg.env if pg else {})
