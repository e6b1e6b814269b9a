"""Headers to columns: by name, label, alias or a layout's own headers, then by likeness as a suggestion."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from schema.spec import Field
from schema.text import Text
from transfer.editing import is_mark
from transfer.header import BETWEEN
from transfer.sheet import Column

IGNORE = "-"
"""Chosen for a column that the person wants left out."""

REASON = Text("未导入原因", "Reason refused")
"""The column that a file of refused rows has at its end; loaded again, it goes nowhere and needs no word."""

How = Literal["known", "chosen", "ignored", "repeated", "unknown"]

_ALIKE = 0.72
_BRACKETED = re.compile(r"[(\[【（].*?[)\]】）]\s*$")
_DECORATION = re.compile(r"[\s*:：_\-·.、/\\\"'“”]+")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a column can go: ``field`` of the layout's ``part``, the layout's own headers and the field's names."""

    part: str
    field: Field
    headers: tuple[str, ...] = ()
    required: bool = False

    @property
    def key(self) -> str:
        """What a form or an option calls this target: 'part.field'."""
        return f"{self.part}.{self.field.name}"

    @property
    def names(self) -> tuple[tuple[str, ...], ...]:
        """The headers it is known by, the surest first: the layout's, the labels, the name, aliases."""
        return self.headers, (self.field.label.zh, self.field.label.en), (self.field.name,), self.field.aliases

    @property
    def label(self) -> Text:
        return self.field.label


@dataclass(frozen=True, slots=True)
class Matched:
    """A column of the file and where it goes; ``like`` is a target that its header resembles."""

    column: Column
    target: Target | None
    how: How
    like: Target | None = None


def plain(header: str) -> str:
    """A header without what writers add: case, width, blanks, stars, colons."""
    return _DECORATION.sub("", unicodedata.normalize("NFKC", header).casefold())


class Headers:
    """Knows every header that means a target."""

    def __init__(self, targets: Iterable[Target], parts: Mapping[str, Iterable[str]] | None = None) -> None:
        """``parts`` are the words that a group of columns may call each part of the layout by."""
        self.targets = tuple(targets)
        self._parts = {part: {plain(name) for name in names} for part, names in (parts or {}).items()}
        # A name as it is written in the schema: “confirmed_by” is not the label “Confirmed by” of another field.
        self._exact = {target.field.name: target for target in reversed(self.targets)}
        self._exact |= {header: target for target in reversed(self.targets) for header in target.headers}
        self._by_name: dict[str, Target] = {}
        for tier in range(4):
            for target in self.targets:
                for name in target.names[tier]:
                    self._by_name.setdefault(plain(name), target)

    def find(self, header: str) -> Target | None:
        """The target that the header names, also with a unit or remark in brackets after it."""
        group, _, name = header.rpartition(BETWEEN)
        found = self._whole(header)
        if found is not None or not group:
            return found
        return self._within(group, name) or self._whole(name)

    def _whole(self, header: str) -> Target | None:
        exact = self._exact.get(header.strip())
        return exact or self._by_name.get(plain(header)) or self._by_name.get(plain(_BRACKETED.sub("", header)))

    def _within(self, group: str, name: str) -> Target | None:
        """The target of this name in the part that the group of a header in two rows speaks of."""
        meant = self._whole(group)
        parts = {p for p, names in self._parts.items() if plain(group) in names} | ({meant.part} if meant else set())
        own = [t for t in self.targets if t.part in parts]
        return next((t for t in own if any(plain(name) == plain(n) for tier in t.names for n in tier)), None)

    def knows(self, header: str) -> bool:
        return self.find(header) is not None

    def like(self, header: str, taken: set[str]) -> Target | None:
        """The free target whose header resembles this one most, if any does enough."""
        wanted = plain(header)
        best, found = _ALIKE, None
        for name, target in self._by_name.items():
            if target.key in taken or not wanted:
                continue
            ratio = SequenceMatcher(None, wanted, name).ratio()
            if wanted in name or name in wanted:
                ratio += 0.2
            if ratio > best:
                best, found = ratio, target
        return found

    def match(self, columns: Iterable[Column], chosen: Mapping[int, str] | None = None) -> tuple[Matched, ...]:
        """Every column with its target. ``chosen`` holds a person's choices: column index → target key or IGNORE."""
        chosen = chosen or {}
        by_key = {t.key: t for t in self.targets}
        columns = tuple(columns)
        taken = {key for key in chosen.values() if key in by_key}
        result: list[Matched] = []
        for column in columns:
            choice = chosen.get(column.index)
            target = self.find(column.header)
            ours = column.header in (REASON.zh, REASON.en) or is_mark(column.header)
            if choice == IGNORE or (choice is None and ours):
                result.append(Matched(column, None, "ignored"))
            elif choice in by_key:
                repeated = any(m.target is by_key[choice] for m in result)
                result.append(
                    Matched(column, None if repeated else by_key[choice], "repeated" if repeated else "chosen")
                )
            elif target is None:
                result.append(Matched(column, None, "unknown"))
            elif target.key in taken:
                result.append(Matched(column, None, "repeated"))
            else:
                taken.add(target.key)
                result.append(Matched(column, target, "known"))
        return tuple(
            Matched(m.column, None, "unknown", self.like(m.column.header, taken)) if m.how == "unknown" else m
            for m in result
        )
