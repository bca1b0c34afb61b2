"""A pytest plugin for tests inside Odoo: test cases share the furnished shop that they start from.

To furnish it takes longer than most tests. It is done once for many test cases, in a transaction
that goes on; each test case has a savepoint of it, as each of its tests has one of its own.
"""

import contextlib
import copy
import sys
import time
from collections.abc import Iterator
from unittest.mock import patch

from odoo.modules.registry import Registry
from odoo.sql_db import Cursor, Savepoint
from odoo.tests.common import HttpCase, TransactionCase, get_db_name

COMMON = "odoo.addons.website_sale_order_mgmt.tests.common"
OLD = 600  # seconds; then it is furnished anew, for the clock of a transaction stands still
UNITTEST = ("__", "_class", "test_")  # names that each test case has for itself
_shop: "_Shop | None" = None
_lending = False


class _Shop:
    """A transaction with a furnished shop: what a test case finds in its class."""

    def __init__(self, common: type[TransactionCase]) -> None:
        self.began = time.monotonic()
        self.cr = Registry(get_db_name()).cursor()
        self.cr.close = lambda: None  # no test case ends it
        case = type("Shop", (common,), {"__module__": common.__module__})
        before = dict(vars(case))
        with _first_cursor(self.cr):
            common.set_up_alone(case)
        case.env.flush_all()
        case.doClassCleanups()
        self.transaction = case.env.transaction
        self.found = {
            name: value
            for name, value in vars(case).items()
            if name not in before or value is not before[name]
        }

    def lend(self, case: type[TransactionCase]) -> None:
        """Set the test case up in a savepoint."""
        case.addClassCleanup(self._take_back, Savepoint(self.cr))  # the last one, as the first
        names = set(vars(case))
        with _first_cursor(self.cr):
            (HttpCase if issubclass(case, HttpCase) else TransactionCase).setUpClass.__func__(case)
        of_odoo = set(vars(case)) - names - {"env"}
        for name in self.found.keys() - of_odoo:
            value = self.found[name]
            setattr(case, name, copy.copy(value) if isinstance(value, (dict, list, set)) else value)

    def _take_back(self, savepoint: Savepoint) -> None:
        self.transaction.clear()
        savepoint.close()
        for callbacks in ("precommit", "postcommit", "prerollback", "postrollback"):
            getattr(self.cr, callbacks).clear()

    def end(self) -> None:
        """Leave nothing of it in the database."""
        Registry.clear_all_caches(Registry(get_db_name()))  # also within a test case's set-up
        Cursor.close(self.cr)


def pytest_configure() -> None:
    """Have other test cases neither see the shop nor wait for its locks."""
    set_up_class = TransactionCase.setUpClass.__func__

    def set_up_class_alone(cls: type[TransactionCase]) -> None:
        if not _lending:
            _end_shop()
        set_up_class(cls)

    TransactionCase.setUpClass = classmethod(set_up_class_alone)


def pytest_collectstart() -> None:
    """Have the addon's test cases share, as soon as they are there; pytest notes their set-up."""
    common = getattr(sys.modules.get(COMMON), "ShopCommon", None)
    if common and not hasattr(common, "set_up_alone"):
        common.set_up_alone = common.setUpClass.__func__
        common.setUpClass = classmethod(_set_up_class_sharing)
        # what nobody has committed, other transactions take for waste
        common._gc_filestore = classmethod(lambda _cls: None)


def pytest_sessionfinish() -> None:
    """Leave no connection behind."""
    _end_shop()


def _set_up_class_sharing(cls: type[TransactionCase]) -> None:
    global _shop
    common = sys.modules[COMMON].ShopCommon
    if not _may_share(cls, common):
        common.set_up_alone(cls)
        return
    if _shop and time.monotonic() - _shop.began > OLD:
        _end_shop()
    _shop = _shop or _Shop(common)
    _shop.lend(cls)


def _end_shop() -> None:
    global _shop
    if _shop:
        _shop.end()
        _shop = None


def _may_share(cls: type[TransactionCase], common: type[TransactionCase]) -> bool:
    """Tell whether a test case starts from the very shop that others start from."""
    at = cls.__mro__.index(common)
    own, shops = cls.__mro__[:at], [base for base in cls.__mro__[at:] if base is not HttpCase]
    if cls.freeze_time or shops != [*common.__mro__]:
        return False
    names = {name for base in own for name in vars(base) if not name.startswith(UNITTEST)}
    changed = {name for name in names - {"setUpClass", "setUp"} if hasattr(common, name)}
    return not changed


@contextlib.contextmanager
def _first_cursor(cr: Cursor) -> Iterator[None]:
    """Have the test case that is set up in here take this cursor."""
    global _lending
    cursor, given = Registry.cursor, []

    def give(registry: Registry, readonly: bool = False) -> Cursor:
        if given:
            return cursor(registry, readonly=readonly)
        given.append(cr)
        return cr

    _lending = True
    try:
        with patch.object(Registry, "cursor", give):
            yield
    finally:
        _lending = False
