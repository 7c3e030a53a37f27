"""A receptive field on an image: the geometry as numbers, the image, and what is refused."""

import base64
import io
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

import resnet_viz as rv
from resnet_viz.layout.field import FieldScene, field_scene
from resnet_viz.receptive import field_of, map_size
from resnet_viz.spec import ResNetSpec
from resnet_viz.views import describe
from resnet_viz.views.image import MAX_BYTES, as_input, read_image, sample
from tests.strategies import sizes, specs


def _inside(inner: tuple[float, ...], outer: tuple[float, ...], slack: float = 0.01) -> bool:
    return all(a >= b - slack for a, b in zip(inner[:2], outer[:2], strict=True)) and all(
        a <= b + slack for a, b in zip(inner[2:], outer[2:], strict=True)
    )


def check(scene: FieldScene) -> None:
    assert _inside(scene.image, scene.view) and _inside(scene.field, scene.view)
    assert _inside(scene.seen, scene.image) and _inside(scene.seen, scene.field)
    assert _inside(scene.filled, scene.output, 3)
    assert scene.view[2] < scene.arrow[0][0] < scene.arrow[1][0] < scene.output[0]
    first, second = (label.rect for label in scene.labels)
    assert first[2] < second[0] and first[3] < scene.view[1] and second[3] < scene.output[1]
    for rect in (first, second, scene.view, scene.output):
        assert _inside(rect, scene.bounds)


@given(specs(), sizes, st.data())
def test_any_cell_of_any_step(spec: ResNetSpec, size: tuple[int, int], data: st.DataObject) -> None:
    try:
        trace = rv.forecast(spec, size)
    except rv.InputError:
        assume(False)
        raise
    step = data.draw(st.sampled_from(trace.steps))
    cell = data.draw(st.none() | st.tuples(st.integers(0, 60), st.integers(0, 60)))
    scene = field_scene(trace, step.name, cell)
    check(scene)
    # a pixel of the image is as large as the image's own scale says
    unit = 300 / max(size)
    part, _ = field_of(trace, step, scene.cell).on_image(size)
    assert scene.seen[2] - scene.seen[0] == pytest.approx(part.size[1] * unit)
    assert scene.seen[3] - scene.seen[1] == pytest.approx(part.size[0] * unit)
    rows, columns = map_size(step)
    assert len(scene.cells) in (0, rows * columns)


def test_the_words_under_resnet34s_field() -> None:
    scene = field_scene(rv.forecast(rv.variant("resnet34")), "layer2.3.relu2", (0, 0))
    assert scene.labels[0].lines == (
        "image 224×224 px", "field 179×179 px: 25% of it on the image, the rest is padding", "rows -89 … 89, columns -89 … 89",
    )  # fmt: skip
    assert scene.labels[1].lines == ("layer2.3.relu2: 28×28", "cell (0, 0)", "next cell: its field is 8 px on")
    last = field_scene(rv.forecast(rv.variant("resnet34")), None)
    assert last.title == "receptive field of layer4.2.relu2, cell (3, 3)"
    assert last.labels[0].lines[-1] == "it reaches further than is drawn"


def test_the_figure_has_the_image_below_and_a_bar_a_cell() -> None:
    trace = rv.forecast(rv.variant("resnet18"), 64)
    figure = describe(trace, "field", "layer3.1.relu2", cell=(1, 2))
    (image,) = figure["layout"]["images"]
    assert image["source"].startswith("data:image/png;base64,") and image["layer"] == "below"
    hits = figure["data"][-1]
    assert hits["customdata"] == list(range(16)) and "zorder" not in hits
    assert set(figure["layout"]["meta"]["outlines"]) == {str(n) for n in range(16)}
    assert figure["layout"]["meta"]["alt"].startswith("receptive field of layer3.1.relu2, cell (1, 2). image 64×64 px")
    rv.draw(trace, "field", "layer3.1.relu2", theme="dark")  # Plotly's own checks accept it


def _decoded(source: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))


def test_the_image_is_shown_in_the_pixels_that_the_input_has() -> None:
    small = _decoded(as_input(sample(), (16, 32), 3))
    assert small.size == (448, 224)
    corner = {small.getpixel((x, y)) for x in range(14) for y in range(14)}
    assert len(corner) == 1  # one pixel of the input is one block of one colour
    assert len(small.getcolors(448 * 224)) > 100
    assert _decoded(as_input(sample(), (32, 32), 1)).mode == "L"
    assert max(_decoded(as_input(sample(), (4096, 2048), 3)).size) <= 448


def test_own_images(tmp_path: Path) -> None:
    file = tmp_path / "own.jpg"
    turned = Image.new("RGB", (40, 20), "red")
    exif = turned.getexif()
    exif[274] = 6  # taken with the camera on its side
    turned.save(file, exif=exif)
    assert read_image(file).size == (20, 40)
    for name, raw, message in (
        ("gif", _bytes("GIF"), "image='the file': cannot be read as PNG, JPEG, WEBP; save it as PNG"),
        ("text", b"<svg onload=alert(1)>", "image='the file': cannot be read as PNG, JPEG, WEBP; save it as PNG"),
        ("cut", _bytes("PNG")[:60], "image='the file': cannot be read as PNG, JPEG, WEBP; save it as PNG"),
        ("large", b"0" * (MAX_BYTES + 1), "image='20,000,001 bytes': must have at most 20,000,000 bytes; use a smaller file"),
        ("bomb", _bytes("PNG", (9000, 5000)), "image='9000×5000': must have at most 40,000,000 pixels as PNG; use a smaller image"),
        ("webp", _bytes("WEBP", (5000, 4001)), "image='5000×4001': must have at most 20,000,000 pixels as WEBP; use a smaller image"),
        ("thin", _bytes("PNG", (1, 16_385)), "image='1×16385': must have at most 16,384 pixels a side; use a smaller image"),
    ):  # fmt: skip
        with pytest.raises(rv.InputError) as caught:
            read_image(raw)
        assert str(caught.value) == message, name
    with pytest.raises(rv.InputError) as caught:
        read_image(tmp_path / "none.png")
    assert "cannot be read (No such file or directory); name a file" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "mode", "size"),
    [
        ("PNG", "RGBA", (6324, 6324)),
        ("PNG", "I;16", (6324, 6324)),
        ("PNG", "RGBA", (1791, 16_384)),  # too thin to be shrunk, and turned by its tag
        ("PNG", "RGB", (1, 16_384)),
        ("JPEG", "CMYK", (6324, 6324)),
        ("WEBP", "RGBA", (16_383, 1220)),
    ],
)
def test_no_image_takes_more_than_half_a_gibibyte(kind: str, mode: str, size: tuple[int, int], tmp_path: Path) -> None:
    """In a process of its own, whose peak the kernel knows."""
    file = tmp_path / "image"
    exif = Image.Exif()
    exif[274] = 6
    Image.new(mode, size).save(file, kind, exif=exif)
    code = (
        "import re, sys; from resnet_viz.views.image import as_input, read_image\n"
        "as_input(read_image(sys.argv[1]), (224, 160), 3)\n"
        # getrusage would also count what the process had before it became this one: the test runner's PyTorch
        "print(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 512 * 1024


def _bytes(kind: str, size: tuple[int, int] = (30, 30)) -> bytes:
    file = io.BytesIO()
    Image.new("1" if size[0] > 100 else "RGB", size).save(file, kind)
    return file.getvalue()
