"""docs/schema.md, the reference of the language, written from the code: ``python -m schema.reference [--check]``."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from schema import document as doc
from schema import document_clocks as clocks
from schema import document_layouts as layouts
from schema import document_work as work
from schema.compile_fields import written_types
from schema.document_board import BoardPart
from schema.document_fields import FieldPart
from schema.document_places import HappeningPart, PlacePart
from schema.expressions import WORDS
from schema.expressions.calls import ALL
from schema.json_schema import publish
from schema.names import EVERY_RECORD
from schema.types import FieldType
from schema.types.computed import ComputedType
from schema.written import Part

FILE = pathlib.Path(__file__).parent.parent / "docs" / "schema.md"

HEAD = """# The language of schema.yaml

*Written from the code by `python -m schema.reference`; do not edit.*

A schema describes an office: its kinds of record, who may do what with them, how they are shown, what files feed them.
`estatedesk check` reads it and says everything that is wrong, one line each:

    schema.yaml:123:9 unit.area: unknown type 'decimel', did you mean 'decimal'?

Editors complete and check it with `schema/schema.json`; a first line
`# yaml-language-server: $schema=schema/schema.json` tells them so.

Names are lower-case letters, digits and single `_`. A label, help or sentence is `{zh: …, en: …}`, or one
text for both.
Where a list of names is meant, one name alone will do. YAML is read by its 1.2 rules: `no` and `on` are words.

```yaml
office: {name: {zh: 图书馆, en: Library}}
roles: {clerk: {label: {zh: 馆员, en: Clerk}}}
entities:
  book:
    label: {zh: 图书, en: Book}
    key: [number]
    fields:
      number: {type: text, required: true, label: {zh: 编号, en: Number}}
      name: {type: text, required: true, label: {zh: 书名, en: Name}}
    access: {read: [clerk], create: [clerk], update: [clerk]}
```
"""

DEADLINES = (
    "`<name>_due_at` (when it is due; empty while paused), `<name>_met_at`, `<name>_raised` (steps of escalation "
    "done) and `<name>_light` (`ahead`, `soon`, `late`, `paused`, `kept` or `missed`) are fields of the record that"
    " nobody writes; `<name>_left` (whole minutes left while paused), `<name>_warn_at` and `<name>_raise_at` serve "
    "them and are internal. The entity gets `due_at`, the next due moment of what is open, to sort by, and "
    "`due_light`, how that stands. What is late is found fastest by `due_at < now`. The expressions read the "
    "record's own fields only. The clock turns with every write of the record; what a written deadline promised "
    "stays when the rule or the calendar is changed."
)
HAPPENS = (
    "One line, or a list of them. What lies over links, and the places round a place, are kept in fields of the record "
    "that the schema makes (`in_permit_unit`, internal), with an index over place and moment; the page costs the same "
    "over any number of records. Readers meet what they may see: the record, the moment, every link on the way."
)
CALENDARS = (
    "Public holidays come with the program and are worked out for any year; the make-up workdays of a year are known "
    "once they have been decreed and the program has been brought up to date. Until then, and for days of the office's "
    "own, there are `exceptions`. Where a country moves workdays, the weekend beside a holiday is free as well."
)

SECTIONS: tuple[tuple[str, type[Part], str], ...] = (
    ("The file", doc.RootPart, ""),
    ("`office`", doc.OfficePart, ""),
    ("`roles.<name>`", doc.RolePart, ""),
    ("`accounts`", doc.AccountsPart, "The entity `user` is there in every office. Its records are the accounts; "
     "expressions know the one who acts as `actor`."),
    ("`menus.<name>`", doc.MenuPart, ""),
    ("`choices.<list>.<code>`", doc.ChoicePart, ""),
    ("`entities.<name>`", doc.EntityPart, ""),
    ("`entities.<name>.fields.<name>`", FieldPart, ""),
    ("`show`", doc.ShowPart, ""),
    ("`show.form` sections", doc.SectionPart, "A plain field name will do, too."),
    ("`show.tabs`", doc.TabPart, "The name of the entity alone will do where it points here through one field only."),
    ("`show.board`", BoardPart, ""),
    ("`access`", doc.AccessPart, "For every grant but `create`, the person's own read scope holds as well."),
    ("`access.fields.<name>`", doc.RulePart, ""),
    ("`checks`", doc.CheckPart, ""),
    ("`workflow`", doc.WorkflowPart, ""),
    ("`workflow.steps.<name>`", doc.StepPart, ""),
    ("`actions.<name>`", doc.ActionPart, ""),
    ("`follow`", doc.FollowPart, "The name of the function alone will do, and several may stand in a list."),
    ("`offline`", doc.OfflinePart, "`true` alone will do."),
    ("`deadlines.<name>`", clocks.DeadlinePart, DEADLINES),
    ("`within`", clocks.WithinPart, "The span alone will do; several rules stand in a list."),
    ("`escalate`", clocks.EscalationPart, "One step alone will do."),
    ("`filters.<name>`", doc.FilterPart, ""),
    ("`place`", PlacePart, "`true` alone will do."),
    ("`happens`", HappeningPart, HAPPENS),
    ("`imports.<name>`", layouts.LayoutPart, ""),
    ("`imports.<name>.rows.<part>`", layouts.RowPart, ""),
    ("`columns.<field>`", layouts.ColumnPart, "The list of headers alone will do."),
    ("`match`", layouts.MatchPart, "The list of field names alone will do; several ways are tried in their order."),
    ("`calendars.<name>`", clocks.CalendarPart, CALENDARS),
    ("`schedules.<name>`", work.SchedulePart, "`estatedesk jobs` lists them, `estatedesk job NAME` runs one by hand."),
    ("`reports.<name>`", work.ReportPart, ""),
    ("`documents.<name>`", work.DocumentPart, ""),
)  # fmt: skip

LANGUAGE = """## Expressions

Conditions, formulas and defaults are written in one small language. Words: {words}.

| piece | means |
|---|---|
| `area`, `building.steward` | a field, a field of the record a ref points at |
| `12`, `0.5`, `'text'`, `true`, `null` | values; numbers are exact decimals; beside a date, `'2026-03-01'` is a date |
| `+ - * /` | numbers; `+` `-` keep the larger places, `*` adds them (6 at most), `/` gives 4, and null by 0 |
| `day + 30`, `to - from` | a date some days on; the days between two dates |
| `== != < <= > >=` | comparisons, also in a row: `0 < area < 500` |
| `state in ['let', 'vacant']`, `'a' in tags`, `actor in guards` | one of several; held by a field with many values |
| `and or not` | as in SQL: what is unknown stays unknown |
| `x == null`, `x != null` | whether it is empty or filled |
| `today`, `now`, `actor` | the office's day, the moment, the account of the one who acts |
| `parent.x` | inside a condition on child records: the field of the record they belong to |

A filter or scope keeps the records for which it is true; a check fails only where it is false.

| function | gives |
|---|---|
"""

FUNCTIONS = {
    "days": ("days(n)", "a number of days, to add to a date"),
    "year": ("year(d)", "the year of a date"),
    "month": ("month(d)", "the month of a date, 1 to 12"),
    "month_text": ("month_text(d)", "the month that a date lies in, as a month field holds it: 2026-03"),
    "lower": ("lower(t)", "the text in lower-case letters"),
    "length": ("length(t)", "how many characters a text has"),
    "contains": ("contains(t, s)", "whether `s` stands in `t`"),
    "starts": ("starts(t, s)", "whether `t` starts with `s`"),
    "coalesce": ("coalesce(a, b, …)", "the first that is not empty"),
    "min": ("min(a, b, …)", "the smallest"),
    "max": ("max(a, b, …)", "the largest"),
    "round": ("round(x, n)", "the number to `n` places, half up"),
    "if_": ("if_(condition, a, b)", "`a` where the condition is true, else `b`"),
    "count": ("count(entity, where, via='field')", "how many records of the entity point here"),
    "sum": ("sum(entity.field, where, via='field')", "the sum of a field over them; 0 where there are none"),
    "exists": ("exists(entity, where, via='field')", "whether there is one"),
    "latest": ("latest(entity.field, where, via='field')", "the largest value of a field among them"),
    "has_role": ("has_role('role')", "whether the one who acts has the role"),
}

FILTERS = {
    "equals": "is", "not_equals": "is not", "contains": "contains", "starts": "starts with", "in": "is one of",
    "not_in": "is none of", "from": "from", "to": "to", "empty": "is empty", "filled": "is filled", "has": "has",
}  # fmt: skip


def written() -> str:
    """The text of docs/schema.md."""
    lines = [HEAD]
    for heading, model, note in SECTIONS:
        lines += [f"## {heading}", "", (model.__doc__ or "").strip(), *(["", note] if note else []), ""]
        lines += [*keys_table(model), ""]
        if model is FieldPart:
            lines += types_part()
    lines += [LANGUAGE.format(words=", ".join(f"`{w}`" for w in WORDS)) + "\n".join(functions()), ""]
    lines += ["## Names that are taken", "", f"Every record has {_codes(sorted(EVERY_RECORD))} already. "]
    lines[-1] += "Python's and the program's own words are refused with a sentence that says why."
    return "\n".join(lines).rstrip() + "\n"


def keys_table(model: type[BaseModel]) -> Iterator[str]:
    """The keys of a part: what they take and what they mean."""
    shape = model.model_json_schema(by_alias=True)
    about = {info.alias or name: info.description or "" for name, info in model.model_fields.items()}
    needed = shape.get("required", [])
    yield "| key | takes | means |"
    yield "|---|---|---|"
    for key, entry in shape.get("properties", {}).items():
        must = " **required**" if key in needed else ""
        words = " ".join(about[key].split())
        yield f"| `{key}`{must} | {_cell(takes(entry))} | {_cell(words)}{_default(entry)} |"


def takes(entry: dict[str, Any]) -> str:
    """What a key takes, in words."""
    if "$ref" in entry:
        name = entry["$ref"].rsplit("/", 1)[-1]
        return "text in both languages" if name == "WordsPart" else f"{name.removesuffix('Part').lower()} (below)"
    if "enum" in entry or "const" in entry:
        return " · ".join(f"`{value}`" for value in entry.get("enum", [entry.get("const")]))
    if "anyOf" in entry:
        return " or ".join(dict.fromkeys(takes(one) for one in entry["anyOf"] if one.get("type") != "null"))
    if entry.get("type") == "array":
        inner = takes(entry["items"]) if "items" in entry else "values"
        return "list of names" if inner == "text" else f"list of ({inner})" if " or " in inner else f"list of {inner}"
    if entry.get("type") == "object":
        inside = entry.get("additionalProperties")
        return f"name → {takes(inside)}" if isinstance(inside, dict) else "map"
    words = {"string": "text", "boolean": "true, false", "integer": "whole number", "number": "number"}
    return words.get(str(entry.get("type")), "value")


def _default(entry: dict[str, Any]) -> str:
    default = entry.get("default")
    if default in (None, "", [], {}, False) or isinstance(default, dict):
        return ""
    return f" Default `{str(default).lower() if isinstance(default, bool) else default}`."


def types_part() -> list[str]:
    """Every field type with its own keys."""
    lines = ["## Field types", "", "| type | is | filters | sorted | searched |", "|---|---|---|---|---|"]
    types = written_types()
    for name, kind in types.items():
        words = f"{kind.label.zh} · {kind.label.en}"
        filters = ", ".join(FILTERS[f] for f in kind.filters)
        if issubclass(kind, ComputedType):
            filters = "as what it gives"
        lines.append(f"| `{name}` | {words} | {filters} | {_yes(kind.sortable)} | {_yes(bool(kind.search))} |")
    lines.append("")
    for name, kind in types.items():
        lines += [*type_part(name, kind), ""]
    return lines


def type_part(name: str, kind: type[FieldType]) -> list[str]:
    """One field type: what it is, and the keys it takes beside those of all fields."""
    lines = [f"### `{name}`", "", kind.doc]
    shape = kind.Options.model_json_schema(by_alias=True)
    needed = shape.get("required", [])
    keys = []
    for key, entry in shape.get("properties", {}).items():
        notes = [takes(entry), *(["**required**"] if key in needed else []), _default(entry).strip(" .").lower()]
        keys.append(f"`{key}` ({', '.join(note for note in notes if note)})")
    return [*lines, "", f"Own keys: {'; '.join(keys)}."] if keys else lines


def functions() -> Iterator[str]:
    """The rows of the table of functions."""
    for name in ALL:
        form, words = FUNCTIONS[name]
        yield f"| `{form}` | {words} |"


def _yes(true: bool) -> str:
    return "yes" if true else "–"


def _codes(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(publish(FILE, written(), sys.argv[1:]))
