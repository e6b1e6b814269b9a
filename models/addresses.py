"""The address of the office on the web, for what is printed: a code on paper must say where it leads."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from models.errors import Refused
from schema.settings import claim, setting
from schema.text import Text
from schema.written import Part

if TYPE_CHECKING:
    from schema.spec import Schema

ASKED_AT: ContextVar[str] = ContextVar("the address at which the person who asks has the office", default="")
"""Set by the screens at each request; empty for commands and jobs."""

_UNKNOWN = Text(
    "二维码要写明本系统的网址才能打印：请在 YAML 的 settings 中写上 site: {address: https://…}，或在浏览器中打印。",
    "A code on paper has to say where this office is on the web: write `site: {address: https://…}` into the settings "
    "of the YAML, or print from a browser.",
)


@setting("site")
class Site(Part):
    """Where people reach the office."""

    address: Annotated[str, Field(pattern=r"^(https?://[^\s/?#]+[^\s?#]*)?$")] = ""
    """'https://office.example.org', with the path under which it is mounted. Without it, a printed code leads to
    where the person who printed it has the office."""


def address_of(schema: Schema, path: str) -> str:
    """The whole address of the page at ``path``, which begins with '/'. Raises Refused where it is not known."""
    base = claim(schema, "site", Site).address or ASKED_AT.get()
    if not base:
        raise Refused(_UNKNOWN)
    return base.rstrip("/") + path
