"""What the end-to-end tests start from: a database, a real server, mails over SMTP, a real browser.

Each test file has its own, so that files do not see each other; the tests in a file share them.

    def test_the_shop(page, odoo_server, mails, odoo_run, run_cron): ...

odoo_db       a clone of the furnished shop (Odoo's demo data, the addon, the addon's demo data)
mails         the mail catcher: mails.wait(to=..., subject=...), mails.refuse(), mails.accept()
odoo_server   a server on odoo_db that sends to `mails`: .url, .port, .kill(), .new_errors()
odoo_run      runs code with `env` in a process of its own and commits: odoo_run("env.company.name")
new_run       makes more such processes, at once: new_run()("env.company.name")
run_cron      runs a scheduled action now: run_cron("module.cron_x")
page, phone   a page in Chromium, 1280 or 390 pixels wide; addresses may start with /
new_page      makes more: new_page(PHONE), new_page(locale="sv-SE"), each with cookies of its own
log_in        log_in(page, "sales"): the demo data's logins have themselves as their passwords
neighbours    runs code in a shop that has more of Odoo's apps beside the addon, as odoo_run does
make_db       another clone: make_db("core"), see devtools/database.py for what there is
make_server   another server: make_server(db, workers=2, crons=0)

A test fails when a server logs an error, unless it says `odoo_server.new_errors()` itself.
What a failing test's pages showed lies in .dev/artifacts/<test>: pictures, the server's log.
"""

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from devtools import database, paths
from devtools.database import Database
from devtools.inside import Inside
from devtools.mailcatcher import MailCatcher
from devtools.postgres import Postgres, cluster
from devtools.pytest_browser import NO_BROWSER
from devtools.server import Server

DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
# fonts and maps are not fetched; a route for them would have pages go without the browser's cache
NO_NETWORK = (
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
PATIENCE = 40_000  # milliseconds that a page has to show what is expected
expect.set_options(timeout=PATIENCE)
ARTIFACTS = paths.DEV / "artifacts"
FAILED = pytest.StashKey[bool]()
SERVERS = pytest.StashKey[list[Server]]()


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Note for the fixtures that the test has failed."""
    error = call.excinfo
    if error and call.when != "teardown" and not error.errisinstance(pytest.skip.Exception):
        item.stash[FAILED] = True


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server of the test databases."""
    with cluster("test") as pg:
        yield pg


@pytest.fixture(scope="module")
def make_db(postgres: Postgres) -> Iterator[Callable[..., Database]]:
    """Make clones: `make_db("core")`; they are gone when the file's tests are over."""
    with contextlib.ExitStack() as stack:
        yield lambda kind="shop": stack.enter_context(database.clone(postgres, kind))


@pytest.fixture(scope="module")
def odoo_db(make_db: Callable[..., Database]) -> Database:
    """A clone of the furnished shop."""
    return make_db("shop")


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailCatcher]:
    """The mails that the servers of this file have sent."""
    with MailCatcher(tmp_path_factory.mktemp("mails")) as catcher:
        yield catcher


@pytest.fixture(scope="module")
def make_server(
    request: pytest.FixtureRequest, mails: MailCatcher
) -> Iterator[Callable[..., Server]]:
    """Start servers: `make_server(db, workers=2)`; they end when the file's tests are over."""
    servers = request.node.stash.setdefault(SERVERS, [])
    with contextlib.ExitStack() as stack:

        def make(db: Database, **options: str | int | bool) -> Server:
            server = stack.enter_context(Server(db, smtp_port=mails.smtp_port, **options))
            servers.append(server)
            return server

        yield make


@pytest.fixture(scope="module")
def odoo_server(make_server: Callable[..., Server], odoo_db: Database) -> Server:
    """A server on `odoo_db`, in one process, with one thread for crons."""
    return make_server(odoo_db)


@pytest.fixture(scope="session")
def mother(postgres: Postgres) -> Iterator[Inside]:
    """Give a process that has the registry of the furnished shop; others are forked from it."""
    with database.clone(postgres, "shop") as copy, copy.inside() as inside:
        yield inside


@pytest.fixture(scope="module")
def odoo_run(mother: Inside, odoo_db: Database, mails: MailCatcher) -> Iterator[Inside]:
    """Run code inside Odoo on `odoo_db`; each call is a transaction."""
    options = {"smtp_server": "127.0.0.1", "smtp_port": mails.smtp_port}
    with mother.fork(odoo_db.config("-inside", **options)) as inside:
        yield inside


@pytest.fixture(scope="module")
def neighbours(make_db: Callable[..., Database], mails: MailCatcher) -> Iterator[Inside]:
    """Run code in a shop in which more of Odoo's apps were installed after the addon."""
    copy = make_db("neighbours")
    options = {"smtp_server": "127.0.0.1", "smtp_port": mails.smtp_port}
    with Inside(copy.config("-inside", **options), copy.env()) as inside:
        yield inside


@pytest.fixture
def new_run(odoo_run: Inside) -> Iterator[Callable[[], Inside]]:
    """Make more processes that run code inside Odoo; they are gone when the test is over."""
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(odoo_run.fork())


@pytest.fixture(scope="module")
def run_cron(odoo_run: Inside) -> Callable[[str], None]:
    """Run a scheduled action by its XML id; what it does is committed."""
    return lambda xmlid: odoo_run("env.ref(xmlid).method_direct_trigger(); None", xmlid=xmlid)


@pytest.fixture(autouse=True)
def no_errors_logged(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test during which a server logged an error that it did not ask for."""
    yield
    servers = request.node.getparent(pytest.Module).stash.get(SERVERS, [])
    errors = [error for server in servers for error in server.new_errors()]
    if errors and not request.node.stash.get(FAILED, False):
        pytest.fail("A server logged errors:\n" + "\n".join(errors), pytrace=False)
    if request.node.stash.get(FAILED, False):
        for server in servers:
            shutil.copy(server.log, _artifacts(request.node))


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Our Chromium, without a window."""
    if request.config.getoption("--no-browser"):
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(paths.BIN / "chromium"), args=["--no-sandbox", *NO_NETWORK]
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(
    request: pytest.FixtureRequest, chromium: Browser, odoo_server: Server
) -> Iterator[Callable[..., Page]]:
    """Make pages, each in a context of its own; a failed test's pictures are kept."""
    contexts: list[BrowserContext] = []

    def make(device: dict = DESKTOP, **options: object) -> Page:
        context = chromium.new_context(**{"base_url": odoo_server.url} | device | options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    yield make
    failed = request.node.stash.get(FAILED, False)
    for number, context in enumerate(contexts, 1):
        if failed:
            _keep(context, _artifacts(request.node), number)
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page as wide as a desk's screen."""
    return new_page(DESKTOP)


@pytest.fixture
def phone(new_page: Callable[..., Page]) -> Page:
    """A page as wide as a phone."""
    return new_page(PHONE)


@pytest.fixture
def log_in() -> Callable[[Page, str], None]:
    """Log in: `log_in(page, "sales")`. What the form sends is sent without showing any page."""

    def log_in(page: Page, login: str, password: str = "") -> None:
        form = page.request.get("/web/login").text()
        token = re.search(r'name="csrf_token" value="([^"]+)"', form)[1]
        values = {"csrf_token": token, "login": login, "password": password or login}
        answer = page.request.post("/web/login", form=values)
        assert "/web/login" not in answer.url, f"{login} cannot log in"

    return log_in


def _keep(context: BrowserContext, folder: Path, number: int) -> None:
    """Keep a picture of each page."""
    for index, page in enumerate(context.pages, 1):
        with contextlib.suppress(Error):  # a page that has crashed shows nothing
            page.screenshot(path=folder / f"page-{number}-{index}.png", full_page=True)


def _artifacts(node: pytest.Item) -> Path:
    folder = ARTIFACTS / re.sub(r"[^\w.-]+", "-", node.nodeid)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
