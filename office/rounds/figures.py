"""Rounds due on a day, missed, and covered, as tables: by person, day, kind and building (P3, P5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.query import Ref
from models.reports import ChartData, Column, Figure, Row, Table, Target, headline, rate, report
from office.figures.collection import Span
from office.figures.service_span import local_day, span_around
from office.rounds.dues import AREA, DAY, KINDS, Due, Place, days
from office.rounds.missed import Settled
from office.rounds.owed import Asking, person_names, place_titles, settled_between
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

NONE, WHOLE = Target(0, at_most=True), Target(100)
"""Nothing is missed; everything is covered."""
NAMED = 3
"""Places that a line names; of the others it says how many."""

NOBODY, NO_BUILDING = Text("无人负责", "Nobody"), Text("不分楼栋", "No building")
_PERSON, _DAY, _KIND = Text("责任人", "Who"), Text("日期", "Day"), Text("类别", "Kind")
_PLACE, _BUILDING = Text("地点", "Where"), Text("楼栋", "Building")
_DUE, _DONE, _MISSED = Text("应做", "Due"), Text("已做", "Done"), Text("漏做", "Missed")
_MADE_UP, _COVERAGE = Text("补做", "Made up"), Text("覆盖率", "Coverage")
_AT, _BY, _STATE = Text("时间", "At"), Text("谁做的", "By"), Text("状态", "State")
_INSTEAD = Text("{name}（代{other}）", "{name} (for {other})")
_AWAY = Text("无人负责（{other}不在）", "Nobody ({other} is away)")
_IS_DONE, _IS_OPEN, _IS_MISSED = Text("已做", "Done"), Text("未做", "Open"), Text("漏做", "Missed")
_PARTLY = Text("做了 {done}/{times}", "{done} of {times} done")
_IS_MADE_UP = Text("漏做，{day} 补做", "Missed, made up on {day}")
_OTHERS = Text("{named}等 {count} 处", "{named} and others, {count} in all")
_OPEN_THAT_DAY, _OPEN_TODAY = Text("未做完", "Still open"), Text("今日待做巡查", "Rounds open today")
_MISSED_YESTERDAY = Text("昨日漏巡查", "Rounds missed yesterday")
_SPAN = Text("{first} 至 {last}", "{first} to {last}")
_OF = Text("应做 {due}，已做 {done}", "{done} of {due} done")
_NOBODYS = Text("其中无人负责 {count}", "{count} of them nobody's")
_NO_DUES = Text("这一天没有应做的巡查。", "Nothing is due on this day.")
_NO_MISSED = Text("这段时间没有漏做的巡查。", "Nothing was missed in this time.")
_NO_DUES_THEN = Text("这段时间没有应做的巡查。", "Nothing was due in this time.")

Counts = dict[str, int]


@report("rounds_due")
def rounds_due(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """What is due on a day, a line for each place: who owes it, whether it was done, when and by whom."""
    today = local_day(registry, now)
    day = answers.get("day") or today
    settled = settled_between(registry, actor, day, day, _asking(answers))
    words = _Words(registry, actor, settled)
    shown = [one for one in settled if one.lacking or not answers.get("open_only")]
    shown.sort(key=lambda one: (words.name(one.due.person), KINDS.index(one.due.kind), not one.lacking))
    return Table(
        columns=(
            Column("person", _PERSON, "ref"), Column("kind", _KIND), Column("place", _PLACE, "ref"),
            Column("state", _STATE), Column("at", _AT), Column("by", _BY),
        ),
        rows=[_due_row(registry, words, one, today) for one in shown],
        headline=(_open(_OPEN_THAT_DAY if day <= today else _DUE, settled),),
        empty=_NO_DUES,
    )  # fmt: skip


@headline("rounds_due")
def due_today(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Figure | None:
    """How much of what one owes today is still open, for the front page; None where nothing is due."""
    today = local_day(registry, now)
    settled = settled_between(registry, actor, today, today)
    return _open(_OPEN_TODAY, settled) if settled else None


@report("rounds_missed")
def rounds_missed(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """What was due and not done on its day, up to yesterday, by person, day and kind."""
    span, settled = _asked(registry, actor, now, answers)
    words, group = _Words(registry, actor, settled), answers.get("group") or "each"
    named = ("day", "person", "kind") if group == "each" else (group,)
    found = _grouped(settled, lambda one: tuple(_key(one, name) for name in named))
    missing = [line for line in found.items() if any(one.lacking for one in line[1])]
    lines = sorted(missing, key=lambda line: words.order(named, line[0]))
    first = tuple(words.column(name) for name in named)
    counted = (Column("due", _DUE, "integer"), Column("done", _DONE, "integer"))
    return Table(
        columns=(*first, *(counted if group != "each" else ()), Column("missed", _MISSED, "integer"),
                 Column("made_up", _MADE_UP, "integer"), *((Column("places", _PLACE),) if group == "each" else ())),
        rows=[Row({**words.cells(named, key), **_sum(some), "places": words.places(some)}) for key, some in lines],
        totals=Row(_sum(settled)),
        headline=(Figure(_MISSED, _sum(settled)["missed"], target=NONE, said=_said(settled)),),
        said=_told(span),
        empty=_NO_MISSED if settled else _NO_DUES_THEN,
    )  # fmt: skip


@headline("rounds_missed")
def missed_yesterday(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Figure | None:
    """How much was missed yesterday, for the front page; None where nothing was due."""
    yesterday = local_day(registry, now) - DAY
    settled = settled_between(registry, actor, yesterday, yesterday)
    return Figure(_MISSED_YESTERDAY, _sum(settled)["missed"], target=NONE, said=_said(settled)) if settled else None


@report("rounds_coverage")
def rounds_coverage(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """How much of what was due was done on its day, up to yesterday; by day each day has its line."""
    span, settled = _asked(registry, actor, now, answers)
    words, group = _Words(registry, actor, settled), answers.get("group") or "day"
    found = _grouped(settled, lambda one: (_key(one, group),))
    if group == "day":
        found = {(day,): found.get((day,), []) for day in days(span.starts_on, span.ends_on)}
    lines = sorted(found.items(), key=lambda line: words.order((group,), line[0]))
    whole = _sum(settled)
    return Table(
        columns=(
            words.column(group), Column("due", _DUE, "integer"), Column("done", _DONE, "integer"),
            Column("missed", _MISSED, "integer"), Column("made_up", _MADE_UP, "integer"),
            Column("coverage", _COVERAGE, "percent", target=WHOLE),
        ),
        rows=[Row({**words.cells((group,), key), **_covered(some)}) for key, some in lines],
        totals=Row(_covered(settled)),
        headline=(Figure(_COVERAGE, rate(whole["done"], whole["due"]), "percent", target=WHOLE, said=_said(settled)),),
        chart=ChartData(group, ("done", "missed")),
        said=_told(span),
        empty=_NO_DUES_THEN,
    )  # fmt: skip


# -- the words of a table ----------------------------------------------------------------------------------


class _Words:
    """What the people, places and buildings of some dues are called; links only where the person may open them."""

    def __init__(self, registry: Registry, actor: Actor, settled: Sequence[Settled]) -> None:
        self.registry, self.actor = registry, actor
        dues = [one.due for one in settled]
        done = {round.by for one in settled for round in one.done}
        self.people = person_names(registry, {due.person for due in dues} | {due.owner for due in dues} | done)
        self.titles = place_titles(registry, actor, dues)
        self.buildings = registry.scope.titles(actor, "building", {due.building for due in dues if due.building})
        self.kinds = registry.schema.choices["round_kind"]

    def name(self, person: int | None) -> str:
        return self.people.get(person or 0, "")

    def person(self, id: int | None) -> Ref | Text:
        return NOBODY if id is None else Ref("user", id, self.people.get(id, "–"))

    def owing(self, due: Due) -> Ref | Text:
        """Who owes a due, and in whose place."""
        who = self.person(due.person)
        if due.owner is None or due.owner == due.person:
            return who
        said = _AWAY if isinstance(who, Text) else _INSTEAD.with_(name=who.title)
        return said.with_(other=self.name(due.owner))

    def place(self, place: Place) -> Ref | str:
        """A place, as a link for those who see all of them."""
        what, id = place
        return self.titles[place] if what == AREA else Ref(what, id, self.titles[place])

    def places(self, some: Sequence[Settled]) -> str | Text:
        """The first places of a line where something is lacking, and how many there are."""
        named = list(dict.fromkeys(self.titles[one.due.place] for one in some if one.lacking))
        first = "、" if self.actor.locale == "zh" else ", "
        words = first.join(named[:NAMED])
        return words if len(named) <= NAMED else _OTHERS.with_(named=words, count=len(named))

    def column(self, name: str) -> Column:
        return {
            "day": Column("day", _DAY, "date"), "person": Column("person", _PERSON, "ref"),
            "kind": Column("kind", _KIND), "building": Column("building", _BUILDING, "ref"),
        }[name]  # fmt: skip

    def cells(self, names: Sequence[str], key: Sequence[Any]) -> dict[str, Any]:
        """The first cells of a line."""
        return {name: self._cell(name, value) for name, value in zip(names, key, strict=True)}

    def _cell(self, name: str, value: Any) -> Any:
        if name == "person":
            return self.person(value)
        if name == "kind":
            return self.kinds[value].label
        if name == "building":
            return Ref("building", value, self.buildings[value]) if value in self.buildings else NO_BUILDING
        return value

    def order(self, names: Sequence[str], key: Sequence[Any]) -> tuple[Any, ...]:
        """Days as they come, people and buildings by name with those of nobody first, kinds as the office has them."""
        return tuple(self._order(name, value) for name, value in zip(names, key, strict=True))

    def _order(self, name: str, value: Any) -> Any:
        if name == "person":
            return self.name(value)
        if name == "kind":
            return KINDS.index(value)
        if name == "building":
            title = self.buildings.get(value, "")
            return (len(title), title)
        return value


def _due_row(registry: Registry, words: _Words, one: Settled, today: date) -> Row:
    zone, due = registry.clock.zone, one.due
    by = list(dict.fromkeys(words.name(round.by) for round in one.done))
    return Row({
        "person": words.owing(due), "kind": words.kinds[due.kind].label, "place": words.place(due.place),
        "state": _state(one, today), "at": " ".join(f"{round.at.astimezone(zone):%H:%M}" for round in one.done),
        "by": "、".join(by),
    })  # fmt: skip


def _state(one: Settled, today: date) -> Text:
    """What became of a due, in words."""
    due_today = one.due.day >= today
    if not one.lacking:
        return _IS_DONE
    if one.made_up and len(one.made_up) >= one.lacking:
        return _IS_MADE_UP.with_(day=one.made_up[-1].day.isoformat())
    if one.done or (due_today and one.due.times > 1):
        return _PARTLY.with_(done=len(one.done), times=one.due.times)
    return _IS_OPEN if due_today else _IS_MISSED


# -- counting ----------------------------------------------------------------------------------------------


def _asking(answers: Mapping[str, Any]) -> Asking:
    return Asking(answers.get("kind"), answers.get("person"), answers.get("building"))


def _asked(
    registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> tuple[Span, list[Settled]]:  # fmt: skip
    """The span that was asked for, up to yesterday, and what was due in it."""
    yesterday = local_day(registry, now) - DAY
    span = span_around(answers.get("span") or "month", answers.get("day") or yesterday)
    cut = Span(span.starts_on, min(span.ends_on, yesterday))
    if cut.ends_on < cut.starts_on:
        return cut, []
    return cut, settled_between(registry, actor, cut.starts_on, cut.ends_on, _asking(answers))


def _key(one: Settled, name: str) -> Hashable:
    value: Hashable = getattr(one.due, name)
    return value


def _grouped(
    settled: Iterable[Settled], key: Callable[[Settled], tuple[Hashable, ...]]
) -> dict[tuple[Hashable, ...], list[Settled]]:
    found: dict[tuple[Hashable, ...], list[Settled]] = defaultdict(list)
    for one in settled:
        found[key(one)].append(one)
    return dict(found)


def _sum(settled: Iterable[Settled]) -> Counts:
    """How many times something was due, done, missed, and made up for."""
    counts = {"due": 0, "done": 0, "missed": 0, "made_up": 0}
    for one in settled:
        counts["due"] += one.due.times
        counts["done"] += len(one.done)
        counts["missed"] += one.lacking
        counts["made_up"] += len(one.made_up)
    return counts


def _covered(settled: Sequence[Settled]) -> dict[str, Any]:
    counts = _sum(settled)
    return {**counts, "coverage": rate(counts["done"], counts["due"])}


def _told(span: Span) -> Text | None:
    """The days that are counted; None where there are none yet."""
    days_of = _SPAN.with_(first=span.starts_on.isoformat(), last=span.ends_on.isoformat())
    return days_of if span.starts_on <= span.ends_on else None


def _said(settled: Sequence[Settled]) -> Text:
    counts = _sum(settled)
    return _OF.with_(due=counts["due"], done=counts["done"])


def _open(label: Text, settled: Sequence[Settled]) -> Figure:
    """How much is open, of how much, and what of it is nobody's."""
    nobodys = _sum(one for one in settled if one.due.person is None)["missed"]
    said = _said(settled)
    if nobodys:
        more = _NOBODYS.with_(count=nobodys)
        said = Text("{one}；{more}", "{one}; {more}").with_(one=said, more=more)
    return Figure(label, _sum(settled)["missed"], said=said)
