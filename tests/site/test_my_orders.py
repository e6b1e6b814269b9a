"""A worker's orders at the site, as forms without script: who may come in, the whole way, once each, and what is not
theirs (S4, F14)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.office.orders import OrderOffice, order_office

D = Decimal
COMES_IN = {"engineer", "steward1", "steward2", "supervisor", "li", "zhou"}
TOKEN = re.compile(r'name="token" value="([^"]+)"')
VERSION = re.compile(r'name="version" value="([^"]+)"')
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f6"
    "45400000000049454e44ae426082"
)


@pytest.fixture
def desk(office: Any, clock: Any, person: Callable[..., Any]) -> OrderOffice:
    return order_office(office, clock, person)


@pytest.fixture
def enter(desk: OrderOffice, entering: Callable[[Any], Callable[[str], Any]]) -> Callable[[str], Any]:
    return entering(desk)


@pytest.fixture
def order(desk: OrderOffice) -> int:
    unit = desk.money.unit("1001", owner="赵一")
    request = desk.request(unit=unit, kind="special", phone="13800000001", caller_name="赵女士", details="早上开始漏")
    return desk.dispatch(request, worker=desk.people["engineer"].id)


def png() -> io.BytesIO:
    """A picture, fresh for every form."""
    return io.BytesIO(PNG)


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def version(visitor: Any, order: int) -> str:
    found = VERSION.search(visitor.get(f"/my-orders/{order}/").get_data(as_text=True))
    assert found
    return found[1]


def press(visitor: Any, order: int, step: str, **form: str) -> Any:
    return visitor.post(f"/my-orders/{order}/step/", {"step": step, "version": version(visitor, order), **form})


def test_the_page_is_for_those_who_take_orders(desk: OrderOffice, enter: Callable[[str], Any]) -> None:
    for name in sorted(desk.people):
        expected = 200 if name in COMES_IN else 403
        assert enter(name).get("/my-orders/").status_code == expected, name


def test_the_whole_way_by_forms_alone(desk: OrderOffice, enter: Callable[[str], Any], order: int) -> None:
    item = desk.item("A1", "60.00")
    visitor = enter("engineer")
    assert "厨房水管漏水" in words(visitor.get("/my-orders/"))
    page = visitor.get(f"/my-orders/{order}/")
    assert "早上开始漏" in words(page) and 'href="tel:13800000001"' in page.get_data(as_text=True)
    for step, form in (("accept", {}), ("arrive", {}), ("wait", {"waiting_for": "等角阀"}), ("arrive", {})):
        assert press(visitor, order, step, **form).status_code == 303
    found = visitor.get(f"/my-orders/{order}/?find=A1")
    assert "项目A1" in words(found)
    token = TOKEN.search(found.get_data(as_text=True))
    assert token
    line = {"token": token[1], "item": item, "quantity": "2"}
    for _ in range(2):
        assert visitor.post(f"/my-orders/{order}/lines/", line).status_code == 303
    assert [row["amount"] for row in desk.money.rows("work_line", "amount")] == [D("120.00")]
    before = {"version": version(visitor, order), "before-upload": (png(), "before.png")}
    assert visitor.post(f"/my-orders/{order}/photos/", before).status_code == 303
    done = {
        "version": version(visitor, order), "result": "换了角阀", "hours": "1.5", "is_charged": "1",
        "signed_name": "赵女士",
    }  # fmt: skip
    for _ in range(2):
        again = {"signature-upload": (png(), "signature.png")}
        assert visitor.post(f"/my-orders/{order}/finish/", done | again).status_code == 303
    row = desk.get("work_order", order)
    assert (row["state"], row["hours"], len(row["before"]), len(row["signature"])) == ("done", D("1.5"), 1, 1)
    assert len(desk.money.rows("bill")) == 1
    stars = {"quality": "5", "attitude": "4", "words": "很及时"}
    for again in (stars, stars | {"quality": "1"}):
        assert visitor.post(f"/my-orders/{order}/rate/", again).status_code == 303
    row = desk.get("work_order", order)
    assert (row["quality"], row["attitude"], row["rated_words"]) == (5, 4, "很及时")
    assert desk.state("service_request", row["request"]) == "solved"


def test_pressed_twice_is_once_and_a_stale_page_says_so(
    desk: OrderOffice, enter: Callable[[str], Any], order: int
) -> None:
    visitor = enter("engineer")
    old = version(visitor, order)
    for _ in range(2):
        answer = visitor.post(f"/my-orders/{order}/step/", {"step": "accept", "version": old})
        assert answer.status_code == 303
        assert "notice-danger" not in visitor.get(answer.location).get_data(as_text=True)
    answer = visitor.post(f"/my-orders/{order}/step/", {"step": "arrive", "version": old})
    assert "has just changed" in words(visitor.get(answer.location))
    verbs = [one.verb for one in desk.registry.history.of(desk.people["engineer"], "work_order", order)]
    assert verbs.count("step:accept") == 1 and "step:arrive" not in verbs


@pytest.mark.parametrize(
    ("step", "form", "said"),
    [
        ("wait", {"waiting_for": " "}, "“Waiting for” is required"),
        ("give_back", {}, "“Why it was given back” is required"),
        ("wait", {"waiting_for": "配件", "appointment_at": "nonsense"}, "nonsense"),
    ],
)
def test_a_missing_reason_is_asked_for_at_its_field(
    desk: OrderOffice, enter: Callable[[str], Any], order: int, step: str, form: dict[str, str], said: str
) -> None:
    visitor = enter("engineer")
    press(visitor, order, "accept")
    answer = press(visitor, order, step, **form)
    assert answer.status_code == 422 and said in words(answer)
    assert desk.state("work_order", order) == "accepted"


def test_priced_lines_without_a_charge_ask_why(desk: OrderOffice, enter: Callable[[str], Any], order: int) -> None:
    visitor = enter("engineer")
    press(visitor, order, "accept")
    desk.line(order, price=D("5.00"))
    form = {"version": version(visitor, order), "result": "好了", "is_charged": ""}
    answer = visitor.post(f"/my-orders/{order}/finish/", form)
    assert answer.status_code == 422 and "say why it is free" in words(answer)


def test_another_department_s_order_is_not_there(
    desk: OrderOffice, enter: Callable[[str], Any], order: int
) -> None:  # fmt: skip
    visitor = enter("zhou")
    theirs, none = visitor.get(f"/my-orders/{order}/"), visitor.get("/my-orders/9999/")
    assert theirs.status_code == none.status_code == 404
    for door in ("step", "lines", "photos", "finish", "rate"):
        answer = visitor.post(f"/my-orders/{order}/{door}/", {"step": "accept", "name": "x", "quality": "1"})
        assert answer.status_code == 404, door
    assert desk.state("work_order", order) == "assigned"
    assert "厨房水管漏水" not in words(visitor.get("/my-orders/"))


def test_a_colleague_s_order_is_seen_and_left_alone(
    desk: OrderOffice, enter: Callable[[str], Any], order: int
) -> None:  # fmt: skip
    visitor = enter("li")
    page = visitor.get(f"/my-orders/{order}/").get_data(as_text=True)
    assert "厨房水管漏水" in page and "/step/" not in page and "/lines/" not in page
    desk.step("engineer", order, "accept")
    for door, form in (("lines", {"name": "x", "quantity": "1"}), ("finish", {"result": "x"})):
        visitor.post(f"/my-orders/{order}/{door}/", form)
    assert desk.state("work_order", order) == "accepted"
    assert desk.money.rows("work_line") == []


def test_orders_stand_in_the_order_of_doing_them(desk: OrderOffice, enter: Callable[[str], Any]) -> None:
    now, me = desk.registry.clock.now(), {"worker": desk.people["engineer"].id}
    for matter, priority, at in (
        ("普通", "normal", None), ("低", "low", None), ("十点", "normal", 1), ("后天", "urgent", 48),
        ("高", "high", None), ("急", "urgent", None), ("九点半", "low", 0),
    ):  # fmt: skip
        appointment = None if at is None else now + timedelta(hours=at)
        desk.dispatch(desk.request(matter, priority=priority, appointment_at=appointment), **me)
    desk.dispatch(desk.request("大家的"), department=desk.departments["工程部"])
    page = enter("engineer").get("/my-orders/").get_data(as_text=True)
    assert re.findall(r'class="job-matter">([^<]+)', page) == [
        "急", "九点半", "十点", "高", "普通", "低", "后天", "大家的",
    ]  # fmt: skip


def test_a_list_costs_the_same_few_queries_however_long(
    desk: OrderOffice, enter: Callable[[str], Any], order: int
) -> None:  # fmt: skip
    visitor = enter("engineer")

    def queries() -> int:
        import peewee

        seen: list[Any] = []
        real = peewee.Database.execute_sql

        def counted(self: Any, sql: str, *args: Any, **kwargs: Any) -> Any:
            seen.append(sql)
            return real(self, sql, *args, **kwargs)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(desk.registry.db), "execute_sql", counted, raising=False)
            assert visitor.get("/my-orders/").status_code == 200
        return len(seen)

    for _ in range(2):
        queries()
    few = queries()
    for n in range(8):
        desk.dispatch(desk.request(f"第 {n} 件"), worker=desk.people["engineer"].id)
    assert 0 < queries() == few
