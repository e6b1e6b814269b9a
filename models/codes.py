"""Signed codes: a record's number as a short token that cannot be guessed, for codes on paper and private links."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import tempfile
from functools import cached_property
from pathlib import Path

KEYS = "code_keys"
"""The file of the keys in the office's folder: one a line, the first signs, all of them read."""
SEAL = 12
"""Bytes of a signature: 96 bits, which nobody hits by trying."""
LONGEST = 32
"""Characters of a token at most: eight bytes of number, the seal, and some room."""
_FIRST_TO_LAST = range(1, 2**63)


class Codes:
    """Tokens for records of one office. They say nothing of who may use them: what stands behind one is for the
    caller to show, and what a token opens without signing in must be made for that."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEYS

    def sign(self, kind: str, id: int) -> str:
        """The token of record ``id`` among the ``kind`` ("visitor", "survey_sample"): letters, digits, - and _.

        The same kind and id always give the same token, and a token of one kind is none of another. It has 18 to 27
        characters. Raises ValueError for a number that no record has.
        """
        return _token(self._keys[0], kind, id)

    def read(self, kind: str, token: str) -> int | None:
        """The id that was signed for ``kind``; None for anything that no key of this office has signed."""
        id = _claimed(token)
        if id is None:
            return None
        # Every key is tried to the end and compared in constant time: how long it takes tells nothing.
        matches = [hmac.compare_digest(token, _token(key, kind, id)) for key in self._keys]
        return id if any(matches) else None

    @cached_property
    def _keys(self) -> list[bytes]:
        """The keys of the file, which is made with the first one; known until the office is opened again."""
        if not self._path.exists():
            _make(self._path)
        lines = self._path.read_text(encoding="ascii").splitlines()
        keys = [line.strip().encode() for line in lines if line.strip()]
        if not keys:
            raise ValueError(f"{self._path} holds no key; take it away to have a new one made")
        return keys


def _make(path: Path) -> None:
    """A file with a new key, readable by the owner alone. Of two who make one at once the first wins, and both read
    the same whole file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".key-") as scratch:
        scratch.write(f"{secrets.token_hex(32)}\n")
        scratch.flush()
        try:
            os.link(scratch.name, path)
        except FileExistsError:
            return


def _token(key: bytes, kind: str, id: int) -> str:
    if id not in _FIRST_TO_LAST:
        raise ValueError(f"no record has the number {id}")
    number = id.to_bytes((id.bit_length() + 7) // 8, "big")
    seal = hmac.new(key, kind.encode() + b"\0" + number, hashlib.sha256).digest()[:SEAL]
    return base64.urlsafe_b64encode(number + seal).rstrip(b"=").decode("ascii")


def _claimed(token: str) -> int | None:
    """The number that a token claims to stand for; None where it cannot be one."""
    if not token.isascii() or len(token) > LONGEST:
        return None
    try:
        number = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)[:-SEAL]
    except (ValueError, binascii.Error):
        return None
    id = int.from_bytes(number, "big")
    return id if id in _FIRST_TO_LAST else None
