"""Sets of titles as bits, a bit a title by n: any of several sets, and how many are in each."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cetm_geo.arrays import Flags, Indices

Bits = NDArray[np.uint64]  # (ceil(n / 64),), the first title in the lowest bit


def packed(mask: Flags) -> Bits:
    """A mask as bits; what fills the last number up is 0."""
    out = np.zeros(-(-len(mask) // 64), np.uint64)
    found = np.packbits(mask, bitorder="little")
    out.view(np.uint8)[: len(found)] = found
    return out


def unpacked(bits: Bits, count: int) -> Flags:
    """Bits of `count` titles as a mask."""
    return np.unpackbits(bits.view(np.uint8), count=count, bitorder="little").view(bool)


def base64_of(mask: Flags) -> str:
    """A mask as base64 of its bits, ceil(n / 8) bytes, the first title in the lowest bit."""
    return base64.b64encode(np.packbits(mask, bitorder="little").tobytes()).decode("ascii")


def size(bits: Bits) -> int:
    """How many titles are in a set."""
    return int(np.bitwise_count(bits).sum())


@dataclass(frozen=True, eq=False)
class Sets:
    """A set of titles for each value: bits, (values, ceil(n / 64))."""

    values: tuple[str, ...]
    bits: NDArray[np.uint64]

    @staticmethod
    def of(values: Sequence[str], members: Mapping[str, Flags | Indices], count: int) -> Sets:
        """members: of a value its titles, as a mask or by n; a value without an entry has none."""
        bits = np.zeros((len(values), -(-count // 64)), np.uint64)
        for row, value in enumerate(values):
            found = members.get(value)
            if found is None:
                continue
            mask = found
            if found.dtype != bool:
                mask = np.zeros(count, bool)
                mask[found] = True
            bits[row] = packed(mask)  # type: ignore[arg-type]
        return Sets(tuple(values), bits)

    def of_any(self, values: Iterable[str]) -> Bits:
        """Titles in the set of any of these values; a value that is not here has none."""
        known = {value: row for row, value in enumerate(self.values)}
        rows = [known[value] for value in values if value in known]
        return np.asarray(np.bitwise_or.reduce(self.bits[rows], axis=0), np.uint64)

    def counts(self, within: Bits) -> dict[str, int]:
        """Of each value how many of the titles `within` are in its set."""
        found = np.bitwise_count(self.bits & within).sum(axis=1, dtype=np.int64)
        return dict(zip(self.values, found.tolist(), strict=True))
