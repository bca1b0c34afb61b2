"""Chromium for tours and pictures: the machine's when it is good, else Debian's, unpacked."""

import re
from pathlib import Path

from . import debian, paths, programs, progress

NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
LINKS = ("chromium", "google-chrome")  # Odoo looks for google-chrome first
OLDEST, NEWEST = 120, 150
SUITE = "bookworm"  # its main part has Chromium 150
ADVICE = f"put a Chromium {OLDEST} to {NEWEST} on the PATH"


def is_good(version: str) -> bool:
    """Tell whether Odoo's tours work in this version of Chromium.

    Chromium 156 hangs in the tours of the website editor; 150 passes. What lies between is not
    known and not taken; what is older than 120 lacks what Odoo 19's pages use.
    """
    found = re.match(r"(\d+)\.", version)
    return bool(found) and OLDEST <= int(found[1]) <= NEWEST


def version_of(program: str | Path) -> str:
    """Return what a Chromium says it is, such as 150.0.7871.100; empty if it does not start."""
    found = re.search(r"\d+\.\d+\.\d+\.\d+", progress.ask(program, "--version"))
    return found[0] if found else ""


def ensure_chromium() -> Path:
    """Find or fetch a Chromium; return .dev/bin/chromium."""
    place = paths.BIN / "chromium"
    found = next((f for name in NAMES if (f := programs.elsewhere(name))), "")
    key = progress.hash_of(found, str(paths.DEV), "2")
    if not place.exists():
        progress.forget("chromium")
    progress.once("chromium", key, "Looking for a Chromium that Odoo's tours work in", _choose)
    return place


def _choose() -> None:
    found = [program for name in NAMES if (program := programs.elsewhere(name))]
    good = next(
        (program for program in found if is_good(version_of(program)) and _works(program)), None
    )
    if good:
        _provide(good)
        progress.say(f"Chromium {version_of(good)} in {good}")
        return
    progress.say("Fetching Chromium from Debian's archive (about 120 MB)")
    try:
        bundle = programs.unpack_bundle("chromium", ("chromium", *programs.FONTS), _suite())
    except progress.DevError as error:
        raise progress.DevError(
            f"Browser tests need Chromium, and none can be fetched: {ADVICE}. ({error})"
        ) from error
    program = bundle.root / "usr/lib/chromium/chromium"
    _provide(program, bundle.environment(), "--disable-dev-shm-usage")
    if not _works(paths.BIN / "chromium"):
        raise progress.DevError(
            f"Debian's Chromium does not start here (see {paths.LOGS / 'chromium.log'}); {ADVICE}."
        )
    progress.say(f"Chromium {version_of(paths.BIN / 'chromium')} in {bundle.root}")


def _provide(
    program: str | Path, environment: dict[str, str] | None = None, *arguments: str
) -> None:
    """Make our programs start this one, which keeps what is not a profile's under .dev, too."""
    folder = str(paths.DEV / "cache")
    own = {"XDG_CONFIG_HOME": folder, "XDG_CACHE_HOME": folder}
    for name in LINKS:
        programs.wrap(name, program, (environment or {}) | own, *arguments)


def _suite() -> str:
    """Return the release to take Chromium from: the machine's own when its Chromium is good."""
    own = debian.codename()
    if own not in ("", SUITE) and debian.find_mirror():
        try:
            if is_good(debian.archive(own, "Chromium").version("chromium")):
                return own
        except progress.DevError:
            pass  # a derived distribution: its release is not in Debian's archive
    return SUITE


def _works(program: str | Path) -> bool:
    """Tell whether the browser loads a page without a display."""
    with progress.scratch("profile") as profile:
        page = progress.ask(
            program,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            f"--user-data-dir={profile}",
            "--dump-dom",
            "data:text/html,<script>document.write(6*7)</script>",
        )
    return "42" in page
