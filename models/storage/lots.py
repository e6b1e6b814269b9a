"""New records of one entity, column by column: what is done to many of them is done to one column after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

Column = Sequence[Any]
"""One value a record, None where it is empty."""
_NOTHING = type(None)


class Lot:
    """``count`` new records; ``columns`` by field name hold one value a record, in the records' order."""

    def __init__(self, many: Sequence[Mapping[str, Any]], blank: Mapping[str, Any]) -> None:
        """``blank`` names every column, with the value of those records that say nothing of it."""
        self.count = len(many)
        shapes = {tuple(values) for values in many}
        self.given = tuple(dict.fromkeys(chain.from_iterable(shapes)))
        """Every name that one of the records uses, be it a column or not."""
        self.columns: dict[str, Column] = {name: [value] * self.count for name, value in blank.items()}
        if len(shapes) == 1:
            self.columns |= zip(self.given, zip(*(values.values() for values in many), strict=True), strict=True)
        else:
            self.columns |= {name: [values.get(name, blank.get(name)) for values in many] for name in self.given}

    def fill(self, name: str, value: Any) -> None:
        """Give every record the same value."""
        self.columns[name] = [value] * self.count

    def rows(self, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        """The records as rows of these columns."""
        for values in zip(*(self.columns[name] for name in names), strict=True):
            yield dict(zip(names, values, strict=True))


def each(column: Column, convert: Callable[[Any], Any]) -> list[Any]:
    """``convert`` of every value that is not None; equal ones are converted once.

    Only for values of one normal form that can be looked up, in which what is equal is the same.
    """
    different = set(column)
    different.discard(None)
    known = {value: convert(value) for value in different}
    known[None] = None
    return list(map(known.__getitem__, column))


def one_by_one(column: Column, convert: Callable[[Any], Any]) -> list[Any]:
    """``convert`` of every value that is not None, whatever they are."""
    if None in column:
        return [None if value is None else convert(value) for value in column]
    return list(map(convert, column))


def is_plain(column: Column) -> bool:
    """Whether all values that are not None are of one simple Python type, so that what is equal is the same."""
    kinds = {*map(type, column)} - {_NOTHING}
    return len(kinds) <= 1 and not kinds.intersection((list, dict, tuple, set, frozenset))
