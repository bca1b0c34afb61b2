"""A pytest plugin for tests inside Odoo, on top of pytest-odoo.

- What Odoo logs as an error fails the test, as it does for Odoo's own runner.
- Tests tagged `-standard` (performance, external services) are left out, as Odoo's runner does.
- `--no-browser` keeps Odoo from starting Chromium.
"""

import logging
from collections.abc import Generator
from unittest import SkipTest

import pytest

from odoo.tests import common

from .pytest_browser import NO_BROWSER


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption("--allow-errors", action="store_true", help="logged errors do not fail a test")


class _Errors(logging.Handler):
    """Keeps what is logged as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def take(self) -> list[str]:
        lines, self.lines = self.lines, []
        return lines


_errors = _Errors()


def pytest_configure(config: pytest.Config) -> None:
    """Listen to the log; keep Chromium from being started when it is not wanted."""
    logging.getLogger().addHandler(_errors)
    if config.getoption("--no-browser"):

        def refuse(*_args: object, **_kwargs: object) -> None:
            raise SkipTest(NO_BROWSER)

        common.ChromeBrowser.__init__ = refuse


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what Odoo's own runner leaves out, too."""
    left_out = [item for item in items if "standard" not in _tags(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if "standard" in _tags(item)]


def _tags(item: pytest.Item) -> set[str]:
    return getattr(getattr(item, "cls", None), "test_tags", {"standard"})


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test during which Odoo logged an error."""
    _errors.take()
    result = yield
    lines = _errors.take()
    if lines and not item.config.getoption("--allow-errors"):
        first = "\n".join(line.splitlines()[0][:200] for line in lines)
        said = f"Odoo logged {len(lines)} error(s), shown in full below:\n{first}"
        pytest.fail(said, pytrace=False)
    return result
