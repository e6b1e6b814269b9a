"""Signing in, and what stands between a stranger and the office."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.people.sign_in_log import PER_NAME, WINDOW

PASSWORD = "correct horse battery"


@pytest.fixture
def app(library: Any, site_of: Any) -> Any:
    """The library's site with Anna of the desk."""
    library.accounts.add("anna", "Anna", ["desk"], PASSWORD)
    return site_of(library)


@pytest.fixture
def anna(app: Any, visit: Any) -> Any:
    """Anna's browser, signed in."""
    visitor = visit(app)
    assert visitor.sign_in("anna").status_code == 302
    return visitor


def test_a_stranger_is_led_to_the_sign_in_page_and_back(app: Any, visit: Any) -> None:
    stranger = visit(app)
    sent = stranger.get("/book/?search=river")
    assert (sent.status_code, sent.location) == (302, "/login?next=%2Fbook%2F%3Fsearch%3Driver")
    assert stranger.sign_in("anna", next="/book/?search=river").location == "/book/?search=river"
    assert stranger.get("/").status_code == 200


def test_every_address_is_closed_to_a_stranger(app: Any, visit: Any) -> None:
    open_ones = set()
    for rule in app.url_map.iter_rules():
        if rule.arguments:
            continue
        for method in sorted(rule.methods & {"GET", "POST"}):
            answer = visit(app).get(rule.rule) if method == "GET" else visit(app).post(rule.rule)
            if not (answer.status_code == 302 and answer.location.startswith("/login")):
                open_ones.add(f"{method} {rule.rule} {answer.status_code}")
    assert open_ones == {
        "GET /login 200", "POST /login 401", "POST /language 400", "GET /healthz 200", "GET /sw.js 200",
        "GET /manifest.webmanifest 200",
    }  # fmt: skip


def test_a_script_without_a_session_is_told_so_in_json(app: Any, visit: Any) -> None:
    answer = visit(app).get("/book/ajax/lookup/?query=x", headers={"Accept": "application/json"})
    assert answer.status_code == 401 and answer.is_json


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil",
        "/\tevil",
        "javascript:alert(1)",
        "",
        "x",
    ],
)
def test_no_one_is_led_to_a_strangers_page(app: Any, visit: Any, target: str) -> None:
    assert visit(app).sign_in("anna", next=target).location == "/"


def test_a_wrong_password_is_answered_on_the_page_and_the_name_is_kept(app: Any, visit: Any) -> None:
    page = visit(app).sign_in("anna", "wrong")
    text = page.get_data(as_text=True)
    assert page.status_code == 401 and "用户名或密码不正确" in text
    assert 'value="anna"' in text and "wrong" not in text


def test_too_many_wrong_passwords_lock_the_name_for_all_browsers(
    app: Any, visit: Any, library: Any, clock: Any
) -> None:
    for n in range(PER_NAME):
        visit(app, f"203.0.113.{n}").sign_in("anna", "wrong")
    refused = visit(app).sign_in("anna")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")
    clock.at += WINDOW + timedelta(seconds=1)
    assert visit(app).sign_in("anna").status_code == 302


def test_a_form_without_its_token_does_nothing(app: Any, visit: Any) -> None:
    answer = visit(app).client.post("/login", data={"username": "anna", "password": PASSWORD})
    assert answer.status_code == 400 and "刷新页面" in answer.get_data(as_text=True)


def test_signing_in_begins_a_new_session(app: Any, visit: Any) -> None:
    visitor = visit(app)
    visitor.get("/login")
    before = visitor.token
    visitor.sign_in("anna")
    assert visitor.post("/language", {"locale": "en", "csrf_token": before}).status_code == 400


def test_signing_out_ends_the_session_and_clears_what_the_browser_kept(anna: Any) -> None:
    answer = anna.post("/logout")
    assert answer.location == "/login" and answer.headers["Clear-Site-Data"] == '"cache"'
    assert anna.get("/").location == "/login"


def test_signing_out_needs_more_than_a_link(anna: Any) -> None:
    assert anna.get("/logout").status_code == 405
    assert anna.get("/").status_code == 200


@pytest.mark.parametrize("change", ["password", "roles", "active"])
def test_a_session_ends_with_password_roles_and_standing(library: Any, anna: Any, change: str) -> None:
    accounts = library.accounts
    id = accounts.id_of("anna")
    if change == "password":
        accounts.set_password(id, "another good one")
    elif change == "roles":
        accounts.set_roles(id, ["head"])
    else:
        accounts.disable(id)
    assert anna.get("/").location == "/login"
    assert "登录已失效" in anna.get("/login").get_data(as_text=True)


def test_a_first_password_has_to_be_changed_before_anything_else(library: Any, app: Any, visit: Any) -> None:
    library.accounts.add("otto", "Otto", ["desk"], "the first password", must_change=True)
    otto = visit(app)
    otto.sign_in("otto", "the first password")
    for path in ("/", "/book/", "/account", "/search/?query=x", "/nothing"):
        assert otto.get(path).location == "/account/password"
    form = {"old_password": "the first password", "password": PASSWORD, "password_again": PASSWORD}
    assert otto.post("/account/password", form).location == "/"
    assert otto.get("/").status_code == 200
    assert visit(app).sign_in("otto").status_code == 302


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"old_password": "wrong"}, "当前密码不正确"),
        ({"password": "short", "password_again": "short"}, "至少 10 个字符"),
        ({"password_again": "something else"}, "两次输入的新密码不一致"),
        ({"password": PASSWORD, "password_again": PASSWORD}, "不能与当前密码相同"),
    ],
)
def test_a_password_that_will_not_do_is_named_at_its_field(anna: Any, form: dict[str, str], words: str) -> None:
    good = {"old_password": PASSWORD, "password": "another good one", "password_again": "another good one"}
    page = anna.post("/account/password", {**good, **form})
    assert page.status_code == 422 and words in page.get_data(as_text=True)
    assert anna.get("/").status_code == 200


def test_changing_the_password_ends_the_other_sessions_and_keeps_this_one(app: Any, anna: Any, visit: Any) -> None:
    other = visit(app)
    other.sign_in("anna")
    new = {"old_password": PASSWORD, "password": "another good one", "password_again": "another good one"}
    assert anna.post("/account/password", new).location == "/"
    assert anna.get("/").status_code == 200
    assert other.get("/").location == "/login"


def test_the_language_is_kept_with_the_account(app: Any, anna: Any, visit: Any) -> None:
    assert anna.post("/language", {"locale": "en", "next": "/account"}).location == "/account"
    assert '<html lang="en"' in anna.get("/account").get_data(as_text=True)
    elsewhere = visit(app)
    elsewhere.sign_in("anna")
    assert "My account" in elsewhere.get("/account").get_data(as_text=True)
    assert anna.post("/language", {"locale": "xx"}).status_code == 400


@pytest.mark.parametrize(
    ("accepts", "lang"), [("zh-CN,zh;q=0.9", "zh-CN"), ("en-GB,en;q=0.9", "en"), ("fr", "zh-CN"), ("", "zh-CN")]
)
def test_a_stranger_is_spoken_to_in_the_browsers_language(app: Any, visit: Any, accepts: str, lang: str) -> None:
    page = visit(app).get("/login", headers={"Accept-Language": accepts})
    assert f'<html lang="{lang}"' in page.get_data(as_text=True)


def test_a_person_sees_the_sign_ins_under_their_name(app: Any, anna: Any, visit: Any) -> None:
    visit(app, "203.0.113.9").sign_in("anna", "wrong")
    page = anna.get("/account").get_data(as_text=True)
    assert "203.0.113.9" in page and "密码错误" in page


def test_who_keeps_the_accounts_gives_out_first_passwords(library: Any, app: Any, visit: Any, anna: Any) -> None:
    id = library.accounts.id_of("anna")
    library.accounts.add("root", "Ruth", ["admin"], PASSWORD)
    assert anna.get(f"/account/first-password?user={id}").status_code == 403
    assert anna.post("/account/first-password", {"user": id}).status_code == 403
    ruth = visit(app)
    ruth.sign_in("root")
    page = ruth.post("/account/first-password", {"user": id}).get_data(as_text=True)
    fresh = page.split('<output class="fresh mono">')[1].split("<")[0]
    assert anna.get("/").location == "/login"
    again = visit(app)
    again.sign_in("anna", fresh)
    assert again.get("/").location == "/account/password"


def test_the_sign_in_page_names_demo_accounts_only(library: Any, app: Any, visit: Any) -> None:
    assert "anna" not in visit(app).get("/login").get_data(as_text=True)
    library.accounts.add("demo_desk", "Demo", ["desk"], "demo", demo=True)
    page = visit(app).get("/login").get_data(as_text=True)
    assert "demo_desk" in page and "anna" not in page
