"""Invoices leave as real PDFs over real SMTP: many by one process, and never after a hang."""

import io
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pypdf
import pytest
from orders import CRONS, paid_orders

from devtools.database import Database
from devtools.inside import Inside
from devtools.mailcatcher import MailCatcher

SENDING = "website_sale_order_mgmt.ir_cron_send_requested_invoices"
WATCHDOG = "website_sale_order_mgmt.ir_cron_watch_web_orders"
LATER = "env['sale.order'].browse(ids).filtered('shop_mail_next_try').shop_mail_next_try = False"
RUN_CRON = "env.ref(xmlid).method_direct_trigger()"
ANSWER = """
orders = env["sale.order"].browse(ids)
[
    {
        "order": order.name,
        "state": order.shop_invoicing_state,
        "error": order.shop_invoicing_error,
        "invoice": move.name,
        "posted": move.state == "posted",
        "sent": move.is_move_sent,
        "send_state": move.shop_send_state,
        "send_error": move.shop_send_error,
    }
    for order in orders
    for move in order.invoice_ids
]
"""
# Counts, and hangs when asked to; `--version` is asked for first.
WRAPPER = """#!/bin/sh
case "$*" in --version) exec {program} --version;; esac
echo "$$" >> {count}
if [ -e {hang} ]; then sleep 600; fi
exec {program} "$@"
"""


class Program:
    """A wkhtmltopdf that counts how often it is started, and can be made to hang."""

    def __init__(self, folder: Path, path: str) -> None:
        self.folder, self.hang, self.count = folder, folder / "hang", folder / "count"
        program = shutil.which("wkhtmltopdf", path=path)
        text = WRAPPER.format(program=program, count=self.count, hang=self.hang)
        (folder / "wkhtmltopdf").write_text(text)
        (folder / "wkhtmltopdf").chmod(stat.S_IRWXU)
        self.path = os.pathsep.join((str(folder), path))

    def pids(self) -> list[int]:
        """Return the processes of all starts."""
        return [int(pid) for pid in self.count.read_text().split()] if self.count.exists() else []


@pytest.fixture(scope="module")
def program(odoo_db: Database, tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(tmp_path_factory.mktemp("bin"), odoo_db.env()["PATH"])


@pytest.fixture(scope="module")
def shop(odoo_db: Database, mails: MailCatcher, program: Program) -> Iterator[Inside]:
    """A process with that program, and automatic invoices."""
    config = odoo_db.config("-counting", smtp_server="127.0.0.1", smtp_port=mails.smtp_port)
    run = Inside(config, odoo_db.env() | {"PATH": program.path})
    run("env['ir.config_parameter'].set_param('sale.automatic_invoice', True)")
    run("env['mail.mail'].search([]).state = 'cancel'")
    yield run
    run.close()


def test_a_batch_is_one_process_and_each_gets_an_invoice_of_its_own(
    shop: Inside, program: Program, mails: MailCatcher
) -> None:
    orders = paid_orders(shop, "batch", 6)
    shop(RUN_CRON, xmlid=CRONS["invoicing"])
    assert len(program.pids()) == 1
    made = shop(ANSWER, ids=orders)
    assert [(one["send_state"], one["sent"]) for one in made] == [("leaving", False)] * 6
    shop(RUN_CRON, xmlid=CRONS["mails"])
    made = shop(ANSWER, ids=orders)
    assert [(one["send_state"], one["sent"]) for one in made] == [("sent", True)] * 6
    for number, one in enumerate(made):
        [mail] = mails.find(to=f"batch{number}@example.com", subject=one["invoice"])
        [content] = mail.attachments.values()
        reader = pypdf.PdfReader(io.BytesIO(content))
        text = "".join(page.extract_text() for page in reader.pages)
        assert len(reader.pages) == 1
        assert one["invoice"] in text
        assert f"batch {number}" in text
        assert "Mug" in text
        assert sum(other["invoice"] in text for other in made) == 1


def test_a_program_that_hangs_is_ended_and_the_invoice_says_so(
    shop: Inside, program: Program, mails: MailCatcher
) -> None:
    before = len(program.pids())
    shop("env['ir.config_parameter'].set_param('website_sale_order_mgmt.pdf_seconds', 2)")
    program.hang.touch()
    [order] = paid_orders(shop, "hang", 1)
    shop(RUN_CRON, xmlid=CRONS["invoicing"])
    [made] = shop(ANSWER, ids=[order])
    assert made["posted"]
    assert (made["state"], made["send_state"], made["sent"]) == ("queued", "failed", False)
    assert "2 seconds" in made["error"]
    assert "2 seconds" in made["send_error"]
    assert mails.find(to="hang0@example.com") == []
    [pid] = program.pids()[before:]
    assert not psutil.pid_exists(pid), "It does not go on without us"

    program.hang.unlink()
    shop("env['ir.config_parameter'].set_param('website_sale_order_mgmt.pdf_seconds', 60)")
    shop("env['sale.order'].browse(ids).invoice_ids.action_send_shop_again()", ids=[order])
    shop(RUN_CRON, xmlid=SENDING)
    shop(RUN_CRON, xmlid=CRONS["mails"])
    [made] = shop(ANSWER, ids=[order])
    assert (made["send_state"], made["sent"], made["send_error"]) == ("sent", True, False)
    assert len(mails.find(to="hang0@example.com", subject=made["invoice"])) == 1


def test_a_server_that_hangs_up_is_tried_again_and_the_invoice_says_so(
    shop: Inside, mails: MailCatcher
) -> None:
    orders = paid_orders(shop, "cut", 3)
    shop(RUN_CRON, xmlid=CRONS["invoicing"])
    mails.hang_up("cut1@example.com")
    for _run in range(2):  # the one that fails ends the first run
        shop(RUN_CRON, xmlid=CRONS["mails"])
    made = shop(ANSWER, ids=orders)
    assert [one["send_state"] for one in made] == ["sent", "refused", "sent"]
    assert "closed" in made[1]["send_error"]
    mails.accept()
    shop(LATER, ids=orders)
    shop(RUN_CRON, xmlid=WATCHDOG)
    shop(RUN_CRON, xmlid=CRONS["mails"])
    assert [one["send_state"] for one in shop(ANSWER, ids=orders)] == ["sent"] * 3
    for number, one in enumerate(made):
        assert len(mails.find(to=f"cut{number}@example.com", subject=one["invoice"])) == 1


def test_without_the_program_the_invoice_is_there_and_says_what_is_missing(
    shop: Inside, odoo_db: Database, mails: MailCatcher, tmp_path: Path
) -> None:
    [order] = paid_orders(shop, "none", 1)
    config = odoo_db.config("-none", smtp_server="127.0.0.1", smtp_port=mails.smtp_port)
    with Inside(config, odoo_db.env() | {"PATH": str(tmp_path)}) as without:
        without(RUN_CRON, xmlid=CRONS["invoicing"])
    [made] = shop(ANSWER, ids=[order])
    assert made["posted"]
    assert (made["state"], made["send_state"], made["sent"]) == ("queued", "failed", False)
    assert "Wkhtmltopdf" in made["send_error"]
    assert mails.find(to="none0@example.com") == []
    shop("env['sale.order'].browse(ids).action_retry_shop_invoicing()", ids=[order])
    shop(RUN_CRON, xmlid=CRONS["invoicing"])
    shop(RUN_CRON, xmlid=CRONS["mails"])
    assert len(mails.find(to="none0@example.com", subject=made["invoice"])) == 1
