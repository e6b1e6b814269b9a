"""Acceptance on two phones: ticked, signed and photographed by each; the result, and the second check (D5)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from PIL import Image

from tests.office.money import MoneyOffice, money_office
from tests.office.renovation import Renovation, renovation_of
from tests.site.conftest import words


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    return money_office(office, clock, person)


@pytest.fixture
def works(money: MoneyOffice) -> Renovation:
    return renovation_of(money)


@pytest.fixture
def enter(money: MoneyOffice, entering: Callable[[Any], Callable[[str], Any]]) -> Callable[[str], Any]:
    return entering(money)


def picture(name: str = "pad.png") -> tuple[io.BytesIO, str]:
    """A file as a pad or a camera sends it."""
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(out, "PNG")
    out.seek(0)
    return out, name


def opened(works: Renovation, visitor: Any) -> tuple[int, int, list[int]]:
    """Completed works whose acceptance a steward or engineer began: permit, acceptance, items."""
    id = works.running()
    works.money.step("steward1", "renovation_permit", "complete", id)
    sent = visitor.post(f"/renovation/{id}/accept/")
    assert sent.status_code == 303
    one = int(re.findall(r"acceptance/(\d+)/", sent.location)[0])
    return id, one, [row.id for row in works.money.rows("acceptance_item", acceptance=one)]


def check(items: list[int], said: str = "fine", **more: Any) -> dict[str, Any]:
    return {"do": "check", **{f"item-{id}": said for id in items}, **more}


def test_each_ticks_signs_and_the_engineer_accepts(works: Renovation, enter: Callable[[str], Any]) -> None:
    money, steward, engineer = works.money, enter("steward1"), enter("engineer")
    id, one, items = opened(works, steward)
    path = f"/renovation/acceptance/{one}/"
    assert engineer.post(f"/renovation/{id}/accept/").location.endswith(path), "one is under way: go on with it"
    assert "To be accepted 1" in words(steward.get("/renovation/"))
    early = steward.post(path, check(items[:3], **{"signature-upload": picture()}))
    assert early.status_code == 422 and "4 items have not been ticked by the steward" in words(early)
    assert money.rows("acceptance_item", "steward_fine", acceptance=one)[0]["steward_fine"] is None, "all or nothing"
    assert steward.post(path, check(items[:3])).status_code == 303
    assert "3 / 7" in words(engineer.get(path))
    assert steward.post(path, check(items, **{"signature-upload": picture()})).status_code == 303
    early = engineer.post(path, {"do": "result", "result": "passed", "owner_signature-upload": picture(),
                                 "contractor_signature-upload": picture()})  # fmt: skip
    assert early.status_code == 422 and "7 items have not been ticked by the engineer" in words(early)
    assert engineer.post(path, check(items, **{"signature-upload": picture()})).status_code == 303
    unsigned = engineer.post(path, {"do": "result", "result": "passed", "owner_signature-upload": picture()})
    assert unsigned.status_code == 422 and works.state(id) == "completed"
    assert steward.post(path, {"do": "result", "result": "passed", "owner_signature-upload": picture(),
                               "contractor_signature-upload": picture()}).status_code == 403  # fmt: skip
    passed = {"do": "result", "result": "passed", "deduction": "300.00", "deduction_why": "Lift scratched",
              "words": "Well done"}  # fmt: skip
    for _twice in range(2):
        sent = engineer.post(path, {**passed, "owner_signature-upload": picture(), "_once": "d" * 22,
                                    "contractor_signature-upload": picture()})  # fmt: skip
        assert sent.status_code in (302, 303)
    found = money.get("acceptance", one)
    assert (found["result"], found["deduction"], works.state(id)) == ("passed", Decimal(300), "accepted")
    assert all(found[f"{who}_signature"] for who in ("engineer", "steward", "owner", "contractor"))
    assert {money.people["steward1"].id, money.people["engineer"].id} == {found["steward"], found["engineer"]}
    page = words(steward.get(path))
    assert "Accepted" in page and "The cashier may refund the deposit" in page and "300.00 (Lift scratched)" in page
    assert steward.post(path, check(items[:1], "wrong", **{f"words-{items[0]}": "Late"})).status_code == 422


def test_what_fails_is_photographed_and_checked_again(works: Renovation, enter: Callable[[str], Any]) -> None:
    money, steward, engineer = works.money, enter("steward1"), enter("engineer")
    id, one, items = opened(works, engineer)
    path = f"/renovation/acceptance/{one}/"
    silent = engineer.post(path, check(items[:1], "wrong"))
    assert silent.status_code == 422 and "say why, or take a photo" in words(silent)
    shown = {f"item-{items[1]}": "wrong", f"photos-{items[1]}": picture("leak.png"), f"words-{items[1]}": "Drips"}
    assert engineer.post(path, {**check(items), **shown}).status_code == 303
    row = money.rows("acceptance_item", "engineer_fine", "words", "photos", acceptance=one)[1]
    assert (row["engineer_fine"], row["words"], len(row["photos"])) == (False, "Drips", 1)
    assert engineer.get(f"/acceptance_item/files/?id={items[1]}&show=1&key={row['photos'][0]}").status_code == 200
    assert "Drips" in words(steward.get(path)), "the other one sees it"
    assert steward.post(path, check(items, **{"signature-upload": picture()})).status_code == 303
    assert money.rows("acceptance_item", "words", acceptance=one)[1]["words"] == "Drips"
    page = engineer.get(path).get_data(as_text=True)
    assert 'value="failed" checked' in page and "厨卫防水完好（闭水试验）（Drips）" in page
    assert engineer.post(path, {"do": "result", "result": "failed", "words": ""}).status_code == 422
    assert engineer.post(path, {"do": "result", "result": "failed", "words": "Water test failed"}).status_code == 303
    assert works.state(id) == "completed"
    assert "Not accepted" in words(engineer.get(path))
    assert "Failed last time" in words(steward.get("/renovation/"))
    sent = steward.post(f"/renovation/{id}/accept/")
    second = words(steward.get(sent.location))
    assert "check no. 2" in second and "Water test failed" in second and "Last time: Drips" in second


def test_a_check_kept_without_signal_is_dated_when_it_was_done(works: Renovation, enter: Callable[[str], Any]) -> None:
    money, steward = works.money, enter("steward1")
    _id, one, items = opened(works, steward)
    path = f"/renovation/acceptance/{one}/"
    assert steward.get(path).headers["X-Keep"]
    kept = check(items, _once="e" * 22, _age="1200")
    assert steward.post(path, {**kept, "signature-upload": picture()}).status_code == 303
    assert money.get("acceptance", one)["steward_at"] == money.clock.now() - timedelta(minutes=20)
    ahead = steward.post(path, {**check(items), "_once": "f" * 22, "_age": "-86400", "signature-upload": picture()})
    assert ahead.status_code == 422 and "clock" in words(ahead)


def test_another_area_and_other_roles_find_no_acceptance(works: Renovation, enter: Callable[[str], Any]) -> None:
    id, one, items = opened(works, enter("steward1"))
    path = f"/renovation/acceptance/{one}/"
    for who, status in (("steward2", 404), ("cashier", 403), ("frontdesk", 403), ("security", 403), ("auditor", 403)):
        visitor = enter(who)
        assert visitor.get(path).status_code == status
        assert visitor.post(path, check(items)).status_code == status
        assert visitor.post(f"/renovation/{id}/accept/").status_code in (403, 404)
    other = opened_elsewhere(works)
    enter("engineer").post(path, check([other]))
    assert works.money.get("acceptance_item", other)["engineer_fine"] is None, "an item of another acceptance"


def opened_elsewhere(works: Renovation) -> int:
    money = works.money
    id = works.running(unit=money.unit("102"))
    money.step("steward1", "renovation_permit", "complete", id)
    one = money.make("acceptance", permit=id)
    return int(money.rows("acceptance_item", acceptance=one)[0].id)
