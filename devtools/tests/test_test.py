"""How ./dev test reads pytest's arguments, and what it says at the end."""

import os

import pytest

from devtools import paths, pytest_order, pytest_runs
from devtools.test import needs_browser, split

HERE = "devtools/tests/test_test.py"


@pytest.mark.parametrize(
    ("words", "chosen", "options"),
    [
        ([], [], []),
        ([HERE], [HERE], []),
        ([f"{HERE}::test_x", "-x"], [f"{HERE}::test_x"], ["-x"]),
        (["-k", "e2e"], [], ["-k", "e2e"]),
        (["--lf", "e2e", "--maxfail=2"], ["e2e"], ["--lf", "--maxfail=2"]),
    ],
)
def test_paths_are_told_from_options(words, chosen, options):
    assert split(words) == ([str(paths.ROOT / path) for path in chosen], options)


def test_only_tests_with_tours_need_a_browser(tmp_path):
    (tmp_path / "test_a.py").write_text("self.assertTrue(order)")
    assert not needs_browser([str(tmp_path)])
    (tmp_path / "test_b.py").write_text("self.start_tour('/shop', 'x')")
    assert needs_browser([str(tmp_path)])
    assert not needs_browser([f"{tmp_path}/test_a.py::TestX"])


def test_what_goes_first_is_there():
    folders = (paths.ROOT / paths.ADDON / "tests", paths.ROOT / "e2e")
    stems = {path.stem for folder in folders for path in folder.glob("test_*.py")}
    assert set(pytest_order.LONGEST) <= stems


def test_reports_are_added_up(tmp_path, monkeypatch):
    monkeypatch.setattr(pytest_runs, "ARTIFACTS", tmp_path)
    case = '<testcase classname="odoo.addons.sale.tests.test_x.TestX" name="test_%s">%s</testcase>'
    outcomes = {"a": "", "b": "<failure/>", "c": "<skipped/>", "d": "<error/>"}
    cases = "".join(case % outcome for outcome in outcomes.items())
    (tmp_path / f"inside-{os.getpid()}.xml").write_text(
        f"<testsuites><testsuite>{cases}</testsuite></testsuites>"
    )
    found = pytest_runs.results("inside", "missing")
    assert str(found) == "1 passed, 2 failed, 1 skipped"
    assert found.not_passing == {"sale.tests.test_x.TestX.test_b", "sale.tests.test_x.TestX.test_d"}
