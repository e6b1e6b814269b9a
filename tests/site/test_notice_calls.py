"""The call list of a notice and the check of a certificate at the site: who, once, in few queries (S12, S13)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from office.notices.certificates import KIND
from tests.office.money import ROLES, MoneyOffice, money_office
from tests.site.conftest import words

CALLERS = {"supervisor", "steward", "frontdesk"}
READERS = CALLERS | {"director", "assistant", "auditor"}


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    return money_office(office, clock, person)


@pytest.fixture
def enter(money: MoneyOffice, entering: Callable[[Any], Callable[[str], Any]]) -> Callable[[str], Any]:
    return entering(money)


def notice(money: MoneyOffice, **values: Any) -> int:
    """An important notice, issued, with the households there are."""
    given = {"subject": "Water off", "body": "On Friday.", "is_important": True, "state": "issued", **values}
    return money.make("notice", **given)


def calls(money: MoneyOffice, notice: int) -> dict[str, Any]:
    rows = money.rows("notice_confirmation", "unit", "outcome", "tries", "words", "told", notice=notice)
    return {row.titles["unit"]: row for row in rows}


def form(row: Any, outcome: str, **more: Any) -> dict[str, Any]:
    return {"version": row.version, "outcome": outcome, **more}


def certificate(money: MoneyOffice, state: str = "issued", **values: Any) -> int:
    unit = money.unit("101", owner="Li Qin")
    of = money.make("certificate_template", name="T", heading="Residence", body="{name} lives in {unit}.")
    id = money.make("certificate", template=of, resident=money.owners[unit], unit=unit)
    issued = {"issued_at": money.clock.now()} if state != "draft" else {}
    money.registry.store.update(SYSTEM, "certificate", id, {"state": state, **issued, **values}, Source("form"))
    return id


# -- calls -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", sorted(set(ROLES) - {"cashier2", "steward2"}))
def test_who_sees_the_list_and_who_calls(money: MoneyOffice, enter: Callable[[str], Any], who: str) -> None:
    money.unit("101", owner="Li Qin")
    id, visitor, role = notice(money), enter(who), ROLES[who]
    for path in ("/notice-calls/", f"/notice-calls/{id}/"):
        assert visitor.get(path).status_code == (200 if role in READERS else 403), path
    page = words(visitor.get(f"/notice-calls/{id}/"))
    assert ("Li Qin" in page) == (role in READERS)
    assert ("Told in person" in page) == (role in CALLERS)
    row = calls(money, id)["1-1-101"]
    posted = visitor.post(f"/notice-calls/{id}/{row.id}/", form(row, "reached"))
    assert posted.status_code == (303 if role in CALLERS else 403)
    assert (calls(money, id)["1-1-101"]["outcome"] == "reached") == (role in CALLERS)


def test_one_tap_notes_the_call_and_leads_to_the_next_door(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    for room in ("101", "102", "103"):
        money.unit(room, owner=f"Owner {room}")
    id, visitor = notice(money), enter("frontdesk")
    first, second = (calls(money, id)[f"1-1-{room}"] for room in ("101", "102"))
    onward = {"onward": str(second.id)}
    answer = visitor.post(f"/notice-calls/{id}/{first.id}/", form(first, "reached", told="Mrs Li", **onward))
    assert answer.location.endswith(f"/notice-calls/{id}/#call-{second.id}")
    page = words(visitor.get(f"/notice-calls/{id}/"))
    assert "1-1-101: Confirmed by phone" in page and "Owner 101" not in page and "Owner 102" in page
    assert "1 / 3 confirmed" in page and "2 to call" in page
    visitor.post(f"/notice-calls/{id}/{second.id}/", form(second, "no_answer"))
    assert "Owner 102" not in words(visitor.get(f"/notice-calls/{id}/"))
    assert "1 tries · 09:30 Frontdesk" in words(visitor.get(f"/notice-calls/{id}/?view=again"))
    over = visitor.get(f"/notice-calls/{id}/?view=over")
    assert "Mrs Li" in words(over) and "Confirmed by phone" in words(over)
    done = calls(money, id)["1-1-101"]
    visitor.post(f"/notice-calls/{id}/{done.id}/again/", {"version": done.version})
    assert calls(money, id)["1-1-101"]["outcome"] == "to_call"


def test_a_form_sent_twice_counts_once_and_a_colleague_is_not_written_over(
    money: MoneyOffice, enter: Callable[[str], Any]
) -> None:
    money.unit("101", owner="Li Qin")
    clerk, colleague = enter("frontdesk"), enter("supervisor")
    id = notice(money)
    row = calls(money, id)["1-1-101"]
    for _ in range(2):
        clerk.post(f"/notice-calls/{id}/{row.id}/", form(row, "no_answer"))
    assert calls(money, id)["1-1-101"]["tries"] == 1
    answer = colleague.post(f"/notice-calls/{id}/{row.id}/", form(row, "reached"))
    assert "1-1-101 was noted meanwhile by Frontdesk: No answer." in words(colleague.get(answer.location))
    assert calls(money, id)["1-1-101"]["outcome"] == "no_answer"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"outcome": "unreachable"}, "Say why they cannot be reached"),
        ({"outcome": "to_call"}, "Choose what came of the call"),
        ({"outcome": "asleep"}, ""),
        ({"outcome": "reached", "told": "x" * 300}, ""),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_noted(
    money: MoneyOffice, enter: Callable[[str], Any], sent: dict[str, str], said: str
) -> None:
    money.unit("101", owner="Li Qin")
    id, visitor = notice(money), enter("frontdesk")
    row = calls(money, id)["1-1-101"]
    answer = visitor.post(f"/notice-calls/{id}/{row.id}/", {"version": row.version, **sent})
    assert answer.status_code == 303 and said in words(visitor.get(answer.location))
    assert calls(money, id)["1-1-101"]["outcome"] == "to_call"


def test_a_steward_meets_the_own_building_only(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    money.unit("101", owner="Li Qin")
    money.unit("201", building="2", owner="Zhao Yi")
    id, visitor = notice(money), enter("steward2")
    page = words(visitor.get(f"/notice-calls/{id}/"))
    assert "Zhao Yi" in page and "Li Qin" not in page and "0 / 1 confirmed" in page
    row = calls(money, id)["1-1-101"]
    assert visitor.post(f"/notice-calls/{id}/{row.id}/", form(row, "reached")).status_code == 404
    assert "Li Qin" not in words(visitor.get(f"/notice-calls/{id}/?building={money.buildings['1']}"))


@pytest.mark.parametrize(
    "asked", ["?building=x", "?building=999999999999999999999", "?view=none", "?after=zzz", "?after=W10"]
)
def test_odd_addresses_are_answered(money: MoneyOffice, enter: Callable[[str], Any], asked: str) -> None:
    money.unit("101", owner="Li Qin")
    assert enter("frontdesk").get(f"/notice-calls/{notice(money)}/{asked}").status_code == 200


def test_a_longer_list_costs_no_more_queries(
    money: MoneyOffice, enter: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    money.unit("101", owner="Li Qin")
    short, visitor = notice(money), enter("frontdesk")
    for n in range(2, 30):
        money.unit(f"{100 + n}", owner=f"Owner {n}")
    long = notice(money)
    visitor.get(f"/notice-calls/{short}/")
    run, asked = type(money.registry.db).execute_sql, [0]

    def count(self: Any, *args: Any, **kwargs: Any) -> Any:
        asked[0] += 1
        return run(self, *args, **kwargs)

    monkeypatch.setattr(type(money.registry.db), "execute_sql", count)
    costs = []
    for id in (short, long):
        asked[0] = 0
        assert visitor.get(f"/notice-calls/{id}/").status_code == 200
        costs.append(asked[0])
    assert costs[0] == costs[1]
    page = visitor.get(f"/notice-calls/{long}/").get_data(as_text=True)
    follow = re.search(r'href="([^"]+after=[^"]+)"', page)
    assert follow and "Owner 29" in words(visitor.get(html.unescape(follow[1])))


def test_nothing_to_do_is_said(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    visitor = enter("frontdesk")
    assert "Nobody is to be called" in words(visitor.get("/notice-calls/"))
    plain = money.make("notice", subject="Plain", body="Text")
    assert "Only important notices are confirmed" in words(visitor.get(f"/notice-calls/{plain}/"))


# -- certificates ------------------------------------------------------------------------------------


def test_a_code_says_whether_a_certificate_holds(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    id, visitor = certificate(money), enter("frontdesk")
    path = f"/verify/{money.registry.codes.sign(KIND, id)}/"
    page = words(visitor.get(path))
    assert "Genuine and valid" in page and "Li Qin lives in 1-1-101." in page and "ZM20260001" in page
    assert visitor.get("/verify/?q=zm20260001").location.endswith(path)
    assert visitor.get(f"/verify/?q=https://office.example.org{path}").location.endswith(path)
    money.registry.store.update(SYSTEM, "certificate", id, {"valid_until": "2026-10-04"}, Source("form"))
    assert "it has expired: it was valid until 2026-10-04" in words(visitor.get(path))
    money.step("supervisor", "certificate", "void", id, void_reason="wrong name")
    assert "It is void: wrong name" in words(visitor.get(path))


def test_a_draft_was_never_issued(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    id = certificate(money, "draft")
    assert "never issued" in words(enter("frontdesk").get(f"/verify/{money.registry.codes.sign(KIND, id)}/"))


@pytest.mark.parametrize("who", ["frontdesk", "steward2", "security", "cashier"])
def test_what_nobody_signed_and_what_is_out_of_sight_tell_nothing(
    money: MoneyOffice, enter: Callable[[str], Any], who: str
) -> None:
    id, visitor = certificate(money), enter(who)
    real = money.registry.codes.sign(KIND, id)
    forged = [real[:-1] + ("A" if real[-1] != "A" else "B"), money.registry.codes.sign("goods_exit", id), "x", f"{id}"]
    for code in forged if who == "frontdesk" else [*forged, real]:
        answer = visitor.get(f"/verify/{code}/")
        assert answer.status_code == (404 if who in ("frontdesk", "steward2") else 403)
        assert "Li Qin" not in words(answer) and "1-1-101" not in words(answer)


def test_who_is_signed_out_signs_in_first(money: MoneyOffice, site_of: Any, visit: Any) -> None:
    path = f"/verify/{money.registry.codes.sign(KIND, certificate(money))}/"
    answer = visit(site_of(money.registry)).get(path)
    assert answer.status_code == 302 and "/login?next=" in answer.location and "Li Qin" not in words(answer)
