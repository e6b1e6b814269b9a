"""The frame: headers, cookies, static files, navigation, my day, search everywhere, error pages, health."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import peewee
import pytest

from models.actor import SYSTEM, Source
from tests.site.conftest import Visitor

PASSWORD = "correct horse battery"
SCREENS = [
    "/",
    "/account",
    "/account/password",
    "/search/?query=x",
    "/nothing",
    "/book/",
    "/admin/why?user=root&entity=book",
]


@pytest.fixture
def app(library: Any, site_of: Any) -> Any:
    """The library's site with Anna of the desk and Ruth who administers."""
    library.accounts.add("anna", "Anna", ["desk"], PASSWORD)
    library.accounts.add("root", "Ruth", ["admin", "head"], PASSWORD)
    return site_of(library)


@pytest.fixture
def signed_in(app: Any, visit: Any) -> Any:
    """``signed_in("anna")`` is her browser."""

    def enter(username: str) -> Any:
        visitor = visit(app)
        visitor.sign_in(username)
        return visitor

    return enter


def text(answer: Any) -> str:
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("path", SCREENS)
def test_a_page_has_no_script_or_style_of_its_own_and_forbids_any(signed_in: Any, path: str) -> None:
    answer = signed_in("root").get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", text(answer))


def test_every_answer_is_hardened(app: Any, visit: Any) -> None:
    for answer in (visit(app).get("/login"), visit(app).get("/healthz"), visit(app).get("/nothing")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("https", [False, True])
def test_cookies_are_for_this_site_and_no_script(library: Any, site_of: Any, visit: Any, https: bool) -> None:
    answer = visit(site_of(library, HTTPS=https)).get("/login")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert ("Secure" in cookie) is https and ("Strict-Transport-Security" in answer.headers) is https


def test_static_files_are_compressed_and_kept_for_a_year(app: Any, visit: Any) -> None:
    page = text(visit(app).get("/login"))
    paths = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(paths) >= 4
    for path in paths:
        answer = visit(app).get(path, headers={"Accept-Encoding": "br"})
        assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"]
        squeezed = answer.headers.get("Content-Encoding") == "br"
        assert squeezed or answer.mimetype == "image/png" or len(answer.data) < 1500


def test_a_form_that_is_too_large_is_refused_with_a_sentence(library: Any, site_of: Any, visit: Any) -> None:
    small = visit(site_of(library, MAX_CONTENT_LENGTH=2 * 1024**2))
    answer = small.post("/login", {"username": "x" * (2 * 1024**2)})
    assert answer.status_code == 413 and "2 MB" in text(answer)


def test_the_sidebar_has_what_the_actor_may_read_and_marks_the_present_page(signed_in: Any, library: Any) -> None:
    for username in ("anna", "root"):
        visitor = signed_in(username)
        actor = library.accounts.actor(library.accounts.id_of(username))
        page = text(visitor.get("/"))
        for entity in library.schema.entities:
            assert (f'href="/{entity}/"' in page) is library.access.may(actor, entity, "read")
        assert ('href="/admin/why"' in page) is (username == "root")
        assert re.search(r'href="/" aria-current="page"', page)
    assert re.search(r'href="/user/" aria-current="page"', text(signed_in("root").get("/user/")))


def test_my_day_counts_what_waits_and_leads_there(signed_in: Any, library: Any) -> None:
    for name, joined, ends in (("Lena", 2019, 2020), ("Max", 2020, 2030)):
        values = {"name": name, "joined_on": date(joined, 1, 1), "expires_on": date(ends, 1, 1)}
        library.store.create(SYSTEM, "member", values, Source("demo"))
    page = text(signed_in("anna").get("/"))
    assert re.search(r'href="/member/\?saved=expired".*?<b[^>]*>1</b>', page, re.DOTALL)
    assert 'href="/member/?saved=owing"' not in page
    assert "saved=expired" not in text(signed_in("root").get("/"))


def test_my_day_groups_what_waits_by_what_it_is(signed_in: Any, library: Any) -> None:
    """What is late comes before what is due; nothing of a kind, no heading; each reminder is one question."""
    member = library.store.create(SYSTEM, "member", {"name": "Max"}, Source("demo"))
    copy = make_copy(library)
    for due in (date(2026, 3, 18), date(2026, 3, 17), date(2026, 3, 1)):
        loan = {"book_copy": copy, "member": member, "due_on": due}
        library.models["loan"].update(state="out").where(
            library.models["loan"].id == library.store.create(SYSTEM, "loan", loan, Source("demo"))
        ).execute()
    visitor = signed_in("anna")
    asked: list[str] = []
    plain = library.db.execute_sql

    def counted(sql: str, *rest: Any, **more: Any) -> Any:
        asked.append(sql)
        return plain(sql, *rest, **more)

    library.db.execute_sql = counted
    try:
        page = text(visitor.get("/"))
    finally:
        library.db.execute_sql = plain
    kinds = re.findall(r'<h2 id="day-(\w+)">([^<]+)</h2>(.*?)</section>', page, re.DOTALL)
    counts = re.compile(r'saved=(\w+)"><b class="is-(\w+)">(\d+)</b>')
    assert [(kind, words, counts.findall(cards)) for kind, words, cards in kinds] == [
        ("late", "已超期", [("overdue", "late", "1")]), ("due", "即将到期", [("due_soon", "due", "2")]),
    ]  # fmt: skip
    assert re.search(r'<details class="quiet.*?saved=expired', page, re.DOTALL)
    assert len([sql for sql in asked if '"loan"' in sql or '"member"' in sql]) == 3, "three reminders of the desk"


def make_copy(library: Any) -> int:
    branch = library.store.create(SYSTEM, "branch", {"name": "Mill"}, Source("demo"))
    shelf = library.store.create(SYSTEM, "shelf", {"branch": branch, "code": "A1"}, Source("demo"))
    book = library.store.create(SYSTEM, "book", {"name": "Tides", "isbn": "9780000000001"}, Source("demo"))
    return int(library.store.create(SYSTEM, "copy", {"book": book, "shelf": shelf}, Source("demo")))


def test_who_makes_no_records_finds_no_list_of_them(library: Any, site_of: Any, person: Any) -> None:
    """The sidebar leads everywhere; the front page does not repeat it."""
    person(library, "auditor", password=PASSWORD)
    visitor = Visitor(site_of(library))
    visitor.sign_in("auditor")
    page = text(visitor.get("/"))
    assert 'id="go"' not in page and page.count('href="/loan/"') == 1


def test_search_everywhere_finds_only_what_the_actor_may_see(signed_in: Any, library: Any) -> None:
    id = library.store.create(SYSTEM, "branch", {"name": "Harbour"}, Source("demo"))
    page = text(signed_in("root").get("/search/?query=harb"))
    assert f'href="/branch/details/?id={id}"' in page
    actor = library.accounts.actor(library.accounts.id_of("anna"))
    seen = library.access.may(actor, "branch", "read")
    assert (f"/branch/details/?id={id}" in text(signed_in("anna").get("/search/?query=harb"))) is seen


@pytest.mark.parametrize(("locale", "words"), [("zh", "找不到内容"), ("en", "There is nothing here")])
def test_an_error_page_speaks_the_readers_language_inside_the_frame(signed_in: Any, locale: str, words: str) -> None:
    visitor = signed_in("anna")
    visitor.post("/language", {"locale": locale})
    answer = visitor.get("/nothing")
    assert answer.status_code == 404 and words in text(answer) and 'id="sidebar"' in text(answer)


def test_an_error_is_json_for_scripts(signed_in: Any) -> None:
    answer = signed_in("anna").get("/nothing", headers={"Accept": "application/json"})
    assert answer.status_code == 404 and answer.json["error"]


def test_a_fault_of_ours_shows_a_page_and_is_logged(signed_in: Any, monkeypatch: Any, caplog: Any) -> None:
    visitor = signed_in("anna")
    monkeypatch.setattr("admin_views.home.my_day", lambda *_: 1 / 0)
    answer = visitor.get("/")
    assert answer.status_code == 500 and "系统出了问题" in text(answer) and "ZeroDivision" not in text(answer)
    assert "ZeroDivisionError" in caplog.text


def test_health_is_told_without_signing_in(app: Any, visit: Any) -> None:
    answer = visit(app).get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert "Set-Cookie" not in answer.headers


def test_health_says_so_when_the_database_does_not_answer(app: Any, visit: Any, library: Any, monkeypatch: Any) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise peewee.OperationalError("no connection")

    monkeypatch.setattr(library.db, "execute_sql", refuse)
    assert visit(app).get("/healthz").status_code == 503
    assert visit(app).get("/login").status_code == 500


def test_the_office_can_stand_under_a_path(app: Any, visit: Any) -> None:
    page = text(visit(app).get("/login", environ_overrides={"SCRIPT_NAME": "/office"}))
    assert 'action="/office/login"' in page and 'href="/office/static/' in page


def test_every_word_of_ours_is_said_in_chinese(signed_in: Any) -> None:
    """A sample of pages has no English words left but names, codes and keys."""
    for path in ("/", "/account", "/account/password", "/search/?query=x", "/nothing"):
        page = text(signed_in("anna").get(path))
        body = re.sub(r"<(script|title|kbd|option)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
        body = re.sub(r"English|Anna|Estatedesk|[\d.]+", " ", body)
        assert not re.findall(r"[A-Za-z]{3,}", body), path


@pytest.mark.parametrize(
    ("role", "desks"),
    [("cashier", ["till", "bill-run", "meter-sheet"]), ("steward", ["meter-sheet", "dunning"]), ("sales_desk", [])],
)
def test_the_front_page_leads_to_the_desks_one_works_at(
    office: Any, site_of: Any, person: Any, role: str, desks: list[str]
) -> None:
    person(office, role, username="someone", password=PASSWORD)
    visitor = Visitor(site_of(office))
    visitor.sign_in("someone")
    page = visitor.get("/").get_data(as_text=True)
    shown = re.findall(r'class="btn" href="/([a-z-]+)/"', page.partition('class="desks"')[2].partition("</nav>")[0])
    assert [name for name in shown if name in desks] == desks
    assert bool(shown) == bool(desks)
