"""What a person chooses in the preview of a file: read from its form, and kept with the upload."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from transfer.imports import BadRows, ImportOptions
from transfer.match import IGNORE
from transfer.meanings import RECORD, is_meaning
from transfer.sheet import ReadOptions
from transfer.writing import Mode

MODES = ("upsert", "insert", "update")
BAD_ROWS = ("stop", "skip")
ENCODINGS = ("", "utf-8", "gb18030", "utf-16")
LONGEST_CELL = 2000
"""Characters of a cell that can be put right in the page."""

_RANGES = re.compile(r"\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*", re.ASCII)
_MOST_LINES = 1_000_000


@dataclass(slots=True)
class Choices:
    """What a person chose for a file: reading, columns, cells and texts put right, and what the import may do.

    ``meanings`` may hold '' for a text whose recalled meaning was given up; ``controls`` is 'part.field' → the
    total that the office has itself.
    """

    encoding: str = ""
    sheet: str = ""
    columns: dict[int, str] = field(default_factory=dict)
    edits: dict[tuple[int, int], str] = field(default_factory=dict)
    mode: Mode = "upsert"
    bad_rows: BadRows = "stop"
    constants: dict[str, str] = field(default_factory=dict)
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    meanings: dict[str, dict[str, str]] = field(default_factory=dict)
    left_out: set[int] = field(default_factory=set)
    same: dict[tuple[int, str], int] = field(default_factory=dict)
    controls: dict[str, str] = field(default_factory=dict)
    clears: bool = False
    recalls: bool = True

    @property
    def options(self) -> ImportOptions:
        return ImportOptions(
            ReadOptions(encoding=self.encoding, sheet=self.sheet), self.columns, self.edits, self.constants,
            self.keys, self.meanings, frozenset(self.left_out), self.same, self.clears, self.recalls,
        )  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """The choices as they are kept with the upload."""
        return {
            "encoding": self.encoding,
            "sheet": self.sheet,
            "chosen": {str(index): key for index, key in self.columns.items()},
            "edits": [[line, index, text] for (line, index), text in self.edits.items()],
            "mode": self.mode,
            "bad_rows": self.bad_rows,
            "constants": self.constants,
            "keys": {part: list(by) for part, by in self.keys.items()},
            "meanings": self.meanings,
            "left_out": ranges(self.left_out),
            "same": [[line, part, id] for (line, part), id in self.same.items()],
            "controls": self.controls,
            "clears": self.clears,
            "recalls": self.recalls,
        }


def kept_choices(data: Mapping[str, Any]) -> Choices:
    """The choices that were kept with an upload."""
    return Choices(
        encoding=data.get("encoding", ""),
        sheet=data.get("sheet", ""),
        columns={int(index): key for index, key in data.get("chosen", {}).items()},
        edits={(line, index): text for line, index, text in data.get("edits", ())},
        mode=data.get("mode", "upsert"),
        bad_rows=data.get("bad_rows", "stop"),
        constants=dict(data.get("constants", {})),
        keys={part: tuple(by) for part, by in data.get("keys", {}).items()},
        meanings={key: dict(meant) for key, meant in data.get("meanings", {}).items()},
        left_out=set(lines_of(data.get("left_out", ""))),
        same={(line, part): id for line, part, id in data.get("same", ())},
        controls=dict(data.get("controls", {})),
        clears=bool(data.get("clears", False)),
        recalls=bool(data.get("recalls", True)),
    )


def read_choices(form: Any, before: Choices) -> Choices:
    """The choices as the preview's form sends them; what was put right earlier stays so.

    A cell that the form did not change, and anything that is no choice at all, is left as it was.
    """
    choices = kept_choices(before.as_json())
    choices.encoding = _one_of(form.get("encoding", before.encoding), ENCODINGS)
    choices.sheet = form.get("sheet", before.sheet)[:200]
    if (choices.encoding, choices.sheet) != (before.encoding, before.sheet):
        choices = Choices(encoding=choices.encoding, sheet=choices.sheet, controls=choices.controls)
    choices.mode = cast(Mode, _one_of(form.get("mode", before.mode), MODES))
    choices.bad_rows = cast(BadRows, _one_of(form.get("bad_rows", before.bad_rows), BAD_ROWS))
    choices.clears = form.get("blanks", "clear" if before.clears else "leave") == "clear"
    choices.recalls = before.recalls and "forget" not in form
    for name, value in form.items():
        kind, _, place = name.partition("-")
        if kind == "column" and place.isascii() and place.isdigit():
            _choose(choices.columns, int(place), value, form.get(f"was-column-{place}", ""))
        elif kind == "cell" and (found := _place(place)) and value != form.get(f"was-cell-{place}"):
            choices.edits[found] = value[:LONGEST_CELL]
        elif kind in ("constant", "control"):
            _put(choices.constants if kind == "constant" else choices.controls, place, value.strip()[:LONGEST_CELL])
        elif kind == "key":
            _put(choices.keys, place, tuple(value.split(",")) if value else ())
        elif kind == "same" and value:
            _choose_same(choices, place, value)
        elif kind == "unsame" and (decided := _line_and_part(place)):
            choices.same.pop(decided, None)
    if form.get("newconstant"):
        _put(choices.constants, form["newconstant"], form.get("newvalue", "").strip()[:LONGEST_CELL])
    _read_fixes(form, choices)
    return choices


def control_totals(form: Any) -> dict[str, str]:
    """The totals that a person typed before the file was read."""
    found = {name.partition("-")[2]: value.strip()[:40] for name, value in form.items() if name.startswith("control-")}
    return {key: value for key, value in found.items() if value}


def _read_fixes(form: Any, choices: Choices) -> None:
    """What is meant by the texts of whole groups, and which lines are left out."""
    for name in form:
        kind, _, number = name.partition("-")
        if kind == "fixof" and (place := _key_and_text(form[name])):
            record = form.get(f"record-{number}", "")
            what = f"{RECORD}{record}" if record else form.get(f"fix-{number}", "")
            if is_meaning(what):
                choices.meanings.setdefault(place[0], {})[place[1]] = what
        elif kind == "unfix" and (place := _key_and_text(form[name])):
            choices.meanings.setdefault(place[0], {})[place[1]] = ""
        elif kind == "skip":
            choices.left_out.update(lines_of(form[name]))
    if "unskip" in form:
        choices.left_out.clear()


def _key_and_text(value: str) -> tuple[str, str] | None:
    try:
        given = json.loads(value)
    except ValueError:
        return None
    if isinstance(given, list) and len(given) == 2 and all(isinstance(one, str) for one in given):
        return given[0], given[1][:LONGEST_CELL]
    return None


def ranges(lines: Iterable[int]) -> str:
    """Line numbers as text: 3, 4, 5, 9 is '3-5,9'."""
    found: list[list[int]] = []
    for line in sorted(lines):
        if found and line == found[-1][1] + 1:
            found[-1][1] = line
        else:
            found.append([line, line])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in found)


def lines_of(text: str) -> Iterator[int]:
    """The line numbers that ``ranges`` wrote; none for anything else."""
    if not _RANGES.fullmatch(text):
        return
    left = _MOST_LINES
    for one in text.split(","):
        first, _, last = one.partition("-")
        numbers = range(int(first), min(int(last or first), int(first) + left) + 1)
        left -= len(numbers)
        yield from numbers


def _choose(columns: dict[int, str], index: int, value: str, was: str) -> None:
    """A column that the person left as it was matched stays open to matching anew."""
    if value != was:
        columns[index] = value or IGNORE


def _choose_same(choices: Choices, place: str, value: str) -> None:
    """A record that a line means, 0 for a new one, -n for that of line n, 'skip' to leave the line out."""
    decided = _line_and_part(place)
    if decided is None:
        return
    if value == "skip":
        choices.left_out.add(decided[0])
    elif _is_number(value.removeprefix("-")):
        choices.same[decided] = int(value)


def _line_and_part(place: str) -> tuple[int, str] | None:
    line, _, part = place.partition("-")
    return (int(line), part) if _is_number(line) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _put(into: dict[str, Any], key: str, value: Any) -> None:
    if value:
        into[key] = value
    else:
        into.pop(key, None)


def _place(text: str) -> tuple[int, int] | None:
    line, _, index = text.partition("-")
    known = all(part.isascii() and part.isdigit() and len(part) < 10 for part in (line, index))
    return (int(line), int(index)) if known else None


def _one_of(value: str, known: tuple[str, ...]) -> str:
    return value if value in known else known[0]
