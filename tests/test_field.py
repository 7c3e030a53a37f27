"""A receptive field on an image: the geometry as numbers, the image, and what is refused."""

import base64
import io
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image
from torch import nn

import resnet_viz as rv
from resnet_viz.picture.figures import describe
from resnet_viz.picture.figures.image import MAX_BYTES, as_input, read_image, sample
from resnet_viz.picture.layout import Place
from resnet_viz.picture.layout.field import FieldScene, field_scene
from resnet_viz.spec import ResNetSpec
from resnet_viz.why.field import field_of, map_size
from tests.ruler import LINE, same, wide
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
    # a pixel of the image is as large as the image's own scale says, the same in both directions
    unit = (scene.image[2] - scene.image[0]) / size[1]
    assert scene.image[3] - scene.image[1] == pytest.approx(size[0] * unit)
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


@st.composite
def chains(draw: st.DrawFn) -> nn.Sequential:
    """Up to three convs and pools; no window strides further than it is long, so that a field has no holes."""
    found: list[nn.Module] = []
    for _ in range(draw(st.integers(1, 3))):
        kernel = draw(st.integers(1, 5)), draw(st.integers(1, 5))
        stride = draw(st.integers(1, min(3, kernel[0]))), draw(st.integers(1, min(3, kernel[1])))
        padding = draw(st.integers(0, kernel[0] // 2)), draw(st.integers(0, kernel[1] // 2))
        pool = draw(st.booleans())
        found.append(nn.AvgPool2d(kernel, stride, padding) if pool else nn.Conv2d(3, 3, kernel, stride, padding))
    return nn.Sequential(*found)


def _leaves_nothing_over(net: nn.Sequential, size: tuple[int, int]) -> bool:
    for module in net:
        for axis in (0, 1):
            if (size[axis] + 2 * module.padding[axis] - module.kernel_size[axis]) % module.stride[axis]:
                return False
        size = tuple((n + 2 * p - k) // s + 1 for n, p, k, s in zip(size, module.padding, module.kernel_size, module.stride, strict=True))  # fmt: skip
    return True


@given(chains(), st.tuples(st.integers(14, 40), st.integers(14, 40)), st.tuples(st.integers(0, 9), st.integers(0, 9)))
def test_what_is_lit_is_where_the_gradient_goes(
    net: nn.Sequential, size: tuple[int, int], cell: tuple[int, int]
) -> None:
    """The pixels that a cell has a gradient to, with all weights one, are the lit part of the image, on both axes."""
    try:
        trace = rv.trace(net, size)
    except rv.ResNetVizError:
        assume(False)
        raise
    scene = field_scene(trace, None, cell)
    for parameter in net.parameters():
        parameter.data.fill_(1.0)
    image = torch.ones(1, 3, *size, requires_grad=True)
    made = net(image)
    row, column = min(cell[0], made.shape[2] - 1), min(cell[1], made.shape[3] - 1)
    made[0, 0, row, column].backward()
    assert image.grad is not None
    lit = image.grad[0].sum(0) > 0
    unit = 300 / max(size)
    rows, columns = (lit.any(1 - axis).nonzero().flatten() for axis in (0, 1))
    seen = (int(columns[0]) * unit, -(int(rows[-1]) + 1) * unit, (int(columns[-1]) + 1) * unit, -int(rows[0]) * unit)
    if _leaves_nothing_over(net, size):
        assert scene.seen == pytest.approx(seen)
    else:  # the padding of a later map begins where the division has left some pixels over: they are lit and not read
        assert scene.seen[0] == pytest.approx(seen[0]) and scene.seen[3] == pytest.approx(seen[3])
        assert scene.seen[1] < seen[1] + 0.01 and scene.seen[2] > seen[2] - 0.01
        return
    share = len(rows) * len(columns) / (trace.steps[-1].receptive_field[0] * trace.steps[-1].receptive_field[1])
    told = "all of it on the image" if share == 1 else f"{share:.0%} of it on the image, the rest is padding"
    assert scene.labels[0].lines[1].endswith(f" px: {told}")


def test_a_7x7_of_stride_2_by_hand() -> None:
    """On 16×24 px of 12.5 px each, cell (0, 1) has rows −3 … 3 and columns −1 … 5; the last, (7, 11), ends two px beyond."""
    net = nn.Sequential(nn.Conv2d(3, 4, 7, 2, 3))
    scene = field_scene(rv.trace(net, (16, 24)), "0", (0, 1))
    assert (scene.step, scene.cell, scene.title) == (1, (0, 1), "receptive field of 0, cell (0, 1)")
    # the first cell sees three px of padding above and before the image: so much is drawn on every side
    assert same((scene.image, scene.view), ((0.0, -200.0, 300.0, 0.0), (-37.5, -237.5, 337.5, 37.5)))
    assert same((scene.field, scene.seen, scene.neighbour), ((-12.5, -50.0, 75.0, 37.5), (0.0, -50.0, 75.0, 0.0), (12.5, -50.0, 100.0, 37.5)))  # fmt: skip
    # the middle of the field of (i, j) is the middle of pixel (2i, 2j)
    assert same(
        scene.centres, tuple((12.5 * (2 * j + 0.5), -12.5 * (2 * i + 0.5)) for i in range(8) for j in range(12))
    )
    words = (
        ("image 16×24 px", "field 7×7 px: 49% of it on the image, the rest is padding", "rows -3 … 3, columns -1 … 5"),
        ("0: 8×12", "cell (0, 1)", "next cell: its field is 2 px on"),
    )  # fmt: skip
    assert tuple(label.lines for label in scene.labels) == words and all(label.strong for label in scene.labels)
    # the map as large as the image: 12 columns of 25 px, 70 px behind the wider of view and text
    left = -37.5 + 375 / 2, wide(*words[0]) / 2 - 37.5
    assert wide(*words[0]) > 337.5
    out = wide(*words[0]) + 70
    assert same(scene.output, (out, -200.0, out + 300, 0.0)) and same(scene.filled, (out + 25, -25.0, out + 50, 0.0))
    assert same(scene.cells, tuple(((out + 25.0 * j, -25.0 * (i + 1), out + 25.0 * (j + 1), -25.0 * i), 12 * i + j) for i in range(8) for j in range(12)))  # fmt: skip
    assert len(scene.grid) == 9 + 13 and same(scene.grid[1], ((out + 25, 0.0), (out + 25, -200.0)))
    assert same(scene.arrow, ((337.5 + 14, -100.0), (out - 12, -100.0)))
    floor = -237.5 - 8
    assert same([(label.x, label.y) for label in scene.labels], [(max(left), floor), (out + max(150.0, wide(*words[1]) / 2), floor)])  # fmt: skip
    assert scene.bounds == pytest.approx((-37.5 - 12, floor - 3 * LINE - 6, out + max(300, wide(*words[1])) + 12, 37.5 + LINE))  # fmt: skip
    before = field_scene(rv.trace(net, (16, 24)), "0", (7, 10))
    assert before.neighbour is not None and before.neighbour[0] - before.field[0] == pytest.approx(25)  # the last
    last = field_scene(rv.trace(net, (16, 24)), "0", (7, 11))
    assert last.neighbour is not None and last.field[0] - last.neighbour[0] == pytest.approx(25)  # the one before it
    assert last.view == scene.view  # nothing moves when the cell does


def test_a_tall_image_has_a_tall_map() -> None:
    """48×24 px make 24×12 cells of 12.5 px: 300 px high like the image, each cell above the two rows that it stands for."""
    scene = field_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 4, 2, 2)), (48, 24)), None)
    assert (scene.image, scene.view) == (pytest.approx((0, -300, 150, 0)), pytest.approx((0, -300, 150, 0)))
    assert scene.output[2] - scene.output[0] == pytest.approx(150) and scene.output[1::2] == pytest.approx((-300, 0))
    assert scene.cell == (12, 6) and scene.labels[0].lines[1] == "field 2×2 px: all of it on the image"
    wanted = scene.output[0] + 6 * 12.5, -13 * 12.5, scene.output[0] + 7 * 12.5, -12 * 12.5
    assert scene.filled == pytest.approx(wanted)


@pytest.mark.parametrize(("size", "view"), [((7, 8), (-37.5, -300, 337.5, 37.5)), ((8, 7), (-37.5, -337.5, 300, 37.5))])
def test_as_much_is_drawn_on_each_side_as_is_seen_beyond_any(size: tuple[int, int], view: tuple[float, ...]) -> None:
    """⌈7/2⌉ = 4 windows of two: the last one sees a row, or a column, beyond the far edge alone."""
    scene = field_scene(rv.trace(nn.Sequential(nn.AvgPool2d(2, 2, ceil_mode=True)), size), None)
    assert scene.view == pytest.approx(view)


@pytest.mark.parametrize("axis", [0, 1])
def test_what_is_seen_beyond_one_border_alone_is_drawn_on_each_side(axis: int) -> None:
    """Of four px a window of three at every second sees one before the first, and none behind the last."""
    kernel, stride, padding = ((long, short) if axis == 0 else (short, long) for long, short in ((3, 1), (2, 1), (1, 0)))  # fmt: skip
    scene = field_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 4, kernel, stride, padding)), 4), None)
    assert scene.view == pytest.approx((-75, -375, 375, 75)) and scene.image == pytest.approx((0, -300, 300, 0))
    assert scene.labels[0].lines[1].startswith(f"field {kernel[0]}×{kernel[1]} px: ")


def test_a_short_text_is_centred_under_what_is_drawn() -> None:
    """10 px of 30 px and two of padding on each side: 420 px, on which 36 letters have room."""
    scene = field_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 4, 5, 1, 2)), 10), None)
    assert scene.view == pytest.approx((-60, -360, 360, 60))
    assert wide(*scene.labels[0].lines) == pytest.approx(36 * 6.84) and scene.labels[0].x == pytest.approx(150)


def test_the_map_of_a_wide_image_may_hang_below_it() -> None:
    """8×64 px are 37.5 px high; of every eight columns one is left, and 8×8 cells are 300 px high."""
    scene = field_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 4, (1, 8), (1, 8))), (8, 64)), None)
    assert scene.output[1::2] == pytest.approx((-18.75 - 150, -18.75 + 150))
    assert [label.y for label in scene.labels] == [pytest.approx(-18.75 - 150 - 8)] * 2


def test_two_cells_are_a_map() -> None:
    scene = field_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 4, (8, 1))), (8, 2)), None, (0, 0))
    unit = 300 / 8
    assert scene.centres == (pytest.approx((0.5 * unit, -150)), pytest.approx((1.5 * unit, -150)))
    assert scene.neighbour == pytest.approx((unit, -300, 2 * unit, 0))
    left = scene.output[0]
    assert scene.output == pytest.approx((left, -225, left + 300, -75))
    assert [number for _, number in scene.cells] == [0, 1]


def test_on_a_large_image_what_is_small_is_still_seen() -> None:
    """100 px of 3 px each: middles are drawn where they are 9 px apart, and a cell of 3 px is filled as 4×4 px."""
    scene = field_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 4, 1, 3)), 100), None)
    assert len(scene.centres) == 34 * 34
    scene = field_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 4, 1)), 100), None)
    left, bottom, right, top = scene.filled
    assert scene.centres == () and (right - left, top - bottom) == pytest.approx((4, 4))


def test_a_map_of_32_cells_is_clicked_and_one_of_33_is_not() -> None:
    for side, cells in ((32, 32 * 32), (33, 0)):
        scene = field_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 4, 1)), side), None)
        assert len(scene.cells) == cells
        assert len(scene.centres) == side * side  # 300/33 = 9.1 px from one to the next
        assert len(scene.grid) == 2 * (side + 1)
    fine = field_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 4, 1)), 34), None)
    assert fine.centres == ()
    row = field_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 4, (8, 1))), (8, 5)), None)  # 1×5
    assert len(row.cells) == 5 and row.output[3] - row.output[1] == pytest.approx(60)
    assert len(row.centres) == 5
    column = field_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 4, (1, 5))), (8, 5)), None)  # 8×1: no cell beside
    assert column.neighbour is None and len(column.cells) == len(column.centres) == 8


def test_one_cell_for_the_whole_image() -> None:
    trace = rv.forecast(rv.variant("resnet18"), (32, 64))
    for name, text in (("avgpool", "avgpool: 1×1"), ("fc", "fc: 1×1")):
        scene = field_scene(trace, name)
        assert scene.labels[1].lines == (text, "cell (0, 0)", "one cell for the whole image")
        assert scene.neighbour is None and scene.centres == () and scene.cells == ()
        assert scene.labels[1].x == pytest.approx(scene.output[0] + wide("one cell for the whole image") / 2)
        assert scene.output[2] - scene.output[0] == pytest.approx(40) and scene.output[1::2] == pytest.approx(
            (-95, -55)
        )
    # beyond the border half the longer side is drawn at most
    assert scene.view == pytest.approx((-150, -300, 450, 150)) and scene.field == scene.view
    assert scene.labels[0].lines[-1] == "it reaches further than is drawn"
    edge = field_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 4, 3, 1, 1)), 1), None)
    assert edge.view == pytest.approx((-300, -600, 600, 300)) and len(edge.labels[0].lines) == 3
    further = field_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 4, 5, 1, 2)), 1), None)  # but one px at least
    assert further.view == edge.view and further.labels[0].lines[-1] == "it reaches further than is drawn"


def test_strides_that_differ_by_axis_are_both_told() -> None:
    scene = field_scene(rv.trace(nn.Sequential(nn.Conv2d(3, 4, 3, (2, 3))), (21, 30)), "0", (1, 1))
    assert scene.labels[1].lines == ("0: 10×10", "cell (1, 1)", "next cell: its field is 2 px down, 3 px across on")
    assert scene.centres[0] == pytest.approx((15, -15)) and scene.centres[11] == pytest.approx((45, -35))
    assert scene.centres[-1] == pytest.approx((10 * (3 * 9 + 1.5), -10 * (2 * 9 + 1.5)))


def test_a_trace_without_a_map() -> None:
    import dataclasses

    trace = rv.forecast(rv.variant("resnet18"), 32)
    with pytest.raises(rv.InputError) as caught:
        field_scene(dataclasses.replace(trace, steps=trace.steps[-1:]), None)
    assert str(caught.value) == "level='field': this network has no map; use level='network'"


def test_the_figure_has_the_image_below_and_a_bar_a_cell() -> None:
    trace = rv.forecast(rv.variant("resnet18"), 64)
    figure = describe(trace, Place("field", "layer3.1.relu2", (1, 2)))
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
        ("gif", _bytes("GIF"), "image='the file': is a GIF, and cannot be read as PNG, JPEG, WEBP; save it as PNG"),
        ("text", b"<svg onload=alert(1)>", "image='the file': is an SVG, and cannot be read as PNG, JPEG, WEBP; save it as PNG"),
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
@pytest.mark.processes
def test_no_image_takes_more_than_half_a_gibibyte(kind: str, mode: str, size: tuple[int, int], tmp_path: Path) -> None:
    """In a process of its own, whose peak the kernel knows."""
    file = tmp_path / "image"
    exif = Image.Exif()
    exif[274] = 6
    Image.new(mode, size).save(file, kind, exif=exif, compress_level=1, method=0)  # the quickest of PNG, of WEBP
    code = (
        "import re, sys; from resnet_viz.picture.figures.image import as_input, read_image\n"
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
