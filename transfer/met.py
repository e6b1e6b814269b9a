"""Which records an import has met, and in which lines: in little memory for millions of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

_BITS = 12
"""Ids that share a page: 2 to this power."""
_LINES = 7

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
        self._pages: dict[str, dict[int, array[int]]] = {}
        self._of_several: dict[Subject, int] = {}
        self._unsettled: list[Subject] = []

    def first(self, subject: Subject) -> int | None:
        """The line of a row about the same records, if there was one."""
        if len(subject) != 1:
            return self._of_several.get(subject)
        part, id = subject[0]
        page = self._pages.get(part, {}).get(id >> _LINES)
        return (page[id & ((1 << _LINES) - 1)] or None) if page is not None else None

    def note(self, subject: Subject, line: int) -> None:
        """A row is about these records."""
        self._write(subject, line)
        self._unsettled.append(subject)

    def settle(self) -> None:
        """What was noted stays."""
        self._unsettled.clear()

    def forget(self) -> None:
        """What was noted since is not so."""
        for subject in self._unsettled:
            self._write(subject, 0)
        self._unsettled.clear()

    def _write(self, subject: Subject, line: int) -> None:
        if len(subject) != 1:
            self._of_several[subject] = line
            if not line:
                del self._of_several[subject]
            return
        part, id = subject[0]
        pages = self._pages.setdefault(part, {})
        page = pages.get(id >> _LINES)
        if page is None:
            page = pages[id >> _LINES] = array("I", bytes(4 << _LINES))
        page[id & ((1 << _LINES) - 1)] = line


def subject_of(parts: Sequence[str], ids: dict[str, int]) -> Subject:
    """The records that a row is about, of those parts that no other part of it links to."""
    return tuple((part, ids[part]) for part in parts)
