"""My day of those who work at the desk: late, due, waiting, assigned and to call, each a number and its list."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.office.callback_desk import FORM, CallDesk
from tests.office.conftest import estate
from tests.site.conftest import PASSWORD

__all__ = ["estate"]

CARD = re.compile(r'class="card tile tile-day" href="([^"]+)"><b class="is-(\w+)">(\d+)</b><span[^>]*><strong>([^<]+)<')


@pytest.fixture
def desk(estate: Any, clock: Any) -> CallDesk:
    """
    Monday 16, 9:30   1 and 2: complaints, 3: a repair that is dispatched to the engineer
    Monday, 10:00     1 is solved; its call is due by Thursday
    Tuesday 17, 9:00  2 should have been looked into and answered soon; 4 has just been taken
    """
    made = CallDesk(estate, clock)
    made.at("16 09:30")
    for name in ("frontdesk", "supervisor", "director", "engineer", "steward1"):
        made.registry.accounts.set_password(made.people[name].id, PASSWORD)
    works = estate.make("department", name="Works", trades=("plumbing",))
    worker = made.people["engineer"].id
    staff = estate.make("staff", name="Wang", account=worker, department=works, trades=("plumbing",))
    estate.make("duty", day=date(2026, 3, 16), shift="day", staff=staff)
    one, _two, three = made.request(), made.request("2"), made.request(kind="repair", trade="plumbing")
    made.registry.act(made.people["frontdesk"], "service_request", "dispatch", (three,), {"worker": worker}, FORM)
    made.at("16 10:00")
    made.solve(one, "steward1")
    made.at("17 09:00")
    made.request("2", kind="enquiry")
    return made


EXPECTED = {
    "frontdesk": {
        ("late", "Mine are late", 1), ("late", "Late orders", 1), ("due", "Mine are due soon", 1),
        ("waiting", "To be assigned", 2), ("call", "To call today", 1),
    },
    "supervisor": {
        ("late", "Late requests", 1), ("late", "Late orders", 1), ("waiting", "To be assigned", 2),
        ("waiting", "Complaints to sign", 1), ("call", "To call today", 1),
    },
    "director": {("late", "Late requests", 1), ("late", "Late orders", 1), ("waiting", "Complaints to sign", 1)},
    "engineer": {
        ("late", "Late orders", 1), ("due", "Mine are due soon", 1), ("assigned", "Mine to accept", 1),
        ("assigned", "Assigned to me", 1),
    },
    "steward1": {("call", "To call today", 1)},
}  # fmt: skip


@pytest.mark.both_engines
def test_every_role_finds_its_work_and_each_number_is_the_length_of_its_list(
    desk: CallDesk, site_of: Callable[..., Any], visit: Callable[..., Any]
) -> None:
    app = site_of(desk.registry)
    found: dict[str, set[tuple[str, str, int]]] = {}
    for who in EXPECTED:
        visitor = visit(app)
        visitor.sign_in(who, PASSWORD)
        found[who] = set()
        for address, kind, number, label in CARD.findall(visitor.get("/").get_data(as_text=True)):
            entity = address.split("/")[1]
            if entity not in ("service_request", "work_order", "callback"):
                continue
            found[who].add((kind, label, int(number)))
            page = visitor.get(address).get_data(as_text=True).split("<tbody>")[1]
            assert len(set(re.findall(rf"/{entity}/details/\?id=(\d+)", page))) == int(number), (who, label)
    assert found == EXPECTED
