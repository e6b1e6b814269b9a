"""Signed codes: read back by their own kind and office alone, forged by nobody, old ones while their key stays."""

from __future__ import annotations

import base64
import re
import string
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.codes import KEYS, SEAL, Codes

ALPHABET = string.ascii_letters + string.digits + "-_"


@pytest.fixture
def codes(tmp_path: Path) -> Codes:
    return Codes(tmp_path)


@pytest.mark.parametrize("id", [1, 255, 256, 70_000, 2**32, 2**63 - 1])
def test_a_code_is_read_back_and_is_short_enough_for_a_small_print(codes: Codes, id: int) -> None:
    token = codes.sign("visitor", id)
    assert re.fullmatch(r"[\w-]{18,27}", token, re.ASCII)
    assert codes.read("visitor", token) == id
    assert codes.sign("visitor", id) == token


def test_a_code_of_one_kind_or_office_is_none_of_another(codes: Codes, tmp_path: Path) -> None:
    token = codes.sign("visitor", 7)
    assert codes.read("goods_exit", token) is None
    assert Codes(tmp_path / "other").read("visitor", token) is None
    assert len({codes.sign(kind, id) for kind in ("visitor", "point") for id in range(1, 500)}) == 998


def test_no_other_spelling_of_a_code_is_read(codes: Codes) -> None:
    """One sign changed, added or left out, other padding, spare bits, leading zeros: all are forgeries."""
    token = codes.sign("visitor", 7)
    changed = {token[:n] + sign + token[n + 1 :] for n in range(len(token)) for sign in ALPHABET} - {token}
    spelt = {token[:-1], token + "A", f"{token}=", f"{token}==", f" {token}", f"{token}\n", token.swapcase()}
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    padded = base64.urlsafe_b64encode(b"\0" + raw).decode().rstrip("=")
    assert not [one for one in changed | spelt | {padded} if codes.read("visitor", one) is not None]


@given(st.text(max_size=40) | st.text(ALPHABET, max_size=40) | st.binary(min_size=1, max_size=20).map(
    lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")))  # fmt: skip
def test_whatever_somebody_types_is_read_as_nothing(text: str) -> None:
    assert _OFFICE.read("visitor", text) is None


class _Fixed(Codes):
    _keys = [b"one key"]  # type: ignore[assignment]  # noqa: RUF012


_OFFICE = _Fixed(Path())


@pytest.mark.parametrize("id", [0, -1, 2**63])
def test_only_what_can_be_a_record_is_signed(codes: Codes, id: int) -> None:
    with pytest.raises(ValueError, match="no record"):
        codes.sign("visitor", id)


def test_the_signature_has_96_bits_at_least() -> None:
    assert SEAL * 8 >= 96


def test_the_keys_are_for_the_owner_alone_and_survive_a_restart(tmp_path: Path) -> None:
    token = Codes(tmp_path).sign("visitor", 7)
    assert (tmp_path / KEYS).stat().st_mode & 0o777 == 0o600
    assert Codes(tmp_path).read("visitor", token) == 7


def test_a_new_key_signs_and_the_old_one_is_read_until_it_is_taken_out(tmp_path: Path) -> None:
    before, path = Codes(tmp_path).sign("point", 3), tmp_path / KEYS
    old = path.read_text()
    path.write_text(f"{'new' * 20}\n{old}")
    both = Codes(tmp_path)
    after = both.sign("point", 3)
    assert after != before and both.read("point", before) == both.read("point", after) == 3
    path.write_text("new" * 20)
    assert Codes(tmp_path).read("point", before) is None and Codes(tmp_path).read("point", after) == 3


def test_an_empty_file_of_keys_signs_nothing(tmp_path: Path) -> None:
    (tmp_path / KEYS).write_text("\n")
    with pytest.raises(ValueError, match="holds no key"):
        Codes(tmp_path).sign("visitor", 1)


def test_workers_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: Codes(tmp_path).sign("visitor", 7), range(32)))
    assert len(tokens) == 1 and [one.name for one in tmp_path.iterdir()] == [KEYS]


def test_an_office_has_them(library: Any) -> None:
    assert library.codes.read("loan", library.codes.sign("loan", 12)) == 12
    assert (library.var / KEYS).exists()
