"""Pictures that strangers send: only what really is one gets through, drawn anew."""

import io

# Odoo keeps Pillow from loading other formats than its own: WebP is asked for by name.
from PIL import Image, ImageOps, UnidentifiedImageError, WebPImagePlugin

FORMATS = ("JPEG", "PNG", WebPImagePlugin.WebPImageFile.format)
MAX_BYTES = 10 * 1024 * 1024  # of a picture as it is sent
MAX_PIXELS = 50_000_000  # unpacked, before they are made smaller
MAX_SIDE = 2000  # pixels of what is kept
MIMETYPE = "image/jpeg"


def clean_picture(data: bytes) -> bytes:
    """Return a picture as a JPEG drawn from its pixels: no metadata, no hidden content.

    The name and the type that came with it say nothing; the content decides.

    :param data: what was sent
    :raise ValueError: it is no picture that can be read, or too large
    """
    if not data or len(data) > MAX_BYTES:
        raise ValueError("no content, or too much")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise ValueError("too many pixels")
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((MAX_SIDE, MAX_SIDE))
            flat = Image.new("RGB", upright.size, "white")
            rgba = upright.convert("RGBA")
            flat.paste(rgba, mask=rgba.getchannel("A"))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError) as error:
        raise ValueError("not a picture") from error
    kept = io.BytesIO()
    flat.save(kept, "JPEG", quality=85)
    return kept.getvalue()
