"""Which names a schema may give, and why some are refused."""

from __future__ import annotations

import keyword
import re

import peewee
from wtforms import Form

from schema.spec import SYSTEM_FIELDS
from schema.text import Text

WORD = re.compile(r"[a-z](?!\w*__)[a-z0-9_]*")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
LONGEST = 48

SHAPE = Text(
    "名称“{name}”只能用小写字母、数字和单个下划线，以字母开头，至多 48 个字符，如“floor_area”",
    "the name '{name}' must be lower-case letters, digits and single '_', starting with a letter, "
    "48 characters at most, such as 'floor_area'",
)
OWN = Text("“{name}”是每条记录自带的，请换一个名称", "'{name}' is part of every record already, choose another name")
PYTHON = Text("“{name}”是 Python 的关键字，请换一个名称", "'{name}' is a word of Python, choose another name")
LANGUAGE = Text(
    "“{name}”在表达式里另有含义，请换一个名称", "'{name}' has a meaning in expressions, choose another name"
)
PROGRAM = Text(
    "“{name}”是程序内部使用的名称，请换一个，如“{other}”",
    "'{name}' is used by the program itself, choose another such as '{other}'",
)

EVERY_RECORD = frozenset(("id", "version", "title_text", "title_order", *SYSTEM_FIELDS))
EXPRESSIONS = frozenset(("today", "now", "actor", "parent", "true", "false", "null"))
MODEL = frozenset(name for name in dir(peewee.Model) if not name.startswith("_"))
FORM = frozenset(name for name in dir(Form) if not name.startswith("_")) | {
    "url",
    "action",
    "csrf_token",
    "list_form_pk",
}
SQL_WORDS = frozenset(("save", "select", "get", "create", "update", "insert", "delete"))
PAGES = frozenset(
    (
        "static",
        "login",
        "logout",
        "language",
        "account",
        "search",
        "imports",
        "exports",
        "templates",
        "admin",
        "reports",
        "healthz",
        "api",
        "files",
        "why",
        "jobs",
        "handouts",
        "inbox",
    )
)
"""First parts of addresses that are taken, so no entity goes by them."""


def bad_word(name: str) -> Text | None:
    """Why ``name`` cannot name anything, or None."""
    if not WORD.fullmatch(name) or len(name) > LONGEST:
        return SHAPE.with_(name=name)
    return PYTHON.with_(name=name) if keyword.iskeyword(name) else None


def bad_field(name: str) -> Text | None:
    """Why ``name`` cannot name a field, or None."""
    if name in EVERY_RECORD:
        return OWN.with_(name=name)
    if name in EXPRESSIONS:
        return LANGUAGE.with_(name=name)
    if name in MODEL | FORM | SQL_WORDS:
        return PROGRAM.with_(name=name, other=f"{name}_")
    return bad_word(name)


def bad_entity(name: str) -> Text | None:
    """Why ``name`` cannot name an entity, or None."""
    if name in PAGES:
        return PROGRAM.with_(name=name, other=f"{name}_")
    if name in EXPRESSIONS:
        return LANGUAGE.with_(name=name)
    return bad_word(name)


def bad_code(name: str) -> Text | None:
    """Why ``name`` cannot be the code of a choice, or None."""
    if CODE.fullmatch(name):
        return None
    words = Text(
        "选项代码“{name}”只能用字母、数字和 _ . -", "the code '{name}' must be letters, digits and '_', '.' or '-'"
    )
    return words.with_(name=name)


def spelled_out(name: str) -> str:
    """``floor_area`` as 'Floor area': a label where none is given."""
    return name.replace("_", " ").capitalize()
