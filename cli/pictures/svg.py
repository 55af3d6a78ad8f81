"""A drawing of boxes and arrows as SVG, legible in light and dark mode."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args
from xml.sax.saxutils import escape

Kind = Literal["store", "function", "people", "alarm", "plain"]
Point = tuple[float, float]

_FONT, _TITLE_FONT = 13, 14
_LINE = 17
_PADDING = 10
_MEAN_WIDTH = 0.54
"""Mean width of a character in ems; a bold one is a tenth wider."""
_LIGHT = {
    "ground": "#ffffff", "ink": "#1f2328", "quiet": "#59636e", "line": "#6e7781", "plain": "#f6f8fa", "store": "#ddf4ff",
    "function": "#fff1d6", "people": "#e9e4ff", "alarm": "#ffe3e0",
}  # fmt: skip
_DARK = {
    "ground": "#0d1117", "ink": "#f0f6fc", "quiet": "#9ea7b3", "line": "#8b949e", "plain": "#1c2128", "store": "#0c2d4f",
    "function": "#4a3410", "people": "#33275e", "alarm": "#571f1c",
}  # fmt: skip


@dataclass(frozen=True)
class Box:
    """A rectangle, with the points where arrows start and end."""

    x: float
    y: float
    width: float
    height: float

    def left(self, share: float = 0.5) -> Point:
        """Return the point at a share of the height of the left side."""
        return (self.x, self.y + share * self.height)

    def right(self, share: float = 0.5) -> Point:
        """Return the point at a share of the height of the right side."""
        return (self.x + self.width, self.y + share * self.height)

    def top(self, share: float = 0.5) -> Point:
        """Return the point at a share of the width of the upper side."""
        return (self.x + share * self.width, self.y)

    def bottom(self, share: float = 0.5) -> Point:
        """Return the point at a share of the width of the lower side."""
        return (self.x + share * self.width, self.y + self.height)


class Picture:
    """A picture with a title and a description, which screen readers read."""

    def __init__(self, title: str, description: str, width: int, height: int) -> None:
        self._title = title
        self._description = description
        self._size = (width, height)
        self._elements: list[str] = []

    def box(self, title: str, lines: Iterable[str], box: Box, kind: Kind = "plain", note: str = "") -> Box:
        """Draw a box with a title, lines of text and a note; all of them are wrapped.

        Raises
        ------
        ValueError
            The text is higher than the box.
        """
        parts = [("title", title), *(("text", line) for line in lines), ("quiet", note)]
        wrapped = [(style, line) for style, text in parts for line in _wrap(text, box.width - 2 * _PADDING, style)]
        height = _LINE * len(wrapped) + _PADDING
        if height > box.height:
            raise ValueError(f"the text of box {title!r} is {height} px high, the box {box.height}: enlarge the box")
        self._rectangle(box, kind)
        first = box.y + (box.height - height) / 2 + _LINE + 1
        for position, (style, line) in enumerate(wrapped):
            self.text((box.x + _PADDING, first + _LINE * position), line, style)
        return box

    def frame(self, title: str, box: Box) -> Box:
        """Draw a dashed frame around boxes that are drawn later."""
        self._rectangle(box, "frame")
        self.text((box.x + _PADDING, box.y + _LINE + 1), title, "quiet")
        return box

    def arrow(self, *points: Point, label: str = "", at: Point | None = None, style: str = "arrow") -> None:
        """Draw an arrow along points, with a label above the middle of its longest part or in the place given."""
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        self._elements.append(f'<polyline class="{style}" points="{path}"/>')
        if label:
            (x1, y1), (x2, y2) = max(pairwise(points), key=lambda part: _length(*part))
            self.text(at or ((x1 + x2) / 2, (y1 + y2) / 2 - 6), label, "label")

    def text(self, place: Point, text: str, style: str = "text") -> None:
        """Write a line of text."""
        x, y = place
        self._elements.append(f'<text class="{style}" x="{x:g}" y="{y:g}">{escape(text)}</text>')

    def svg(self) -> str:
        """Return the picture as an SVG document."""
        width, height = self._size
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
                f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="title desc">',
                f'<title id="title">{escape(self._title)}</title>',
                f'<desc id="desc">{escape(self._description)}</desc>',
                f"<style>\n{_style()}\n</style>",
                '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
                '<path class="head" d="M0,0 L8,4 L0,8 z"/></marker></defs>',
                f'<rect class="ground" width="{width}" height="{height}"/>',
                f'<text class="heading" x="20" y="32">{escape(self._title)}</text>',
                *self._elements,
                "</svg>\n",
            ]
        )

    def _rectangle(self, box: Box, style: str) -> None:
        self._elements.append(
            f'<rect class="{style}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="6"/>'
        )


def _wrap(text: str, space: float, style: str) -> Sequence[str]:
    character = _MEAN_WIDTH * (_FONT if style != "title" else 1.1 * _TITLE_FONT)
    return textwrap.wrap(text, int(space / character), break_long_words=False, break_on_hyphens=False)


def _length(start: Point, end: Point) -> float:
    return abs(end[0] - start[0]) + abs(end[1] - start[1])


def _style() -> str:
    light, dark = ("; ".join(f"--{name}: {colour}" for name, colour in colours.items()) for colours in (_LIGHT, _DARK))
    kinds = "\n".join(f".{kind} {{ fill: var(--{kind}); stroke: var(--line) }}" for kind in get_args(Kind))
    return f"""\
svg {{ {light} }}
@media (prefers-color-scheme: dark) {{ svg {{ {dark} }} }}
text {{ font: {_FONT}px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: var(--ink) }}
.heading {{ font-size: 19px; font-weight: 600 }}
.title {{ font-size: {_TITLE_FONT}px; font-weight: 600 }}
.quiet {{ fill: var(--quiet) }}
.label {{ fill: var(--quiet); text-anchor: middle; paint-order: stroke; stroke: var(--ground); stroke-width: 4px }}
.ground {{ fill: var(--ground) }}
{kinds}
.frame {{ fill: none; stroke: var(--line); stroke-dasharray: 5 4 }}
.arrow, .barred {{ fill: none; stroke: var(--line); stroke-width: 1.5; marker-end: url(#head) }}
.barred {{ stroke-dasharray: 5 4; marker-end: none }}
.head {{ fill: var(--line) }}"""
