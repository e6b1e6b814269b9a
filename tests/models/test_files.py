"""Files hold on to their bytes as long as any record has them, whoever takes one away at the same moment."""

from __future__ import annotations

import io
import threading
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from models.storage.files import safe_name

SCAN = b"%PDF-1.4 the same scan for everyone"


@pytest.fixture
def records(library: Any) -> list[Any]:
    ids = [library.store.create(SYSTEM, "author", {"name": name}, Source("form")) for name in ("Bo", "Cy")]
    return [library.scope.get(SYSTEM, "author", id) for id in ids]


def attach(library: Any, record: Any) -> str:
    return str(library.files.put(SYSTEM, "author", record.id, "scan.pdf", io.BytesIO(SCAN)))


@pytest.mark.both_engines
def test_the_bytes_stay_as_long_as_one_record_has_them(library: Any, records: list[Any]) -> None:
    bo, cy = records
    keys = [attach(library, bo), attach(library, cy)]
    path = library.files.path(library.files.of(cy)[0])
    library.files.remove(bo, keys[0])
    assert path.read_bytes() == SCAN
    library.files.remove(cy, keys[1])
    assert not path.exists()
    assert not list(library.files.folder.glob("incoming-*"))


@pytest.mark.both_engines
def test_one_attaches_what_another_takes_away_at_the_same_moment(library: Any, records: list[Any]) -> None:
    lost: list[str] = []

    def over_and_over(record: Any) -> None:
        with library.connection():
            for _ in range(60):
                key = attach(library, record)
                if not library.files.path(library.files.find(record, (), key)).exists():
                    lost.append(key)
                library.files.remove(record, key)

    threads = [threading.Thread(target=over_and_over, args=(record,)) for record in records]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lost == []


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/scan.pdf", "scan.pdf"),
        ("..\\..\\scan.pdf", "scan.pdf"),
        ('a"b\r\nX-Evil: 1.pdf', "a_b__X-Evil_ 1.pdf"),
        ("bill\u202efdp.exe.pdf", "bill_fdp.exe.pdf"),
        ("\x00\ud800.pdf", "__.pdf"),
        (" 收据 (1).PDF ", "收据 (1).PDF"),
        ("a" * 300 + ".pdf", "a" * 140 + ".pdf"),
    ],
)
def test_a_file_s_name_says_what_it_is_and_nothing_else(name: str, kept: str) -> None:
    assert safe_name(name) == kept
