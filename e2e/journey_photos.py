"""Pictures of the pages that the journey passes, for the user guide.

They are taken only when PHOTOGRAPHS names a folder, as `./dev screenshots` does.
"""

import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page

SIZE = {"viewport": {"width": 1280, "height": 800}}
LARGEST = 150_000  # bytes
COLOURS = (256, 128, 64, 32)  # as many as fit


def photograph(page: Page, name: str, top: Locator | None = None) -> None:
    """Take a picture of what the window shows.

    :param top: what is scrolled to the window's top before
    """
    folder = os.environ.get("PHOTOGRAPHS")
    if not folder:
        return
    if page.locator(".o_web_client").count():  # its bus is never idle
        page.wait_for_selector(".o_loading_indicator", state="detached")
    else:
        page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement?.blur()")
    page.mouse.move(0, 0)
    if top:
        top.evaluate("element => element.scrollIntoView({block: 'start'})")
    page.wait_for_function(
        "[...document.images].every(image => image.complete || image.loading === 'lazy')"
    )
    picture = page.screenshot(animations="disabled", caret="hide")
    _save(Image.open(io.BytesIO(picture)).convert("RGB"), Path(folder) / f"{name}.png")


def _save(picture: Image.Image, path: Path) -> None:
    """Write the picture with as many colours as its size allows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for colours in COLOURS:
        few = picture.quantize(colours, dither=Image.Dither.NONE)
        file = io.BytesIO()
        few.save(file, "PNG", optimize=True)
        if file.tell() <= LARGEST:
            break
    path.write_bytes(file.getvalue())
