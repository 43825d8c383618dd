"""A PMTiles file of version 3 with a tile or two, made for one test."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MVT, PNG = 1, 2
NONE, GZIP, BROTLI = 1, 2, 3
HEAD_BYTES = 127


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def archive(
    path: Path,
    tile: bytes,
    kind: int,
    about: dict[str, Any] | None = None,
    packed: int = GZIP,
    box: Sequence[float] = (-180, -85, 180, 85),
) -> Path:
    """A file whose one tile is that of the whole world, at zoom 0."""
    # One entry: tile number 0, a run of one, its length, and its place (0, written as 1).
    root = b"".join(map(varint, (1, 0, 1, len(tile), 1)))
    told = json.dumps(about or {}).encode()
    if packed == GZIP:
        root, told = gzip.compress(root), gzip.compress(told)
    at = HEAD_BYTES
    places = []
    for part in (root, told, b"", tile):
        places += [at, len(part)]
        at += len(part)
    west, south, east, north = (round(degrees * 1e7) for degrees in box)
    head = b"PMTiles\x03" + struct.pack("<8Q", *places) + struct.pack("<3Q", 1, 1, 1)
    head += bytes([1, packed, NONE, kind, 0, 0])
    head += struct.pack("<4i", west, south, east, north) + bytes([0]) + struct.pack("<2i", 0, 0)
    assert len(head) == HEAD_BYTES
    path.write_bytes(head + root + told + tile)
    return path


def field(number: int, value: int | bytes) -> bytes:
    """One field of a protobuf message: a number or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def square_tile(layer: str, kind: str) -> bytes:
    """A vector tile with one layer: a square in its middle, whose `kind` is told."""

    def zigzag(value: int) -> int:
        return value << 1 if value >= 0 else -value * 2 - 1

    moves = [9, zigzag(1024), zigzag(1024), 26]
    moves += [zigzag(x) for x in (2048, 0, 0, 2048, -2048, 0)] + [15]
    shape = b"".join(map(varint, moves))
    feature = field(2, bytes([0, 0])) + field(3, 3) + field(4, shape)
    text = field(1, layer.encode()) + field(2, feature) + field(3, b"kind")
    text += field(4, field(1, kind.encode())) + field(5, 4096) + field(15, 2)
    return field(3, text)
