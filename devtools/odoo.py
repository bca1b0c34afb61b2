"""Odoo 19: the folder that ODOO_HOME names, or Debian's package, unpacked under .dev/odoo."""

import os
import re
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from . import debian, node, paths, progress, python

SERIES = "19.0"
HOME = paths.DEV / "odoo"
UNPACKED = HOME / "root"
PACKAGES = Path("usr/lib/python3/dist-packages")
LINK = "odoo-source.pth"
PACKAGE = "odoo-19"
# of these sid's versions lack the files that Odoo links to, a stable release's have them
FROM_STABLE = ("fonts-font-awesome", "fonts-inconsolata")
# translations other than Swedish and French (core's multi-language tests need a second one), the
# countries' charts of accounts, and a second copy of the addons that lacks their static files
LEFT_OUT = (
    "*/i18n/*.pot",
    "*/i18n/[!fs]*.po",
    "*/i18n/f[!r]*.po",
    "*/i18n/s[!v]*.po",
    "*/i18n/fr?*.po",
    "*/i18n/sv?*.po",
    "*/i18n_extra",
    "./usr/lib/python3/dist-packages/odoo/addons/l10n_*",
    "./usr/lib/python3/dist-packages/odoo/addons/*_l10n_*",
    "./usr/lib/python3/dist-packages/addons",
    "./usr/lib/python3/dist-packages/doc",
    "./usr/lib/python3/dist-packages/setup",
    "./usr/share/doc",
)
SELFIE = "@mediapipe/selfie_segmentation@0.1.1675465747"
SELFIE_FILE = "selfie_segmentation.js"


@dataclass(frozen=True)
class OdooSource:
    """An Odoo to run: `path` is what Python imports it from."""

    path: Path
    version: str
    addons_paths: tuple[Path, ...]


def ensure_odoo() -> OdooSource:
    """Find or fetch Odoo 19 and have the virtual environment import it; return where it is."""
    python.ensure_venv(dev=False)
    fetch_odoo()
    source = find_odoo()
    _record(source)
    return source


def fetch_odoo() -> None:
    """Fetch Odoo unless it is there or ODOO_HOME names one; this needs no Python package."""
    if not find_odoo():
        progress.forget("odoo")
    if not os.environ.get("ODOO_HOME"):
        title = "Fetching Odoo 19 from Debian's archive (120 MB)"
        progress.once("odoo", progress.hash_of(*LEFT_OUT, *FROM_STABLE, SELFIE), title, _fetch)


def find_odoo() -> OdooSource | None:
    """Return the Odoo that ODOO_HOME names, else the one already fetched; None when there is none.

    :raises DevError: when ODOO_HOME leads to no Odoo 19
    """
    home = os.environ.get("ODOO_HOME")
    if not home:
        source = find_source(UNPACKED)
        note = UNPACKED / "VERSION"
        if not source or not note.exists():
            return None
        return OdooSource(source.path, note.read_text().strip(), source.addons_paths)
    source = find_source(Path(home).expanduser().absolute())
    if not source:
        raise progress.DevError(
            f"ODOO_HOME={home} has no Odoo: it must hold the folder `odoo` with release.py."
        )
    if not source.version.startswith(SERIES):
        raise progress.DevError(
            f"ODOO_HOME={home} is Odoo {source.version}; the addon is for {SERIES}."
        )
    return source


def find_source(home: Path) -> OdooSource | None:
    """Return the Odoo in this folder: a checkout, an unpacked archive or an unpacked package."""
    beside = [home.parent] if home.name == "odoo" else []
    for path in (home, home / PACKAGES, *beside):
        release = path / "odoo" / "release.py"
        if not release.is_file() or not (path / "odoo" / "addons" / "base").is_dir():
            continue
        # other series write their name here, such as 'saas~19'
        pattern = r"^version_info\s*=\s*\((\d+),\s*(\d+)"
        found = re.search(pattern, release.read_text(), re.M)
        version = ".".join(found.groups()) if found else "of another series"
        if found and (path / ".git").exists():
            commit = progress.ask("git", "-C", path, "rev-parse", "--short", "HEAD").strip()
            version += f" (git {commit})"
        # the packages hold all addons in odoo/addons, a checkout most of them beside it
        beside = (path / "addons",) if (path / "addons" / "web" / "static").is_dir() else ()
        return OdooSource(path, version, (path / "odoo" / "addons", *beside))
    return None


def _fetch() -> None:
    with debian.fetching(), progress.scratch("odoo") as work:
        sources = debian.archives_with(PACKAGE, "sid", "Odoo 19")
        [package] = sources.download(PACKAGE)
        root = work / "root"
        debian.unpack(package, root, LEFT_OUT)
        (root / "VERSION").write_text(f"{debian.field(package, 'Version')} (Debian)\n")
        _unpack_linked(package, sources, root)
        _add_selfie_segmentation(root, work)
        shutil.rmtree(UNPACKED, ignore_errors=True)
        UNPACKED.parent.mkdir(parents=True, exist_ok=True)
        root.rename(UNPACKED)


def _unpack_linked(package: Path, sources: debian.Archive, root: Path) -> None:
    """Unpack the fonts and scripts that links in the package point to, into the same root."""
    depends = debian.field(package, "Depends").split(",")
    names = {entry.split("|")[0].split("(")[0].strip() for entry in depends}
    wanted = sorted(name for name in names if name.startswith(("fonts-", "libjs-")))
    release = debian.codename()
    older = [n for n in wanted if n in FROM_STABLE and sources.suite and release not in ("", "sid")]
    debs = sources.download(*(name for name in wanted if name not in older))
    if older:
        debs += debian.archive(release, "Odoo 19").download(*older)
    for deb in debs:
        debian.unpack(deb, root, ("./usr/share/doc",))
    broken = [
        path for path in (root / PACKAGES).rglob("*") if path.is_symlink() and not path.exists()
    ]
    if broken:
        progress.say(
            f"{len(broken)} of Odoo's fonts are missing ({broken[0].name} ...): pages look plain."
        )


def _add_selfie_segmentation(root: Path, work: Path) -> None:
    """Add the one script that the package lacks; without it no backend page's JavaScript runs."""
    place = root / PACKAGES / "odoo/addons/mail/static/lib/selfie_segmentation" / SELFIE_FILE
    if place.exists():
        return
    progress.run(
        [*node.npm(), "pack", SELFIE],
        log="npm",
        advice=debian.OFFLINE,
        cwd=work,
        env=node.environ(),
    )
    [archive] = work.glob("mediapipe-*.tgz")
    with tarfile.open(archive) as tar:
        content = tar.extractfile(f"package/{SELFIE_FILE}").read()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def _record(source: OdooSource) -> None:
    """Have the virtual environment find this Odoo; print and note the version if it is new."""
    link = python.site_packages() / LINK
    line = f"{source.path}\n"
    if not link.exists() or link.read_text() != line:
        link.write_text(line)
    note = HOME / "VERSION"
    text = f"{source.version}\n{source.path}\n"
    if not note.exists() or note.read_text() != text:
        HOME.mkdir(parents=True, exist_ok=True)
        note.write_text(text)
        progress.say(f"Odoo {source.version} in {source.path}")
