"""Files that customers send to show that goods are on their way: known by what is in them."""

import io

from PIL import Image, UnidentifiedImageError

MAX_FILE = 5 * 1024 * 1024  # bytes
MAX_FILES = 5  # for each statement
MAX_PIXELS = 50_000_000  # a picture of a few bytes can unfold to gigabytes
ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def kind_of(content: bytes) -> str:
    """Return the MIME type of a PDF, JPEG or PNG file; nothing for everything else.

    Neither its name nor what the browser says of it counts.
    """
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]:
        return "application/pdf"
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return ""
            picture.verify()
            return f"image/{picture.format.lower()}"
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return ""
