"""Forms that a phone keeps without signal and sends later: once, in order, with the time they were filled in."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

import schema as language
from tests.conftest import NOW
from tests.site.guards import SCHEMA, entered, furnished

TOKEN = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def rounds(opened: Any) -> Any:
    """The office of the guards, with one spot and two accounts."""
    return furnished(opened(language.load(SCHEMA)))


# -- what the server does ---------------------------------------------------------------------------


@pytest.fixture
def guard(rounds: Any, site_of: Any, visit: Any) -> Any:
    visitor = visit(site_of(rounds))
    visitor.sign_in("guard")
    return visitor


@pytest.mark.both_engines
def test_what_comes_twice_is_done_once_and_leads_to_the_same_record(rounds: Any, guard: Any) -> None:
    form = {"spot": "1", "words": "dry", "_once": TOKEN}
    first, second = (guard.post("/check_up/new/", form) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert first.location == second.location
    assert [one["words"] for one in entered(rounds)] == ["dry"]


def test_what_was_refused_may_come_again_under_its_token(rounds: Any, guard: Any) -> None:
    refused = guard.post("/check_up/new/", {"spot": "1", "words": "nothing", "_once": TOKEN})
    assert refused.status_code == 422
    assert guard.post("/check_up/new/", {"spot": "1", "words": "wet", "_once": TOKEN}).status_code == 302
    assert [one["words"] for one in entered(rounds)] == ["wet"]


def test_a_token_is_of_one_person_and_has_a_shape(rounds: Any, guard: Any, site_of: Any, visit: Any) -> None:
    other = visit(site_of(rounds))
    other.sign_in("other")
    guard.post("/check_up/new/", {"spot": "1", "words": "dry", "_once": TOKEN})
    other.post("/check_up/new/", {"spot": "1", "words": "wet", "_once": TOKEN})
    assert [one["words"] for one in entered(rounds)] == ["dry", "wet"]
    forged = other.post("/check_up/new/", {"spot": "1", "words": "odd", "_once": "'; --"})
    assert forged.status_code == 409 and len(entered(rounds)) == 2


@pytest.mark.parametrize(
    ("age", "said"),
    [
        ("90", None), ("0", None), (str(7 * 86400), None), ("", None),
        ("-1", "clock was changed"), (str(7 * 86400 + 1), "older than 7 days"), ("soon", "clock was changed"),
        ("9" * 13, "clock was changed"), ("--5", "clock was changed"), ("-", "clock was changed"),
    ],
)  # fmt: skip
def test_the_time_is_when_it_was_filled_in_by_the_office_s_clock(
    rounds: Any, guard: Any, age: str, said: str | None
) -> None:
    answer = guard.post("/check_up/new/", {"spot": "1", "words": "dry", "_age": age})
    if said is None:
        assert [one["done_at"] for one in entered(rounds)] == [NOW - timedelta(seconds=int(age or 0))]
    else:
        assert answer.status_code == 422 and said in answer.get_data(as_text=True)
        assert entered(rounds) == []


def test_the_moment_itself_cannot_be_written(rounds: Any, guard: Any) -> None:
    forged = guard.post("/check_up/new/", {"spot": "1", "words": "dry", "done_at": "2026-12-01 08:00"})
    assert forged.status_code == 403 and entered(rounds) == []


def test_only_forms_for_the_phone_and_the_list_of_what_waits_may_be_kept(guard: Any, site_of: Any) -> None:
    assert guard.get("/check_up/new/").headers["X-Keep"] == "1"
    assert guard.get("/waiting/").headers["X-Keep"] == "1"
    for path in ("/", "/check_up/", "/check_up/details/?id=1", "/account"):
        assert "X-Keep" not in guard.get(path).headers


def test_the_worker_and_the_manifest_say_nothing_of_anybody(rounds: Any, site_of: Any, visit: Any) -> None:
    stranger = visit(site_of(rounds))
    assert stranger.get("/sw.js").mimetype == "text/javascript"
    manifest = json.loads(stranger.get("/manifest.webmanifest").data)
    assert manifest["name"] and manifest["display"] == "standalone"
    assert all(stranger.get(icon["src"]).status_code == 200 for icon in manifest["icons"])
    assert stranger.get("/outbox/token").status_code == 302
