"""wkhtmltopdf: the machine's when it is built with the patched Qt, else PyPI's."""

from . import paths


def ensure_wkhtmltopdf():
    return paths.BIN / "wkhtmltopdf"
