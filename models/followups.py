"""Follow-ups: decorated functions that do what follows from a record, after every write of it, many at a time.

    @follow_up("order_closed")
    def close(registry, actor, changes, source):
        done = [one for one in changes if one.became("state", "done")]
        …

Its name stands in the YAML under the entity's ``follow:``. Whoever writes (form, list, bulk, import, action, step,
undo, command line, another follow-up) comes by here, inside the transaction of the write.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Invalid, Refused
from schema.spec import Entity, FollowSpec, Schema
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

Row = dict[str, Any]

DEEPEST = 8
"""Writes that may follow from one another before it is taken for a circle."""

_CIRCLE = Text(
    "要一并处理的事互相引发、没有尽头，未保存：{ring}。",
    "What follows from one another goes round in a circle, so nothing was saved: {ring}.",
)
_FAILED = Text(
    "“{title}”保存后要一并处理的事没有办成，因此未保存：{why}",
    "What follows from “{title}” could not be done, so it was not saved: {why}",
)


class Unfollowed(Invalid):
    """What follows from a record could not be done, so that the record was not written either."""

    def __init__(self, said: Text) -> None:
        super().__init__({"": [said]})


@dataclass(frozen=True, slots=True)
class Change:
    """A record of ``entity`` that was written: ``old`` is the row as it was (None: it is new, or back from the trash),
    ``new`` as it stands in the database now (None: it went into the trash)."""

    old: Row | None
    new: Row | None
    entity: str = ""

    @property
    def id(self) -> int:
        """The record's id."""
        row = self.new or self.old
        assert row is not None
        return int(row["id"])

    @property
    def row(self) -> Row:
        """The record as it stands, or as it was when it went."""
        row = self.new or self.old
        assert row is not None
        return row

    def differs(self, *names: str) -> bool:
        """Whether one of the fields has another value now; the fields of a record that came or went all do."""
        if self.old is None or self.new is None:
            return True
        return any(self.old.get(name) != self.new.get(name) for name in names)

    def became(self, name: str, *values: Any) -> bool:
        """Whether the field has one of ``values`` now and had none of them before."""
        if self.new is None or self.new.get(name) not in values:
            return False
        return self.old is None or self.old.get(name) not in values


Function = Callable[["Registry", Actor, Sequence[Change], Source], None]
"""``(registry, actor, changes, source)``: it reads through ``registry.scope`` and writes through ``registry.store``, as
``actor``: the one who wrote, who also sees and may write what ``writes`` names, whatever the own grants say. ``source``
is that of the write and is handed on, so that an import that is taken back takes back what followed from it. Raises
Refused to refuse the write; its sentence is what people read. It asks the database a fixed number of times however many
changes there are, and does nothing the second time: the same record may come by again. What it must know beyond that it
may read as SYSTEM, to decide and never to show."""

_known: dict[str, Function] = {}


def follow_up(name: str) -> Callable[[Function], Function]:
    """Make a function the one that a schema's ``follow`` calls ``name``."""

    def keep(function: Function) -> Function:
        if name in _known and _known[name].__module__ != function.__module__:
            raise ValueError(f"two follow-ups are called {name!r}")
        _known[name] = function
        return function

    return keep


def absent(schema: Schema) -> Iterable[str]:
    """``entity.follow`` for every follow-up of the schema that nobody wrote."""
    for entity in schema.entities.values():
        for one in entity.follow:
            if one.run not in _known:
                yield f"{entity.name}.{one.run}"


class _Thread(threading.local):
    """What one thread has written and not followed up yet, and the entities whose writes led here."""

    noted: dict[str, dict[int, Row | None]] | None = None
    gathers: bool = False
    """Whether writes wait for the end of what is around them."""
    way: tuple[str, ...] = ()


class FollowUps:
    """The follow-ups of one office; ``registry`` is given to it once the office is put together."""

    registry: Registry

    def __init__(self) -> None:
        self._thread = _Thread()

    def note(self, spec: Entity, olds: Mapping[int, Row | None]) -> None:
        """Remember that records were written: the row as it was, by id; None where there was none."""
        if not spec.follow:
            return
        noted = self._thread.noted
        assert noted is not None, "the store writes, and follows up"
        mine = noted.setdefault(spec.name, {})
        for id, old in olds.items():
            mine.setdefault(id, old)

    @contextmanager
    def after(self, actor: Actor, source: Source, gather: bool = False) -> Iterator[None]:
        """Follow up, at the end, everything that was written inside; nothing where that was refused.

        With ``gather`` the writes inside are not followed up each at its own end but all at this one.
        Raises Unfollowed where a follow-up refuses.
        """
        thread = self._thread
        if thread.gathers:
            yield
            return
        before, thread.noted, thread.gathers = thread.noted, {}, gather
        try:
            yield
            noted = thread.noted
        finally:
            thread.noted, thread.gathers = before, False
        for entity, olds in noted.items():
            self._follow(actor, self.registry.schema.entities[entity], olds, source)

    def _follow(self, actor: Actor, spec: Entity, olds: Mapping[int, Row | None], source: Source) -> None:
        way = self._thread.way
        if len(way) >= DEEPEST:
            labels = [self.registry.schema.entities[name].label for name in (*way, spec.name)]
            zh, en = (" → ".join(label.to(locale) for label in labels) for locale in ("zh", "en"))
            raise Unfollowed(_CIRCLE.with_(ring=Text(zh, en)))
        news = self.registry.rows.read(spec.name, olds)
        changes = [Change(old, news.get(id), spec.name) for id, old in olds.items() if old != news.get(id)]
        self._thread.way = (*way, spec.name)
        try:
            for one in spec.follow if changes else ():
                self._run(actor, one, changes, source)
        finally:
            self._thread.way = way

    def _run(self, actor: Actor, spec: FollowSpec, changes: Sequence[Change], source: Source) -> None:
        """Have one follow-up done. What is wrong with another record is said as one sentence about this one, for its
        fields are not those of this one."""
        try:
            _known[spec.run](self.registry, replace(actor, writes=spec.writes, reach=spec.reach), changes, source)
        except Unfollowed:
            raise
        except Refused as refused:
            said, is_own = refused.text, type(refused) is Refused
            said = said if is_own else _FAILED.with_(title=changes[0].row["title_text"], why=said)
            raise Unfollowed(said) from refused
