"""PowerPoint: a slide of its own shapes. A volume is a group, so that it is moved, coloured and animated as a whole."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ..escaping import xml_text
from ..figure import PT, sheet
from ..packing import undated
from ..registry import Export, Exporter

if TYPE_CHECKING:
    from ...picture.figures.shapes import Line, Oval, Polygon, Shape, Text

_EMU = 9525  # of a px
_LEAST_SIDE = 914_400  # an inch: a smaller slide PowerPoint does not open
_DASHES = {"solid": "solid", "dash": "dash", "dot": "sysDot", "dashdot": "dashDot"}
_FONT = "Arial"
_MADE = datetime(2000, 1, 1, tzinfo=UTC)


def write(export: Export) -> bytes:
    """One slide, as large as the page that is asked for."""
    from pptx import Presentation

    made = sheet(export)
    drawn = made.drawing
    file = Presentation()
    file.slide_width = max(_LEAST_SIDE, round(drawn.width * _EMU))  # pyright: ignore[reportAttributeAccessIssue]
    file.slide_height = max(_LEAST_SIDE, round(drawn.height * _EMU))  # pyright: ignore[reportAttributeAccessIssue]
    about = file.core_properties
    about.title, about.comments = xml_text(made.title)[:255], xml_text(made.said)[:255]
    about.author = about.last_modified_by = "ResNet Viz"
    about.created = about.modified = about.last_printed = _MADE
    about.revision = 1
    slide = file.slides.add_slide(file.slide_layouts[6])  # the empty one
    for name, group in made.named:
        if len(group.shapes) == 1:
            _call(_add(slide.shapes, group.shapes[0]), group.name, group.title)
            continue
        own = slide.shapes.add_group_shape()
        _call(own, group.name, group.title)
        for shape in group.shapes:
            _call(_add(own.shapes, shape), name, group.title)
        own._element.recalculate_extents()  # a freeform in a group does not tell it how large it is
    out = BytesIO()
    file.save(out)
    return undated(out.getvalue())


def _call(shape: Any, name: str, title: str) -> None:
    """What the selection pane calls it, and what is read to who does not see it."""
    known = shape._element.xpath("./*/p:cNvPr")[0]
    known.set("name", xml_text(name)[:255])
    known.set("descr", xml_text(title)[:1000])


def _add(shapes: Any, shape: Shape) -> Any:
    from ...picture.figures.shapes import Line, Oval, Text

    if isinstance(shape, Text):
        return _text(shapes, shape)
    if isinstance(shape, Line):
        return _line(shapes, shape)
    return _oval(shapes, shape) if isinstance(shape, Oval) else _polygon(shapes, shape)


def _e(px: float) -> int:
    return round(px * _EMU)


def _paint(shape: Any, fill: str, stroke: str, width: float) -> Any:
    from pptx.dml.color import RGBColor

    if fill:
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(fill[1:].upper())
    else:
        shape.fill.background()
    return _pen(shape, stroke, width)


def _pen(shape: Any, stroke: str, width: float) -> Any:
    from pptx.dml.color import RGBColor

    shape.line.color.rgb = RGBColor.from_string(stroke[1:].upper())
    shape.line.width = _e(width)
    for effect in shape._element.xpath("./p:style/a:effectRef"):
        effect.set(
            "idx", "0"
        )  # the theme's third is a shadow, which LibreOffice draws for an empty list of effects too
    return shape


def _polygon(shapes: Any, shape: Polygon) -> Any:
    (x, y), *others = [(_e(x), _e(y)) for x, y in shape.points]
    builder = shapes.build_freeform(x, y)
    builder.add_line_segments(others, close=True)
    return _paint(builder.convert_to_shape(), shape.fill, shape.stroke, shape.width)


def _oval(shapes: Any, shape: Oval) -> Any:
    from pptx.enum.shapes import MSO_SHAPE

    side = _e(2 * shape.radius)
    made = shapes.add_shape(MSO_SHAPE.OVAL, _e(shape.x - shape.radius), _e(shape.y - shape.radius), side, side)
    return _paint(made, shape.fill, shape.stroke, shape.width)


def _line(shapes: Any, line: Line) -> Any:
    """A straight line is a connector, whose ends can be dragged; any other a freeform."""
    (x, y), *others = [(_e(x), _e(y)) for x, y in line.points]
    if len(others) == 1:
        from pptx.enum.shapes import MSO_CONNECTOR

        made = shapes.add_connector(MSO_CONNECTOR.STRAIGHT, x, y, *others[0])
        _pen(made, line.stroke, line.width)
    else:
        builder = shapes.build_freeform(x, y)
        builder.add_line_segments(others, close=False)
        made = _paint(builder.convert_to_shape(), "", line.stroke, line.width)
    pen = made.line._get_or_add_ln()
    if line.dash != "solid":
        _under(pen, "a:prstDash", val=_DASHES[line.dash])
    _under(pen, "a:round")
    if line.head:
        size = "lg" if line.width < line.head / 4 else "med"  # its size is told in widths of the line
        _under(pen, "a:tailEnd", type="triangle", w=size, len=size)
    return made


def _under(parent: Any, tag: str, **values: str) -> None:
    """One more property at the end: the format's schema wants them in the order in which they are given here."""
    from pptx.oxml.ns import qn

    parent.append(parent.makeelement(qn(tag), values))


def _text(shapes: Any, text: Text) -> Any:
    from pptx.dml.color import RGBColor
    from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
    from pptx.util import Pt

    left, top, width, height = text.rect
    made = shapes.add_textbox(_e(left), _e(top), _e(width), _e(height))
    frame = made.text_frame
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.word_wrap, frame.auto_size, frame.vertical_anchor = False, MSO_AUTO_SIZE.NONE, MSO_ANCHOR.MIDDLE
    for i, line in enumerate(text.lines):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.CENTER if text.centred else PP_ALIGN.LEFT
        run = paragraph.add_run()
        run.text = xml_text(line)
        run.font.name, run.font.bold = _FONT, text.strong and i == 0
        run.font.size = Pt(max(1.0, round(text.size / PT, 2)))
        run.font.color.rgb = RGBColor.from_string(text.colour[1:].upper())
    return made


EXPORTER = Exporter(
    "powerpoint", "Figure, PowerPoint", (".pptx",), "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "the picture as a slide of native shapes, each volume a group that moves as one", write,
    kind="figure", needs=("pptx",), options=("level", "part", "size", "grey", "colour"), binary=True,
)  # fmt: skip
