"""./dev lint: every check of the repository, side by side; all of them run, even when one fails."""

import argparse
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from . import files as repository
from . import i18n, node, odoo, paths, progress, python, rules

PRETTY = (".xml", ".js", ".mjs", ".json", ".scss", ".css", ".yml", ".yaml")
NOT_PRETTY = ("package-lock.json",)
CACHE = paths.DEV / "cache"
# plain wide output; nothing is kept outside of .dev
ENV = {"NO_COLOR": "1", "COLUMNS": "160", "NODE_DISABLE_COMPILE_CACHE": "1"}


@dataclass(frozen=True)
class Check:
    """A check: programs to run one after the other, or a function that gives the complaints."""

    name: str
    commands: tuple[Sequence[str | Path], ...] = ()
    function: Callable[[], list[str]] | None = None

    def run(self) -> "Result":
        """Run it; return what it said."""
        start = time.monotonic()
        if self.function:
            said = self.function()
            return Result(self.name, not said, "\n".join(said), time.monotonic() - start)
        passed, output = True, []
        for command in self.commands:
            code, text = _call(command)
            passed = passed and not code
            if code:
                output.append(text.strip())
        return Result(self.name, passed, "\n".join(output), time.monotonic() - start)


@dataclass(frozen=True)
class Result:
    """What a check said, and how long it took in seconds."""

    name: str
    passed: bool
    output: str
    seconds: float

    def show(self) -> None:
        """Print one line, and the complaints below it."""
        print(f"{'ok  ' if self.passed else 'FAIL'} {self.name} ({self.seconds:.1f} s)", flush=True)
        if not self.passed:
            print("\n".join(f"     {line}" for line in self.output.splitlines()), flush=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--fix", action="store_true", help="first let the tools mend what they can")
    parser.add_argument("files", nargs="*", type=Path, help="check only these (without them: all)")


def run(args: argparse.Namespace) -> int:
    """Run the checks; return 0 when all passed, else 1."""
    start = time.monotonic()
    python.ensure_venv()
    files = repository.known()
    if args.files:
        wanted = {path.absolute() for path in args.files}
        files = [path for path in files if any(w == path or w in path.parents for w in wanted)]
    tools = Tools(files, whole=not args.files)
    if args.fix:
        for check in tools.fixers():
            check.run()
    with ThreadPoolExecutor(max_workers=(os.cpu_count() or 2) + 1) as pool:
        results = []
        # each is on its way while the next is prepared: the last one may need a database
        for future in as_completed([pool.submit(check.run) for check in tools.checks()]):
            results.append(future.result())
            results[-1].show()
    failed = sorted(result.name for result in results if not result.passed)
    if failed:
        print(
            f"\nTo mend: {', '.join(failed)}. `./dev lint --fix` does what can be done by itself."
        )
    print(
        f"lint: {len(results) - len(failed)} passed, {len(failed)} failed"
        f" ({len(files)} files, {time.monotonic() - start:.0f} s)"
    )
    return 1 if failed else 0


class Tools:
    """The checks for some files, each left out where none of the files is for it."""

    def __init__(self, files: Sequence[Path], whole: bool) -> None:
        """:param whole: these are all files: also check what holds for the repository at large"""
        self.files = files
        self.whole = whole
        self.bin = python.PYTHON.parent
        self.addon = [path for path in files if paths.ROOT / paths.ADDON in path.parents]
        self.py = [path for path in files if path.suffix == ".py" or path.name == "dev"]
        self.js = [path for path in files if path.suffix in (".js", ".mjs") and not _vendored(path)]
        self.po = [path for path in self.addon if path.suffix in (".po", ".pot")]
        self.pretty = [
            path
            for path in files
            if path.suffix in PRETTY and path.name not in NOT_PRETTY and not _vendored(path)
        ]
        self.node = self._node() if self.pretty else ()

    def _node(self) -> tuple[str, ...]:
        node.ensure_node_modules()
        return tuple(node.node())

    def _js_tool(self, script: str) -> list[str]:
        return [*self.node, str(paths.DEV / "node" / "node_modules" / script)]

    def _prettier(self, mode: str) -> list[str | Path]:
        cache = f"--cache-location={CACHE / 'prettier'}"
        tool = self._js_tool("prettier/bin/prettier.cjs")
        return [
            *tool,
            mode,
            "--log-level=warn",
            "--cache",
            "--cache-strategy=content",
            cache,
            *self.pretty,
        ]

    def _eslint(self, *options: str) -> list[str | Path]:
        cache = f"--cache-location={CACHE / 'eslint'}"
        tool = self._js_tool("eslint/bin/eslint.js")
        return [
            *tool,
            "--max-warnings=0",
            "--cache",
            "--cache-strategy=content",
            cache,
            *options,
            *self.js,
        ]

    def fixers(self) -> list[Check]:
        """Return what mends files, in the order to run it in."""
        fixers = []
        if self.py:
            fixers.append(Check("ruff", ([self.bin / "ruff", "check", "--fix", "-q", *self.py],)))
            fixers.append(Check("ruff format", ([self.bin / "ruff", "format", "-q", *self.py],)))
        if self.addon:
            oca = self.bin / "oca-checks-odoo-module"
            fixers.append(Check("oca-checks-odoo-module", ([oca, "--fix", paths.ADDON],)))
        if self.js:
            fixers.append(Check("eslint", (self._eslint("--fix"),)))
        if self.pretty:
            fixers.append(Check("prettier", (self._prettier("--write"),)))
        return fixers

    def checks(self) -> Iterator[Check]:
        """Give the checks, at last the one that needs a database."""
        addon_py = [path for path in self.addon if path.suffix == ".py"]
        if self.whole and self.addon:
            yield _prepared("manifestoo", self._manifestoo)
        if addon_py:
            what = [paths.ROOT / paths.ADDON] if self.whole else addon_py
            yield Check("pylint-odoo", ([python.PYTHON, "-m", "pylint", *what],))
        if self.pretty:
            yield Check("prettier", (self._prettier("--check"),))
        if self.js:
            yield Check("eslint", (self._eslint(),))
        if self.addon:
            yield Check(
                "oca-checks-odoo-module", ([self.bin / "oca-checks-odoo-module", paths.ADDON],)
            )
        if self.po:
            yield Check("oca-checks-po", ([self.bin / "oca-checks-po", *self.po],))
        if self.py:
            yield Check(
                "ruff",
                ([self.bin / "ruff", "check", "-q", "--output-format=concise", *self.py],),
            )
            yield Check(
                "ruff format",
                (
                    [
                        self.bin / "ruff",
                        "format",
                        "--check",
                        "--output-format=concise",
                        *self.py,
                    ],
                ),
            )
        yield Check("repository rules", function=lambda: list(rules.problems(self.files)))
        if self.whole and self.addon:
            yield _prepared("translations", self._translations)

    def _translations(self) -> Check:
        i18n.prepare()  # here, where its progress is seen
        return Check("translations", ([python.PYTHON, "-m", "devtools.translations"],))

    def _manifestoo(self) -> Check:
        source = odoo.ensure_odoo()
        addons = ",".join(str(path) for path in source.addons_paths)
        command = [
            self.bin / "manifestoo",
            "--odoo-series=19.0",
            "--no-addons-path-from-import-odoo",
            f"--addons-path={addons}",
            f"--select-addons-dir={paths.ROOT}",
        ]
        return Check(
            "manifestoo",
            (
                [*command, "list-depends", "--transitive"],
                [*command, "check-licenses", "--transitive"],
                [*command, "check-dev-status", "--default-dev-status=Beta"],
            ),
        )


def _prepared(name: str, make: Callable[[], Check]) -> Check:
    """Return the check; where what it needs cannot be set up, one that fails with the reason."""
    try:
        return make()
    except progress.DevError as error:
        reason = str(error)
        return Check(name, function=lambda: [reason])


def _call(command: Sequence[str | Path]) -> tuple[int, str]:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=paths.ROOT,
        env=python.environ() | ENV,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout


def _vendored(path: Path) -> bool:
    return "/static/lib/" in path.as_posix()
