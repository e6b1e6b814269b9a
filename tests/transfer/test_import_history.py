"""The pages of imports that run or ran: who sees them, what they say, stopping and undoing."""

from __future__ import annotations

import re
from html import unescape

import pytest

from models.actor import SYSTEM
from tests.transfer.test_import_pages import PAGE, PASSWORD, count, text, upload
from transfer import chunks, jobs

HEADER = "楼号,单元,房间,建筑面积,姓名,手机号,身份证号"
SMALL = f"{HEADER}\n1,1,101,80.50,王伟,13800000001,\n1,1,102,-5,李娜,13800000002,\n"
LONG = f"{HEADER}\n" + "\n".join(f"1,1,{n},80.50,住户{n},138{n:08}," for n in range(100, 160))


@pytest.fixture
def app(office, site_of):
    made = site_of(office)
    made.extensions["import_worker"].wake = lambda: None
    return made


@pytest.fixture
def enter(office, app, person, visit):
    """Signs someone in: ``enter("supervisor")``."""

    def sign_in(role, username="", locale="en"):
        with office.connection():
            person(office, role, username=username or role, password=PASSWORD, locale=locale)
        visitor = visit(app)
        visitor.sign_in(username or role)
        visitor.post("/account/password", {"old": PASSWORD, "new": PASSWORD + "!", "again": PASSWORD + "!"})
        return visitor

    return sign_in


@pytest.fixture(autouse=True)
def short_means_twenty(monkeypatch):
    monkeypatch.setattr(chunks, "AT_ONCE", 20)
    monkeypatch.setattr(jobs, "AT_ONCE", 20)


def begin(visitor, data, name="rooms.csv", do="write-skip"):
    """Upload and write; the address one is sent to."""
    preview = upload(visitor, name, data.encode()).headers["Location"]
    visitor.get(preview)
    visitor.post(preview, {"do": do, "mode": "upsert", "bad_rows": "stop"})
    return visitor.get(preview).headers.get("Location", preview)


def work(office, app):
    with office.connection():
        app.extensions["import_worker"].work()


def test_a_long_file_shows_how_far_it_is_and_then_its_report(office, app, enter):
    wang = enter("supervisor")
    page = begin(wang, LONG)
    shown = wang.get(page)
    assert page == "/import-history/1/"
    assert "It waits for its turn." in text(shown) and "0 of 60" in text(shown)
    assert '<noscript><meta http-equiv="refresh"' in shown.get_data(as_text=True)
    assert wang.get(f"{page}progress.json").json == {
        "over": False, "doing": "It waits for its turn.", "percent": 0, "numbers": "0 of 60", "rate": "–", "left": "–",
        "can_stop": True, "phase": "writing",
    }  # fmt: skip
    work(office, app)
    assert wang.get(f"{page}progress.json").json == {"over": True}
    report = text(wang.get(page))
    assert "The whole file was imported." in report and "60 new" in report
    assert wang.get(f"{page}file/").data == LONG.encode()
    assert "rooms.csv" in wang.get(f"{page}file/").headers["Content-Disposition"]


def test_stopping_takes_everything_back_and_leads_to_the_preview_again(office, app, enter):
    wang = enter("supervisor")
    page = begin(wang, LONG)
    assert wang.client.post(f"{page}cancel/").status_code in (400, 403), "without its token"
    assert "It is being stopped." in text(wang.get(wang.post(f"{page}cancel/").headers["Location"]))
    work(office, app)
    shown = wang.get(page)
    assert "cancelled, nothing written" in text(shown) and count(office, "unit") == 0
    back = re.search(r'href="(/imports/units_owners/[^"]+/)">Back to the preview', shown.get_data(as_text=True))
    assert "Import 60 rows" in text(wang.get(unescape(back[1])))
    assert "The import was over already." in text(wang.get(wang.post(f"{page}cancel/").headers["Location"]))


def test_an_import_is_undone_from_its_page(office, app, enter):
    wang = enter("supervisor")
    preview = begin(wang, SMALL)
    assert "File and undo" in text(wang.get(preview))
    page = "/import-history/1/"
    report = wang.get(page)
    assert "1 rows were left out" in text(report) and "rejects.xlsx" in report.get_data(as_text=True)
    asked = wang.get(f"{page}undo/")
    assert "go to the trash" in text(asked) and count(office, "unit") == 1
    assert wang.client.post(f"{page}undo/").status_code in (400, 403), "without its token"
    answer = wang.post(f"{page}undo/")
    said = text(wang.get(answer.headers["Location"]))
    assert "This import was undone: 4 records went to the trash" in said
    assert count(office, "unit") == 0
    assert wang.get(f"{page}undo/").status_code == 302, "there is nothing more to undo"
    history = text(wang.get("/import-history/"))
    assert "rooms.csv" in history and "undone" in history


def test_what_stays_is_listed_with_its_reason(office, app, enter):
    wang = enter("supervisor")
    begin(wang, SMALL)
    with office.connection():
        unit = office.scope.find(SYSTEM, "unit", "1-1-101")
        office.store.update(SYSTEM, "unit", unit, {"area": "99"}, jobs_source())
    wang.get("/import-history/1/")
    wang.post("/import-history/1/undo/")
    said = text(wang.get("/import-history/1/"))
    assert "Left as they are" in said and "1-1-101" in said and "It was changed since by system: Floor area." in said


def jobs_source():
    from models.actor import Source

    return Source("form")


@pytest.mark.parametrize("path", ["", "progress.json", "undo/", "file/"])
def test_others_find_nothing(office, app, enter, path):
    wang, stranger = enter("supervisor"), enter("steward")
    page = begin(wang, LONG)
    assert wang.get(f"{page}{path}").status_code in (200, 302)
    assert stranger.get(f"{page}{path}").status_code == 404
    assert stranger.post(f"{page}cancel/").status_code == 404
    assert "rooms.csv" not in text(stranger.get("/import-history/"))
    work(office, app)
    assert count(office, "unit") == 60


def test_who_reads_every_record_sees_the_import_but_not_what_is_masked(office, app, enter):
    wang, auditor = enter("supervisor"), enter("auditor")
    begin(wang, SMALL)
    with office.connection():
        actor = office.accounts.actor(office.accounts.id_of("auditor"))
        from transfer.records import ImportLog
        from transfer.sight import may_open_file, open_targets

        sees = "units_owners" in open_targets(office, actor)
        opens = may_open_file(office, actor, ImportLog(office).entry(1))
    shown = auditor.get("/import-history/1/")
    assert shown.status_code == (200 if sees else 404)
    assert ("rooms.csv" in text(auditor.get("/import-history/"))) is sees
    assert auditor.get("/import-history/1/file/").status_code == (200 if sees and opens else 404)
    assert ("-5" in text(shown)) is (sees and opens)
    assert auditor.get("/import-history/1/undo/").status_code == (302 if sees else 404), "and may not undo it"


def test_the_history_goes_on_to_older_ones_and_bears_bent_addresses(office, app, enter, monkeypatch):
    from admin_views import import_progress

    monkeypatch.setattr(import_progress, "PAGE", 2)
    wang = enter("supervisor")
    for number in range(3):
        begin(wang, SMALL.replace("101", f"20{number}"), name=f"file{number}.csv")
    first = wang.get("/import-history/")
    assert [f"file{n}.csv" in text(first) for n in range(3)] == [False, True, True]
    older = re.search(r'href="(/import-history/\?before=\d+)"', first.get_data(as_text=True))[1]
    assert "file0.csv" in text(wang.get(older))
    for bent in ("?before=x", "?before=-1", "?before=" + "9" * 30, "999/", "999/file/", "999/undo/"):
        assert wang.get(f"/import-history/{bent}").status_code in (200, 404), bent


def test_the_same_file_is_recognised_before_it_is_written(office, app, enter):
    wang = enter("supervisor")
    begin(wang, SMALL)
    again = wang.get(upload(wang, "renamed.csv", SMALL.encode()).headers["Location"])
    assert "The very same file was imported on" in text(again)
    assert PAGE in again.request.path
