"""./dev demo: a furnished shop with the addon, its mails, workers and crons, until Ctrl-C."""

import argparse
import contextlib
import fcntl
import shutil
import signal
import subprocess
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

from . import database, environment, paths, progress, python, server
from .postgres import Postgres, cluster

PORT = 8069
WORKERS = 2
MAILS = paths.DEV / "mails"
# logins of the demo data, with passwords that equal them
LOGINS = {
    "admin": "administrator",
    "sales": "salesperson",
    "warehouse": "warehouse worker",
    "customer": "customer",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--port", type=int, default=PORT, help=f"where the shop answers: {PORT}")
    parser.add_argument("--reset", action="store_true", help="start with a fresh database")
    parser.add_argument(
        "--lang", choices=database.LANGUAGES, help="the language of the shop and its staff"
    )


def run(args: argparse.Namespace) -> int:
    """Set up what is missing, then serve the shop until Ctrl-C."""
    signal.signal(signal.SIGTERM, _stop)
    if not server.is_free(args.port):
        free = server.free_port(args.port + 1)
        raise progress.DevError(
            f"Port {args.port} is in use: end what uses it, or start `./dev demo --port {free}`."
        )
    with _only_one():
        environment.ensure()
        with cluster("demo") as pg:
            shop = prepare(pg, args.reset)
            if args.lang:
                _speak(shop, args.lang)
            _serve(shop, args.port)
    return 0


def demo_database(pg: Postgres) -> database.Database:
    """Return the demo's database, which need not exist."""
    return database.Database(paths.DEMO_DATABASE, pg, database.data_dir("demo"))


def existing_database(pg: Postgres) -> database.Database:
    """Return the demo's database.

    :raises DevError: there is none yet
    """
    shop = demo_database(pg)
    if not shop.exists():
        raise progress.DevError("There is no demo yet: start `./dev demo`.")
    return shop


def prepare(pg: Postgres, reset: bool = False) -> database.Database:
    """Return the demo's database: made where it is missing, updated where the addon has changed."""
    shop = demo_database(pg)
    if reset:
        shutil.rmtree(MAILS, ignore_errors=True)
        shop.drop()
    if not shop.exists():
        part = database.Database(f"{shop.name}_part", pg, shop.data_dir)
        part.drop()
        with progress.step("Furnishing the demo shop (about two minutes)"):
            database.install(part, (*database.MODULES, paths.ADDON), "--with-demo")
            database.generate_assets(part)
            _note(part)
            part.rename(shop.name)
    elif _noted(shop) != database.addon_hash():
        update(shop)
    return shop


def update(shop: database.Database) -> None:
    """Update the addon in the database."""
    with progress.step(f"Updating {paths.ADDON} in the demo"):
        shop.odoo("-u", paths.ADDON)
        _note(shop)


def _note(shop: database.Database) -> None:
    """Note in the database which state of the addon it has."""
    shop.sql(
        "INSERT INTO ir_config_parameter (key, value) "
        f"VALUES ('{paths.ADDON}.devtools', '{database.addon_hash()}') "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    )


def _noted(shop: database.Database) -> str:
    return shop.sql(f"SELECT value FROM ir_config_parameter WHERE key = '{paths.ADDON}.devtools'")


def _speak(shop: database.Database, lang: str) -> None:
    """Have the shop and everybody who works in it use the language."""
    with shop.inside() as inside:
        inside(
            """
            website = env["website"].search([])
            language = env["res.lang"]._lang_get(lang)
            website.language_ids |= language
            website.default_lang_id = language
            env["res.users"].search([]).partner_id.lang = lang
            """,
            lang=lang,
        )


def _serve(shop: database.Database, port: int) -> None:
    """Run the mail catcher and Odoo until one of them ends or Ctrl-C."""
    smtp_port = server.free_port()
    mail_port = server.free_port(port + 1)
    catcher = subprocess.Popen(
        [
            *(python.PYTHON, "-m", "devtools.mailcatcher", "--dir", MAILS),
            *("--smtp-port", str(smtp_port), "--http-port", str(mail_port)),
        ],
        cwd=paths.ROOT,
        env=python.environ(),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    odoo = server.Server(shop, port, WORKERS, smtp_port=smtp_port)
    try:
        with progress.step("Starting Odoo"):
            odoo.start()
        _tell(odoo, mail_port)
        while odoo.is_running() and catcher.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                catcher.wait(1)
        raise progress.DevError(f"A server has ended by itself: {odoo.log} may say why.")
    except KeyboardInterrupt:
        progress.say("\nEnding.")
    finally:
        odoo.stop()
        catcher.terminate()
        catcher.wait()


def _tell(odoo: server.Server, mail_port: int) -> None:
    logins = ", ".join(f"{login} ({who})" for login, who in LOGINS.items())
    progress.say(
        f"""
  Shop      {odoo.url}/shop
  Backend   {odoo.url}/odoo
  Mails     http://127.0.0.1:{mail_port}
  Logins    {logins}; the password is the login
  Log       {odoo.log.relative_to(paths.ROOT)}

Ctrl-C ends it.""",
    )


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    """Refuse to start twice on the same database."""
    paths.LOCKS.mkdir(parents=True, exist_ok=True)
    with open(paths.LOCKS / "demo", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise progress.DevError(
                "The demo of this checkout already runs: end it first; a second one needs a clone."
            ) from None
        yield


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
