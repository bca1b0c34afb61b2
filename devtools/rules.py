"""The rules of this repository that no ready-made checker knows."""

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

from . import paths

MOST_LINES = 399
CODE = (".py", ".js", ".xml")
COMMENT_REACH = 2  # lines above a call in which a comment still speaks of it
NOT_A_REASON = re.compile(r"#\s*(noqa|pylint:|type:|ruff:|fmt:)")

# what must not stand in any text file; written so that no pattern matches itself
ANYWHERE = {
    "names the host of a package registry": re.compile(
        r"\b(?:debian|ubuntu|pypi|pythonhosted|npmjs|yarnpkg|unpkg|jsdelivr)\.(?:org|com|net|io)\b"
    ),
    "names a folder of one machine": re.compile(
        r"(?<![\w.})>$*?\]-])/(?:root|wor[k]|home/[a-z]\w*|Users/\w+)/"
    ),
    "leaves something for later": re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b"),
}
# what Odoo 19 takes without a word and does not do, or does differently
OLD_ODOO = {
    "19 has models.Constraint, models.Index and models.UniqueIndex": re.compile(
        r"\b_sql_constraints\b"
    ),
    "19 has <list>": re.compile(r"</?tree[ >]"),
    "19 has Interaction": re.compile(r"\bpublicWidget\b"),
    "19 has type='jsonrpc'": re.compile(r"""\btype=['"]json['"]"""),
    "19 has group_ids and all_group_ids": re.compile(r"\bgroups_id\b"),
    "19 has the precision 'Product Unit'": re.compile(r"Product Unit of Measure"),
    "19 has _commit_progress": re.compile(r"\b_notify_progress\b"),
    "19 has fields.Domain": re.compile(r"\bosv\.expression\b|\bosv import expression\b"),
    "19 has self.env.cr, .uid and .context": re.compile(r"\bself\._(?:cr|uid|context)\b"),
    "19 has _read_group": re.compile(r"\.read_group\("),
}


def problems(files: Iterable[Path]) -> Iterator[str]:
    """Yield `path:line: what is wrong` for every broken rule; only text files are looked into."""
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
        name = path.relative_to(paths.ROOT).as_posix()
        for line, message in sorted(_of_file(name, text)):
            yield f"{name}:{line}: {message}"


def _of_file(name: str, text: str) -> Iterator[tuple[int, str]]:
    in_addon = name.startswith(f"{paths.ADDON}/")
    vendored = "/static/lib/" in name
    if name.endswith(CODE) and not vendored:
        count = text.count("\n")
        if count > MOST_LINES:
            yield (
                count,
                f"{count} lines, {MOST_LINES} are the most: split the file by what it is about",
            )
    yield from _matches(text, ANYWHERE)
    if in_addon and name.endswith(CODE) and not vendored:
        yield from _matches(text, OLD_ODOO)
        if "/tests/" not in name:
            lines = _sudo_in_python(text) if name.endswith(".py") else _sudo_in_xml(text)
            for line in lines:
                yield line, "sudo() needs a comment, here or just above, that says why it is safe"


def _matches(text: str, rules: dict[str, re.Pattern[str]]) -> Iterator[tuple[int, str]]:
    for message, pattern in rules.items():
        for found in pattern.finditer(text):
            yield text.count("\n", 0, found.start()) + 1, f"`{found[0].strip()}`: {message}"


def _sudo_in_python(text: str) -> Iterator[int]:
    """Yield the lines of calls of sudo(), but for sudo(False), that no comment goes with."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return  # other checks say so
    commented = {
        token.start[0]
        for token in tokens
        if token.type == tokenize.COMMENT and not NOT_A_REASON.match(token.string)
    }
    for dot, name, bracket, first in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False):
        if (dot.string, name.string, bracket.string) != (
            ".",
            "sudo",
            "(",
        ) or first.string == "False":
            continue
        line = name.start[0]
        if not commented & set(range(line - COMMENT_REACH, line + 1)):
            yield line


def _sudo_in_xml(text: str) -> Iterator[int]:
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        around = lines[max(0, number - 1 - COMMENT_REACH) : number]
        if re.search(r"\.sudo\((?!False)", line) and not any("-->" in row for row in around):
            yield number
