"""An answer as a script of the page takes it."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response


def for_script(answer: Any) -> Any:
    """A redirect as a script takes it: it goes there itself, so that the page shows what was flashed."""
    if isinstance(answer, Response) and 300 <= answer.status_code < 400:
        return "", 204, {"X-Go": answer.headers["Location"]}
    return answer
