"""Installing the addon in a shop with 1,000 orders, updating it, and taking it away again."""

import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from orders import ADDON, CRONS, abandon, deliver, new_orders, new_payments, old_orders
from processes import RUN_CRON
from snapshots import CORE, EXTENDED, ORDERS, columns, records, structure

from devtools.database import Database
from devtools.inside import Inside
from devtools.mailcatcher import MailCatcher

COMPLAINT = re.compile(r"^\S+ \S+ \d+ (?:WARNING|ERROR|CRITICAL) .*", re.M)
FURNISH = """
env["ir.config_parameter"].set_param("sale.automatic_invoice", True)
env["res.company"].search([]).stock_move_email_validation = True
env["mail.mail"].search([]).state = "cancel"
"""
# all in the database becomes a month old
AGE = """
env.flush_all()
for table in ("sale_order", "sale_order_line", "stock_picking", "account_move"):
    env.cr.execute(
        f"UPDATE {table} SET create_date = now() - interval '30 days',"
        " write_date = now() - interval '30 days'"
    )
env.cr.execute("UPDATE sale_order SET date_order = now() - interval '30 days'")
env.cr.execute(
    "UPDATE payment_transaction SET last_state_change = now() - interval '30 days',"
    " is_post_processed = true"
)
"""
STATUS = """
SELECT state, shop_status, shop_payment_status, count(*) FROM sale_order
 WHERE name IN (SELECT name FROM old_order) GROUP BY 1, 2, 3
"""
COMPUTE_AGAIN = """
fields = env["sale.order"]._fields
names = [name for name in fields if name.startswith("shop_amount_") and fields[name].store]
names += ["shop_status", "shop_payment_status"]
orders = env["sale.order"].search([("website_id", "!=", False)])
stored = orders.read(names)
for name in names:
    env.add_to_compute(orders._fields[name], orders)
computed = orders.read(names)
[[was, now] for was, now in zip(stored, computed) if was != now]
"""
SETTINGS = """
settings = env["res.config.settings"]
settings.new(settings.default_get(list(settings._fields)))
settings.get_views([(False, "form")])["views"]["form"]["arch"]
"""
UNINSTALL = """
env["ir.module.module"].search([("name", "=", addon)]).button_immediate_uninstall()
None
"""
LEFT_BEHIND = rf"""
SELECT 'data ' || name FROM ir_model_data WHERE module = '{ADDON}'
 UNION SELECT 'view ' || id FROM ir_ui_view WHERE arch_db::text LIKE '%{ADDON}%'
 UNION SELECT 'action ' || id FROM ir_act_server WHERE code LIKE '%shop\_%'
 UNION SELECT 'parameter ' || key FROM ir_config_parameter WHERE key LIKE '%{ADDON}%'
 UNION SELECT 'attachment ' || id FROM ir_attachment WHERE url LIKE '%/{ADDON}/%'
"""


@dataclass(frozen=True)
class Look:
    """What the database was made of at one time."""

    structure: set[str]
    core: set[str]
    extended: set[str]
    orders: set[str]


@dataclass
class Shop:
    """The shop through its life, with the columns that it had at the beginning."""

    database: Database
    mails: MailCatcher
    at_first: dict[str, list[str]]

    def look(self) -> Look:
        """Take down all that is there, of tables only the columns that were there at first."""
        groups = (CORE, EXTENDED, ORDERS)
        of = [{table: self.at_first[table] for table in tables} for tables in groups]
        core, extended, orders = (records(self.database, tables) for tables in of)
        return Look(structure(self.database), core, extended, orders)

    @contextmanager
    def inside(self) -> Iterator[Inside]:
        """Give a process with the database's registry as it is now."""
        options = {"smtp_server": "127.0.0.1", "smtp_port": self.mails.smtp_port}
        with Inside(self.database.config("-inside", **options), self.database.env()) as run:
            yield run


@pytest.fixture(scope="module")
def shop(make_db: Callable[..., Database], mails: MailCatcher) -> Shop:
    """A shop without the addon, with 1,000 web orders in all states."""
    database = make_db("demo")
    database.sql("UPDATE ir_module_module SET demo = false")  # no demo data of the addon
    shop = Shop(database, mails, columns(database, CORE + EXTENDED + ORDERS))
    with shop.inside() as run:
        run(FURNISH)
        ids = run(new_orders, prefix="old", count=100)
        run("env['sale.order'].browse(ids).state = 'sent'", ids=ids[60:80])
        run(new_payments, order_ids=ids[80:90])
        run(new_payments, order_ids=ids[65:80] + ids[95:], state="pending")
        run("env['sale.order'].browse(ids).action_confirm(); None", ids=ids[80:90] + ids[95:])
        run(deliver, order_ids=ids[80:84])
        run("env['sale.order'].browse(ids)._create_invoices().action_post()", ids=ids[80:83])
        run("env['sale.order'].browse(ids)._action_cancel()", ids=ids[90:95])
        assert len(run(old_orders, order_ids=ids, times=10)) == 1000
        run(AGE)
    database.sql("CREATE TABLE old_order AS SELECT name FROM sale_order WHERE website_id = 1")
    return shop


@dataclass(frozen=True)
class Story:
    """What happened to the shop: how it looked before and after, and what Odoo said about it."""

    shop: Shop
    before: Look
    after: Look
    log: str


@pytest.fixture(scope="module")
def installed(shop: Shop) -> Story:
    """The shop after the addon was installed."""
    before = shop.look()
    log = shop.database.odoo("-i", ADDON)
    return Story(shop, before, shop.look(), log)


@pytest.fixture(scope="module")
def worked(installed: Story) -> Story:
    """The shop after all crons have run once with the addon."""
    shop = installed.shop
    shop.mails.clear()
    with shop.inside() as run:
        for cron in (*CRONS.values(), f"{ADDON}.ir_cron_watch_web_orders"):
            assert run(RUN_CRON, xmlid=cron) is True, cron
    return Story(shop, installed.after, shop.look(), "")


@pytest.fixture(scope="module")
def updated(worked: Story) -> Story:
    """The shop after the addon was updated."""
    log = worked.shop.database.odoo("-u", ADDON)
    return Story(worked.shop, worked.after, worked.shop.look(), log)


@pytest.fixture(scope="module")
def uninstalled(installed: Story, updated: Story) -> Story:
    """The shop without the addon again, compared with how it was before it came."""
    with updated.shop.inside() as run:
        run(UNINSTALL, addon=ADDON)
    return Story(updated.shop, installed.before, updated.shop.look(), "")


def _differences(story: Story, *groups: str) -> list[str]:
    """Return what has come (+) and what has gone (-)."""
    found = []
    for group in groups:
        before, after = getattr(story.before, group), getattr(story.after, group)
        found += [f"+ {line}" for line in after - before] + [f"- {line}" for line in before - after]
    return sorted(found)[:20]


def test_installing_says_nothing_worrying_and_leaves_core_and_old_orders_alone(installed):
    assert COMPLAINT.findall(installed.log) == []
    changes = _differences(installed, "structure", "core")
    assert [change for change in changes if change.startswith("-")] == []
    assert _differences(installed, "orders") == []


def test_old_orders_have_their_status_as_if_the_addon_had_always_been_there(installed):
    states = installed.shop.database.sql(STATUS).splitlines()
    assert len(states) >= 6
    assert not [state for state in states if "||" in state]
    with installed.shop.inside() as run:
        assert run(COMPUTE_AGAIN) == []
        assert 'id="website_sale_order_mgmt_block"' in run(SETTINGS)


def test_crons_leave_old_orders_alone(worked):
    assert _differences(worked, "orders") == []
    assert worked.shop.mails.find() == []


def test_update_changes_nothing(updated):
    assert COMPLAINT.findall(updated.log) == []
    assert _differences(updated, "structure", "core", "extended", "orders") == []


def test_uninstalling_leaves_core_as_it_was(uninstalled):
    assert uninstalled.shop.database.sql(LEFT_BEHIND) == ""
    assert _differences(uninstalled, "structure", "core", "extended", "orders") == []


def test_shop_works_without_the_addon_that_was_there(uninstalled, make_server):
    shop = uninstalled.shop
    with shop.inside() as run:
        assert ADDON not in run(SETTINGS)
        [order, cart] = run(new_orders, prefix="later", count=2)
        paid = run(new_payments, order_ids=[order])
        run("env['payment.transaction'].browse(ids)._post_process()", ids=paid)
        run(deliver, order_ids=[order])
        run(abandon, order_ids=[cart])
        for cron in ("invoicing", "reminders", "mails"):
            assert run(RUN_CRON, xmlid=CRONS[cron]) is True, cron
        invoices = run("env['sale.order'].browse(id).invoice_ids.mapped('state')", id=order)
        assert invoices == ["posted"]
    for subject in ("Order (Ref S", "Delivery Order", "Invoice"):
        assert len(shop.mails.find(to="later0@example.com", subject=subject)) == 1, subject
    assert shop.mails.find(to="later1@example.com", subject="your cart")
    server = make_server(shop.database, crons=0)
    with urllib.request.urlopen(f"{server.url}/shop", timeout=60) as answer:
        assert b"oe_website_sale" in answer.read()
