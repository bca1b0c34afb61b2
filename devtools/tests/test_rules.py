"""What the repository's own rules find, and what they let pass."""

import pytest

from devtools import paths, rules


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Return a function that writes a file and gives what the rules say of it."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)

    def complain(name: str, text: str) -> list[str]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return list(rules.problems([path]))

    return complain


MODEL = f"{paths.ADDON}/models/sale_order.py"
VIEW = f"{paths.ADDON}/views/sale_order_views.xml"


@pytest.mark.parametrize(
    "text",
    [
        "# The cron reads carts of all salespeople.\norder.sudo()\n",
        "order.sudo()  # the customer may not read it\n",
        "# Public users cannot read teams:\nteam = (\n    order.sudo().team_id)\n",
        "order.sudo(False)\n",
        'text = "order.sudo()"\n',
    ],
)
def test_sudo_with_a_reason(check, text):
    assert check(MODEL, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "order.sudo()\n",
        "order.sudo()  # noqa: E501\n",
        "# A reason too far above.\na = 1\nb = 2\norder.sudo()\n",
        "order.sudo()\n# too late\n",
        "order.sudo(True)\n",
    ],
)
def test_sudo_without_a_reason(check, text):
    (complaint,) = check(MODEL, text)
    assert complaint.startswith(f"{MODEL}:{text[: text.index('.sudo')].count(chr(10)) + 1}: sudo()")


def test_sudo_in_tests_needs_no_reason(check):
    assert check(f"{paths.ADDON}/tests/test_order.py", "order.sudo()\n") == []


def test_sudo_in_a_view(check):
    assert check(VIEW, '<t t-set="x" t-value="order.sudo()" />\n')
    assert not check(VIEW, '<!-- shown to guests -->\n<t t-set="x" t-value="order.sudo()" />\n')


@pytest.mark.parametrize(("lines", "count"), [(399, 0), (400, 1)])
def test_length_of_files(check, lines, count):
    assert len(check("devtools/x.py", "a = 1\n" * lines)) == count
    assert len(check("static/x.xml", "<a/>\n" * lines)) == count
    assert not check("docs/x.md", "a\n" * lines)


@pytest.mark.parametrize(
    "host", ["deb.debian" + ".org", "pypi" + ".org", "registry.npmjs" + ".org"]
)
def test_hosts_of_registries(check, host):
    assert check("requirements.txt", f"--index https://{host}/simple\n")


@pytest.mark.parametrize("folder", ["/root" + "/x", "/home" + "/anna/x", "/Users" + "/anna/x"])
def test_folders_of_one_machine(check, folder):
    assert check("devtools/x.py", f'HOME = "{folder}"\n')


@pytest.mark.parametrize(
    "text", ["packages from PyPI", ".dev/odoo/root/usr", 'f"{x}/root/y"', "$D/root/"]
)
def test_words_that_are_no_hosts_and_no_folders(check, text):
    assert check("devtools/x.py", text) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (MODEL, "_sql_constraints = []\n"),
        (MODEL, "self._cr\n"),
        (MODEL, "@route(type='json')\n"),
        (VIEW, "<tree>\n"),
    ],
)
def test_ways_of_an_older_odoo(check, name, text):
    (complaint,) = check(name, text)
    assert ":1: " in complaint and "19 has" in complaint


def test_nothing_is_left_for_later(check):
    assert check("docs/x.md", "TO" + "DO: write\n")


def test_other_files_are_passed_over(check, tmp_path):
    (tmp_path / "icon.png").write_bytes(b"\x89PNG\xff\xfe")
    assert list(rules.problems([tmp_path / "icon.png", tmp_path / "gone.py"])) == []
