"""A pytest plugin for tests inside Odoo: a test finds what the tests before it have cached.

Odoo's test cases empty all of the registry's caches after each test, for what the test changed is
rolled back. To read and compile the views of pages and mails again then takes longer than many a
test. Here those caches alone are emptied that something has invalidated since the test, or the
class, began; what nothing invalidated is true before, within and after it, by the same rule by
which a server keeps it from request to request.
"""

import contextlib
from collections.abc import Iterator
from unittest.mock import patch

import pytest

from odoo.modules.registry import Registry
from odoo.tests.common import TransactionCase, get_db_name

_noted: list[set[str]] = []  # what was invalidated: by the class's set-up, by the running test


def pytest_configure(config: pytest.Config) -> None:
    """Have Odoo's test cases empty less."""
    clear_cache, set_up = Registry.clear_cache, TransactionCase.setUp
    set_up_class = TransactionCase.setUpClass.__func__

    def clear_cache_and_note(self: Registry, *names: str) -> None:
        if _noted:
            _noted[-1].update(names or ("default",))
        clear_cache(self, *names)

    def set_up_noting(self: TransactionCase) -> None:
        stack = contextlib.ExitStack()
        stack.enter_context(_emptying_what_was_invalidated(self.registry))
        self.addCleanup(stack.close)  # the last one, for it is the first
        set_up(self)

    def set_up_class_noting(cls: type[TransactionCase]) -> None:
        stack = contextlib.ExitStack()
        stack.enter_context(_emptying_what_was_invalidated(Registry(get_db_name())))
        cls.addClassCleanup(stack.close)
        set_up_class(cls)

    Registry.clear_cache = clear_cache_and_note
    TransactionCase.setUp = set_up_noting
    TransactionCase.setUpClass = classmethod(set_up_class_noting)


@contextlib.contextmanager
def _emptying_what_was_invalidated(registry: Registry) -> Iterator[None]:
    """Have the cleanups registered in here empty no other caches."""
    noted: set[str] = set()

    def clear() -> None:
        if noted:
            registry.clear_cache(*noted)

    _noted.append(noted)
    with patch.object(registry, "clear_all_caches", clear):
        yield
    _noted.pop()
