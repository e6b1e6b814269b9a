"""Draws the chart of a report as SVG without script or style of its own: classes, which the stylesheet colours."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from unicodedata import east_asian_width

from markupsafe import Markup

from schema.text import Locale, Text

WIDTH, HEIGHT = 880, 300
TOP, RIGHT, FOOT = 14, 18, 30
ROW, TIGHT_ROW, MANY_ROWS, LINE = 26, 20, 16, 12
"""Pixels a horizontal bar takes, and where there are many; those of a line of text."""
MOST_POINTS, MOST_SLICES = 60, 8
TICKS = 5
REST = Text("其他", "Other")

_Scale = Callable[[float], float]
"""From a value to a place."""
_SCALES: dict[Locale, tuple[tuple[int, str], ...]] = {
    "zh": ((10**8, "亿"), (10**4, "万")),
    "en": ((10**9, "bn"), (10**6, "m"), (10**3, "k")),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One place along the chart: its name, a value for each series (None: nothing there), and those in words."""

    label: str
    values: tuple[Decimal | int | None, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: names of the series, the points in order, and a line across with its words."""

    kind: str
    series: tuple[str, ...]
    points: tuple[Point, ...]
    target: Decimal | int | None = None
    target_words: str = ""
    is_percent: bool = False
    locale: Locale = "zh"


def is_drawable(chart: Chart) -> bool:
    """Whether there is anything to see: two points at least, and one value that is not nought."""
    return len(chart.points) > 1 and any(value for point in chart.points for value in point.values)


def draw(chart: Chart, label: str) -> Markup:
    """The SVG. ``label`` is read out in its place; the figures themselves stand in the table."""
    if chart.kind == "pie":
        return _svg(_pie(pie_points(chart)), 220, 220, label, "chart-pie")
    chart = replace(chart, points=chart.points[-MOST_POINTS:] if chart.kind == "line" else chart.points[:MOST_POINTS])
    if chart.kind == "line":
        return _svg(_upright(chart), WIDTH, HEIGHT, label, "chart-line")
    if _labels_fit(chart):
        return _svg(_upright(chart), WIDTH, HEIGHT, label, "chart-bar")
    row = ROW if len(chart.points) <= MANY_ROWS else TIGHT_ROW
    height = TOP + row * len(chart.points) + FOOT
    return _svg(_lying(chart, height, row), WIDTH, height, label, "chart-bar is-lying")


def pie_points(chart: Chart) -> list[Point]:
    """The slices of a pie, the largest first; small ones together as the rest."""
    points = sorted((p for p in chart.points if _size(p) > 0), key=_size, reverse=True)
    if len(points) <= MOST_SLICES:
        return points
    kept, rest = points[: MOST_SLICES - 1], points[MOST_SLICES - 1 :]
    total = sum(_size(point) for point in rest)
    return [*kept, Point(REST.to(chart.locale), (total,), (f"{total:,}",))]


def share(point: Point, points: Sequence[Point]) -> float:
    """A slice's part of the whole pie, 0 to 1."""
    whole = sum(_size(one) for one in points)
    return float(_size(point) / whole) if whole else 0.0


def _size(point: Point) -> Decimal:
    return max(Decimal(point.values[0] or 0), Decimal(0))


# -- scales ----------------------------------------------------------------------------------------


def steps(low: float, high: float) -> list[float]:
    """Round numbers from at or below ``low`` to at or above ``high``, nought among them where it lies between."""
    if high <= low:
        high = low + 1
    raw = (high - low) / TICKS
    unit = 10 ** math.floor(math.log10(raw))
    step = next(unit * times for times in (1, 2, 2.5, 5, 10) if unit * times >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


def short(value: float, locale: Locale, is_percent: bool = False) -> str:
    """A number of an axis in few signs: 12万, 120k, 95%."""
    if is_percent:
        return f"{value:g}%"
    for size, word in _SCALES[locale]:
        if abs(value) >= size:
            return f"{value / size:g}{word}"
    return f"{value:g}"


def _reach(chart: Chart) -> tuple[float, float]:
    """The lowest and the highest place of the chart; bars begin at nought, a line of percents may begin higher."""
    if chart.kind == "stacked":
        values = [float(sum(v for v in p.values if v and v > 0)) for p in chart.points]
        values += [float(sum(v for v in p.values if v and v < 0)) for p in chart.points]
    else:
        values = [float(v) for p in chart.points for v in p.values if v is not None]
    values += [] if chart.target is None else [float(chart.target)]
    if chart.kind == "line" and chart.is_percent and min(values) > 50:
        return min(values) - 2, max(100.0, *values)
    return min(0.0, *values), max(0.0, *values)


# -- shapes ----------------------------------------------------------------------------------------


def _upright(chart: Chart) -> Iterable[Markup]:
    """Bars or lines over places along the foot."""
    ticks = steps(*_reach(chart))
    names = [short(tick, chart.locale, chart.is_percent) for tick in ticks]
    left = 14 + max(_wide(name) for name in names)
    floor, roof = HEIGHT - FOOT, TOP

    def up(value: float) -> float:
        return floor - (value - ticks[0]) / (ticks[-1] - ticks[0]) * (floor - roof)

    for tick, name in zip(ticks, names, strict=True):
        style = "axis" if tick == 0 else "grid"
        yield _line(left, up(tick), WIDTH - RIGHT, up(tick), style)
        yield _text(left - 8, up(tick) + 4, name, "end")
    slot = (WIDTH - RIGHT - left) / len(chart.points)
    widest = max(_wide(point.label) for point in chart.points) + 10
    every = max(1, math.ceil(widest / slot))
    for number, point in enumerate(chart.points):
        if number % every == 0:
            yield _text(left + slot * (number + 0.5), HEIGHT - 8, point.label, "middle")
    if chart.kind == "line":
        yield from _lines(chart, left, slot, up)
    else:
        for number, point in enumerate(chart.points):
            yield from _column(chart, point, left + slot * number, slot, up)
    if chart.target is not None:
        yield _line(left, up(float(chart.target)), WIDTH - RIGHT, up(float(chart.target)), "target")
        yield _text(WIDTH - RIGHT, up(float(chart.target)) - 5, chart.target_words, "end", "target-words")


def _column(chart: Chart, point: Point, x: float, slot: float, up: _Scale) -> Iterable[Markup]:
    """The bars of one point, side by side or on top of one another."""
    room = min(slot * 0.72, 44.0 * len(chart.series))
    start = x + (slot - room) / 2
    if chart.kind == "stacked":
        width = min(room, 44.0)
        for index, low, high in _piled(point):
            y = min(up(low), up(high))
            yield _bar(start + (room - width) / 2, y, width, abs(up(low) - up(high)), index, chart, point)
        return
    width = room / len(chart.series)
    for index, value in enumerate(point.values):
        if value is not None:
            y, height = min(up(0), up(float(value))), abs(up(float(value)) - up(0))
            yield _bar(start + width * index + 1, y, max(width - 2, 1), height, index, chart, point)


def _piled(point: Point) -> Iterable[tuple[int, float, float]]:
    """(series, from, to) of the parts of a stacked bar; what is below nought hangs."""
    above = below = 0.0
    for index, value in enumerate(point.values):
        if not value:
            continue
        size = float(value)
        low = above if size > 0 else below
        yield index, low, low + size
        above, below = (above + size, below) if size > 0 else (above, below + size)


def _lines(chart: Chart, left: float, slot: float, up: _Scale) -> Iterable[Markup]:
    for index, name in enumerate(chart.series):
        places = [
            (left + slot * (number + 0.5), up(float(value)), point)
            if (value := point.values[index]) is not None
            else None
            for number, point in enumerate(chart.points)
        ]
        for stretch in _unbroken(places):
            way = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in stretch)
            yield Markup('<polyline class="s%s" points="%s"/>') % (index % MOST_SLICES, way)
        for place in places:
            if place is not None:
                x, y, point = place
                told = f"{point.label} · {name}: {point.words[index]}"
                yield Markup('<circle class="s%s" cx="%.1f" cy="%.1f" r="3.5"><title>%s</title></circle>') % (
                    index % MOST_SLICES, x, y, told,
                )  # fmt: skip


def _unbroken(places: Sequence[tuple[float, float, Point] | None]) -> Iterable[list[tuple[float, float, Point]]]:
    """The stretches between gaps."""
    stretch: list[tuple[float, float, Point]] = []
    for place in (*places, None):
        if place is not None:
            stretch.append(place)
        elif stretch:
            yield stretch
            stretch = []


def _lying(chart: Chart, height: int, row: int) -> Iterable[Markup]:
    """Bars from left to right, one line of text for each: where names are long or many."""
    ticks = steps(*_reach(chart))
    left = 14 + min(max(_wide(point.label) for point in chart.points), 240)
    is_told = len(chart.series) == 1
    end = WIDTH - RIGHT - (80 if is_told else 0)
    floor = height - FOOT

    def along(value: float) -> float:
        return left + (value - ticks[0]) / (ticks[-1] - ticks[0]) * (end - left)

    for tick in ticks:
        yield _line(along(tick), TOP - 4, along(tick), floor, "axis" if tick == 0 else "grid")
        yield _text(along(tick), height - 10, short(tick, chart.locale, chart.is_percent), "middle")
    for number, point in enumerate(chart.points):
        y = TOP + row * number
        yield _text(left - 8, y + row / 2 + 4, _cut(point.label, 240), "end")
        if chart.kind == "stacked":
            for index, low, high in _piled(point):
                x = min(along(low), along(high))
                yield _bar(x, y + 3, abs(along(high) - along(low)), row - 6, index, chart, point)
            continue
        thick = (row - 6) / len(chart.series)
        for index, value in enumerate(point.values):
            if value is not None:
                x, width = min(along(0), along(float(value))), abs(along(float(value)) - along(0))
                yield _bar(x, y + 3 + thick * index, width, max(thick - 1, 1), index, chart, point)
        if is_told and point.values[0] is not None:
            yield _text(max(along(float(point.values[0])), along(0)) + 6, y + row / 2 + 4, point.words[0], "start")
    if chart.target is not None:
        yield _line(along(float(chart.target)), TOP - 4, along(float(chart.target)), floor, "target")
        yield _text(along(float(chart.target)), TOP - 5, chart.target_words, "middle", "target-words")


def _pie(points: Sequence[Point]) -> Iterable[Markup]:
    """A ring of slices, clockwise from the top."""
    outer, inner, turn = 104.0, 62.0, -0.25
    for index, point in enumerate(points):
        part = share(point, points)
        told = f"{point.label}: {point.words[0]} ({part:.1%})"
        if part > 0.9999:
            yield Markup('<circle class="ring s0" cx="110" cy="110" r="83"><title>%s</title></circle>') % told
            return
        corners = [
            (110 + r * math.cos(2 * math.pi * t), 110 + r * math.sin(2 * math.pi * t))
            for r, t in ((outer, turn), (outer, turn + part), (inner, turn + part), (inner, turn))
        ]
        large = 1 if part > 0.5 else 0
        way = (
            f"M{_at(corners[0])} A{outer} {outer} 0 {large} 1 {_at(corners[1])} "
            f"L{_at(corners[2])} A{inner} {inner} 0 {large} 0 {_at(corners[3])} Z"
        )
        yield Markup('<path class="s%s" d="%s"><title>%s</title></path>') % (index % MOST_SLICES, way, told)
        turn += part


def _at(place: tuple[float, float]) -> str:
    return f"{place[0]:.2f} {place[1]:.2f}"


# -- marks -----------------------------------------------------------------------------------------


def _bar(x: float, y: float, width: float, height: float, index: int, chart: Chart, point: Point) -> Markup:
    told = f"{point.label} · {chart.series[index]}: {point.words[index]}"
    return Markup(
        '<rect class="s%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2"><title>%s</title></rect>'
    ) % (index % MOST_SLICES, x, y, width, height, told)  # fmt: skip


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> Markup:
    return Markup('<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>') % (style, x1, y1, x2, y2)


def _text(x: float, y: float, words: str, anchor: str, style: str = "words") -> Markup:
    return Markup('<text class="%s" x="%.1f" y="%.1f" text-anchor="%s">%s</text>') % (style, x, y, anchor, words)


def _svg(parts: Iterable[Markup], width: int, height: int, label: str, style: str) -> Markup:
    return Markup('<svg class="chart %s" role="img" aria-label="%s" viewBox="0 0 %s %s">%s</svg>') % (
        style, label, width, height, Markup("").join(parts),
    )  # fmt: skip


def _labels_fit(chart: Chart) -> bool:
    """Whether the names of the points find room side by side under upright bars."""
    widest = max(_wide(point.label) for point in chart.points)
    return widest + 8 <= (WIDTH - 70) / len(chart.points) and len(chart.points) <= 24


def _wide(text: str) -> float:
    """About how many pixels a text takes."""
    return sum(LINE if east_asian_width(sign) in "WF" else LINE * 0.58 for sign in text)


def _cut(text: str, most: float) -> str:
    """``text`` as far as it fits into so many pixels."""
    if _wide(text) <= most:
        return text
    while text and _wide(text) > most - LINE:
        text = text[:-1]
    return f"{text}…"
