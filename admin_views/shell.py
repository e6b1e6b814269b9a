"""What the frame round every page shows: whose office, who is signed in, where they may go."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import peewee
from flask import Flask, abort, g, request
from flask_babel import gettext as _
from markupsafe import Markup

from admin_views.locale import HTML_NAMES, current_locale
from models.actor import Actor
from models.people.inbox import MOST

if TYPE_CHECKING:
    from admin_views.navigation import Navigation
    from models.registry import Registry


def current_actor() -> Actor:
    """Who is asking; 401 where nobody is signed in."""
    actor: Actor | None = g.get("actor")
    return actor if actor is not None else abort(401)


class Shell:
    """The frame of one page, worked out as far as its template asks."""

    def __init__(self, registry: Registry, navigation: Navigation) -> None:
        self._registry, self._navigation = registry, navigation

    @property
    def locale(self) -> str:
        return current_locale()

    @property
    def lang(self) -> str:
        """The language as HTML names it."""
        return HTML_NAMES[current_locale()]

    @property
    def root(self) -> str:
        """The path under which the site is mounted, '' for none."""
        return request.script_root

    @property
    def office(self) -> str:
        return self._registry.schema.office.name.to(current_locale())

    @property
    def actor(self) -> Actor | None:
        actor: Actor | None = g.get("actor")
        return actor

    @property
    def query(self) -> str:
        """What was looked for everywhere, on the page that shows it."""
        return request.args.get("query", "") if request.path == "/search/" else ""

    @property
    def narrow(self) -> bool:
        return request.cookies.get("sidebar") == "narrow"

    @property
    def role_names(self) -> str:
        """The actor's roles, in the schema's order."""
        locale = current_locale()
        mine = current_actor().roles
        return " · ".join(role.label.to(locale) for role in self._registry.schema.roles.values() if role.name in mine)

    @property
    def keeps_accounts(self) -> bool:
        """Whether the actor may change accounts, and so give out first passwords and ask why others may or may not."""
        return self._registry.access.may(current_actor(), "user", "update")

    @cached_property
    def bell(self) -> dict[str, Any]:
        """How many messages wait for the actor, and how the bell says it."""
        try:
            unread = self._registry.inbox.unread(current_actor())
        except peewee.PeeweeException:  # the page that says so has to come out all the same
            unread = 0
        return {"unread": unread, **bell_words(unread)}

    @property
    def folded(self) -> frozenset[str]:
        """The menus this browser keeps folded."""
        return frozenset(request.cookies.get("folded", "").split("."))

    @cached_property
    def navigation(self) -> Markup:
        """The sidebar's links, with the one of this page marked."""
        here = self._navigation.here(request.path)
        return self._navigation.html(current_actor(), current_locale(), here, self.root, self.folded)


def bell_words(unread: int) -> dict[str, str]:
    """What stands on the bell, and what it is called for those who hear the page."""
    number = f"{MOST}+" if unread > MOST else str(unread)
    return {"number": number, "label": _("Messages, %(number)s unread", number=number) if unread else _("Messages")}


def show_shell(app: Flask, registry: Registry, navigation: Navigation) -> None:
    """Give every template ``shell``."""

    @app.context_processor
    def shell() -> dict[str, Any]:
        return {"shell": Shell(registry, navigation)}
