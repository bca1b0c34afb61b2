"""Databases: templates that are installed once, and clones of them made in half a second.

    core ──> addon ──> tours   Odoo's modules, without demo data; then the addon: its tests;
      │                        then the bundles of scripts and styles: its tests in a browser
      └────> demo ───> shop    with Odoo's demo data; then the addon and its own: e2e tests

A template's name ends in a hash of all that went into it: the version of Odoo, the Python packages,
the list of modules, the addon's files. Whatever changed is made anew, from the level above it.
"""

import contextlib
import functools
import hashlib
import itertools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from . import environment, odoo, paths, progress, python
from .inside import Inside
from .postgres import Kind, Postgres

Template = Literal["core", "demo", "addon", "tours", "shop", "neighbours"]

# what the addon depends on and what it must work beside; all else comes with them
MODULES = (
    "account_payment",
    "delivery",
    "payment_custom",
    "payment_demo",
    "sale_management",
    "website_sale_collect",
    "website_sale_loyalty",
    "website_sale_stock",
)
# what else of Odoo a shop may have, or install later
NEIGHBOURS = (
    "account_peppol",
    "account_qr_code_sepa",
    "base_vat",
    "sale_mrp",
    "stock_dropshipping",
    "stock_picking_batch",
)
LANGUAGES = ("en_US", "sv_SE")  # the first is everybody's
HAS_STRATEGIES = 150_000  # the version of PostgreSQL in which one may choose; before, it is so
RECIPE = "2"  # counts up when the making of templates changes
PREFIX = paths.PREFIX
# parts of the names of bundles that none of our pages asks for, and which take half of the time
NEVER_OPENED = (
    "unit_test",
    "tests_assets",
    "qunit",
    "spreadsheet",
    "api_doc",
    "mail.assets",
    "dark",
)
BUNDLE = """
qweb = env["ir.qweb"]
scripts, styles = (
    {name for name in names if not any(word in name for word in words)}
    for names in qweb._get_bundles_to_pregenarate()
)
for name in sorted(scripts | styles):
    bundle = qweb._get_asset_bundle(name, css=name in styles, js=name in scripts)
    if name in scripts:
        bundle.js()
    if name in styles:
        bundle.css()
"""
UNINSTALLED = ("tests", "readme", "static/tests", "static/description")  # what -i does not read
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """A database and its file store; Odoo's settings for it lie in `config`."""

    name: str
    pg: Postgres
    data_dir: Path

    @property
    def filestore(self) -> Path:
        """The folder of the attachments."""
        return self.data_dir / "filestore" / self.name

    def env(self) -> dict[str, str]:
        """Return the environment in which to start Odoo on this database."""
        return environment.odoo_env(self.pg)

    def config(self, suffix: str = "", **options: str | int | bool) -> Path:
        """Write a configuration file, without any password, and return its path."""
        source = odoo.ensure_odoo()
        settings = {
            "addons_path": ",".join(map(str, (*source.addons_paths, paths.ROOT))),
            "data_dir": self.data_dir,
            "db_name": self.name,
            "dbfilter": f"^{self.name}$",
            "list_db": False,
            "http_interface": "127.0.0.1",
            "log_handler": ":INFO,werkzeug:WARNING",
        } | options
        path = paths.DEV / "conf" / f"{self.name}{suffix}.conf"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = (f"{name} = {value}\n" for name, value in settings.items())
        path.write_text("[options]\n" + "".join(lines))
        path.chmod(0o600)
        return path

    def odoo(self, *arguments: str) -> str:
        """Run Odoo on the database to its end, such as `-u addon`; return its log."""
        command = [python.PYTHON, "-m", "odoo", "-c", self.config(), *arguments]
        return progress.run(
            [*command, "--stop-after-init", "--no-http"], log="odoo", env=self.env(), cwd=paths.DEV
        )

    def inside(self) -> Inside:
        """Return a process in which to run code with this database's `env`."""
        return Inside(self.config(), self.env())

    def sql(self, statement: str) -> str:
        """Run a statement in the database; return its rows, one a line."""
        return _psql(self.pg, statement, self.name)

    def exists(self) -> bool:
        """Tell whether the server has it."""
        return self.name in names(self.pg)

    def clone(self, name: str) -> "Database":
        """Copy the database and link its file store; what was there of that name is dropped.

        Odoo never changes a file of the store in place, so that clones can share them.
        """
        copy = Database(name, self.pg, self.data_dir)
        copy.drop()
        quick = " STRATEGY file_copy" if _version(self.pg) >= HAS_STRATEGIES else ""
        _psql(self.pg, f'CREATE DATABASE "{name}" TEMPLATE "{self.name}"{quick}')
        if self.filestore.exists():
            shutil.copytree(self.filestore, copy.filestore, copy_function=os.link)
        return copy

    def rename(self, name: str) -> "Database":
        """Give the database another name, the database itself last."""
        renamed = Database(name, self.pg, self.data_dir)
        shutil.rmtree(renamed.filestore, ignore_errors=True)
        if self.filestore.exists():
            self.filestore.rename(renamed.filestore)
        _psql(self.pg, f'ALTER DATABASE "{self.name}" RENAME TO "{name}"')
        self._remove_files()
        return renamed

    def drop(self) -> None:
        """Remove the database, its file store, configuration and logs, where they exist."""
        _call(self.pg, "dropdb", "--if-exists", "--force", self.name)
        self._remove_files()

    def _remove_files(self) -> None:
        shutil.rmtree(self.filestore, ignore_errors=True)
        for path in (
            paths.DEV / "conf" / f"{self.name}.conf",
            *(paths.DEV / "conf").glob(f"{self.name}-*.conf"),
            *paths.LOGS.glob(f"server-{self.name}-*.log"),
        ):
            path.unlink(missing_ok=True)


def data_dir(kind: Kind) -> Path:
    """Return the folder for file stores and sessions of one cluster's databases."""
    return paths.DEV / "data" / kind


def names(pg: Postgres) -> list[str]:
    """Return the names of this checkout's databases on the server."""
    return [n for n in _psql(pg, "SELECT datname FROM pg_database").split() if n.startswith(PREFIX)]


def template(pg: Postgres, kind: Template) -> Database:
    """Return the template, made where it does not exist."""
    name = f"{PREFIX}{kind}_{_key(kind)}"
    found = Database(name, pg, data_dir("test"))
    if found.exists():
        return found
    with progress.exclusive(f"template-{kind}"):
        if found.exists():
            return found
        title, make = _MAKE[kind]
        parent = None if kind == "core" else template(pg, _PARENT[kind])
        part = Database(f"{PREFIX}part_{kind}", pg, data_dir("test"))
        part.drop()
        with progress.step(title):
            if parent:
                parent.clone(part.name)
            make(part)
            part.rename(name)
        for old in names(pg):
            if old.startswith(f"{PREFIX}{kind}_") and old != name:
                Database(old, pg, data_dir("test")).drop()
    return found


def prepare(pg: Postgres, *kinds: Template) -> None:
    """Make templates beside each other: each keeps one processor busy."""
    if kinds:
        template(pg, "core")
    with ThreadPoolExecutor() as threads:
        list(threads.map(functools.partial(template, pg), kinds))


@contextlib.contextmanager
def clone(pg: Postgres, kind: Template) -> Iterator[Database]:
    """Give a clone of the template for as long as it is needed."""
    source = template(pg, kind)
    copy = source.clone(f"{PREFIX}run_{os.getpid()}_{next(_numbers)}")
    try:
        yield copy
    finally:
        copy.drop()


def sweep(pg: Postgres) -> None:
    """Drop the clones that killed runs have left behind."""
    folder = data_dir("test") / "filestore"
    for name in {*names(pg), *(os.listdir(folder) if folder.exists() else ())}:
        run = re.match(rf"{PREFIX}run_(\d+)_", name)
        if run and not _is_alive(int(run[1])):
            Database(name, pg, data_dir("test")).drop()


def install(database: Database, modules: Iterable[str], *arguments: str) -> None:
    """Make the database with these modules and all languages."""
    languages = ",".join(LANGUAGES)
    database.odoo("-i", ",".join(modules), f"--load-language={languages}", *arguments)


def generate_assets(database: Database) -> None:
    """Bundle scripts and styles, so that the first pages are quick and clones need not do it."""
    with database.inside() as run:
        run(BUNDLE, words=NEVER_OPENED)


def addon_hash() -> str:
    """Return a hash of the addon's files that count when it is installed."""
    addon = paths.ROOT / paths.ADDON
    digest = hashlib.sha256()
    for path in sorted(addon.rglob("*")):
        inside = path.relative_to(addon).as_posix()
        if (
            not path.is_file()
            or "__pycache__" in inside
            or inside.startswith(tuple(f"{u}/" for u in UNINSTALLED))
        ):
            continue
        digest.update(f"{inside}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def core_hash() -> str:
    """Return a hash of all that a database without the addon is made of."""
    source = odoo.ensure_odoo()
    what = json.dumps([source.version, python.requirements_hash(), MODULES, LANGUAGES, RECIPE])
    return progress.hash_of(what)


def _key(kind: Template) -> str:
    more = NEIGHBOURS if kind == "neighbours" else ()
    return progress.hash_of(core_hash(), "" if kind in ("core", "demo") else addon_hash(), *more)


def _make_core(database: Database) -> None:
    install(database, MODULES)


def _make_demo(database: Database) -> None:
    with database.inside() as run:
        run("from odoo.modules.loading import force_demo\nforce_demo(env)")


def _make_addon(database: Database) -> None:
    database.odoo("-i", paths.ADDON)


def _make_shop(database: Database) -> None:
    _make_addon(database)
    generate_assets(database)
    # in clones, crons run when something triggers them, not because the template is a day old
    database.sql("UPDATE ir_cron SET nextcall = nextcall + interval '10 years'")


def _make_neighbours(database: Database) -> None:
    database.odoo("-i", ",".join(NEIGHBOURS))


_PARENT: dict[Template, Template] = {
    "demo": "core",
    "addon": "core",
    "tours": "addon",
    "shop": "demo",
    "neighbours": "shop",
}
_MAKE: dict[Template, tuple[str, Callable[[Database], None]]] = {
    "core": ("Installing Odoo's modules in a template database (about two minutes)", _make_core),
    "demo": ("Adding Odoo's demo data", _make_demo),
    "addon": (f"Installing {paths.ADDON}", _make_addon),
    "tours": ("Bundling scripts and styles", generate_assets),
    "shop": (f"Installing {paths.ADDON} with its demo data", _make_shop),
    "neighbours": (f"Installing Odoo's modules that {paths.ADDON} may meet", _make_neighbours),
}


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _version(pg: Postgres) -> int:
    return int(_psql(pg, "SHOW server_version_num"))


def _psql(pg: Postgres, statement: str, name: str = "postgres") -> str:
    return _call(pg, "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", name, "-c", statement).strip()


def _call(pg: Postgres, program: str, *arguments: str) -> str:
    """Run one of PostgreSQL's programs; return what it prints."""
    answer = subprocess.run(
        [pg.program(program), *arguments],
        env=environment.odoo_env(pg),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        reason = answer.stderr.strip() or f"exit code {answer.returncode}"
        raise progress.DevError(f"`{program} {arguments[-1]}` failed: {reason}")
    return answer.stdout
