"""Accounts: who is let in, what a wrong password costs, and what ends a session."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.actor import Actor
from models.errors import Duplicate, Invalid, NotFound
from models.people.sign_in_log import PER_ADDRESS, PER_NAME, WINDOW, SignInRefused

pytestmark = pytest.mark.both_engines

PASSWORD = "correct horse battery"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def anna(library: Any) -> int:
    """Anna works at the desk."""
    return library.accounts.add("anna", "Anna", ["desk"], PASSWORD)


def try_password(registry: Any, password: str, name: str = "anna", address: str = HERE) -> Actor | SignInRefused:
    return registry.accounts.verify(name, password, address, registry.clock.now())


def test_it_lets_in_who_knows_the_password(library: Any, anna: int) -> None:
    actor = try_password(library, PASSWORD)
    assert actor == library.accounts.actor(anna) == Actor(anna, "Anna", frozenset({"desk"}), "zh")


@pytest.mark.parametrize(("name", "password"), [("anna", "wrong"), ("nobody", PASSWORD), ("", ""), ("anna", "")])
def test_it_refuses_in_the_same_words_whether_or_not_the_name_exists(
    library: Any, anna: int, name: str, password: str
) -> None:
    refused = try_password(library, password, name)
    assert refused == SignInRefused(refused.text) and refused.text.en == "The user name or the password is wrong."


def test_it_hashes_with_argon2_and_keeps_no_password(library: Any, anna: int) -> None:
    row = library.accounts.table.get_by_id(anna)
    assert row.password_hash.startswith("$argon2id$") and PASSWORD not in row.password_hash


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_it_locks_a_name_after_too_many_wrong_passwords_and_opens_it_again(
    library: Any, anna: int, clock: Any, name: str
) -> None:
    for n in range(PER_NAME):
        assert try_password(library, f"wrong {n}", name, f"203.0.113.{n}").retry_after == 0
    locked = try_password(library, PASSWORD, name, ELSEWHERE)
    assert locked.retry_after == WINDOW.total_seconds() and "15 min" in locked.text.to("en")
    clock.at += WINDOW + timedelta(seconds=1)
    assert isinstance(try_password(library, PASSWORD, "anna"), Actor)


def test_trying_while_locked_does_not_make_the_lock_longer(library: Any, anna: int, clock: Any) -> None:
    for _ in range(PER_NAME):
        try_password(library, "wrong")
    clock.at += WINDOW / 2
    for _ in range(3):
        assert try_password(library, PASSWORD).retry_after > 0
    clock.at += WINDOW / 2 + timedelta(seconds=1)
    assert isinstance(try_password(library, PASSWORD), Actor)


def test_a_good_password_clears_the_wrong_ones_before_it(library: Any, anna: int, clock: Any) -> None:
    for _ in range(3):
        for _ in range(PER_NAME - 1):
            try_password(library, "wrong")
        clock.at += timedelta(seconds=1)
        assert isinstance(try_password(library, PASSWORD), Actor)
        clock.at += timedelta(seconds=1)


def test_it_brakes_an_address_that_tries_many_names(library: Any, anna: int) -> None:
    for n in range(PER_ADDRESS):
        assert try_password(library, "wrong", f"name{n}").retry_after == 0
    assert try_password(library, PASSWORD).retry_after > 0
    assert isinstance(try_password(library, PASSWORD, address=ELSEWHERE), Actor)


def test_an_attempt_counts_from_its_beginning_so_that_guesses_side_by_side_are_braked(library: Any) -> None:
    log, now = library.accounts.log, library.clock.now()
    assert all(isinstance(log.begin("anna", HERE, now), int) for _ in range(PER_NAME))
    assert isinstance(log.begin("anna", HERE, now), SignInRefused)


def test_a_new_password_from_an_administrator_lifts_the_lock(library: Any, anna: int) -> None:
    for _ in range(PER_NAME):
        try_password(library, "wrong")
    library.accounts.set_password(anna, "another good one", must_change=True)
    assert isinstance(try_password(library, "another good one"), Actor)


@pytest.mark.parametrize(
    ("password", "words"),
    [("short", "at least 10"), ("anna-anna-anna", ""), ("ANNABELLA10", "user name"), ("aaaaaaaaaaaa", "one character")],
)
def test_it_holds_passwords_to_the_rules(library: Any, password: str, words: str) -> None:
    if not words:
        assert library.accounts.add("annabella10", "Anna", ["desk"], password)
        return
    with pytest.raises(Invalid, match=words) as wrong:
        library.accounts.add("annabella10", "Anna", ["desk"], password)
    assert list(wrong.value.problems) == ["password"]
    assert library.accounts.list() == []


def test_nothing_is_made_of_a_user_who_cannot_be(library: Any, anna: int) -> None:
    with pytest.raises(Duplicate):
        library.accounts.add("anna", "Another Anna", ["desk"], PASSWORD)
    with pytest.raises(Invalid):
        library.accounts.add("otto", "Otto", ["emperor"], PASSWORD)
    assert [account.username for account in library.accounts.list()] == ["anna"]


@pytest.mark.parametrize(
    ("change", "ends"),
    [
        (lambda a, user: a.set_password(user, "another good one"), True),
        (lambda a, user: a.set_roles(user, ["desk", "librarian"]), True),
        (lambda a, user: a.disable(user), True),
        (lambda a, user: a.set_roles(user, ["desk"]), False),
        (lambda a, user: a.set_locale(a.actor(user), "en"), False),
    ],
)
def test_a_session_ends_with_password_roles_and_standing(library: Any, anna: int, change: Any, ends: bool) -> None:
    token = library.accounts.session_token(anna)
    assert library.accounts.session(token).actor.id == anna
    change(library.accounts, anna)
    assert (library.accounts.session(token) is None) is ends


@pytest.mark.parametrize("token", ["", "x", "1", "1.", "1.1.", "1.1.00", "-1.1.1", "９.1.1", f"{10**30}.1.1"])
def test_a_token_that_is_not_ours_opens_nothing(library: Any, anna: int, token: str) -> None:
    assert library.accounts.session(token) is None


def test_a_user_without_a_password_cannot_sign_in(library: Any, person: Any) -> None:
    otto = person(library, "desk", username="otto")
    assert isinstance(try_password(library, "", "otto"), SignInRefused)
    assert library.accounts.session_token(otto.id) is None
    assert [account.has_password for account in library.accounts.list()] == [False]


def test_a_disabled_user_is_refused_like_a_stranger(library: Any, anna: int) -> None:
    library.accounts.disable(anna)
    assert try_password(library, PASSWORD).text.en == "The user name or the password is wrong."


def test_a_demo_account_may_have_any_password_and_ends_with_one_of_its_own(library: Any) -> None:
    id = library.accounts.add("demo", "Demo", ["desk"], "demo", demo=True)
    assert library.accounts.has_demo()
    library.accounts.set_password(id, PASSWORD)
    assert not library.accounts.has_demo()


def test_a_disabled_demo_account_is_no_danger(library: Any) -> None:
    library.accounts.disable(library.accounts.add("demo", "Demo", ["desk"], "demo", demo=True))
    assert not library.accounts.has_demo()


def test_it_logs_every_attempt(library: Any, anna: int) -> None:
    try_password(library, "wrong")
    try_password(library, PASSWORD, address=ELSEWHERE)
    seen = [(one.outcome, one.address) for one in library.accounts.sign_ins(anna)]
    assert seen == [("good", ELSEWHERE), ("bad", HERE)]


def test_it_says_which_user_does_not_exist(library: Any) -> None:
    with pytest.raises(NotFound):
        library.accounts.id_of("nobody")
    with pytest.raises(NotFound):
        library.accounts.set_password(99, PASSWORD)
    assert library.accounts.actor(99) is None
