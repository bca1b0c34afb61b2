from . import paths


def ensure_chromium():
    return paths.BIN / "chromium"
