"""Plain text types: text, long text, email, url. Text is trimmed and otherwise kept as written."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import peewee
from pydantic import Field as Option
from pydantic import field_validator
from wtforms.fields.core import UnboundField

from schema.spec import Field
from schema.text import Locale, Text
from schema.types.base import Context, FieldType, Operator, Options, Search
from schema.types.cleaning import halfwidth, printable, quoted, refuse, text_of
from schema.types.columns import column
from schema.types.form_fields import AreaWidget, TextWidget, typed


class TextOptions(Options):
    max: int = Option(default=200, ge=1, le=10_000)
    pattern: str = ""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return pattern


class TextType(FieldType):
    """One line of text."""

    name = "text"
    label = Text("文字", "Text")
    doc = (
        "One line of text, at most `max` characters (200 unless told), trimmed; `pattern` is a regular expression "
        "the whole text has to match. Control characters are dropped, line breaks become spaces."
    )
    Options = TextOptions
    options: TextOptions
    search: ClassVar[Search] = "words"
    filters: tuple[Operator, ...] = ("contains", "equals", "starts", "empty", "filled")

    def column(self, *, null: bool) -> peewee.Field | None:
        return column(peewee.TextField, null)

    def parse(self, text: str, context: Context) -> Any:
        return self.check(text, context)

    def check(self, value: Any, context: Context) -> str | None:
        """The text in its normal form, None when nothing is left of it."""
        if value is None:
            return None
        words = self.normal(printable(text_of(value)))
        if not words:
            return None
        if len(words) > self.options.max:
            raise refuse("有 {n} 个字，最多 {max} 个", "{n} characters; at most {max} fit", n=len(words),
                         max=self.options.max)  # fmt: skip
        if self.options.pattern and not re.fullmatch(self.options.pattern, words):
            raise refuse("“{text}”不符合格式 {pattern}", "“{text}” does not match the pattern {pattern}",
                         text=quoted(words), pattern=self.options.pattern)  # fmt: skip
        return words

    def normal(self, words: str) -> str:
        """The spelling that is kept."""
        return words if words.isprintable() else re.sub(r"[\n\t]", " ", words)

    def example(self, locale: Locale) -> str:
        if self.options.pattern:
            return ""  # what fits a pattern is the office's to say, in the field's help
        return "文字" if locale == "zh" else "Text"

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, TextWidget(maxlength=self.options.max))


class LongTextOptions(TextOptions):
    max: int = Option(default=10_000, ge=1, le=1_000_000)


class LongTextType(TextType):
    name = "long_text"
    label = Text("长文字", "Long text")
    doc = "Text of several lines, at most `max` characters (10,000 unless told), trimmed at both ends."
    Options = LongTextOptions
    options: LongTextOptions
    filters = ("contains", "empty", "filled")
    sortable = False

    def normal(self, words: str) -> str:
        return words

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, AreaWidget(maxlength=self.options.max))


class AddressOptions(Options):
    max: int = Option(default=254, ge=1, le=2000)
    pattern: str = ""


_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_URL = re.compile(r"https?://[^\s/?#@]+\.?[^\s]*", re.IGNORECASE)


class EmailType(TextType):
    name = "email"
    label = Text("电子邮箱", "E-mail")
    doc = "An e-mail address; the part behind the @ is kept in lower case."
    Options = AddressOptions  # type: ignore[assignment]
    search = "code"
    masks = True

    def check(self, value: Any, context: Context) -> str | None:
        words = super().check(value, context)
        if words is not None and not _EMAIL.fullmatch(words):
            raise refuse("“{text}”不是电子邮箱，例如 name@example.com",
                         "“{text}” is not an e-mail address, e.g. name@example.com", text=quoted(words))  # fmt: skip
        return words

    def normal(self, words: str) -> str:
        local, at, domain = halfwidth(words).rpartition("@")
        return local + at + domain.lower()

    def mask(self, value: Any, context: Context) -> str:
        local, _, domain = str(value or "").rpartition("@")
        return f"{local[:1]}•••@{domain}" if value else ""

    def example(self, locale: Locale) -> str:
        return "name@example.com"

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, TextWidget(type="email", autocomplete="off", maxlength=self.options.max))


class UrlOptions(AddressOptions):
    max: int = Option(default=2000, ge=1, le=2000)


class UrlType(TextType):
    name = "url"
    label = Text("网址", "Web address")
    doc = "A web address that begins with http:// or https://; no other scheme is taken."
    Options = UrlOptions  # type: ignore[assignment]
    search = ""

    def check(self, value: Any, context: Context) -> str | None:
        words = super().check(value, context)
        if words is not None and not _URL.fullmatch(words):
            raise refuse("“{text}”不是网址，应以 http:// 或 https:// 开头，例如 https://example.com",
                         "“{text}” is not a web address; it begins with http:// or https://, e.g. https://example.com",
                         text=quoted(words))  # fmt: skip
        return words

    def example(self, locale: Locale) -> str:
        return "https://example.com"

    def form_field(self, field: Field, context: Context) -> UnboundField:
        return typed(field, context, TextWidget(type="url", maxlength=self.options.max))
