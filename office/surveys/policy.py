"""The settings of surveys: how small a group may be shown, how often private links are asked (S8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from schema.settings import claim, setting
from schema.written import Part

if TYPE_CHECKING:
    from schema.spec import Schema


@setting("surveys")
class SurveyPolicy(Part):
    """How careful the office is with what people answered."""

    least_group: int = Field(5, ge=2, le=100)
    """Answers below which a group is not shown by itself, so that nobody is recognised."""
    page_visits: int = Field(40, ge=5, le=10_000)
    """Requests that one private link takes within a quarter of an hour."""
    address_visits: int = Field(400, ge=10, le=1_000_000)
    """Requests that one address makes to private links within that time: a whole estate may share one address."""
    wrong_links: int = Field(20, ge=3, le=10_000)
    """Of these, requests for links that are none."""


def policy_of(schema: Schema) -> SurveyPolicy:
    """The settings of the schema."""
    return claim(schema, "surveys", SurveyPolicy)
