"""The commands that run the office: the site, and the demo that a first start makes."""

from __future__ import annotations

import os
import secrets
import sys

import click
from flask import Flask

from admin_views import create_site
from console.accounts import ask_password
from console.desk import Desk
from console.failure import Failure
from console.options import OfficeCommand
from console.server import Server, check_free, is_loopback
from console.table import table
from models import Registry
from models.actor import SYSTEM
from models.errors import Refused
from office.demo import ACCOUNTS, add_accounts, fill
from office.demo.books import BOOKED
from office.demo.draft import ORDER
from schema import Schema

PASSWORD = "ESTATEDESK_DEMO_PASSWORD"  # noqa: S105 - the name of a variable
UNITS = 600
HEADERS = ("user", "name", "roles")


@click.command(cls=OfficeCommand)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=5000, show_default=True, help="The port to listen on.")
@click.option("--demo", "kind", flag_value="demo", help="Fill an empty office with the demo.")
@click.option("--empty", "kind", flag_value="empty", help="Start with an empty office and its first admin.")
@click.pass_obj
def serve(desk: Desk, host: str, port: int, kind: str | None) -> None:
    """The office in a browser.

    The first start on a fresh folder makes the demo office, unless --empty is given: then it asks for the first
    admin's password. While demo accounts exist it listens on this machine only.
    """
    check_free(host, port)
    registry = desk.open()
    try:
        with registry.connection():
            fresh = _prepare(desk, registry, kind)
            if registry.accounts.has_demo() and not is_loopback(host):
                raise Failure(f"demo accounts exist, so the office is served on this machine only, not on {host}")
            words = _welcome(desk, registry, _address(host, port), fresh)
        site = build_site(desk, registry)
    finally:
        registry.close()
    Server(site, host, port, lambda: click.echo(words)).run()


@click.command(cls=OfficeCommand)
@click.option("--units", default=UNITS, show_default=True, help="About how many units the estate has.")
@click.pass_obj
def demo(desk: Desk, units: int) -> None:
    """Fill an empty office with a made-up estate and its accounts."""
    with desk.office() as registry:
        password, counts = make_demo(desk, registry, units)
        rows = _accounts(desk, registry)
    data = {"accounts": [row[0] for row in rows], "password": password, "records": counts}
    desk.answer(data, lambda: f"{table(HEADERS, rows)}\n\n{sum(counts.values()):,} records; {_told(password)}")


def build_site(desk: Desk, registry: Registry) -> Flask:
    """The screens over an open office, configured from the environment."""
    config = {
        "SECRET_KEY": desk.secret_key(),
        "HTTPS": os.environ.get("ESTATEDESK_HTTPS", "") not in ("", "0"),
        "PROXIES": int(os.environ.get("ESTATEDESK_PROXIES") or 0),
    }
    return create_site(registry, config=config)


def make_demo(desk: Desk, registry: Registry, units: int = UNITS) -> tuple[str, dict[str, int]]:
    """The common password of the demo accounts and the records made, by entity.

    Raises Failure where there are records already, or the schema describes another kind of office.
    """
    lacking = _lacking(registry.schema)
    if lacking:
        raise Failure(f"the demo is a property-service centre, and {desk.schema_file} lacks {', '.join(lacking)}")
    used = [name for name in registry.schema.entities if registry.scope.count(SYSTEM, name, bound=1)]
    if used:
        raise Failure(f"the demo is for an empty office, but there are records of {', '.join(used)} in {desk.var}")
    password = os.environ.get(PASSWORD) or secrets.token_urlsafe(9)
    try:
        with registry.store.transaction():
            add_accounts(registry, password)
            return password, fill(registry, units)
    except Refused as refused:
        why = desk.say(refused.text)
        raise Failure(f"the demo does not fit {desk.schema_file} (`serve --empty` goes without it): {why}") from refused


def _lacking(schema: Schema) -> list[str]:
    """The roles and entities of the demo that the schema has not."""
    roles = [f"the role {role}" for _, _, role in ACCOUNTS if role not in schema.roles]
    wanted = (*ORDER, *BOOKED)
    return list(dict.fromkeys(roles)) + [f"the entity {name}" for name in wanted if name not in schema.entities]


def _prepare(desk: Desk, registry: Registry, kind: str | None) -> str | None:
    """Make what a first start needs. The demo password if it was made or set now, else None."""
    accounts, given = registry.accounts, os.environ.get(PASSWORD)
    if accounts.has_demo():
        return given if given and accounts.set_demo_password(given) else None
    if any(account.active and account.has_password for account in accounts.list()):
        if kind == "demo":
            raise Failure(f"the office in {desk.var} is in use; the demo is for an empty one (--var names a folder)")
        return None
    if kind == "empty" or (kind is None and (_has_records(registry) or _lacking(registry.schema))):
        _first_admin(registry)
        return None
    click.echo("Making the demo office ...", err=True)
    return make_demo(desk, registry)[0]


def _has_records(registry: Registry) -> bool:
    return any(registry.scope.count(SYSTEM, name, bound=1) for name in registry.schema.entities)


def _first_admin(registry: Registry) -> None:
    """Ask for the account from which all others are made; its roles are those that manage accounts."""
    roles = sorted(registry.schema.entities["user"].access.grants.get("create", {}))
    if not sys.stdin.isatty():
        raise Failure(
            "nobody can sign in yet and there is no terminal to ask at: "
            f"`estatedesk user add NAME --role {' --role '.join(roles)} --password-stdin` makes the first admin"
        )
    click.echo("This office is empty. Its first account can make all others.")
    name = str(click.prompt("User name", default="admin"))
    registry.accounts.add(name, name, roles, ask_password(name, from_stdin=False))


def _address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in ("", "0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
    return f"http://{shown}:{port}/"


def _accounts(desk: Desk, registry: Registry) -> list[tuple[str, str, str]]:
    roles = registry.schema.roles
    return [
        (a.username, a.name, ", ".join(desk.say(role.label) for name, role in roles.items() if name in a.roles))
        for a in registry.accounts.list()
        if a.active
    ]


def _told(password: str) -> str:
    """How to sign in as a demo account; a password that came from the environment is not repeated."""
    if password == os.environ.get(PASSWORD):
        return f"the password of all is the one in {PASSWORD}"
    return f"the password of all, shown only now: {password}"


def _welcome(desk: Desk, registry: Registry, address: str, fresh: str | None) -> str:
    lines = [f"\n  {desk.say(registry.schema.office.name)}: {address}"]
    if registry.accounts.has_demo():
        lines += [""] + [f"  {line}" for line in table(HEADERS, _accounts(desk, registry)).splitlines()] + [""]
        set_before = f"the password was set at the first start; {PASSWORD} sets another"
        lines.append(f"  Demo accounts: {_told(fresh) if fresh else set_before}")
    lines.append("  Ctrl-C stops it.\n")
    return "\n".join(lines)
