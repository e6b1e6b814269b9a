"""Settings: plain data in the YAML to which the rules that go by it give a shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from pydantic import BaseModel

from schema.problems import Path, Problem, SchemaErrors, path_words, unknown
from schema.source import Mapping, Sequence
from schema.spec import Position, Schema
from schema.text import Text
from schema.validate import validated

Model = TypeVar("Model", bound=BaseModel)

SETTING = Text("设置", "setting")
MISSING = Text("缺少设置“{name}”", "the setting '{name}' is missing")

Check = Callable[[Schema, Any], Iterable[tuple[Path, Text]]]
"""What in a setting does not fit the schema: (path within it, what is wrong)."""

_known: dict[str, type[BaseModel]] = {}
_checks: dict[type[BaseModel], Check] = {}


def setting(name: str, check: Check | None = None) -> Callable[[type[Model]], type[Model]]:
    """Make a pydantic model the shape of the setting ``name``; a ``schema.written.Part`` also says 'did you mean'.

    ``check`` says at the start what in it does not fit the schema: an entity, a field, a role that is not there.
    """

    def keep(model: type[Model]) -> type[Model]:
        if name in _known and _known[name].__module__ != model.__module__:
            raise ValueError(f"two settings are called {name!r}")
        _known[name] = model
        if check is not None:
            _checks[model] = check
        return model

    return keep


def claim(schema: Schema, name: str, model: type[Model]) -> Model:
    """The setting ``name`` in its shape; one that the schema leaves out has the defaults of the model.

    Raises SchemaErrors with every problem at its file, line and column; also where it is left out and has no defaults.
    """
    found, problems = _read(schema, name, model)
    if problems or found is None:
        raise SchemaErrors(problems)
    return found


def wrong(schema: Schema) -> list[Problem]:
    """Everything wrong with the settings of the schema; a name that no rule goes by is a problem, too."""
    problems: list[Problem] = []
    for name in schema.settings:
        if name in _known:
            problems += _read_whole(schema, name)
        else:
            key, _ = schema.places[("settings", name)]
            problems.append(Problem(key, f"settings.{name}", unknown(SETTING, name, _known)))
    return problems


def shaped(schema: Schema, path: Path, value: Any, model: type[Model]) -> tuple[Model | None, list[Problem]]:
    """Plain data written at ``path`` as a ``model``, and everything that is wrong with it."""
    problems: list[Problem] = []

    def say(at: Path, message: Text, key: bool = False) -> None:
        problems.append(problem_at(schema, at, message, key))

    found = validated(model, _written(value, path), path, say)
    return (None if problems else found), problems


def problem_at(schema: Schema, path: Path, message: Text, key: bool = False) -> Problem:
    """A problem with the value at ``path``, or with its key."""
    return Problem(_place(schema, path)[0 if key else 1], path_words(path), message)


def _read_whole(schema: Schema, name: str) -> list[Problem]:
    """Everything wrong with a setting: its shape, and where that is right, how it fits the schema."""
    model = _known[name]
    found, problems = _read(schema, name, model)
    if found is None or model not in _checks:
        return problems
    wrong_there = _checks[model](schema, found)
    return [*problems, *(problem_at(schema, ("settings", name, *at), why) for at, why in wrong_there)]


def _read(schema: Schema, name: str, model: type[Model]) -> tuple[Model | None, list[Problem]]:
    found, problems = shaped(schema, ("settings", name), schema.settings.get(name, {}), model)
    if problems and name not in schema.settings:
        problems = [Problem(_place(schema, ())[0], "settings", MISSING.with_(name=name))]
    return found, problems


def _place(schema: Schema, path: Path) -> tuple[Position, Position]:
    """Where ``path`` stands, or the nearest thing above it that was written."""
    while path and path not in schema.places:
        path = path[:-1]
    start = Position("schema.yaml", 1, 1)
    return schema.places.get(path, (start, start))


def _written(value: Any, path: Path) -> Any:
    """A copy that knows its places, for the check takes out what is wrong."""
    if isinstance(value, dict):
        entries = Mapping({key: _written(item, (*path, key)) for key, item in value.items()})
        entries.path = path
        return entries
    if isinstance(value, list):
        items = Sequence(_written(item, (*path, n)) for n, item in enumerate(value))
        items.path = path
        return items
    return value
