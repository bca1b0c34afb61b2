"""The files of the repository."""

import subprocess
from pathlib import Path

from . import paths


def known(folder: str = ".") -> list[Path]:
    """Return the files below a folder, those not yet added too, but nothing that git ignores."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", folder]
    try:
        listed = subprocess.run(listing, cwd=paths.ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive, not a checkout
        found = sorted(path for path in (paths.ROOT / folder).rglob("*") if path.is_file())
        return [path for path in found if not _made(path)]
    names = sorted({name for name in listed.stdout.split("\0") if name})
    return [paths.ROOT / name for name in names if (paths.ROOT / name).is_file()]


def _made(path: Path) -> bool:
    parts = path.relative_to(paths.ROOT).parts
    return parts[0] in (".dev", ".git") or "__pycache__" in parts
