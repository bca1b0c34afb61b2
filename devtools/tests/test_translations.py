"""How the translation files follow the addon, and what is said of them."""

import polib
import pytest

from devtools import translations


def po(*pairs, language=""):
    """Return a file as Odoo writes it, with (source, translation) pairs."""
    result = translations._new(language)
    for msgid, msgstr in pairs:
        result.append(polib.POEntry(msgid=msgid, msgstr=msgstr, comment="module: x"))
    return result


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Put the translation files into an empty folder, without Odoo's own translations."""
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    monkeypatch.setattr(translations, "TEMPLATE", tmp_path / "addon.pot")
    monkeypatch.setattr(translations, "_core_translations", lambda language, terms: {})
    return tmp_path


def test_an_export_of_tomorrow_gives_the_same_file():
    exported = po(("Cart", ""), ("Address", "")), po(("Cart", ""), ("Address", ""))
    exported[1].metadata["POT-Creation-Date"] = "2031-01-01 00:00+0000"
    first, second = (str(translations.stable(export)) for export in exported)
    assert first == second
    assert [entry.msgid for entry in polib.pofile(first)] == ["Address", "Cart"]


def test_merging_keeps_only_sure_translations_of_the_same_term():
    old = po(("Cart", "Varukorg"), ("Gone", "Borta"), ("Order", "Beställning"), language="sv")
    old.find("Order").flags.append("fuzzy")
    new = translations.merged(po(("Cart", ""), ("Order", ""), ("Team", "")), old, "sv")
    assert {entry.msgid: entry.msgstr for entry in new} == {
        "Cart": "Varukorg",
        "Order": "",
        "Team": "",
    }
    assert not new.obsolete_entries() and not new.fuzzy_entries()
    assert new.metadata["Language"] == "sv"


def test_written_files_have_no_problems_and_stay_as_they_are(folder, capsys):
    template = po(("Cart", ""), ("ID", ""))
    assert translations.write(template) == 1
    assert 'not translated: "Cart"' in capsys.readouterr().out
    translations._save(po(("Cart", "Varukorg"), ("ID", "ID"), language="sv"), folder / "sv.po")
    assert translations.write(template) == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert translations.write(template) == 0
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}
    assert list(translations.problems(template)) == []


def test_problems_are_named(folder):
    translations._save(po(("Cart", ""), ("Gone", "")), translations.TEMPLATE)
    translations._save(po(("Cart", ""), ("Gone", "Borta"), language="sv"), folder / "sv.po")
    assert list(translations.problems(po(("Cart", ""), ("New", "")))) == [
        'addon.pot lacks "New"',
        'addon.pot has what is gone: "Gone"',
        "sv.po does not follow the template: ./dev i18n merges it",
        'sv.po: not translated: "Cart"',
        'sv.po: not translated: "New"',
    ]


@pytest.mark.parametrize(
    ("source", "translation", "good"),
    [
        ("%(count)s orders of %(team)s", "%(team)s har %(count)s beställningar", True),
        ("%(count)s orders", "%(antal)s beställningar", False),
        ("Dear {{ object.name }}", "Hej {{ object.namn }}", False),
        ("See <b>this</b>", "Se <b>detta</b>", True),
        ("See <b>this</b>", "Se detta", False),
        ("<p>Hello</p><p>See your return</p>", "<p>Hej</p><p>See your return</p>", False),
        ("<p>Hello</p><p>See your return</p>", "<p>Hej</p><p>Se din retur</p>", True),
        ("<p>Hello <b>Ann Ek</b></p>", "<p>Hej <b>Ann Ek</b></p>", True),
    ],
)
def test_placeholders_and_markup_stay_and_words_do_not(source, translation, good):
    entry = polib.POEntry(msgid=source, msgstr=translation)
    assert (list(translations._complaints(entry)) == []) is good


def test_terms_that_odoo_has_are_taken_over(folder, monkeypatch, capsys):
    monkeypatch.setattr(
        translations, "_core_translations", lambda language, terms: {"Cart": "Varukorg"}
    )
    assert translations.write(po(("Cart", ""))) == 0
    assert 'takes from Odoo "Cart" = "Varukorg"' in capsys.readouterr().out
