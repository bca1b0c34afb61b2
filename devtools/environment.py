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


def ensure(*parts: str) -> None:
    """Set up the named parts in the order in which they need each other; unnamed, all but node.

    Chromium needs none of the others, and each of them waits for the network.
    """
    wanted = parts or ("venv", "odoo", "wkhtmltopdf", "chromium")
    with ThreadPoolExecutor() as beside:
        chromium = beside.submit(PARTS["chromium"]) if "chromium" in wanted else None
        for name, make in PARTS.items():
            if name in wanted and name != "chromium":
                make()
        if chromium:
            chromium.result()


def odoo_env(pg: Postgres | None = None) -> dict[str, str]:
    """Return the environment for whatever starts Odoo: our programs first, our server, UTC."""
    env = {name: value for name, value in python.environ().items() if not name.startswith("PG")}
    folders = [paths.BIN, paths.VENV / "bin"]
    if pg and pg.bin:
        folders.append(Path(pg.bin))
    env["PATH"] = os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath)])
    env |= {"TZ": "UTC", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
    return env | (pg.env if pg else {})
