"""Records on a board: who meets which cards, what moves them, and what was done meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from admin_views import board_page
from models.actor import SYSTEM, Source
from models.operations import Outcome, operation
from models.reads import lanes as reading
from schema import load
from schema.text import Text
from tests.site.entity_desk import Desk, furnish, text

pytestmark = pytest.mark.both_engines

LIBRARY = (Path(__file__).parents[1] / "library.yaml").read_text(encoding="utf-8")
LOANS = "board: {lanes: [asked, out, returned, lost], cards: [book_copy, due_on, days_late], by: member, sort: due_on}"
GIVE_BACK = """
    actions:
      bring_back:
        label: {zh: 代还, en: Brought back for them}
        by: [head]
        when: "due_on < '2026-04-05'"
        ask: {who: {type: text, required: true, label: {zh: 谁, en: Who}}}
        writes: [loan.state, loan.returned_on]
    filters:
      overdue:"""


@operation("bring_back")
def bring_back(registry: Any, selection: Any, actor: Any, now: Any, answers: Any) -> Outcome:
    """Takes loans back without a word of the reader."""
    for id in selection.ids:
        row = {"state": "returned", "returned_on": now.date(), "version": registry.rows.one("loan", id)["version"] + 1}
        registry.models["loan"].update(row).where(registry.models["loan"].id == id).execute()
    return Outcome(done=[(id, Text("已还", "Brought back")) for id in selection.ids])


@pytest.fixture
def desk(library: Any, site_of: Any, visit: Any) -> Desk:
    """Loans of both branches, by the day they are due: of North two asked for and one out, of South one asked for."""
    return _with_loans(furnish(library, site_of(library), visit))


def _with_loans(desk: Desk) -> Desk:
    desk.add("copy", "tides2", book=desk.ids["tides"], shelf=desk.ids["a1"], cost="18.00")
    for copy in ("tides1", "tides2", "verse1"):
        desk.registry.store.step(SYSTEM, "copy", desk.ids[copy], "put_up", {}, "", Source("demo"))
    known = [("late", "tides1"), ("soon", "tides2"), ("far", "verse1"), ("next", "tides1")]
    for day, (name, copy) in enumerate(known, 1):
        desk.add("loan", name, book_copy=desk.ids[copy], member=desk.ids["mo"], due_on=date(2026, 4, day))
    desk.registry.store.step(SYSTEM, "loan", desk.ids["late"], "hand_out", {}, "", Source("demo"))
    return desk


@pytest.fixture
def widened(opened: Callable[..., Any], site_of: Any, visit: Any, tmp_path: Path) -> Callable[..., Desk]:
    """The library with another line for the board of loans, and with the action."""

    def build(board: str) -> Desk:
        assert LOANS in LIBRARY
        path = tmp_path / "library.yaml"
        before, after = LIBRARY.replace(LOANS, board).split("  loan:\n", 1)
        path.write_text(before + "  loan:\n" + after.replace("\n    filters:\n      overdue:", GIVE_BACK, 1))
        registry = opened(load(path))
        return _with_loans(furnish(registry, site_of(registry), visit))

    return build


def lanes_of(answer: Any) -> dict[str, list[int]]:
    """Lane → the ids of its cards in their order."""
    parts = re.split(r'<section class="lane" id="lane-(\w+)"', text(answer))[1:]
    return {
        name: [int(id) for id in re.findall(r'data-card="(\d+)"', body)]
        for name, body in zip(parts[::2], parts[1::2], strict=True)
    }


def moves_of(answer: Any, id: int) -> dict[str, str]:
    """The moves of a card: action → the value its button sends."""
    return {found[1]: found[0] for found in re.findall(rf'value="({id}\.\d+\.([\w:]+))"', text(answer))}


def test_each_lane_holds_its_state_in_the_order_of_the_board(desk: Desk) -> None:
    ids = desk.ids
    answer = desk.at("head").get("/loan/board/")
    assert lanes_of(answer) == {
        "asked": [ids["soon"], ids["far"], ids["next"]], "out": [ids["late"]], "returned": [], "lost": []
    }  # fmt: skip
    page = text(answer)
    assert "2026-04-02" in page and "Due on" in page and "Nothing here" in page
    assert f'href="/loan/details/?id={ids["soon"]}"' in page


def test_who_sees_a_part_of_the_records_has_a_part_of_the_board(desk: Desk) -> None:
    answer = desk.at("lea").get("/loan/board/")
    assert lanes_of(answer)["asked"] == [desk.ids["soon"], desk.ids["next"]]
    assert 'name="move"' not in text(answer), "a librarian moves no loans"


def test_a_board_is_where_the_schema_has_one(desk: Desk) -> None:
    head = desk.at("head")
    assert head.get("/book/board/").status_code == 404 and head.post("/book/board/", {}).status_code == 404
    assert 'href="/loan/board/"' in text(head.get("/loan/")) and "/book/board/" not in text(head.get("/book/"))
    assert set(lanes_of(head.get("/copy/board/"))) == {"ordered", "shelved", "away"}, "an end has no lane of its own"
    assert desk.visit(desk.app).get("/loan/board/").status_code in (302, 401)


def test_the_filters_of_the_list_narrow_the_board_and_lead_there_and_back(desk: Desk) -> None:
    head, other = desk.at("head"), desk.add("member", name="Ann")
    mine = desk.add("loan", book_copy=desk.ids["tides2"], member=other, due_on=date(2026, 4, 9))
    assert lanes_of(head.get(f"/loan/board/?member={other}"))["asked"] == [mine]
    assert lanes_of(head.get("/loan/board/?saved=overdue")) == {"asked": [], "out": [], "returned": [], "lost": []}
    assert lanes_of(head.get("/loan/board/?search=Ann"))["asked"] == [mine]
    page = text(head.get(f"/loan/board/?member={other}"))
    assert f'<option value="{other}" selected>' in page and f'href="/loan/?member={other}"' in page
    assert 'href="/loan/board/"' in page, "the way out of the filter stays on the board"
    assert f'href="/loan/board/?member={other}"' in text(head.get(f"/loan/?member={other}&size=100"))
    panel = text(head.get("/loan/filters/?tab=board", headers={"X-Part": "1"}))
    assert 'action="/loan/board/"' in panel and 'action="/loan/"' in text(head.get("/loan/filters/"))


def test_a_card_is_moved_where_nothing_is_asked(desk: Desk) -> None:
    head, id = desk.at("head"), desk.ids["soon"]
    move = moves_of(head.get("/loan/board/"), id)["step:hand_out"]
    answer = head.post("/loan/board/", {"move": move, "back": "/loan/board/?member=1"}, headers={"X-Part": "1"})
    assert (answer.status_code, answer.headers["X-Go"]) == (204, "/loan/board/?member=1")
    assert desk.record("loan", id)["state"] == "out" and desk.record("loan", id)["lent_at"] is not None
    assert "Hand out" in text(head.get("/loan/board/")), "what was done is said"


def test_a_step_that_asks_shows_the_form_of_the_records_page(desk: Desk) -> None:
    head, id = desk.at("head"), desk.ids["late"]
    moves = moves_of(head.get("/loan/board/"), id)
    assert set(moves) == {"step:take_back", "step:lose"}
    form = text(head.post("/loan/board/", {"move": moves["step:take_back"], "back": "/loan/board/"}))
    assert 'name="returned_on"' in form and 'name="back" value="/loan/board/"' in form
    version = re.search(r'name="version" value="(\d+)"', form)
    assert version and desk.record("loan", id)["state"] == "out"
    asked = {"action": "step:take_back", "rowid": id, "version": version[1], "back": "/loan/board/", "confirmed": "1"}
    assert "has-error" in text(head.post("/loan/action/", asked))
    answer = head.post("/loan/action/", {**asked, "returned_on": "2026-03-20"})
    assert answer.location == "/loan/board/" and desk.record("loan", id)["state"] == "returned"
    danger = head.post("/loan/board/", {"move": moves["step:lose"], "back": "/loan/board/"})
    assert "meanwhile" in text(head.get(danger.location))


def test_what_was_moved_meanwhile_stays_and_is_told(desk: Desk) -> None:
    head, other, id = desk.at("head"), desk.at("desk"), desk.ids["soon"]
    old = moves_of(head.get("/loan/board/"), id)["step:hand_out"]
    other.post("/loan/board/", {"move": moves_of(other.get("/loan/board/"), id)["step:hand_out"]})
    answer = head.post("/loan/board/", {"move": old, "back": "/loan/board/"}, headers={"X-Part": "1"})
    assert answer.status_code == 204
    page = text(head.get("/loan/board/"))
    assert "was changed by Desk meanwhile and is now: Out" in page and desk.record("loan", id).version == 2


def test_a_move_that_the_record_does_not_allow_is_refused_with_its_sentence(desk: Desk) -> None:
    head, id = desk.at("head"), desk.ids["next"]
    head.post("/loan/board/", {"move": moves_of(head.get("/loan/board/"), id)["step:hand_out"]})
    assert "This copy is not on the shelf" in text(head.get("/loan/board/"))
    assert desk.record("loan", id)["state"] == "asked"


@pytest.mark.parametrize(
    ("who", "move", "status"),
    [
        ("lea", "{soon}.1.step:hand_out", 403),
        ("luc", "{soon}.1.step:hand_out", 404),
        ("audit", "{soon}.1.step:hand_out", 403),
        ("head", "{soon}.1.step:nothing", 404),
        ("head", "{soon}.1.delete", 404),
        ("head", "{soon}.1.do:bring_back", 404),
        ("head", "99999.1.step:hand_out", 404),
        ("head", "{soon}.x.step:hand_out", 404),
        ("head", "", 404),
    ],
)
def test_what_may_not_be_moved_is_refused_at_the_door(desk: Desk, who: str, move: str, status: int) -> None:
    answer = desk.at(who).post("/loan/board/", {"move": move.format(**desk.ids)})
    assert answer.status_code == status and desk.record("loan", desk.ids["soon"])["state"] == "asked"


def test_a_lane_may_be_reached_by_an_action_where_it_is_ready(widened: Callable[..., Desk]) -> None:
    desk = widened("board: {lanes: [asked, out, returned], drops: {returned: bring_back}, sort: -due_on}")
    desk.registry.models["loan"].update(due_on=date(2026, 4, 20)).where(
        desk.registry.models["loan"].id == desk.ids["next"]
    ).execute()
    head, ids = desk.at("head"), desk.ids
    page = head.get("/loan/board/")
    assert lanes_of(page)["asked"] == [ids["next"], ids["far"], ids["soon"]], "latest first"
    assert set(moves_of(page, ids["soon"])) == {"do:bring_back", "step:hand_out"}
    assert set(moves_of(page, ids["next"])) == {"step:hand_out"}, "its time has not come"
    assert set(moves_of(desk.at("desk").get("/loan/board/"), ids["soon"])) == {"step:hand_out"}
    assert list(moves_of(page, ids["late"])) == ["do:bring_back", "step:take_back", "step:lose"]
    form = text(head.post("/loan/board/", {"move": moves_of(page, ids["soon"])["do:bring_back"]}))
    assert 'name="who"' in form and desk.record("loan", ids["soon"])["state"] == "asked"
    posted = {"action": "do:bring_back", "rowid": ids["soon"], "who": "Ann", "confirmed": "1", "back": "/loan/board/"}
    assert head.post("/loan/action/", posted).location == "/loan/board/"
    assert lanes_of(head.get("/loan/board/"))["returned"] == [ids["soon"]]


def test_a_full_lane_shows_the_first_and_leads_to_all(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_page, "SIZE", 2)
    page = desk.at("head").get("/loan/board/")
    assert lanes_of(page)["asked"] == [desk.ids["soon"], desk.ids["far"]]
    assert 'href="/loan/?state=asked"' in text(page) and "All 3 in the list" in text(page)
    monkeypatch.setattr(reading, "BOUND", 2)
    monkeypatch.setattr(board_page, "BOUND", 2)
    assert "All 2+ in the list" in text(desk.at("head").get("/loan/board/"))


def test_a_board_costs_as_many_questions_with_many_cards_as_with_few(desk: Desk) -> None:
    head = desk.at("head")

    def questions() -> int:
        asked: list[str] = []
        plain = desk.registry.db.execute_sql
        desk.registry.db.execute_sql = lambda sql, *rest: asked.append(sql) or plain(sql, *rest)
        head.get("/loan/board/")
        desk.registry.db.execute_sql = plain
        return len(asked)

    few = questions()
    for day in range(30):
        due = date(2026, 5, 1) + timedelta(days=day)
        desk.add("loan", book_copy=desk.ids["tides1"], member=desk.ids["mo"], due_on=due)
    assert questions() <= few + 1, "one more at most: a lane is counted only when it is full"


def test_titles_and_values_are_escaped(desk: Desk) -> None:
    evil = desk.add("member", name='<img src=x onerror="alert(1)">')
    desk.add("loan", book_copy=desk.ids["tides1"], member=evil, due_on=date(2026, 4, 1))
    assert "<img src=x" not in desk.at("head").get("/loan/board/").get_data(as_text=True)
