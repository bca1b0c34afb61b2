"""Packages of Debian, fetched by apt's own client with a private state; unpacked, not installed."""

import os
import platform
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import paths, progress

KEYRINGS = ("debian-archive-keyring.pgp", "debian-archive-keyring.gpg")
MACHINE_STATUS = Path("/var/lib/dpkg/status")
MISSING = "{what} comes from Debian's archive, and {why}: {advice}."
ADVICE = {
    "Odoo 19": "set ODOO_HOME to the folder of an unpacked Odoo 19 or of a git checkout of 19.0",
    "pip": "install the package python3-venv, or start ./dev with another Python",
}
OFFLINE = "is the network there? Then start the same command again"


@dataclass(frozen=True)
class Archive:
    """A suite of Debian's archive; without a suite the machine's own sources.

    Apt's lists and downloads lie in the folder `state`.
    """

    suite: str
    mirror: str
    state: Path

    def options(self, status: Path | None = None) -> list[str]:
        """Return apt's options; `status` lists what counts as installed, by default nothing."""
        own_list = [
            f"-oDir::Etc::SourceList={self.state}/sources.list",
            "-oDir::Etc::SourceParts=/dev/null",
        ]
        return [
            *(own_list if self.suite else []),
            f"-oDir::State={self.state}/state",
            f"-oDir::State::Lists={self.state}/lists",
            f"-oDir::State::status={status or '/dev/null'}",
            f"-oDir::Cache={self.state}/cache",
            "-oDir::Etc::Preferences=/dev/null",
            "-oDir::Etc::PreferencesParts=/dev/null",
            "-oAPT::Sandbox::User=",
            "-oAcquire::Languages=none",
            "-oAcquire::Retries=3",
            "-oDebug::NoLocking=1",
            "-qq",
        ]

    def update(self) -> None:
        """Fetch the lists of packages and check their signatures."""
        for folder in ("state", "lists/partial", "cache/archives/partial"):
            (self.state / folder).mkdir(parents=True, exist_ok=True)
        strict = []
        if self.suite:
            keyrings = [
                f"/usr/share/keyrings/{name}"
                for name in KEYRINGS
                if Path("/usr/share/keyrings", name).exists()
            ]
            signed = f" [signed-by={keyrings[0]}]" if keyrings else ""
            (self.state / "sources.list").write_text(
                f"deb{signed} {self.mirror} {self.suite} main\n"
            )
            strict = ["-oAPT::Update::Error-Mode=any"]
        progress.run(["apt-get", *self.options(), *strict, "update"], log="apt", advice=OFFLINE)

    def has(self, package: str) -> bool:
        """Tell whether the suite has the package."""
        return bool(self._show(package))

    def version(self, package: str) -> str:
        """Return the version of the package in the suite."""
        found = re.search(r"^Version: (.*)$", self._show(package), re.M)
        return found[1] if found else ""

    def _show(self, package: str) -> str:
        try:
            return progress.run(
                ["apt-cache", *self.options(), "show", "--no-all-versions", package],
                log="apt-show",
                quiet=True,
            )
        except progress.DevError:
            return ""

    def download(self, *packages: str) -> list[Path]:
        """Download just these packages; return the files, in the order of the names."""
        folder = self.state / "debs"  # kept until all is done: a broken-off download goes on
        folder.mkdir(exist_ok=True)
        command = ["apt-get", *self.options(), "download", *packages]
        progress.run(command, log="apt", advice=OFFLINE, cwd=folder)
        newest = (max(folder.glob(f"{name}_*.deb"), key=os.path.getmtime) for name in packages)
        return list(newest)

    def download_with_dependencies(
        self, packages: Sequence[str], status: Path | None
    ) -> list[Path]:
        """Download the packages and what they need beside what `status` lists; return the files."""
        archives = self.state / "cache" / "archives"
        command = [
            "install",
            "--download-only",
            "--no-install-recommends",
            "--yes",
            "--reinstall",
            *packages,
        ]
        # a simulation names them all, also what a broken-off download has left in the cache
        planned = progress.run(
            ["apt-get", *self.options(status), "--simulate", *command], log="apt", quiet=True
        )
        progress.run(["apt-get", *self.options(status), *command], log="apt", advice=OFFLINE)
        names = [
            line.split()[1].partition(":")[0]
            for line in planned.splitlines()
            if line.startswith("Inst ")
        ]
        return [deb for name in names for deb in archives.glob(f"{name}_*.deb")]


def archive(suite: str, what: str) -> Archive:
    """Return Debian's suite, its lists fetched; `what` of it we want is for the error's text."""
    mirror = find_mirror() if has_apt() else ""
    if not mirror:
        why = "no mirror of it is configured here" if has_apt() else "this machine has no apt"
        advice = ADVICE.get(what, f"install {what} yourself")
        raise progress.DevError(MISSING.format(what=what, why=why, advice=advice))
    found = Archive(suite, mirror, paths.DEV / "apt" / suite)
    found.update()
    return found


def archives_with(package: str, suite: str, what: str) -> Archive:
    """Return Debian's suite, or the machine's own sources where only they have the package."""
    if has_apt() and not find_mirror():
        own = Archive("", "", paths.DEV / "apt" / "machine")
        own.update()
        if own.has(package):
            return own
    return archive(suite, what)


@contextmanager
def fetching() -> Iterator[None]:
    """Use apt's folders under .dev alone; remove its lists and downloads when all went well."""
    with progress.exclusive("apt"):
        yield
        shutil.rmtree(paths.DEV / "apt", ignore_errors=True)


def has_apt() -> bool:
    """Tell whether apt's client and dpkg are there."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg-deb"))


def codename() -> str:
    """Return the code name of the machine's release, such as bookworm; empty where it has none."""
    try:
        return platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    except OSError:
        return ""


def find_mirror() -> str:
    """Return the address of Debian's archive that the machine is configured with, or nothing."""
    listed = progress.ask(
        "apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages"
    )
    for line in listed.splitlines():
        label, _, uri = line.partition(" ")
        if label == "Debian":
            return uri
    # apt knows labels only after its first update; before, the address itself must do
    return next(filter(_is_debian, _configured(Path("/etc/apt"))), "")


def _configured(folder: Path) -> Iterator[str]:
    """Give the addresses in apt's configuration, in the order in which apt reads its files."""
    for path in sorted(folder.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text()):
            fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*)$", stanza, re.M))
            enabled = fields.get("Enabled", "yes").strip().lower() != "no"
            if enabled and "deb" in fields.get("Types", "").split():
                yield from fields.get("URIs", "").split()
    for path in [folder / "sources.list", *sorted(folder.glob("sources.list.d/*.list"))]:
        if path.exists():
            pattern = r"^\s*deb\s+(?:\[[^]]*\]\s+)?(\S+)\s"
            yield from re.findall(pattern, path.read_text(), re.M)


def _is_debian(uri: str) -> bool:
    return not uri.startswith("cdrom:") and uri.rstrip("/").endswith("/debian")


def unpack(deb: Path, into: Path, without: Iterable[str] = ()) -> None:
    """Unpack a package's files; `without`: tar patterns of what to leave out."""
    into.mkdir(parents=True, exist_ok=True)
    excludes = " ".join(f"'--exclude={pattern}'" for pattern in without)
    tar = f'tar -x -C "$1" --no-same-owner --wildcards {excludes}'
    script = f'set -o pipefail; dpkg-deb --fsys-tarfile "$0" | {tar}'
    progress.run(["bash", "-c", script, deb, into], log="unpack")


def field(deb: Path, name: str) -> str:
    """Return a field of the package's description."""
    return progress.run(["dpkg-deb", "-f", deb, name], log="apt-show", quiet=True).strip()
