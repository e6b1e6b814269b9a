"""Spans of time and periods of a day, from text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import cast

from schema.desk import Desk
from schema.problems import Path
from schema.spec_clocks import END_OF_DAY, Period, Span, Unit
from schema.text import BadValue, Text

SPAN = re.compile(r"(\d{1,5})\s*(min|h|d)")
PERIOD = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~至]\s*(\d{1,2}):(\d{2})")

NO_SPAN = Text(
    "“{words}”不是时长；应如 30 min（分钟）、24 h（小时）或 3 d（天）",
    "'{words}' is no span of time, such as 30 min, 24 h or 3 d",
)
NO_PERIOD = Text("“{words}”不是时段；应如 08:30-12:00", "'{words}' is no period, such as 08:30-12:00")
BACKWARDS = Text("“{words}”结束早于开始", "'{words}' ends before it begins")
OVERLAP = Text("“{words}”与前一时段重叠，或不按先后", "'{words}' overlaps the period before it, or stands before it")


def make_span(desk: Desk, path: Path, words: str) -> Span | None:
    """The span that ``words`` mean, or None where they mean none, which is said."""
    found = SPAN.fullmatch(words.strip())
    if found is None:
        desk.say(path, NO_SPAN.with_(words=words))
        return None
    return Span(int(found[1]), cast("Unit", found[2]))


def read_periods(words: Iterable[str]) -> tuple[Period, ...]:
    """Periods of a day in order. Raises BadValue for one that is none, ends before it begins, or overlaps another."""
    periods: list[Period] = []
    for word in words:
        found = PERIOD.fullmatch(word.strip())
        hours = [int(part) for part in found.groups()] if found else []
        if not hours or hours[0] > 23 or hours[2] > 24 or max(hours[1], hours[3]) > 59:
            raise BadValue(NO_PERIOD.with_(words=word))
        start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
        if end > END_OF_DAY:
            raise BadValue(NO_PERIOD.with_(words=word))
        if end <= start:
            raise BadValue(BACKWARDS.with_(words=word))
        if periods and start < periods[-1][1]:
            raise BadValue(OVERLAP.with_(words=word))
        periods.append((start, end))
    return tuple(periods)
