"""Accounts on the command line."""

from __future__ import annotations

from typing import Any

import pytest

PASSWORD = "a long enough one\n"


def add(command: Any, name: str, *roles: str) -> Any:
    wanted = [word for role in roles for word in ("--role", role)]
    return command("user", "add", name, *wanted, "--password-stdin", typed=PASSWORD)


def test_an_account_is_added_and_listed(command: Any) -> None:
    assert add(command, "lin", "cashier", "frontdesk").code == 0
    assert command("--json", "user", "list").json == {
        "users": [
            {"user": "lin", "id": 1, "name": "lin", "roles": ["cashier", "frontdesk"], "active": True, "demo": False}
        ]
    }


def test_roles_are_changed_and_an_account_is_switched_off(command: Any) -> None:
    add(command, "lin", "cashier")
    assert command("--json", "user", "roles", "lin", "--role", "auditor").json["changed"] is True
    assert command("--json", "user", "disable", "lin").json["changed"] is True
    assert command("--json", "user", "disable", "lin").json["changed"] is False
    listed = command("user", "list").out.splitlines()[1]
    assert listed.split() == ["lin", "lin", "auditor", "disabled"]


def test_a_new_password_can_be_one_to_change_at_the_next_sign_in(command: Any) -> None:
    add(command, "lin", "cashier")
    assert command("user", "passwd", "lin", "--password-stdin", "--must-change", typed="another long one\n").code == 0


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (("add", "lin", "--role", "emperor", "--password-stdin"), PASSWORD, "no role 'emperor'"),
        (("add", "lin", "--role", "cashier"), "", "--password-stdin"),
        (("add", "lin", "--role", "cashier", "--password-stdin"), "short\n", "at least 10 characters"),
        (("add", "lin", "--password-stdin"), PASSWORD, "--role"),
        (("passwd", "nobody", "--password-stdin"), PASSWORD, "no user 'nobody'"),
        (("disable", "nobody"), "", "no user 'nobody'"),
        (("roles", "nobody", "--role", "cashier"), "", "no user 'nobody'"),
    ],
)
def test_a_refusal_is_one_line(command: Any, arguments: tuple[str, ...], typed: str, words: str) -> None:
    answer = command("user", *arguments, typed=typed)
    assert answer.code == 2
    assert words in answer.line


def test_the_same_name_twice_is_refused(command: Any) -> None:
    add(command, "lin", "cashier")
    answer = add(command, "lin", "auditor")
    assert answer.code == 2
    assert "lin" in answer.line
