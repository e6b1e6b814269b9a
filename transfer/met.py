"""Which records an import has met, and in which lines: in little memory for millions of them."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence

_BITS = 12
"""Ids that share a page: 2 to this power."""
_LINES = 7
_AT = (1 << _LINES) - 1

Subject = tuple[tuple[str, int], ...]
"""The records that a row is about: (part, id) of each."""


class Ids:
    """A set of ids: a bit for each, in pages."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._pages: dict[int, bytearray] = {}
        for id in ids:
            self.add(id)

    def add(self, id: int) -> None:
        page = self._pages.get(id >> _BITS)
        if page is None:
            page = self._pages[id >> _BITS] = bytearray(1 << (_BITS - 3))
        at = id & ((1 << _BITS) - 1)
        page[at >> 3] |= 1 << (at & 7)

    def __contains__(self, id: object) -> bool:
        if not isinstance(id, int) or (page := self._pages.get(id >> _BITS)) is None:
            return False
        at = id & ((1 << _BITS) - 1)
        return bool(page[at >> 3] >> (at & 7) & 1)

    def __len__(self) -> int:
        return self.without()

    def without(self, *others: Ids) -> int:
        """How many of these are in none of ``others``."""
        count = 0
        for number, page in self._pages.items():
            bits = int.from_bytes(page, "little")
            for other in others:
                bits &= ~int.from_bytes(other._pages.get(number, b""), "little")
            count += bits.bit_count()
        return count


class Lines:
    """The line in which a record was first met; what was noted since the last ``settle`` can be forgotten."""

    def __init__(self) -> None:
        self._pages: dict[str, dict[int, array[int]]] = defaultdict(dict)
        self._of_several: dict[Subject, int] = {}
        self._unsettled: list[tuple[array[int], int]] = []
        self._unsettled_several: list[Subject] = []

    def meet(self, subject: Sequence[tuple[str, int]], line: int) -> int:
        """The line of an earlier row about the same records; 0 where there was none, and ``line`` is noted."""
        if len(subject) != 1:
            several = tuple(subject)
            first = self._of_several.setdefault(several, line)
            if first != line:
                return first
            self._unsettled_several.append(several)
            return 0
        part, id = subject[0]
        pages = self._pages[part]
        page = pages.get(id >> _LINES)
        if page is None:
            page = pages[id >> _LINES] = array("I", bytes(4 << _LINES))
        at = id & _AT
        if page[at]:
            return page[at]
        page[at] = line
        self._unsettled.append((page, at))
        return 0

    def settle(self) -> None:
        """What was noted stays."""
        self._unsettled.clear()
        self._unsettled_several.clear()

    def forget(self) -> None:
        """What was noted since is not so."""
        for page, at in self._unsettled:
            page[at] = 0
        for several in self._unsettled_several:
            del self._of_several[several]
        self.settle()
