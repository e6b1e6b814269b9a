"""Types whose value is kept elsewhere or has its own structure: files, photos, signature, json."""

from __future__ import annotations

import json
import re
from typing import Any

import peewee
from pydantic import Field as Option
from wtforms.fields.core import UnboundField

from schema.spec import Field
from schema.text import Text
from schema.types.base import Context, FieldType, Options
from schema.types.cleaning import quoted, refuse
from schema.types.columns import JsonText, Keys, column
from schema.types.form_fields import AreaWidget, FilesWidget, typed

_KEY = re.compile(r"[^\s;]{1,200}")


class FilesOptions(Options):
    max: int = Option(default=20, ge=1, le=100)


class FilesType(FieldType):
    name = "files"
    label = Text("文件", "Files")
    doc = "Any number of files up to `max`; the record holds their keys, the files lie outside the database."
    kind = "list"
    Options = FilesOptions
    options: FilesOptions
    filters = ("empty", "filled")
    sortable = False
    multiple = True
    accept = ""
    capture = False

    def column(self, *, null: bool) -> peewee.Field | None:
        return column(Keys, null)

    def parse(self, text: str, context: Context) -> tuple[str, ...] | None:
        return self.check(tuple(text.replace(";", " ").split()), context)

    def check(self, value: Any, context: Context) -> tuple[str, ...] | None:
        """File keys in the order given, each once; None when there are none."""
        if not value:
            return None
        keys = tuple(dict.fromkeys((value,) if isinstance(value, str) else value))
        for key in keys:
            if not isinstance(key, str) or not _KEY.fullmatch(key):
                raise refuse("“{text}”不是文件", "“{text}” is not a file", text=quoted(key))
        if len(keys) > self.options.max:
            raise refuse(
                "有 {n} 个文件，最多 {max} 个", "{n} files; at most {max} fit", n=len(keys), max=self.options.max
            )
        return keys

    def display(self, value: Any, context: Context) -> str:
        if not value:
            return ""
        return Text("{n} 个文件", "{n} file" if len(value) == 1 else "{n} files").with_(n=len(value)).to(context.locale)

    def edit_text(self, value: Any, context: Context) -> str:
        return "; ".join(value or ())

    def to_json(self, value: Any) -> Any:
        return None if value is None else list(value)

    def from_json(self, value: Any) -> Any:
        return tuple(value) if value else None

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, FilesWidget(self.accept, self.options.max > 1, self.capture))


class PhotosType(FilesType):
    name = "photos"
    label = Text("照片", "Photos")
    doc = "Pictures up to `max`, taken with the phone or chosen; shown as thumbnails."
    accept = "image/*"
    capture = True


class SignatureOptions(FilesOptions):
    max: int = Option(default=1, ge=1, le=1)


class SignatureType(FilesType):
    name = "signature"
    label = Text("签名", "Signature")
    doc = "A signature as one picture."
    Options = SignatureOptions
    options: SignatureOptions
    accept = "image/*"


def _said(value: Any, context: Context) -> str | None:
    """The words that a JSON value carries for people under ``said``; None where it carries none."""
    if isinstance(value, list) and value:
        parts = [_said(one, context) for one in value]
        return None if None in parts else ("；" if context.locale == "zh" else "; ").join(map(str, parts))
    words = value.get("said") if isinstance(value, dict) else None
    if isinstance(words, dict):
        words = words.get(context.locale)
    return words if isinstance(words, str) else None


class JsonType(FieldType):
    name = "json"
    label = Text("JSON", "JSON")
    doc = (
        "Any JSON value, for programs; people edit it as text. A program may put words for people into it, under the "
        "key `said` (a text, or one by language): an object, or every object of a list, is then shown by these."
    )
    kind = "json"
    filters = ("empty", "filled")
    sortable = False

    def column(self, *, null: bool) -> peewee.Field | None:
        return column(JsonText, null)

    def parse(self, text: str, context: Context) -> Any:
        if not text.strip():
            return None
        try:
            return self.check(json.loads(text), context)
        except json.JSONDecodeError as error:
            raise refuse('不是 JSON（第 {line} 行）：例如 {example}', 'not JSON (line {line}), e.g. {example}',
                         line=error.lineno, example='{"a": 1}') from None  # fmt: skip

    def check(self, value: Any, context: Context) -> Any:
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            raise refuse("“{text}”不能写成 JSON", "“{text}” cannot be written as JSON", text=quoted(value)) from None
        return value

    def display(self, value: Any, context: Context) -> str:
        words = _said(value, context)
        return self.edit_text(value, context) if words is None else words

    def edit_text(self, value: Any, context: Context) -> str:
        return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, AreaWidget(spellcheck="false"))
