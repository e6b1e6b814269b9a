"""Sites and their visitors, as the tests of the frame have them."""

from __future__ import annotations

from tests.site.conftest import published, site_of, visit

__all__ = ["published", "site_of", "visit"]
