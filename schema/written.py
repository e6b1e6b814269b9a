"""What every part of the document shares: its path, words in both languages, lists of names, expressions."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, ModelWrapValidatorHandler, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from schema.problems import Path
from schema.text import Text


class Part(BaseModel):
    """A piece of the document; ``path`` says where in the YAML it was written."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, use_attribute_docstrings=True)
    _path: Path = PrivateAttr(default=())

    @model_validator(mode="wrap")
    @classmethod
    def _remember(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        strange = cls.strange(data) if isinstance(data, dict) else []
        if strange:
            raise PydanticCustomError("unknown_keys", "unknown keys", {"keys": strange, "known": cls.key_names()})
        part = handler(data)
        part._path = getattr(data, "path", ())
        return part

    @classmethod
    def key_names(cls) -> list[str]:
        """The keys as they are written in the YAML."""
        return [info.alias or name for name, info in cls.model_fields.items()]

    @classmethod
    def strange(cls, data: dict[str, Any]) -> list[str]:
        """The keys of ``data`` that it does not have."""
        known = cls.key_names()
        return [key for key in data if key not in known]

    @property
    def path(self) -> Path:
        return self._path


class WordsPart(Part):
    """A text in both languages."""

    zh: str
    """Chinese."""
    en: str
    """English."""


def _both(value: Any) -> Any:
    return {"zh": str(value), "en": str(value)} if isinstance(value, (str, int)) else value


def many(value: Any) -> Any:
    """A single name as a list of one; anything else as it is."""
    return [value] if isinstance(value, (str, int)) and not isinstance(value, bool) else value


def one_or_many(value: Any) -> Any:
    """A single text or map as a list of one; anything else as it is."""
    return [value] if isinstance(value, dict) else many(value)


def _source(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return value


Words = Annotated[WordsPart, BeforeValidator(_both, json_schema_input_type=str | WordsPart)]
"""A text, or {zh: …, en: …}."""
WordsList = Annotated[
    tuple[Words, ...], BeforeValidator(one_or_many, json_schema_input_type=str | WordsPart | list[str | WordsPart])
]
"""One text or a list of them."""
Names = Annotated[tuple[str, ...], BeforeValidator(many, json_schema_input_type=str | list[str])]
"""One name or a list of names."""
Formula = Annotated[str, BeforeValidator(_source, json_schema_input_type=str | bool)]
"""An expression."""


def say(words: WordsPart) -> Text:
    """The words as a Text."""
    return Text(words.zh, words.en)
