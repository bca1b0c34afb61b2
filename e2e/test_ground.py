"""What all other end-to-end tests stand on: servers, mails, pages."""

import json
import os
import signal
import subprocess
import sys
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from devtools import database, paths
from devtools.inside import InsideError
from devtools.wait import wait_for

SEND = """
env["mail.mail"].create(
    {"subject": "Hello å", "email_to": to, "email_from": "a@example.com", "body_html": "<p>Hi</p>"}
).send(raise_exception=True)
"""
QUEUE = """
env["mail.mail"].create({"subject": "Queued", "email_to": to, "body_html": "<p>Hi</p>"})
env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
"""
SERVE = """
import sys
from devtools.database import Database, data_dir
from devtools.postgres import cluster
from devtools.server import Server
with cluster("test") as pg, Server(Database(sys.argv[1], pg, data_dir("test")), workers=2) as odoo:
    print(odoo.pid, flush=True)
    sys.stdin.read()
"""


def _processes(group: int) -> list[int]:
    """Return the living processes of a process group."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True
    )
    rows = [line.split() for line in listed.stdout.splitlines()]
    return [
        int(pid) for pid, pgid, state in rows if int(pgid) == group and not state.startswith("Z")
    ]


def _ask(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


def test_shop_opens_on_a_desk_and_on_a_phone(page: Page, phone: Page):
    for shown in (page, phone):
        shown.goto("/shop")
        expect(shown.get_by_role("heading", name="All products")).to_be_visible()
    assert phone.viewport_size["width"] == 390


def test_admin_logs_in_and_sees_the_backend(page: Page):
    page.goto("/web/login")
    page.fill("#login", "admin")
    page.fill("#password", "admin")
    page.click(".oe_login_form button[type=submit]")
    expect(page.locator(".o_main_navbar")).to_be_visible()


def test_mail_leaves_over_smtp_unless_the_server_refuses(odoo_run, mails):
    odoo_run(SEND, to="anna@example.com")
    [mail] = mails.wait(to="anna@example.com")
    assert (mail.subject, mail.html.strip()) == ("Hello å", "<p>Hi</p>")
    # what waited in the shop may be there, too
    listed = json.loads(_ask(f"{mails.url}/mails.json"))
    assert [e["subject"] for e in listed if "anna@example.com" in e["to"]] == ["Hello å"]
    mails.refuse("bert@example.com")
    with pytest.raises(InsideError, match="refuses this recipient"):
        odoo_run(SEND, to="bert@example.com")
    mails.accept()
    odoo_run(SEND, to="bert@example.com")
    assert len(mails.wait(to="bert@example.com")) == 1


def test_code_that_fails_leaves_nothing_behind(odoo_run):
    with pytest.raises(InsideError, match="ZeroDivisionError"):
        odoo_run("env['res.partner'].create({'name': 'Half made'}); 1 / 0")
    assert odoo_run("env['res.partner'].search_count([('name', '=', 'Half made')])") == 0


def test_forked_processes_work_on_the_database_of_their_file(mother, odoo_run, new_run, odoo_db):
    name = "env.cr.dbname"
    assert odoo_run(name) == new_run()(name) == odoo_db.name != mother(name)
    written = "env['res.partner'].create({'name': 'Only here'}); env.registry.db_name"
    assert odoo_run(written) == odoo_db.name
    found = "env['res.partner'].search_count([('name', '=', 'Only here')])"
    assert (odoo_run(found), new_run()(found), mother(found)) == (1, 1, 0)


def test_a_forked_process_has_nothing_cached_of_another_database(mother, odoo_db):
    read = "env['ir.config_parameter'].get_param('e2e.place')"
    assert mother(read) is False
    odoo_db.sql("INSERT INTO ir_config_parameter (key, value) VALUES ('e2e.place', 'here')")
    with mother.fork(odoo_db.config("-late")) as late:
        assert late(read) == "here"


def test_triggered_cron_is_run_by_the_server(odoo_run, odoo_server, mails):
    odoo_run(QUEUE, to="carl@example.com")
    assert len(mails.wait(to="carl@example.com", subject="Queued")) == 1


def test_server_with_workers_serves_websockets_and_leaves_no_process_behind(
    make_db, make_server, new_page
):
    server = make_server(make_db("shop"), workers=2)
    group = os.getpgid(server.pid)
    assert (
        len(_processes(group)) >= 5
    )  # the master, two for pages, one for crons, one for websockets
    shown = new_page(base_url=server.url)
    with shown.expect_websocket() as socket:
        shown.goto("/shop")
        shown.evaluate(f"new WebSocket('ws://127.0.0.1:{server.port}/websocket?version=19.0-2')")
    assert not socket.value.is_closed()
    server.kill()
    wait_for(lambda: not _processes(group), "every process of the killed server to end")


def test_server_ends_with_whoever_started_it_however_that_ends(make_db):
    command = [sys.executable, "-c", SERVE, make_db("shop").name]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=paths.ROOT, text=True, **pipes) as starter:
        group = int(starter.stdout.readline())
        assert len(_processes(group)) >= 5
        starter.send_signal(signal.SIGKILL)
    wait_for(lambda: not _processes(group), "the server to end after its starter")


def test_clone_shares_its_templates_files_and_leaves_none(postgres):
    with database.clone(postgres, "core") as copy:
        [one, *_] = [path for path in copy.filestore.rglob("*") if path.is_file()]
        assert one.stat().st_nlink > 1
        assert copy.sql("SELECT count(*) FROM ir_module_module WHERE name = 'sale'") == "1"
    assert not copy.exists()
    assert not copy.filestore.exists()


def test_leftovers_of_a_killed_run_are_swept(postgres):
    with subprocess.Popen(["true"]) as dead:
        pass
    left = database.template(postgres, "core").clone(f"{database.PREFIX}run_{dead.pid}_1")
    database.sweep(postgres)
    assert not left.exists()
    assert not left.filestore.exists()
