"""Reads YAML files, with what they include, into plain data that knows where each value stands."""

from __future__ import annotations

import hashlib
import pathlib
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from schema.problems import Path, Problem, path_words
from schema.spec import Position
from schema.text import Text
from schema.yaml_errors import complaint

INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)?\.[0-9]+|[-+]?(0|[1-9][0-9]*)\.[0-9]*")
TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
NOTHING = ("", "~", "null", "Null", "NULL")


class Mapping(dict[str, Any]):
    """A map of the YAML with the path at which it was written."""

    path: Path = ()


class Sequence(list[Any]):
    """A list of the YAML with the path at which it was written."""

    path: Path = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value and its key stand; ``text`` is the scalar as typed, to find a column inside it."""

    key: Position
    value: Position
    style: str = ""
    one_line: bool = True

    def at(self, offset: int, text: str) -> Position:
        """The position of the character ``offset`` of the scalar ``text``; its start where it spans lines."""
        if not self.one_line:
            return self.value
        shift = offset
        if self.style in ("'", '"'):
            doubled = "'" if self.style == "'" else '\\"'
            shift += 1 + sum(text[:offset].count(c) for c in doubled)
        return Position(self.value.file, self.value.line, self.value.column + shift)


@dataclass(slots=True)
class Source:
    """A schema as written: merged data, the place of every path, and what could not be read."""

    data: Mapping
    places: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    unread: bool = False
    """Some file could not be read at all, so that nothing can be said of the rest."""
    digest: str = ""

    def place(self, path: Path) -> Place:
        """The place of ``path``, or of the nearest thing above it that was written."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places[path]


def read(path: pathlib.Path) -> Source:
    """The schema at ``path`` with everything it includes."""
    reader = _Reader(path.parent)
    reader.read(path, path.name, None)
    reader.source.digest = reader.hash.hexdigest()
    return reader.source


class _Reader:
    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.hash = hashlib.sha256()
        self.source = Source(Mapping())
        self.seen: set[pathlib.Path] = set()

    def read(self, path: pathlib.Path, name: str, asked: Position | None) -> None:
        """Adds one file, and then those it includes, to the source."""
        start = Position(name, 1, 1)
        self.source.places.setdefault((), Place(start, start))
        if path.resolve() in self.seen:
            return
        self.seen.add(path.resolve())
        self.source.files.append(name)
        try:
            content = path.read_bytes()
            text = content.decode("utf-8-sig")
        except OSError as error:
            why = Text("读不到文件 {name}（{why}）", "cannot read {name} ({why})")
            self.unreadable(asked or start, why.with_(name=name, why=error.strerror or "?"))
            return
        except UnicodeDecodeError as error:
            why = Text("{name} 不是 UTF-8 编码（第 {byte} 字节）", "{name} is not UTF-8 (byte {byte})")
            self.unreadable(start, why.with_(name=name, byte=error.start + 1))
            return
        self.hash.update(content)
        root = self.compose(text, name)
        if root is not None:
            self.add_file(root, name, path.parent)

    def compose(self, text: str, name: str) -> Node | None:
        """The root node of a file, or None with the problem noted."""
        try:
            root: Node | None = YAML(typ="safe", pure=True).compose(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = Position(name, mark.line + 1, mark.column + 1) if mark else Position(name, 1, 1)
            self.unreadable(place, complaint(str(error.problem or error.context or error)))
            return None
        except YAMLError as error:
            self.unreadable(Position(name, 1, 1), complaint(str(error).strip().splitlines()[0]))
            return None
        if root is None or (isinstance(root, ScalarNode) and root.value in NOTHING):
            return None
        if not isinstance(root, MappingNode):
            self.unreadable(_start(root, name), Text("最外层应是“名称: 值”", "the file must be a map of 'name: value'"))
            return None
        return root

    def add_file(self, root: Node, name: str, folder: pathlib.Path) -> None:
        """Merges the sections of one file into the whole."""
        own: dict[str, Position] = {}
        includes: list[tuple[str, Position]] = []
        for key, value in root.value:
            section = str(key.value)
            here = _start(key, name)
            if section in own:
                self.twice(here, own[section], (section,))
                continue
            own[section] = here
            if section == "include":
                self.data(key, value, (section,), name)
                includes += _files(value, name)
                continue
            known = self.source.data.get(section)
            if isinstance(known, Mapping) and isinstance(value, MappingNode):
                self.fill(known, value, (section,), name)
            elif section in self.source.data:
                self.twice(here, self.source.places[(section,)].key, (section,))
            else:
                self.source.data[section] = self.data(key, value, (section,), name)
        for file, place in includes:
            target = folder / file
            label = target.relative_to(self.folder).as_posix() if target.is_relative_to(self.folder) else file
            self.read(target, label, place)

    def data(self, key: Node | None, node: Node, path: Path, name: str) -> Any:
        """The plain value of ``node``; its place is remembered under ``path``."""
        value_at = _start(node, name)
        key_at = _start(key, name) if key is not None else value_at
        style = (node.style or "") if isinstance(node, ScalarNode) else ""
        one_line = node.start_mark.line == node.end_mark.line and style not in ("|", ">")
        self.source.places[path] = Place(key_at, value_at, style, one_line)
        if isinstance(node, MappingNode):
            result = Mapping()
            result.path = path
            return self.fill(result, node, path, name)
        if isinstance(node, SequenceNode):
            items = Sequence(self.data(None, item, (*path, n), name) for n, item in enumerate(node.value))
            items.path = path
            return items
        return _scalar(node) if isinstance(node, ScalarNode) else None

    def fill(self, into: Mapping, node: Node, path: Path, name: str) -> Mapping:
        """``into`` with the entries of a map node; a name that is there already is a problem."""
        merged = [value for key, value in node.value if key.value == "<<"]
        for key, value in node.value:
            if key.value == "<<":
                continue
            if not isinstance(key, ScalarNode):
                self.say(_start(key, name), path, Text("键必须是一个词", "a key must be a single word"))
                continue
            word = str(key.value)
            at = (*path, word)
            if word in into:
                self.twice(_start(key, name), self.source.places[at].key, at)
                continue
            into[word] = self.data(key, value, at, name)
        for whole in merged:
            for part in whole.value if isinstance(whole, SequenceNode) else [whole]:
                self.inherit(into, part, path, name)
        return into

    def inherit(self, into: Mapping, node: Node, path: Path, name: str) -> None:
        """Entries of a ``<<`` merge, where the map does not say them itself."""
        for key, value in node.value if isinstance(node, MappingNode) else ():
            if key.value not in into:
                into[str(key.value)] = self.data(key, value, (*path, str(key.value)), name)

    def twice(self, here: Position, first: Position, path: Path) -> None:
        words = Text("“{name}”写了两次，第一次在 {first}", "'{name}' is written twice, first at {first}")
        self.say(here, path, words.with_(name=path[-1], first=first))

    def unreadable(self, position: Position, message: Text) -> None:
        self.source.unread = True
        self.say(position, (), message)

    def say(self, position: Position, path: Path, message: Text) -> None:
        self.source.problems.append(Problem(position, path_words(path), message))


def _start(node: Node, name: str) -> Position:
    return Position(name, node.start_mark.line + 1, node.start_mark.column + 1)


def _files(node: Node, name: str) -> list[tuple[str, Position]]:
    items = node.value if isinstance(node, SequenceNode) else [node]
    return [(str(item.value), _start(item, name)) for item in items if isinstance(item, ScalarNode)]


def _scalar(node: ScalarNode) -> str | int | Decimal | bool | None:
    """A scalar by the YAML 1.2 core rules, but dates, 012 and 1e3 stay text."""
    text: str = node.value
    if node.style:
        return text
    if text in NOTHING:
        return None
    if text in TRUTH:
        return TRUTH[text]
    if INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if NUMBER.fullmatch(text) else text
