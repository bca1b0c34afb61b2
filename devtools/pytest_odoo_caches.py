"""A pytest plugin for tests inside Odoo: a test finds what the tests before it have cached.

Odoo's test cases empty all of the registry's caches after each test, for what the test changed is
rolled back. To read and compile the views of pages and mails again then takes longer than many a
test. Here those caches alone are emptied that something has invalidated since the test, or the
class, began; what nothing invalidated is true before, within and after it, by the same rule by
which a server keeps it from request to request. Tests in files that count queries begin with empty
caches, as they do in Odoo: a budget must hold without what happens to be cached.
"""

import contextlib
import functools
import inspect
import sys
from collections.abc import Iterator
from unittest.mock import patch

from odoo.modules.registry import Registry
from odoo.tests.common import TransactionCase, get_db_name

COUNTING = ("assertQueryCount", "sql_log_count")
_noted: list[set[str]] = []  # what was invalidated: by the class's set-up, by the running test


def pytest_configure() -> None:
    """Have Odoo's test cases empty less when they clean up."""
    clear_cache, set_up = Registry.clear_cache, TransactionCase.setUp
    set_up_class = TransactionCase.setUpClass.__func__

    def clear_cache_and_note(self: Registry, *names: str) -> None:
        if _noted:
            _noted[-1].update(names or ("default",))
        clear_cache(self, *names)

    def set_up_noting(self: TransactionCase) -> None:
        _noted.append(set())
        self.addCleanup(_noted.pop)  # the last one, for it is the first
        if counts_queries(type(self).__module__):
            self.registry.clear_all_caches()
        with _emptying(self.registry, _noted[-1]):  # Odoo makes its own clean-up in here
            set_up(self)

    def set_up_class_noting(cls: type[TransactionCase]) -> None:
        _noted.append(set())
        cls.addClassCleanup(_noted.pop)
        registry, while_odoo_cleans_up = Registry(get_db_name()), contextlib.ExitStack()
        emptying = _emptying(registry, _noted[-1])
        cls.addClassCleanup(while_odoo_cleans_up.close)
        set_up_class(cls)
        cls.addClassCleanup(while_odoo_cleans_up.enter_context, emptying)

    Registry.clear_cache = clear_cache_and_note
    TransactionCase.setUp = set_up_noting
    TransactionCase.setUpClass = classmethod(set_up_class_noting)


@functools.cache
def counts_queries(module: str) -> bool:
    """Tell whether the tests of a module count queries."""
    source = inspect.getsource(sys.modules[module])
    return any(word in source for word in COUNTING)


@contextlib.contextmanager
def _emptying(registry: Registry, noted: set[str]) -> Iterator[None]:
    """Have those who empty all caches in here, or note how, empty the noted ones."""

    def clear() -> None:
        if noted:
            registry.clear_cache(*noted)

    with patch.object(registry, "clear_all_caches", clear):
        yield
