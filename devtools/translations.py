"""The translation files of the addon: what Odoo exports, merged, and what is wrong with them.

Needs polib and so runs in the virtual environment: `python -m devtools.translations [--write]`.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

from . import i18n, odoo, paths, progress

FOLDER = paths.ROOT / paths.ADDON / "i18n"
TEMPLATE = FOLDER / f"{paths.ADDON}.pot"
LANGUAGES = {"sv": "nplurals=2; plural=(n != 1);"}
MOST_SHOWN = 20
WIDTH = 78  # as Odoo writes them
TAG = re.compile(r"<[^>]*>")
WORD = re.compile(r"[^\W\d_]{2}")
SENTENCE = 3  # words; what is shorter may be a name, or the same in both languages
# what a translation must have as often as its source: placeholders, expressions, markup
FIXED = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\{.*?\}\}|\{\w*\}|</?[a-zA-Z][\w-]*")


def main() -> int:
    """Check the files, or write them when the first argument is --write; return the exit code."""
    try:
        exported = i18n.exported_template()
    except progress.DevError as error:
        print(error)
        return 1
    template = stable(polib.pofile(exported.read_text(encoding="utf-8")))
    if "--write" in sys.argv[1:]:
        return write(template)
    found = list(problems(template))
    print("\n".join(found[:MOST_SHOWN]))
    if len(found) > MOST_SHOWN:
        print(f"... and {len(found) - MOST_SHOWN} more: ./dev i18n shows all")
    return 1 if found else 0


def stable(exported: polib.POFile) -> polib.POFile:
    """Return what Odoo exported without dates and whatever else changes by itself."""
    template = _new("")
    for entry in sorted(exported, key=lambda entry: entry.msgid):
        entry.msgstr = ""
        template.append(entry)
    return template


def merged(template: polib.POFile, old: polib.POFile, language: str) -> polib.POFile:
    """Return the template's terms with the translations that `old` has for just these terms."""
    known = {entry.msgid: entry.msgstr for entry in old if not entry.fuzzy and not entry.obsolete}
    result = _new(language)
    for entry in template:
        result.append(
            polib.POEntry(
                msgid=entry.msgid,
                msgstr=known.get(entry.msgid, ""),
                comment=entry.comment,
                occurrences=entry.occurrences,
            )
        )
    return result


def problems(template: polib.POFile) -> Iterator[str]:
    """Yield what is wrong with the files in the repository, given what Odoo exports now."""
    committed = _load(TEMPLATE)
    now, before = ({entry.msgid for entry in po} for po in (template, committed))
    yield from (f"{TEMPLATE.name} lacks {_short(term)}" for term in sorted(now - before))
    yield from (
        f"{TEMPLATE.name} has what is gone: {_short(term)}" for term in sorted(before - now)
    )
    if now == before and str(template) != str(committed):
        yield f"{TEMPLATE.name} is not as Odoo exports it now: ./dev i18n writes it anew"
    for language in LANGUAGES:
        path = FOLDER / f"{language}.po"
        old = _load(path)
        new = merged(template, old, language)
        if str(new) != str(old):
            yield f"{path.name} does not follow the template: ./dev i18n merges it"
        for entry in new:
            yield from (f"{path.name}: {complaint}" for complaint in _complaints(entry))


def write(template: polib.POFile) -> int:
    """Write the template and merge it into every language; print what is left to translate."""
    FOLDER.mkdir(exist_ok=True)
    _save(template, TEMPLATE)
    left = 0
    for language in LANGUAGES:
        path = FOLDER / f"{language}.po"
        old = _load(path)
        new = merged(template, old, language)
        terms = {entry.msgid for entry in new}
        for entry in old:
            if entry.msgid not in terms and entry.msgstr:
                print(f"{path.name} loses {_short(entry.msgid)} = {_short(entry.msgstr)}")
        taken = _core_translations(language, {e.msgid for e in new if not e.msgstr})
        for entry in new:
            if not entry.msgstr and entry.msgid in taken:
                entry.msgstr = taken[entry.msgid]
                print(f"{path.name} takes from Odoo {_short(entry.msgid)} = {_short(entry.msgstr)}")
            for complaint in _complaints(entry):
                left += 1
                print(f"{path.name}: {complaint}")
        _save(new, path)
        print(f"{path.name}: {len(new) - len(new.untranslated_entries())} of {len(new)} translated")
    return 1 if left else 0


def _complaints(entry: polib.POEntry) -> Iterator[str]:
    if not entry.msgstr:
        yield f"not translated: {_short(entry.msgid)}"
    elif sorted(FIXED.findall(entry.msgid)) != sorted(FIXED.findall(entry.msgstr)):
        yield f"other placeholders or markup than the source: {_short(entry.msgid)}"
    for text in _sentences(entry.msgid) & _sentences(entry.msgstr):
        yield f"left in English: {_short(text)}"


def _sentences(term: str) -> set[str]:
    """Return what is written between the tags and has several words."""
    texts = (" ".join(FIXED.sub(" ", text).split()) for text in TAG.split(term))
    return {text for text in texts if sum(map(bool, map(WORD.search, text.split()))) >= SENTENCE}


def _core_translations(language: str, terms: set[str]) -> dict[str, str]:
    """Return how Odoo itself translates the terms, in the addons that ours is about."""
    found: dict[str, str] = {}
    for addon in (
        "website_sale",
        "sale",
        "website_sale_stock",
        "sale_stock",
        "stock",
        "account",
        "payment",
        "website",
        "base",
    ):
        for folder in odoo.ensure_odoo().addons_paths:
            path = folder / addon / "i18n" / f"{language}.po"
            if path.exists() and terms - found.keys():
                for entry in polib.pofile(str(path)):
                    if entry.msgid in terms and entry.msgstr and not entry.fuzzy:
                        found.setdefault(entry.msgid, entry.msgstr)
    return found


def _new(language: str) -> polib.POFile:
    po = polib.POFile(wrapwidth=WIDTH)
    po.header = (
        "Translation of Odoo Server.\n"
        "This file contains the translation of the following modules:\n"
        f"\t* {paths.ADDON}\n"
    )
    po.metadata = {
        "Project-Id-Version": f"Odoo Server {odoo.SERIES}",
        "Report-Msgid-Bugs-To": "",
        "Last-Translator": "",
        "Language-Team": "",
        **({"Language": language} if language else {}),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": LANGUAGES.get(language, ""),
    }
    return po


def _load(path: Path) -> polib.POFile:
    if not path.exists():
        return _new("")
    return polib.pofile(path.read_text(encoding="utf-8"), wrapwidth=WIDTH)


def _save(po: polib.POFile, path: Path) -> None:
    text = f"{po}\n"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _short(term: str) -> str:
    line = " ".join(term.split())
    return f'"{line[:77]}..."' if len(line) > 80 else f'"{line}"'


if __name__ == "__main__":
    sys.exit(main())
