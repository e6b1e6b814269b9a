"""The commands about accounts: who may sign in, and as what."""

from __future__ import annotations

import sys

import click

from console.desk import Desk, user_id
from console.failure import Failure
from console.options import OfficeGroup
from console.table import table
from models import Registry
from models.people.accounts import SHORTEST_PASSWORD

PASSWORD = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
ROLES = click.option("--role", "roles", multiple=True, required=True, metavar="ROLE", help="A role; repeatable.")


@click.group(cls=OfficeGroup)
def user() -> None:
    """Accounts: add, passwd, roles, disable, list."""


@user.command()
@click.argument("name")
@ROLES
@click.option("--name", "full_name", metavar="NAME", help="The person's name; otherwise the user name.")
@PASSWORD
@click.pass_obj
def add(desk: Desk, name: str, roles: tuple[str, ...], full_name: str | None, password_stdin: bool) -> None:
    """Make an account that can sign in as NAME."""
    with desk.office() as registry:
        _check_roles(registry, roles)
        password = ask_password(name, password_stdin)
        id = registry.accounts.add(name, full_name or name, roles, password)
    desk.answer({"user": name, "id": id, "roles": list(roles)}, f"{name} can sign in now ({', '.join(roles)})")


@user.command()
@click.argument("name")
@PASSWORD
@click.option("--must-change", is_flag=True, help="They choose their own at the next sign-in.")
@click.pass_obj
def passwd(desk: Desk, name: str, password_stdin: bool, must_change: bool) -> None:
    """Give NAME a new password, which ends their sessions."""
    with desk.office() as registry:
        id = user_id(registry, name)
        registry.accounts.set_password(id, ask_password(name, password_stdin), must_change=must_change)
    desk.answer({"user": name, "id": id}, f"{name} has a new password; their sessions have ended")


@user.command()
@click.argument("name")
@ROLES
@click.pass_obj
def roles(desk: Desk, name: str, roles: tuple[str, ...]) -> None:
    """Give NAME these roles and no others."""
    with desk.office() as registry:
        _check_roles(registry, roles)
        changed = registry.accounts.set_roles(user_id(registry, name), roles)
    words = f"{name} is now {', '.join(roles)}" if changed else f"{name} was {', '.join(roles)} already"
    desk.answer({"user": name, "roles": list(roles), "changed": changed}, words)


@user.command()
@click.argument("name")
@click.pass_obj
def disable(desk: Desk, name: str) -> None:
    """Let NAME sign in no longer; their records and history stay."""
    with desk.office() as registry:
        changed = registry.accounts.disable(user_id(registry, name))
    words = f"{name} can no longer sign in" if changed else f"{name} could not sign in already"
    desk.answer({"user": name, "changed": changed}, words)


@user.command("list")
@click.pass_obj
def list_(desk: Desk) -> None:
    """All accounts with their roles."""
    with desk.office() as registry:
        found = registry.accounts.list()
    data = [
        {"user": a.username, "id": a.id, "name": a.name, "roles": sorted(a.roles), "active": a.active, "demo": a.demo}
        for a in found
    ]
    rows = [(a.username, a.name, ", ".join(sorted(a.roles)), _standing(a.active, a.demo)) for a in found]
    desk.answer({"users": data}, lambda: table(("user", "name", "roles", ""), rows))


def _standing(active: bool, demo: bool) -> str:
    return ("demo" if demo else "") if active else "disabled"


def _check_roles(registry: Registry, roles: tuple[str, ...]) -> None:
    wrong = [role for role in roles if role not in registry.schema.roles]
    if wrong:
        raise Failure(f"there is no role {', '.join(map(repr, wrong))}; there are {', '.join(registry.schema.roles)}")


def ask_password(username: str, from_stdin: bool) -> str:
    """A password from standard input, or asked for twice at the terminal; raises Failure where neither can be."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Failure("there is no terminal to ask for the password at; give it with --password-stdin")
    said = f"Password for {username} (at least {SHORTEST_PASSWORD} characters)"
    return str(click.prompt(said, hide_input=True, confirmation_prompt="Once more", err=True))
