"""Pictures that strangers send."""

import io

from PIL import Image

from odoo.tests import BaseCase, tagged

from ..tools import pictures


@tagged("post_install", "-at_install")
class TestPictures(BaseCase):
    def _draw(self, kind="JPEG", mode="RGB", size=(40, 30), colour="red", **options):
        data = io.BytesIO()
        Image.new(mode, size, colour).save(data, kind, **options)
        return data.getvalue()

    def _open(self, data):
        return Image.open(io.BytesIO(pictures.clean_picture(data)))

    def test_metadata_and_what_is_hidden_do_not_get_through(self):
        exif = Image.Exif()
        exif[0x010E] = "where I live"
        data = self._draw(exif=exif.tobytes()) + b"<script>alert(1)</script>"
        clean = pictures.clean_picture(data)
        self.assertNotIn(b"where I live", clean)
        self.assertNotIn(b"<script>", clean)

    def test_picture_taken_upright_is_kept_upright(self):
        exif = Image.Exif()
        exif[0x0112] = 6  # Turned by a quarter.
        self.assertEqual(self._open(self._draw(exif=exif.tobytes())).size, (30, 40))

    def test_transparent_becomes_white(self):
        picture = self._open(self._draw("PNG", "RGBA", colour=(0, 0, 0, 0)))
        self.assertEqual((picture.format, picture.mode), ("JPEG", "RGB"))
        self.assertEqual(picture.getpixel((5, 5)), (255, 255, 255))

    def test_large_pictures_are_made_smaller(self):
        self.assertEqual(self._open(self._draw(size=(4000, 1000))).size, (2000, 500))

    def test_what_is_too_large_is_not_unpacked(self):
        bomb = self._draw("PNG", "1", size=(8000, 8000), colour=0)
        self.assertLess(len(bomb), 20_000)
        for data in (bomb, b"", b"x" * (pictures.MAX_BYTES + 1)):
            with self.assertRaises(ValueError):
                pictures.clean_picture(data)

    def test_other_formats_are_refused(self):
        for kind in ("GIF", "BMP", "TIFF", "ICO"):
            with self.subTest(kind=kind), self.assertRaises(ValueError):
                pictures.clean_picture(self._draw(kind))
