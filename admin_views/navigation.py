"""The sidebar: the entities an actor may read, by menu group, and the pages other parts add."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from models.actor import Actor
from schema.text import Locale, Text

if TYPE_CHECKING:
    from models.registry import Registry

MAIN = Text("主菜单", "Main menu")
OTHERS = Text("其他", "More")
ELSEWHERE = "-"
"""The present page where the sidebar has no link to it."""


@dataclass(frozen=True, slots=True)
class Link:
    """A page in the sidebar. ``name`` is the first part of its path, or the first two."""

    name: str
    label: Text
    icon: str
    path: str


@dataclass(frozen=True, slots=True)
class Group:
    """A menu with its links; ``name`` is the schema's, '' for what stands under no menu."""

    name: str
    label: Text
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Extra:
    """A page that is no entity: under which menu it stands ('' the last), and who may open it (by roles alone).

    One that ``leads`` stands before the menu's entities: it is where the people of that menu work all day.
    A desk (``is_desk``) also stands on the front page.
    """

    menu: str
    link: Link
    allowed: Callable[[Actor], bool]
    leads: bool = False
    is_desk: bool = False


class Navigation:
    """Where an actor may go. It depends on roles alone, so each set of roles is worked out once."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.extras: list[Extra] = []
        self._html = lru_cache(maxsize=2000)(self._make_html)

    def add(self, extra: Extra) -> None:
        """Add a page to the sidebar; before the first request."""
        self.extras.append(extra)

    def desks(self, actor: Actor) -> list[Link]:
        """The screens made for one job that this actor works at, those that lead their menu first."""
        mine = [extra for extra in self.extras if extra.is_desk and extra.allowed(actor)]
        return [extra.link for extra in sorted(mine, key=lambda extra: not extra.leads)]

    def groups(self, actor: Actor) -> list[Group]:
        """The groups that hold anything for this actor, in the schema's order."""
        menus = [(menu.name, menu.label) for menu in self.registry.schema.menus.values()]
        groups = [Group(name, label, tuple(self._links(actor, name))) for name, label in (*menus, ("", OTHERS))]
        return [group for group in groups if group.links]

    def _links(self, actor: Actor, menu: str) -> Iterator[Link]:
        extras = [extra for extra in self.extras if extra.menu == menu and extra.allowed(actor)]
        yield from (extra.link for extra in extras if extra.leads)
        for entity in self.registry.schema.entities.values():
            if entity.menu == menu and self.registry.access.may(actor, entity.name, "read"):
                yield Link(entity.name, entity.plural, entity.icon, f"/{entity.name}/")
        yield from (extra.link for extra in extras if not extra.leads)

    def here(self, path: str) -> str:
        """The name of the link that leads to ``path``: its first part, or two where pages below go by two.

        Whether there is such a page at all makes no difference: a page that is closed is marked like none.
        """
        first, _, rest = path.strip("/").partition("/")
        by_two = rest and any(name.startswith(f"{first}/") for name in self._extra_names)
        return f"{first}/{rest.partition('/')[0]}" if by_two else first

    def html(self, actor: Actor, locale: Locale, here: str, root: str, folded: frozenset[str] = frozenset()) -> Markup:
        """The <nav> of the sidebar, with the link named ``here`` marked as the present page.

        The menus named in ``folded`` show their heading only, but for the one that holds the present page.
        """
        known = here if here in self.registry.schema.entities or here in self._extra_names else ELSEWHERE
        return self._html(
            actor.roles, actor.system, locale, here and known, root, folded.intersection(self.registry.schema.menus)
        )

    @property
    def _extra_names(self) -> set[str]:
        return {extra.link.name for extra in self.extras}

    def _make_html(
        self, roles: frozenset[str], system: bool, locale: Locale, here: str, root: str, folded: frozenset[str]
    ) -> Markup:
        actor = Actor(None, "", roles, locale, system)
        day = _link(Link("", Text("我的一天", "My day"), "sun-o", "/"), locale, here, root)
        parts = [f'<nav class="nav" aria-label="{escape(MAIN.to(locale))}">', f"<ul>{day}</ul>"]
        for group in self.groups(actor):
            links = "".join(_link(link, locale, here, root) for link in group.links)
            is_folded = group.name in folded and not any(link.name == here for link in group.links)
            parts.append(_heading(group, locale, is_folded))
            parts.append(f'<ul id="menu-{escape(group.name)}"{" hidden" if is_folded else ""}>{links}</ul>')
        return Markup("".join((*parts, "</nav>")))  # noqa: S704 - every piece is escaped


def _heading(group: Group, locale: Locale, is_folded: bool) -> str:
    words = f'<span>{escape(group.label.to(locale))}</span><i class="fa fa-angle-down" aria-hidden="true"></i>'
    state = f'aria-expanded="{"false" if is_folded else "true"}" aria-controls="menu-{escape(group.name)}"'
    return f'<h2><button type="button" data-fold="{escape(group.name)}" {state}>{words}</button></h2>'


def _link(link: Link, locale: Locale, here: str, root: str) -> str:
    label = escape(link.label.to(locale))
    current = ' aria-current="page"' if link.name == here else ""
    icon = f'<i class="fa fa-{escape(link.icon)}" aria-hidden="true"></i>'
    return f'<li><a href="{escape(root + link.path)}"{current} title="{label}">{icon}<span>{label}</span></a></li>'
