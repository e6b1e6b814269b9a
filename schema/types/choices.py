"""Choice types: boolean, one of a named list, several of a named list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import peewee
from wtforms.fields.core import UnboundField

from schema.spec import Choice, Field
from schema.text import Locale, Text
from schema.types.base import Context, FieldType, Operator, Options
from schema.types.cleaning import halfwidth, quoted, refuse
from schema.types.columns import Codes, column
from schema.types.form_fields import CheckWidget, GroupWidget, SelectWidget, typed

YES = frozenset({"1", "1.0", "true", "t", "yes", "y", "on", "x", "是", "有", "对", "√", "✓", "✔"})
NO = frozenset({"0", "0.0", "false", "f", "no", "n", "off", "否", "无", "不", "没有", "×", "✗", "-"})


class BooleanType(FieldType):
    name = "boolean"
    label = Text("是/否", "Yes or no")
    doc = "Yes or no. Read: 是/否, 有/无, yes/no, true/false, 1/0, √/×."
    kind = "boolean"
    filters: tuple[Operator, ...] = ("equals", "empty", "filled")

    def column(self, *, null: bool) -> peewee.Field | None:
        return column(peewee.BooleanField, null)

    def parse(self, text: str, context: Context) -> bool | None:
        words = halfwidth(text).lower()
        if not words:
            return None
        if words in YES or words in NO:
            return words in YES
        raise refuse("“{text}”应为“是”或“否”", "“{text}” should be yes or no", text=quoted(text))

    def check(self, value: Any, context: Context) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        if value in (0, 1):
            return bool(value)
        raise refuse("“{text}”应为“是”或“否”", "“{text}” should be yes or no", text=quoted(value))

    def display(self, value: Any, context: Context) -> str:
        if value is None:
            return ""
        return (Text("是", "Yes") if value else Text("否", "No")).to(context.locale)

    def example(self, locale: Locale) -> str:
        return "是" if locale == "zh" else "Yes"

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, CheckWidget())


class ChoiceOptions(Options):
    of: str


class ChoiceBase(FieldType):
    """What choice and choices share; ``choices`` is the named list, put there when the schema is compiled."""

    Options = ChoiceOptions
    options: ChoiceOptions
    choices: Mapping[str, Choice] = {}

    def bind(self, choices: Mapping[str, Choice]) -> None:
        """Gives the type its options."""
        self.choices = choices
        self._meanings = _meanings(choices)

    _meanings: Mapping[str, str | None] = {}

    def code(self, text: str, context: Context) -> str:
        """The code that ``text`` (code, label or alias, in either language) means; raises BadValue."""
        found = text if text in self.choices else self._meanings.get(_folded(text))
        if found is None:
            raise self._unknown(text, context)
        return found

    def _unknown(self, text: str, context: Context) -> Exception:
        labels = {_folded(c.label.to(loc)): c.label.to(context.locale)
                  for c in self.choices.values() for loc in ("zh", "en")}  # fmt: skip
        close = get_close_matches(_folded(text), labels, n=1, cutoff=0.5)
        guess = labels[close[0]] if close else ""
        shown = list(dict.fromkeys(labels.values()))
        listed = "、".join(shown[:12]) if context.locale == "zh" else ", ".join(shown[:12])
        return refuse(
            "“{text}”不在选项中{guess}；可填：{listed}",
            "“{text}” is not one of the options{guess}; possible: {listed}",
            text=quoted(text), listed=listed + ("…" if len(shown) > 12 else ""),
            guess=Text(f"，是不是“{guess}”？", f", did you mean “{guess}”?") if guess else "",
        )  # fmt: skip

    def known(self, value: Any, context: Context) -> str:
        """``value`` if it is a code of the list; raises BadValue."""
        if isinstance(value, str) and value in self.choices:
            return value
        raise self._unknown(str(value), context)

    def word(self, code: str, context: Context) -> str:
        """The label of ``code``; the bare code where it has left the list."""
        choice = self.choices.get(code)
        return choice.label.to(context.locale) if choice else code

    def labelled(self, context: Context) -> list[tuple[str, str]]:
        """(code, label) of every option, in order."""
        return [(code, choice.label.to(context.locale)) for code, choice in self.choices.items()]

    def example(self, locale: Locale) -> str:
        first = next(iter(self.choices.values()), None)
        return first.label.to(locale) if first else ""


class ChoiceType(ChoiceBase):
    name = "choice"
    label = Text("单选", "Choice")
    doc = (
        "One of the named list `of`. The code is kept, the label is shown; codes, labels in both languages "
        "and aliases are read."
    )
    filters = ("in", "not_in", "equals", "not_equals", "empty", "filled")

    def column(self, *, null: bool) -> peewee.Field | None:
        return column(peewee.TextField, null)

    def parse(self, text: str, context: Context) -> str | None:
        words = text.strip()
        return self.code(words, context) if words else None

    def check(self, value: Any, context: Context) -> str | None:
        return None if value in (None, "") else self.known(value, context)

    def display(self, value: Any, context: Context) -> str:
        return "" if value is None else self.word(value, context)

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, SelectWidget(self.labelled(context)))


class ChoicesType(ChoiceBase):
    name = "choices"
    label = Text("多选", "Choices")
    doc = "Any number of the named list `of`; written with a comma, 、 or ; between them."
    kind = "list"
    filters = ("has", "empty", "filled")
    sortable = False
    multiple = True

    def column(self, *, null: bool) -> peewee.Field | None:
        return column(Codes, null)

    def parse(self, text: str, context: Context) -> tuple[str, ...] | None:
        parts = [p.strip() for p in re.split(r"[,，、;；|\n]", text)]
        return self.check(tuple(self.code(p, context) for p in parts if p), context)

    def check(self, value: Any, context: Context) -> tuple[str, ...] | None:
        """The codes in the order of the list, each once; None when there are none."""
        if not value:
            return None
        if isinstance(value, str):
            value = (value,)
        chosen = {self.known(v, context) for v in value}
        return tuple(code for code in self.choices if code in chosen)

    def display(self, value: Any, context: Context) -> str:
        between = "、" if context.locale == "zh" else ", "
        return between.join(self.word(code, context) for code in value or ())

    def to_json(self, value: Any) -> Any:
        return None if value is None else list(value)

    def from_json(self, value: Any) -> Any:
        return tuple(value) if value else None

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, GroupWidget(self.labelled(context)))


def _folded(text: str) -> str:
    return re.sub(r"\s+", "", halfwidth(text)).lower()


def _meanings(choices: Mapping[str, Choice]) -> dict[str, str | None]:
    """Folded spelling → code; codes win over labels, labels over aliases."""
    found: dict[str, str | None] = {}
    for code in choices:
        found.setdefault(_folded(code), code)
    for code, choice in choices.items():
        for words in (choice.label.zh, choice.label.en):
            found.setdefault(_folded(words), code)
    for code, choice in choices.items():
        for words in choice.aliases:
            found.setdefault(_folded(words), code)
    return found
