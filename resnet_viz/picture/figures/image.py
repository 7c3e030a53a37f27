"""The image under a receptive field: a person's own, or a sample that is drawn here."""

from __future__ import annotations

import base64
import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError
from ...extras import require
from ...steps import Pair

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = {"PNG": 40_000_000, "JPEG": 40_000_000, "WEBP": 20_000_000}  # WebP's decoder takes 19 bytes a pixel
MAX_SIDE = 16_384  # px; a thin image costs more than its pixels do, since each row has a cost of its own
MAX_BYTES = 20_000_000
FORMATS = tuple(MAX_PIXELS)
ALPHA = "alpha left out"
_BAD = (OSError, ValueError, SyntaxError)  # what Pillow raises for a file that is none of these, or is cut off
# how files begin that people take for one of these
_OTHERS = {"GIF": (b"GIF8",), "BMP": (b"BM",), "TIFF": (b"II*\0", b"MM\0*"), "PDF": (b"%PDF",), "HEIC or AVIF": (b"ftyphei", b"ftypmif", b"ftypavi"), "SVG": (b"<svg", b"<?xml")}  # fmt: skip
_PURPOSE = "a receptive field on an image"
_SHOWN = 448  # px of the longer side that a picture needs at most, and at least


def sample() -> Image.Image:
    """A house, a tree and the sun over hills: large things, small things and edges."""
    require("PIL", _PURPOSE)
    from PIL import Image, ImageDraw

    side = 896
    image = Image.new("RGB", (side, side), "#bfe3f7")
    pen = ImageDraw.Draw(image)
    for y in range(side * 6 // 10):  # the sky pales towards the horizon
        share = y / (side * 0.6)
        pen.line([(0, y), (side, y)], fill=(int(110 + 110 * share), int(178 + 60 * share), int(228 + 20 * share)))
    pen.ellipse([640, 70, 800, 230], fill="#ffd84d")
    pen.ellipse([-260, 440, 560, 1150], fill="#8fbf6a")
    pen.ellipse([330, 500, 1250, 1300], fill="#74a857")
    pen.rectangle([0, 720, side, side], fill="#5f9447")
    pen.rectangle([180, 430, 500, 740], fill="#f3e3c3")  # walls, roof, chimney
    pen.rectangle([400, 280, 446, 380], fill="#8c4a3a")
    pen.polygon([(140, 440), (340, 260), (540, 440)], fill="#b5533c")
    pen.rectangle([300, 590, 380, 740], fill="#6b4a35")
    for x in (215, 405):
        pen.rectangle([x, 490, x + 70, 560], fill="#35607f")
        pen.line([(x + 35, 490), (x + 35, 560)], fill="#f3e3c3", width=6)
        pen.line([(x, 525), (x + 70, 525)], fill="#f3e3c3", width=6)
    pen.rectangle([700, 560, 734, 770], fill="#6b4a35")
    for x, y, r in ((717, 470, 110), (640, 540, 70), (794, 540, 70)):
        pen.ellipse([x - r, y - r, x + r, y + r], fill="#2f6b3a")
    for x in range(20, side, 64):  # a fence: a pattern finer than a late cell can tell
        pen.rectangle([x, 790, x + 22, 876], fill="#e9e2d0")
    pen.rectangle([0, 815, side, 830], fill="#e9e2d0")
    return image


def read_image(file: str | Path | bytes, side: int = _SHOWN) -> Image.Image:
    """A PNG, JPEG or WebP, upright and in RGB, made smaller where its sides are more than twice the ``side`` that is needed.

    Its ``info[ALPHA]`` says whether a transparency was left out. Raises :class:`InputError` before anything large is unpacked. Reading takes less than 512 MiB of memory.
    """
    require("PIL", _PURPOSE)
    from PIL import Image, ImageOps

    raw = file if isinstance(file, bytes) else _bytes(Path(file))
    if len(raw) > MAX_BYTES:
        raise InputError("image", f"{len(raw):,} bytes", f"must have at most {MAX_BYTES:,} bytes", "use a smaller file")
    name = "the file" if isinstance(file, bytes) else Path(file).name
    bad = InputError("image", name, f"{_other(raw)}cannot be read as {', '.join(FORMATS)}", "save it as PNG")
    warnings.simplefilter("error", Image.DecompressionBombWarning)  # Pillow's word for what is refused here anyway
    try:
        image = Image.open(io.BytesIO(raw), formats=FORMATS)  # reads the header alone
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        most = max(MAX_PIXELS.values())
        raise InputError("image", name, f"must have at most {most:,} pixels", "use a smaller image") from None
    except _BAD:
        raise bad from None
    size = f"{image.width}×{image.height}"
    if max(image.size) > MAX_SIDE:
        raise InputError("image", size, f"must have at most {MAX_SIDE:,} pixels a side", "use a smaller image")
    most = MAX_PIXELS[image.format or "PNG"]
    if image.width * image.height > most:
        raise InputError("image", size, f"must have at most {most:,} pixels as {image.format}", "use a smaller image")
    try:
        shrink = min(image.size) // (2 * side)
        # before anything copies it; a JPEG is then not even unpacked in full. 16-bit grey, which Pillow cannot shrink, is small
        if shrink > 1 and not image.mode.startswith("I"):
            image.thumbnail((image.width // shrink, image.height // shrink))
        if image.mode.startswith("I"):  # 16 bits a pixel, which Pillow would cut off at 255
            image = image.point(lambda value: value * (255 / 65535))
        made = ImageOps.exif_transpose(image).convert("RGB")
        made.info[ALPHA] = image.has_transparency_data
        return made
    except _BAD:
        raise bad from None


def _other(raw: bytes) -> str:
    """``is a GIF, and `` where the file is something else that is known."""
    head = raw[4:12] if raw[4:8] == b"ftyp" else raw[:8]
    return next((f"is {'an' if name[0] == 'S' else 'a'} {name}, and " for name, heads in _OTHERS.items() if head.startswith(heads)), "")  # fmt: skip


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError("image", str(path), f"cannot be read ({error.strerror})", "name a file") from None


def png(height: int, width: int, pixels: bytes) -> str:
    """Red, green and blue of each pixel, a byte each, as the ``data:`` address of a PNG."""
    require("PIL", "an image")
    from PIL import Image

    file = io.BytesIO()
    Image.frombytes("RGB", (width, height), pixels).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def as_input(image: Image.Image, size: Pair, channels: int) -> str:
    """The image as a network of this input ``size`` (height, width) gets it, as a ``data:`` address.

    Cut to the input's proportions around its middle, as evaluation does, and resized; grey for one channel.
    Small inputs are shown in the pixels that they have.
    """
    from PIL import Image, ImageOps  # there, since there is an image

    height, width = size
    most = max(height, width)
    if most > _SHOWN:  # no screen shows more
        height, width = max(1, height * _SHOWN // most), max(1, width * _SHOWN // most)
    made = ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)
    if channels == 1:
        made = ImageOps.grayscale(made)
    times = max(1, _SHOWN // max(height, width))
    made = made.resize((width * times, height * times), Image.Resampling.NEAREST)
    file = io.BytesIO()
    made.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
