"""Made-up handwriting for the demo estate: the signatures on its papers, as PNG pictures."""

from __future__ import annotations

import io
import math
import random
import struct
import zlib

WIDTH, HEIGHT = 300, 110
INK, PAPER = 30, 255


def signature(seed: str) -> io.BytesIO:
    """A scrawl that is the same for the same ``seed``: a grey PNG on white."""
    draws = random.Random(seed)
    rows = [bytearray([PAPER]) * WIDTH for _ in range(HEIGHT)]
    waves = [(draws.uniform(6, 18), draws.uniform(0.04, 0.12), draws.uniform(0, 6)) for _ in range(3)]
    for step in range(900):
        along = step / 900
        x = 30 + along * (WIDTH - 70) + 9 * math.sin(step / 17)
        y = HEIGHT / 2 + sum(height * math.sin(step * speed / 3 + start) for height, speed, start in waves) / 2
        _dot(rows, round(x), round(y), 1 + (step % 90 < 45))
    return _png(rows)


def _dot(rows: list[bytearray], x: int, y: int, size: int) -> None:
    for row in range(max(0, y - size), min(HEIGHT, y + size + 1)):
        for column in range(max(0, x - size), min(WIDTH, x + size + 1)):
            rows[row][column] = INK


def _png(rows: list[bytearray]) -> io.BytesIO:
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    parts = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
