"""Why a row is not taken: the sentences, and the column of the file at which each stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.errors import Invalid
from schema.spec import Schema
from schema.spec_layouts import Layout
from schema.text import Text
from transfer.filled import Filled
from transfer.match import Target
from transfer.rows import Parsed, Problem

BLANK = Text("不能为空。", "This must not be blank.")
CANNOT_TELL = Text(
    "无法判断是哪条{label}：请填写{fields}。", "Which {label} is meant cannot be told: fill in {fields}."
)
AMBIGUOUS = Text("对应多条{label}：请填写{fields}。", "More than one {label} fits: fill in {fields}.")
SAYS_NOTHING = Text(
    "这一行在要导入的各列中都是空的：请填写，或去掉这一行。",
    "The row is blank in every column that is taken: fill it in, or take it out.",
)
NO_PART = Text("这一行没有{label}，{owner}无从关联。", "The row names no {label} for its {owner}.")
REPEATS = Text("第 {line} 行与第 {first} 行重复。", "Line {line} repeats line {first}.")
EXISTS = Text(
    "{label}“{title}”已存在，只新增时不修改。", "The {label} “{title}” exists already; only new ones are wanted."
)
NOT_THERE = Text(
    "找不到这条{label}，只更新时不新增。", "There is no such {label}; only existing ones are to be changed."
)
NO_NUMBER = Text(
    "没有这个编号的{label}：新增时请留空，编号由系统生成。",
    "There is no {label} of this number: leave it blank for a new one, which gets its own.",
)
NOT_MADE_HERE = Text(
    "找不到这条{label}，本导入不新建{label}。", "There is no such {label}, and this import makes none."
)


class RowRefused(Exception):
    """A row that is not taken, with every reason."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(p.reason) for p in problems))
        self.problems = tuple(problems)


class Reasons:
    """Finds the column of the file that a reason is about. ``targets`` are the columns by 'part.field'."""

    def __init__(self, schema: Schema, layout: Layout, targets: Mapping[str, Target], filled: Filled) -> None:
        self.schema, self.layout, self.targets, self.filled = schema, layout, targets, filled

    def of(self, part: str, row: Parsed, invalid: Invalid) -> Iterator[Problem]:
        """The store's problems, each at the column of the file that gave the value."""
        fields = self.schema.entities[self.layout.parts[part].entity].fields
        for name, texts in invalid.problems.items():
            target = self.targets.get(f"{part}.{name}")
            if target is None and (source := self.filled.source_of(part, name)):
                target = self.targets.get(".".join(source))
            if target is None and name in fields:
                target = Target(part, fields[name])
            for text in texts:
                if target is None:
                    yield self.about(part, row, text)
                else:
                    yield Problem(target, row.raw.get(target.key, ""), text)

    def about(self, part: str, row: Parsed, text: Text, **values: Any) -> Problem:
        """A problem with telling which record is meant; it stands at the column that tells, or fails to."""
        spec = self.layout.parts[part]
        entity = self.schema.entities[spec.entity]
        by = [name for name in (spec.match[0].by if spec.match else ()) if name not in spec.links]
        fields = listed([entity.fields[name].label for name in by] or [entity.label])
        target = self._telling(part, row)
        value = row.raw.get(target.key, "") if target else ""
        return Problem(target, value, text.with_(**{"label": entity.label, "fields": fields, **values}))

    def _telling(self, part: str, row: Parsed) -> Target | None:
        """The file's column that tells which record of ``part`` is meant: a blank one, else the most precise."""
        spec = self.layout.parts[part]
        own = [
            target for match in spec.match for name in match.by if (target := self.targets.get(f"{part}.{name}"))
        ]  # fmt: skip
        for target in own:
            if target.key not in row.raw:
                return target
        if own:
            return own[-1]
        around = [other for match in spec.match for other in match.via_where.values()]
        found = (self._telling(other, row) for other in (*spec.links.values(), *around))
        mine = (target for target in self.targets.values() if target.part == part)
        return next((target for target in found if target), next(mine, None))


def listed(labels: Sequence[Text]) -> Text:
    """Labels as a list in both languages."""
    return Text("、".join(label.zh for label in labels), ", ".join(label.en for label in labels))
