"""Rows that mean the same record as another row, as a person chose; the other may stand anywhere before."""

from __future__ import annotations

from collections.abc import Mapping

from transfer.rows import Parsed
from transfer.writing import Outcome


class SameRows:
    """What was chosen about likely doubles. ``chosen`` is (line, part) → a record's id, 0 for a new record all the
    same, or -n for the record that line n means. Where line n was not taken, the row makes a new one."""

    def __init__(self, chosen: Mapping[tuple[int, str], int]) -> None:
        self._of: dict[int, dict[str, int]] = {}
        for (line, part), id in chosen.items():
            if id and -id < line:
                self._of.setdefault(line, {})[part] = id
        self._meant: dict[tuple[int, str], int] = {}
        """The records of the lines that others name, as they are met."""
        self._wanted = {-id for parts in self._of.values() for id in parts.values() if id < 0}

    def __bool__(self) -> bool:
        return bool(self._of)

    def of(self, line: int) -> dict[str, int]:
        """The records that a row means by its parts, as far as they are known by now."""
        chosen = self._of.get(line, {})
        found = {part: id if id > 0 else self._meant.get((-id, part), 0) for part, id in chosen.items()}
        return {part: id for part, id in found.items() if id}

    def complete(self, row: Parsed) -> None:
        """Tell the row which records it means, now that the lines before it are written."""
        if row.line in self._of:
            row.same = {**row.same, **self.of(row.line)}

    def waits(self, line: int) -> bool:
        """Whether a row has to be taken after another."""
        return any(id < 0 for id in self._of.get(line, {}).values())

    def met(self, line: int, outcome: Outcome) -> None:
        """Note which records a row meant that was taken."""
        if line in self._wanted:
            self._meant.update({(line, part): id for part, id in outcome.ids.items()})
