"""Text that would be mark-up, script or a template is shown as it is on every page that a file leads to."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest

from models.actor import SYSTEM
from models.query import Query

PASSWORD = "correct horse battery"
MARK = "data-hostile"
HOSTILE = (
    f"<i {MARK}>x</i>", f'"><img {MARK} src=x onerror=alert(1)>', f"'><svg {MARK} onload=alert(1)>",
    f"</title><script {MARK}>alert(1)</script>", f"</select></textarea><b {MARK}>", f"<!--<b {MARK}>",
    f"{{{{ 7*7 }}}}<u {MARK}>", f"{{% raw %}}<u {MARK}>", f"%(count)s %s<u {MARK}>", f"javascript:alert(1)<u {MARK}>",
    f"&lt;i {MARK}&gt;", f"\u202e<i {MARK}>\u202c",
)  # fmt: skip
RAW = re.compile(r"<[a-zA-Z!][^<>&]*" + MARK)
PAGES = (
    "/resident/", "/resident/?search=alert", "/resident/?sort=title", "/resident/details/?id={id}",
    "/resident/edit/?id={id}", "/resident/export/", "/resident/ajax/lookup/?field=x", "/occupancy/", "/unit/",
    "/unit/details/?id={id}", "/import-history/", "/import-history/1/", "/import-history/1/undo/", "/exports/", "/",
)  # fmt: skip


@pytest.fixture
def visitor(office, person, site_of, visit):
    app = site_of(office)
    with office.connection():
        person(office, "supervisor", password=PASSWORD, locale="zh")
    one = visit(app)
    one.sign_in("supervisor")
    one.post("/account/password", {"old": PASSWORD, "new": PASSWORD + "!", "again": PASSWORD + "!"})
    return one


def table(*rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def upload(visitor, data, name="x.csv"):
    visitor.get("/imports/units_owners/")
    form = {"file": (io.BytesIO(data), name)}
    return visitor.post("/imports/units_owners/", form, content_type="multipart/form-data").headers["Location"]


def harmless(answer):
    """The page's words, once none of the hostile texts has become an element."""
    body = answer.get_data(as_text=True)
    assert answer.status_code in (200, 404), answer.status
    assert RAW.search(body) is None, RAW.search(body)
    return unescape(body)


def test_hostile_text_is_only_text_on_every_page(office, visitor):
    header = ["楼号", "单元", "房间", "业主名称", "备用<i data-hostile>"]
    rows = [["1", "1", str(101 + n), text, text] for n, text in enumerate(HOSTILE)]
    bad = [["1", "1", f"9{n}", "某甲", text] for n, text in enumerate(HOSTILE)]
    at = upload(visitor, table(header, *rows), "<i data-hostile>.csv")
    assert HOSTILE[0] in harmless(visitor.get(at)), "samples of the columns"
    visitor.post(at, {"do": "check", "column-4": "unit.state"})
    assert HOSTILE[1] in harmless(visitor.get(at)), "refused cells"
    visitor.post(at, {"do": "check", "column-4": "unit.remark"})
    visitor.post(at, {"do": "write"})
    harmless(visitor.get(at))
    again = upload(visitor, table(header, *bad))
    visitor.post(again, {"do": "check", "column-4": "resident.phone"})
    harmless(visitor.get(again))
    with office.connection():
        records = list(office.scope.stream(SYSTEM, "resident", Query(sort="id", columns=("name",))))
        assert [r["name"] for r in records] == list(HOSTILE)
    for record in records:
        for page in PAGES:
            harmless(visitor.get(page.format(id=record.id)))
    assert HOSTILE[0] in harmless(visitor.get("/resident/"))
