"""Programs that run out of unpacked packages, with their libraries and fonts."""

import os
import shlex
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import debian, paths, progress

FONTS = ("fonts-dejavu-core", "fonts-liberation")
# a program must share these with the machine's dynamic linker
MACHINE_LIBRARIES = ("libc6", "libc-", "libcrypt1")
NEEDED_TO_RUN = ("lib", "font", "x11-", "xkb-", "shared-mime")
FONTCONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{root}/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <dir prefix="xdg">fonts</dir>
  <cachedir>{root}/cache/fontconfig</cachedir>
  {aliases}
</fontconfig>
"""
ALIASES = {
    "sans-serif": ("Liberation Sans", "DejaVu Sans"),
    "Arial": ("Liberation Sans",),
    "Helvetica": ("Liberation Sans",),
    "serif": ("Liberation Serif", "DejaVu Serif"),
    "Times New Roman": ("Liberation Serif",),
    "monospace": ("Liberation Mono", "DejaVu Sans Mono"),
    "Courier New": ("Liberation Mono",),
}


@dataclass(frozen=True)
class Bundle:
    """Packages unpacked together into one folder."""

    root: Path

    def environment(self) -> dict[str, str]:
        """Return what a program needs to find its libraries and fonts in the folder."""
        folders = [
            folder
            for base in ("usr/lib", "lib")
            for triplet in sorted((self.root / base).glob("*-linux-gnu*"))
            for folder in (triplet, triplet / "nss", triplet / "pulseaudio")
            if folder.is_dir()
        ]
        return {
            "LD_LIBRARY_PATH": os.pathsep.join(map(str, folders)),
            "FONTCONFIG_FILE": str(self.root / "fonts.conf"),
        }


def unpack_bundle(name: str, packages: Sequence[str], suite: str) -> Bundle:
    """Download the packages, and all that they need and the machine lacks, and unpack them."""
    target = paths.DEV / name
    with debian.fetching(), progress.scratch(name) as work:
        root = work / "root"
        for deb in _to_run(_download(packages, suite), packages):
            debian.unpack(deb, root, ("./usr/share/doc", "./usr/share/man", "./usr/share/locale"))
        _write_fontconfig(root, target)
        shutil.rmtree(target, ignore_errors=True)
        root.rename(target)
    return Bundle(target)


def _download(packages: Sequence[str], suite: str) -> list[Path]:
    archive = debian.archives_with(packages[0], suite, packages[0])
    if archive.suite in ("", debian.codename()):
        try:
            return archive.download_with_dependencies(packages, debian.MACHINE_STATUS)
        except progress.DevError:
            progress.say("(what is installed does not go with it: fetching all that it needs)")
    return archive.download_with_dependencies(packages, None)


def _to_run(debs: Iterable[Path], packages: Sequence[str]) -> list[Path]:
    chosen = []
    for deb in debs:
        name = deb.name.partition("_")[0]
        wanted = name.startswith((*packages, *NEEDED_TO_RUN))
        if wanted and not name.startswith(MACHINE_LIBRARIES):
            chosen.append(deb)
    return chosen


def _write_fontconfig(root: Path, final: Path) -> None:
    aliases = "\n  ".join(
        f'<alias binding="same"><family>{family}</family><prefer>'
        + "".join(f"<family>{name}</family>" for name in names)
        + "</prefer></alias>"
        for family, names in ALIASES.items()
    )
    (root / "fonts.conf").write_text(FONTCONFIG.format(root=final, aliases=aliases))


def link(name: str, program: str | Path) -> Path:
    """Make .dev/bin/<name> start a program of the machine or of the virtual environment."""
    paths.BIN.mkdir(parents=True, exist_ok=True)
    place = paths.BIN / name
    part = paths.BIN / f".{name}.{os.getpid()}"
    part.unlink(missing_ok=True)
    part.symlink_to(program)
    part.replace(place)
    return place


def wrap(name: str, program: str | Path, environment: dict[str, str], *arguments: str) -> Path:
    """Make .dev/bin/<name> start a program with these variables and first arguments."""
    paths.BIN.mkdir(parents=True, exist_ok=True)
    place = paths.BIN / name
    part = paths.BIN / f".{name}.{os.getpid()}"
    lines = [
        "#!/bin/sh",
        *(f"export {key}={shlex.quote(value)}" for key, value in environment.items()),
    ]
    part.write_text("\n".join([*lines, f'exec {shlex.join([str(program), *arguments])} "$@"', ""]))
    part.chmod(0o755)
    part.replace(place)
    return place


def elsewhere(name: str) -> str | None:
    """Return the program of this name on the PATH, ours under .dev not counted."""
    folders = [
        folder for folder in os.get_exec_path() if not Path(folder).is_relative_to(paths.DEV)
    ]
    return shutil.which(name, path=os.pathsep.join(folders))
