"""Vector tiles read by the letter of their specification, for tests."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

POINT, LINE, POLYGON = 1, 2, 3


@dataclass(frozen=True)
class Feature:
    """kind: POINT, LINE or POLYGON. paths: its points, lines or rings, in tile units."""

    kind: int
    properties: dict[str, Any]
    paths: list[list[tuple[int, int]]]


def layers_of(tile: bytes) -> dict[str, list[Feature]]:
    """Features of each layer of a tile that has any."""
    named = [_layer(body) for field, body in _fields(tile) if field == 3]
    return {name: features for name, features in named if features}


def _layer(body: bytes) -> tuple[str, list[Feature]]:
    fields = list(_fields(body))
    name = next(value for field, value in fields if field == 1).decode()
    keys = [value.decode() for field, value in fields if field == 3]
    values = [_value(value) for field, value in fields if field == 4]
    features = [_feature(value, keys, values) for field, value in fields if field == 2]
    return name, features


def _feature(body: bytes, keys: list[str], values: list[Any]) -> Feature:
    fields = dict(_fields(body))
    tags = list(_varints(fields.get(2, b"")))
    properties = {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
    return Feature(fields.get(3, 0), properties, _paths(list(_varints(fields.get(4, b"")))))


def _paths(codes: list[int]) -> list[list[tuple[int, int]]]:
    paths: list[list[tuple[int, int]]] = []
    x = y = at = 0
    while at < len(codes):
        command, count = codes[at] & 7, codes[at] >> 3
        at += 1
        if command == 7:
            paths[-1].append(paths[-1][0])
            continue
        for _ in range(count):
            x, y = x + _zigzag(codes[at]), y + _zigzag(codes[at + 1])
            at += 2
            if command == 1:
                paths.append([])
            paths[-1].append((x, y))
    return paths


def _value(body: bytes) -> Any:
    field, raw = next(_fields(body))
    read = {
        1: lambda: str(raw, "utf-8"),
        2: lambda: struct.unpack("<f", raw)[0],
        3: lambda: struct.unpack("<d", raw)[0],
        6: lambda: _zigzag(raw),
        7: lambda: bool(raw),
    }
    return read.get(field, lambda: raw)()


def _zigzag(code: int) -> int:
    return (code >> 1) ^ -(code & 1)


def _varints(body: bytes) -> Iterator[int]:
    at = 0
    while at < len(body):
        value, at = _varint(body, at)
        yield value


def _varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def _fields(body: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(body):
        key, at = _varint(body, at)
        field, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(body, at)
            yield field, value
            continue
        size = {1: 8, 5: 4}.get(wire)
        if size is None:
            size, at = _varint(body, at)
        yield field, body[at : at + size]
        at += size
