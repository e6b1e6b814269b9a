"""The front page: what waits for this person today, and the ways to everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import render_template, request
from flask_admin import AdminIndexView, expose

from admin_views.locale import current_locale
from admin_views.navigation import Navigation
from admin_views.report_views import front_figures
from admin_views.shell import current_actor
from models.actor import Actor
from models.query import Query
from schema.spec import DAY_KINDS, Entity, SavedFilter
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

MOST_COUNTED = 999
"""A card counts this far, then says '999+'."""

GREETINGS = (
    (5, Text("夜深了", "Good evening")), (11, Text("早上好", "Good morning")), (13, Text("中午好", "Good day")),
    (18, Text("下午好", "Good afternoon")), (24, Text("晚上好", "Good evening")),
)  # fmt: skip
KINDS = {
    "late": Text("已超期", "Late"), "due": Text("即将到期", "Coming due"), "waiting": Text("待办", "Waiting for you"),
    "assigned": Text("派给我的", "Assigned to me"), "call": Text("要打的电话", "To call"),
}  # fmt: skip
"""What the groups of my day are called."""
WEEKDAYS = Text("一二三四五六日", "Monday Tuesday Wednesday Thursday Friday Saturday Sunday")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One card: how many records of an entity a reminder finds for this person, and the list of them.

    ``kind`` is one of DAY_KINDS.
    """

    kind: str
    label: str
    entity: str
    icon: str
    path: str
    count: int

    @property
    def number(self) -> str:
        return f"{MOST_COUNTED}+" if self.count > MOST_COUNTED else str(self.count)


def my_day(registry: Registry, actor: Actor) -> list[Waiting]:
    """The reminders that are for this actor's roles, in the order of their kinds. Each costs one query."""
    locale = actor.locale
    cards = [
        Waiting(
            saved.my_day, saved.label.to(locale), entity.plural.to(locale), entity.icon,
            f"/{entity.name}/?saved={saved.name}",
            registry.scope.count(actor, entity.name, Query(saved=saved.name), MOST_COUNTED),
        )
        for entity, saved in _reminders(registry, actor)
    ]  # fmt: skip
    return sorted(cards, key=lambda card: DAY_KINDS.index(card.kind))


def by_kind(cards: Iterable[Waiting]) -> list[tuple[str, Text, list[Waiting]]]:
    """The cards that found something, in groups: (kind, what it is called, its cards)."""
    due = [card for card in cards if card.count]
    groups = [(kind, KINDS[kind], [card for card in due if card.kind == kind]) for kind in DAY_KINDS]
    return [group for group in groups if group[2]]


def _reminders(registry: Registry, actor: Actor) -> Iterator[tuple[Entity, SavedFilter]]:
    for entity in registry.schema.entities.values():
        if registry.access.may(actor, entity.name, "read"):
            for saved in entity.filters.values():
                mine = saved.my_day and (not saved.roles or saved.roles & actor.roles)
                if mine and registry.access.may_ask(actor, entity.name, saved.where):
                    yield entity, saved


def greeting(now: datetime) -> Text:
    """What one says at this hour."""
    return next(words for until, words in GREETINGS if now.hour < until)


def day_words(now: datetime) -> Text:
    """The date in full, with the weekday."""
    zh = f"{now.year}年{now.month}月{now.day}日 星期{WEEKDAYS.zh[now.weekday()]}"
    return Text(zh, f"{WEEKDAYS.en.split()[now.weekday()]}, {now.day} {now:%B %Y}")


class HomeView(AdminIndexView):  # type: ignore[misc]
    """`/`, in Flask-Admin's place for the first page."""

    def __init__(self, registry: Registry, navigation: Navigation) -> None:
        super().__init__(url="/")
        self.registry, self.navigation = registry, navigation

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Flask-Admin's own calls a view again after any TypeError, and so hides what was wrong."""
        return fn(self, *args, **kwargs)

    @expose("/")  # type: ignore[untyped-decorator]
    def index(self) -> str:
        """My day."""
        actor = current_actor()
        now = self.registry.clock.now().astimezone(self.registry.clock.zone)
        may = self.registry.access.may
        waiting = my_day(self.registry, actor)
        entities = self.registry.schema.entities
        links = [link for group in self.navigation.groups(actor) for link in group.links]
        return render_template(
            "home.html", kinds=by_kind(waiting), quiet=[card for card in waiting if not card.count],
            desks=self.navigation.desks(actor),
            greeting=greeting(now).to(current_locale()), day=day_words(now).to(current_locale()),
            figures=front_figures(self.registry, actor, request.script_root),
            creatable=[link for link in links if link.name in entities and may(actor, link.name, "create")],
        )  # fmt: skip
