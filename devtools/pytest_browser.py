"""A pytest plugin for both runs: --no-browser skips what needs Chromium, and says how much."""

import pytest

NO_BROWSER = "--no-browser: this test needs Chromium"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption("--no-browser", action="store_true", help="skip tests that need Chromium")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were left out for want of a browser."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(NO_BROWSER in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.write_line(f"--no-browser: {count} test(s) in Chromium were skipped.")
