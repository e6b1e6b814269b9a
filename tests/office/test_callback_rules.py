"""The rules of callbacks in the YAML: what does not fit is said where it stands; a new one takes YAML alone (S6)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import schema.settings
from models.actor import SYSTEM, Source
from models.query import Query
from schema import load
from tests.conftest import ROOT

RULE = """\
      order:
        of: work_order
        when: "state == 'done' and request.kind == 'enquiry'"
        at: done_at
        within: 1
        links: {request: request}
        about: matter
        whom: {resident: request.caller, name: contact, phone: phone}
        script: {zh: 您好, en: Hello}
"""


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., Any]:
    """The office's schema with texts of schema.d/callbacks.yaml (and other files, by name) replaced."""

    def read(*pairs: tuple[str, str], **others: tuple[str, str]) -> Any:
        shutil.copy(ROOT / "schema.yaml", tmp_path)
        shutil.copytree(ROOT / "schema.d", tmp_path / "schema.d", dirs_exist_ok=True)
        for name, some in {"callbacks": pairs, **{name: (pair,) for name, pair in others.items()}}.items():
            path = tmp_path / "schema.d" / f"{name}.yaml"
            text = path.read_text(encoding="utf-8")
            for old, new in some:
                assert old in text, old
                text = text.replace(old, new, 1)
            path.write_text(text, encoding="utf-8")
        return load(tmp_path / "schema.yaml")

    return read


MISTAKES = [
    ("    calendar: office ", "    calendar: ofice ", "calendar: unknown calendar 'ofice', did you mean 'office'?"),
    (
        "      morning:   {",
        "      mornings:  {",
        "parts.mornings: unknown time of day 'mornings', did you mean 'morning'?",
    ),
    ('"09:00-11:30"', '"9 to 11"', "parts.morning: should be a stretch of the day such as 09:00-12:00"),
    ("told: [supervisor]", "told: [boss]", "new_request.told: unknown role 'boss'"),
    ("      complaint:\n", "      complain:\n", "rules.complain: unknown option of callback.rule 'complain'"),
    ("of: service_request\n", "of: request\n", "rules.complaint.of: unknown entity 'request'"),
    ("of: service_request\n", "of: building\n", "rules.complaint.of: callback has no field that points at building"),
    ("kind == 'complaint' and", "kindd == 'complaint' and", "rules.complaint.when: "),
    ("        at: solved_at", "        at: solvd_at", "rules.complaint.at: unknown field 'solvd_at'"),
    ("{resident: caller,", "{resident: caller.hom,", "rules.complaint.whom.resident: unknown field 'hom'"),
    ("signature: [supervisor,", "signature: [manager,", "rules.complaint.signature: unknown role 'manager'"),
    ("    tries: 3", "    tries: 0", "tries: should be at least 1"),
]


@pytest.mark.parametrize(("right", "wrongly", "said"), MISTAKES)
def test_a_mistake_is_said_where_it_stands(changed: Callable[..., Any], right: str, wrongly: str, said: str) -> None:
    problems = [
        str(one).partition(" settings.callbacks.")[2] for one in schema.settings.wrong(changed((right, wrongly)))
    ]
    assert any(one.startswith(said) for one in problems), problems


def test_an_entity_without_its_follow_up_is_a_mistake(changed: Callable[..., Any]) -> None:
    line = "    follow: {run: open_callbacks, writes: [callback.*]}"
    read = changed(dunning=(line, "    #"))
    said = "dunning_step does not say follow: open_callbacks, so that no call opens when it happens"
    assert [one.message.to("en") for one in schema.settings.wrong(read)] == [said]


def test_a_rule_about_another_entity_takes_yaml_alone(
    changed: Callable[..., Any], opened: Callable[..., Any], person: Callable[..., Any]
) -> None:
    survey, named, follow = (
        "      survey:\n        of:",
        "    survey:    {zh: 问卷电话",
        "    follow: {run: order_moved,",
    )
    opens = "    follow:\n      - {run: open_callbacks, writes: [callback.*]}\n      - {run: order_moved,"
    label = "    order:     {zh: 派工回访, en: After an order}\n"
    read = changed((survey, RULE + survey), (named, label + named), orders=(follow, opens))
    assert schema.settings.wrong(read) == []
    office, form = opened(read), Source("form")
    person(office, "frontdesk")
    owner = office.accounts.list()[0].id
    request = {"kind": "enquiry", "matter": "Where is the valve?", "owner": owner, "phone": "13800000005"}
    made = office.store.create(SYSTEM, "service_request", request, form)
    order = {"request": made, "matter": "Show the valve", "contact": "Mr Bo", "phone": "13800000006"}
    order_id = office.store.create(SYSTEM, "work_order", order, form)
    now = office.clock.now()
    office.store.update(SYSTEM, "work_order", order_id, {"state": "done", "done_at": now, "result": "Shown"}, form)
    (call,) = office.scope.stream(
        SYSTEM, "callback", Query(columns=("rule", "request", "work_order", "name", "phone", "about"))
    )
    assert [call[name] for name in ("rule", "request", "work_order", "name", "phone", "about")] == [
        "order", made, order_id, "Mr Bo", "13800000006", "Show the valve",
    ]  # fmt: skip
