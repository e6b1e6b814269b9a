"""The commands that run the office: the site, and the demo that a first start makes."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

import click

from console.accounts import ask_password
from console.desk import Desk
from console.failure import Failure
from console.options import OfficeCommand
from console.server import Server, check_free, is_loopback
from console.table import table
from models import Registry
from office.demo import ACCOUNTS, fill

PASSWORD = "ESTATEDESK_DEMO_PASSWORD"  # noqa: S105 - the name of a variable
ADMIN = "admin"
UNITS = 600


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
    with registry.connection():
        _prepare(desk, registry, kind)
        if registry.accounts.has_demo() and not is_loopback(host):
            raise Failure(f"demo accounts exist, so only this machine may be served, not {host}: disable them first")
        lines = _welcome(desk, registry, host, port)
    site = _site(desk, registry)
    registry.close()
    Server(site, host, port, lambda: click.echo("\n".join(lines))).run()


@click.command(cls=OfficeCommand)
@click.option("--units", default=UNITS, show_default=True, help="About how many units the estate has.")
@click.pass_obj
def demo(desk: Desk, units: int) -> None:
    """Fill an empty office with a made-up estate and its accounts."""
    with desk.office() as registry:
        if registry.accounts.list():
            raise Failure("this office has accounts already; the demo is for an empty one (--var names another folder)")
        password = _make_demo(registry, units)
        rows = [(a.username, a.name, _roles(registry, a.roles, desk)) for a in registry.accounts.list()]
    said = f"password of all: {password}" if password else f"password of all: the one in {PASSWORD}"
    data = {"accounts": [row[0] for row in rows], "password": password}
    desk.answer(data, lambda: table(("user", "name", "roles"), rows) + f"\n{said}")


def build_site(desk: Desk, registry: Registry) -> Flask:
    """The screens over an open office, configured from the environment."""
    config = {
        "SECRET_KEY": desk.secret_key(),
        "HTTPS": os.environ.get("ESTATEDESK_HTTPS", "") not in ("", "0"),
        "PROXIES": int(os.environ.get("ESTATEDESK_PROXIES") or 0),
    }
    return create_site(registry, config=config)
