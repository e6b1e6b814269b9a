"""What is wrong in a schema: every problem with its place, its path and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from schema.spec import Position
from schema.text import Text, same

Path = tuple[str | int, ...]
"""The way from the root of the YAML to a value: keys and list indexes."""

FEW = 16
"""Up to so many possible names are listed when none is close."""

SHORT = 3
"""In a name of so few letters one wrong letter is half of it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: where it stands, what it belongs to, and a sentence."""

    position: Position
    path: str
    message: Text

    def to(self, locale: str) -> str:
        """``schema.yaml:123:9 unit.area: unknown type 'decimel', did you mean 'decimal'?``"""
        place = f"{self.position} {self.path}" if self.path else str(self.position)
        return f"{place}: {self.message.to(locale)}"

    def __str__(self) -> str:
        return self.to("en")


class SchemaErrors(ValueError):
    """A schema that cannot be used; ``problems`` holds all of them in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))

    def to(self, locale: str) -> str:
        """All problems, one a line."""
        return "\n".join(p.to(locale) for p in self.problems)


def closest(name: str, known: Iterable[str]) -> str:
    """The known name that ``name`` was probably meant to be, or ''."""
    names = sorted(set(known))
    by_lower = {n.lower(): n for n in names}
    cutoff = 0.5 if 1 < len(name) <= SHORT else 0.6
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[found[0]] if found else ""


def unknown(what: Text, name: object, known: Iterable[str]) -> Text:
    """The sentence for a name that is not known: with the closest one, or the few there are."""
    names = sorted({str(n) for n in known})
    meant = closest(str(name), names)
    if meant:
        return Text("没有{what}“{name}”，是不是“{meant}”？", "unknown {what} '{name}', did you mean '{meant}'?").with_(
            what=what, name=name, meant=meant
        )
    if 0 < len(names) <= FEW:
        return Text("没有{what}“{name}”，可用的有：{names}", "unknown {what} '{name}', there are: {names}").with_(
            what=what, name=name, names=Text("、".join(names), ", ".join(names))
        )
    return Text("没有{what}“{name}”", "unknown {what} '{name}'").with_(what=what, name=name)


def path_words(path: Path) -> str:
    """A path as people say it: ``unit.area`` for entities/unit/fields/area/type.

    ``entities`` and ``fields`` go without saying, and so do ``type`` and the place in a list of names;
    an item inside a list is counted from one: ``unit.checks[1].that``.
    """
    steps = list(path)
    if len(steps) > 1 and steps[0] == "entities":
        steps = steps[1:]
        if len(steps) > 2 and steps[1] == "fields":
            del steps[1]
            if steps[2:] == ["type"]:
                del steps[2]
    while steps and isinstance(steps[-1], int):
        steps.pop()
    words = ""
    for step in steps:
        words += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return words.lstrip(".")


def listed(names: Iterable[str]) -> Text:
    """Several names in one sentence."""
    all_names = list(names)
    return Text("、".join(all_names), ", ".join(all_names)) if all_names else same("–")
