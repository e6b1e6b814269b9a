"""Which early row of a table names its columns: one row, or a row of groups and a row of names below it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise

from transfer.delimited import Numbered
from transfer.refusal import EMPTY, NO_HEADER, FileRefused

BLANKS = " \t\r\n\u00a0\u3000\u200b\ufeff"
BETWEEN = " / "
"""What stands between a group and a name of a header in two rows: '读者 / 姓名'."""
NUMBER = re.compile(r"^[^\w]*[\d０-９][\d,.，．０-９]*\s*\S{0,3}$")

_WITHIN = 20
_LONGEST_GROUP = 12
_NO_GROUP = re.compile(r"[\d０-９:：]")

Knows = Callable[[str], bool]


def filled(cells: Sequence[str]) -> list[str]:
    """The cells that are not blank."""
    return [text for c in cells if (text := c.strip(BLANKS))]


def find_header(rows: Iterator[Numbered], at: int = 0, knows: Knows | None = None) -> Numbered:
    """The line number and cells of the header: the early row with the most headers we know, else one that looks it.

    A title above is skipped because it fills fewer columns; of a header in two rows the line is the lower one's.
    Raises FileRefused where no row could be it.
    """
    early = [
        (line, [" ".join(c.split()).strip(BLANKS) for c in cells])
        for line, cells in islice(rows, max(at, 1000))
        if any(c.strip(BLANKS) for c in cells) or line == at
    ][: max(at, _WITHIN)]
    if not early:
        raise FileRefused(EMPTY)
    if at:
        for line, cells in early:
            if line == at:
                return line, cells
        raise FileRefused(NO_HEADER)
    return (_known(early, knows) if knows is not None else None) or _likely(early)


def joined(groups: Sequence[str], names: Sequence[str]) -> list[str]:
    """A row of groups and a row of names as one: a group reaches to the next one, or to a column it names itself."""
    width = max(len(groups), len(names))
    top, low = [*groups, *[""] * (width - len(groups))], [*names, *[""] * (width - len(names))]
    group, cells = "", []
    for above, below in zip(top, low, strict=True):
        group = above or (group if below else "")
        if above and below in ("", above):
            cells.append(above)
            group = ""
        else:
            cells.append(f"{group}{BETWEEN}{below}" if group and below else below)
    return cells


def _known(early: list[Numbered], knows: Knows) -> Numbered | None:
    """The row with the most headers we know, or two rows that together have more, or as many and are grouped."""

    def score(cells: Sequence[str]) -> int:
        return sum(1 for c in set(cells) if c and knows(c))

    best = max(early, key=lambda row: score(row[1]))
    most = score(best[1])
    for (first, groups), (second, names) in pairwise(early):
        if second != first + 1:
            continue
        both = joined(groups, names)
        count = score(both)
        if count > most or (count == most > 0 and second == best[0] and _are_groups(groups, names)):
            best, most = (second, both), count
    return best if most else None


def _are_groups(groups: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row looks like groups above the names: several short words, fewer than there are names."""
    words = filled(groups)
    short = all(len(w) <= _LONGEST_GROUP and not _NO_GROUP.search(w) for w in words)
    return short and 1 < len(words) < len(filled(names))


def _likely(early: list[Numbered]) -> Numbered:
    """The first row about as wide as the widest, whose cells are words, each another."""
    widest = max(len(filled(cells)) for _line, cells in early)
    for line, cells in early:
        there = filled(cells)
        words = [c for c in there if not NUMBER.match(c)]
        if len(there) * 2 > widest and len(words) == len(there) == len(set(there)):
            return line, cells
    raise FileRefused(NO_HEADER)
