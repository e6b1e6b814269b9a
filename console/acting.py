"""The command that does an action to records: any that the schema has, with its questions answered in options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from console.desk import Desk
from console.failure import Failure
from console.options import OfficeCommand
from console.records import AS_USER
from models import Registry
from models.actor import Actor, Source
from models.operations import Outcome
from schema.problems import unknown
from schema.spec import ActionSpec, Field
from schema.text import BadValue, Text

MOST_LINES = 20
FILES = ("files", "photos", "signature")
ENTITY, ACTION, QUESTION = Text("实体", "entity"), Text("操作", "action"), Text("问题", "question")


@click.command(cls=OfficeCommand)
@click.argument("entity")
@click.argument("action")
@click.argument("records", metavar="RECORD…", nargs=-1, required=True)
@click.option("--answer", "given", multiple=True, metavar="NAME=VALUE", help="Answers a question of the action.")
@click.option("--file", "uploads", multiple=True, metavar="NAME=PATH", help="Answers one that asks for a file.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Write the files that the action gives here.")  # fmt: skip
@AS_USER
@click.pass_obj
def act(
    desk: Desk, entity: str, action: str, records: tuple[str, ...], given: tuple[str, ...], uploads: tuple[str, ...],
    out: Path | None, username: str | None,
) -> int:  # fmt: skip
    """Do ACTION to records of ENTITY.

    A RECORD is an id, or a title such as a room or a number. What the person of --as may not do, nobody does here
    either. Exit code 1 when some of the records were left out, 2 when all of them were.
    """
    with desk.office() as registry:
        spec = _action(desk, registry, entity, action)
        actor = desk.actor(registry, username)
        ids = [_id(desk, registry, actor, entity, words) for words in records]
        answers = _answers(desk, registry, actor, spec, given)
        answers |= _files(desk, registry, actor, entity, spec, uploads)
        outcome = registry.act(actor, entity, action, tuple(ids), answers, Source("cli", action))
        titles = registry.scope.titles(actor, entity, ids)
    written = _write(outcome.files, out) if out is not None else []
    data = _answer(desk, outcome, ids, titles, written)
    desk.answer(data, lambda: _words(data))
    return 0 if not data["skipped"] else 1 if data["done"] else 2


def _action(desk: Desk, registry: Registry, entity: str, action: str) -> ActionSpec:
    entities = registry.schema.entities
    if entity not in entities:
        raise Failure(desk.say(unknown(ENTITY, entity, entities)))
    if action not in entities[entity].actions:
        raise Failure(desk.say(unknown(ACTION, action, entities[entity].actions)))
    return entities[entity].actions[action]


def _id(desk: Desk, registry: Registry, actor: Actor, entity: str, words: str) -> int:
    """The record that an id or a title means, as far as the actor sees it."""
    if re.fullmatch(r"\d{1,18}", words, re.ASCII) and registry.scope.visible_ids(actor, entity, [int(words)]):
        return int(words)
    try:
        return registry.scope.find(actor, entity, words)
    except BadValue as wrong:
        raise Failure(desk.say(wrong.text)) from None


def _pairs(given: Iterable[str], option: str) -> Iterable[tuple[str, str]]:
    for words in given:
        name, equals, value = words.partition("=")
        if not name or not equals:
            raise Failure(f"--{option} is NAME=…, not {words!r}")
        yield name.strip(), value


def _question(desk: Desk, spec: ActionSpec, name: str) -> Field:
    if name not in spec.ask:
        raise Failure(desk.say(unknown(QUESTION, name, spec.ask)))
    return spec.ask[name]


def _answers(desk: Desk, registry: Registry, actor: Actor, spec: ActionSpec, given: Iterable[str]) -> dict[str, Any]:
    """The answers as values: numbers, dates, choices and records are written as in a file."""
    found, context = {}, registry.scope.context(actor)
    for name, words in _pairs(given, "answer"):
        field = _question(desk, spec, name)
        if field.type.name in FILES:
            raise Failure(f"{name} asks for a file: say --file {name}=PATH")
        try:
            found[name] = field.type.parse(words, context)
        except BadValue as wrong:
            raise Failure(f"{name}: {desk.say(wrong.text)}") from None
    return found


def _files(
    desk: Desk, registry: Registry, actor: Actor, entity: str, spec: ActionSpec, uploads: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """The keys of the files that were taken in, by question."""
    found: dict[str, tuple[str, ...]] = {}
    paths = [(_question(desk, spec, name), Path(path)) for name, path in _pairs(uploads, "file")]
    registry.scope.require(actor, entity, spec.name)
    for field, path in paths:
        if field.type.name not in FILES:
            raise Failure(f"{field.name} asks for no file: say --answer {field.name}=VALUE")
        with path.open("rb") as stream:
            key = registry.files.put(actor, entity, None, path.name, stream)
        found[field.name] = (*found.get(field.name, ()), key)
    return found


def _write(files: Sequence[tuple[str, bytes, str]], out: Path) -> list[str]:
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content, _ in files:
        path = out / Path(name).name
        path.write_bytes(content)
        paths.append(str(path))
    return paths


def _answer(
    desk: Desk, outcome: Outcome, ids: Sequence[int], titles: dict[int, str], written: list[str]
) -> dict[str, Any]:
    """What was done and what was not; a record that the actor may not do this to is left out without a word of it."""

    def said(pairs: Iterable[tuple[int, Text]]) -> list[dict[str, Any]]:
        return [{"id": id, "title": titles.get(id, f"#{id}"), "said": desk.say(text)} for id, text in pairs]

    named = {id for id, _ in (*outcome.done, *outcome.skipped)}
    denied = [(id, Text("没有权限。", "Not allowed.")) for id in ids if id not in named]
    return {
        "done": said(outcome.done), "skipped": said([*outcome.skipped, *denied]),
        "files": [{"name": name, "bytes": len(content)} for name, content, _ in outcome.files], "written": written,
    }  # fmt: skip


def _words(data: dict[str, Any]) -> str:
    lines = [f"{len(data['done'])} done, {len(data['skipped'])} left out"]
    for kind in ("done", "skipped"):
        lines += [f"  {one['title']}: {one['said']}" for one in data[kind][:MOST_LINES]]
        if len(data[kind]) > MOST_LINES:
            lines.append(f"  … and {len(data[kind]) - MOST_LINES} more; --json names them all")
    lines += [f"  {path}" for path in data["written"]]
    if data["files"] and not data["written"]:
        names = ", ".join(one["name"] for one in data["files"])
        lines.append(f"  files that are not kept here (--out DIR writes them): {names}")
    return "\n".join(lines)
