"""The encoding of texts: found in the bytes and said, and texts that were read in a wrong one."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import charset_normalizer
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cetm_geo.errors import SourceError

_BLOCK_BYTES = 1 << 20
_SAMPLE_BYTES = 1 << 16
_CONTEXT_BYTES = 80
_HIGH_BYTES = bytes(range(0x80, 0x100))
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = ("cp1252", "cp850", "mac_roman")
_OTHERS = (
    "cp1252", "cp850", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "cp1258", "cp437", "cp874", "koi8_r", "gb18030", "big5", "cp932", "cp949", "euc_jp", "latin_1",
)  # fmt: skip
# What French, Portuguese, Spanish and German texts hold beside ASCII.
_WESTERN_LETTERS = frozenset("àâäáãæçéèêëîïíôöóõœùûüúñß")
_WESTERN_SIGNS = frozenset("’‘“”–—…«»¿¡°ºª²³½€·®©\u00a0")
_BROKEN_SHARE = 0.05  # of the characters beyond ASCII, above which a text is not damaged UTF-8


@dataclass(frozen=True)
class Encoding:
    """An encoding by Python's name, and in a phrase for people how it was told.

    guessed: the bytes allow others too. broken: characters of UTF-8 that are damaged in it.
    """

    name: str
    how: str
    guessed: bool = False
    broken: int = 0

    @property
    def is_utf8(self) -> bool:
        """True if the bytes are UTF-8 as they stand, or ASCII."""
        return self.name in ("ascii", "utf-8", "utf-8-sig") and not self.broken


# Of formats whose texts are UTF-8 by their own rules.
BY_FORMAT = Encoding("utf-8", "as its format prescribes")


def detected(sample: bytes) -> Encoding:
    """The encoding of texts, from their first bytes; the last character may be cut in two."""
    marked = next((name for mark, name in _MARKS if sample.startswith(mark)), "")
    if marked:
        return Encoding(marked, "has a byte order mark")
    wide = _utf16_without_mark(sample)
    if wide:
        return Encoding(wide, "every second byte is 0, as in UTF-16")
    if sample.isascii():
        return Encoding("ascii", "only ASCII")
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
    broken = text.count("\ufffd") - sample.count("\ufffd".encode())
    if not broken:
        return Encoding("utf-8", "valid UTF-8")
    beyond = sum(not c.isascii() for c in text)
    if broken <= _BROKEN_SHARE * beyond:
        return Encoding("utf-8", f"UTF-8 with {broken} damaged characters", broken=broken)
    name = _guessed(sample)
    return Encoding(name, f"not UTF-8; guessed as {name} from its letters", guessed=True)


def of_file(path: Path, shown: str, stated: str = "") -> Encoding:
    """The encoding of a whole text file, or the one that is stated.

    Raises SourceError where the stated one is not known.
    """
    if stated:
        known = checked(stated, shown)
        return replace(known, broken=_count_broken(path, known.name))
    with path.open("rb") as stream:
        head = detected(stream.read(_SAMPLE_BYTES))
    if head.name.startswith("utf-16"):
        return head
    found = detected(_telling_bytes(path))
    broken = _count_broken(path, found.name)
    name, how = (head.name, head.how) if head.name == "utf-8-sig" else (found.name, found.how)
    if broken and not found.guessed:
        how = f"UTF-8 with {broken} damaged characters"
    return Encoding(name, how, found.guessed, broken)


def checked(stated: str, shown: str) -> Encoding:
    """The encoding the catalogue states. Raises SourceError where it is not known."""
    try:
        name = codecs.lookup(stated).name
        b"a".decode(stated, "replace")  # base64 and the like are known, but of no texts
    except LookupError as error:
        raise SourceError(
            f"{shown}: the encoding {stated!r} is not known.",
            "Write one that Python knows as source.encoding, such as utf-8 or cp1252.",
        ) from error
    return Encoding(name, "stated as source.encoding")


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            yield block


def _telling_bytes(path: Path) -> bytes:
    """The lines of a file with more than ASCII in them, as far as a sample goes."""
    lines: list[bytes] = []
    room = _SAMPLE_BYTES
    with path.open("rb") as stream:
        for line in stream:
            beyond = None if line.isascii() else _BEYOND_ASCII.search(line)
            if beyond is None:
                continue
            start = max(beyond.start() - _CONTEXT_BYTES, 0)
            piece = line[start : start + _SAMPLE_BYTES]
            cut = start + len(piece) < len(line)
            lines.append(piece.rstrip(_HIGH_BYTES) if cut else piece)  # no character in two
            room -= len(piece)
            if room <= 0:
                break
    return b"\n".join(lines)


def _count_broken(path: Path, name: str) -> int:
    """Damaged characters of a file that is to be UTF-8; 0 for other encodings."""
    if name not in ("ascii", "utf-8", "utf-8-sig"):
        return 0
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    broken = 0
    for block in _blocks(path):
        text = decode(block)
        if not text.isascii():
            broken += text.count("\ufffd") - block.count("\ufffd".encode())
    return max(broken, 0)


def _utf16_without_mark(sample: bytes) -> str:
    """Latin letters in UTF-16 leave every second byte 0, which no text in bytes has."""
    half = len(sample) // 2
    zeros = sample[0 : 2 * half : 2].count(0), sample[1 : 2 * half : 2].count(0)
    if half < 4 or max(zeros) < 0.5 * half or min(zeros) > 0.05 * half:
        return ""
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def _guessed(sample: bytes) -> str:
    """The code page in which the letters make sense: a western one where they do, else the best."""
    telling = b"\n".join(line for line in sample.split(b"\n") if not line.isascii())
    for name in _WESTERN:
        if _is_western(telling.decode(name, "replace")):
            return name
    best = charset_normalizer.from_bytes(telling[:_SAMPLE_BYTES], cp_isolation=[*_OTHERS]).best()
    return best.encoding if best else "cp1252"


def _is_western(text: str) -> bool:
    """True if nearly all characters beyond ASCII are western letters as words hold them.

    Letters of a western word stand alone or in twos ("créée", "MINERAÇÃO") among ASCII ones, and
    no capital follows a small letter; those of other scripts in the same bytes come in long runs.
    """
    odd, beyond = 0, 0
    for before, c in pairwise(" " + text):
        if c.isascii():
            continue
        beyond += 1
        known = c in _WESTERN_SIGNS or c.lower() in _WESTERN_LETTERS
        odd += not known or (c.isupper() and before.islower())
    runs = re.findall(r"[^\W\d_a-zA-Z]+", text)
    long = sum(len(run) > 2 for run in runs)
    return odd <= 0.03 * beyond and long <= 0.05 * len(runs)


# --- texts that were read in a wrong encoding ----------------------------------------------------


class Garbled(NamedTuple):
    """A text of a column that was read wrongly; no suggestion where its characters are lost."""

    column: str
    example: str
    suggestion: str


def _bytes_by_character() -> dict[str, int]:
    """cp1252 and latin-1, back to bytes: of 0x80 to 0xFF."""
    out = {chr(byte): byte for byte in range(0x80, 0x100)}
    for byte in range(0x80, 0xA0):
        out[bytes([byte]).decode("cp1252", "ignore") or chr(byte)] = byte
    return out


def _class(low: int, high: int) -> str:
    return "[" + "".join(re.escape(c) for c, b in _BYTES.items() if low <= b <= high) + "]"


_BYTES = _bytes_by_character()
_NEXT = _class(0x80, 0xBF)
_SEQUENCE = (
    f"(?:{_class(0xC2, 0xDF)}{_NEXT}|{_class(0xE0, 0xEF)}{_NEXT}{_NEXT}"
    f"|{_class(0xF0, 0xF4)}{_NEXT}{_NEXT}{_NEXT})"
)
_RUN = re.compile(f"{_SEQUENCE}+")
_SUSPECT = f"[\u00c2-\u00f4]{_NEXT}|\ufffd"
# What stands after a word in a genuine text, and could be the second byte of a character.
_AFTER_WORDS = frozenset("’”»…–—›®©™\u00a0")
_LATIN_AND_SIGNS = (("\u0080", "\u017f"), ("\u1ea0", "\u1ef9"), ("\u2010", "\u2044"))
_LONGEST_EXAMPLE = 40
_MOST_LOOKED_AT = 2000


def mojibake(texts: pd.DataFrame | pd.Series[Any]) -> list[Garbled]:
    """Texts that were UTF-8 but read as cp1252 or latin-1 ("MinÃ©rio"), once or twice over, and
    texts with U+FFFD, where a character was lost: one example a column.

    Genuine texts in any language give none: a run of characters counts only if it is UTF-8 once
    written in cp1252, gives letters that belong together, and could not end a word with a sign.
    """
    frame = texts.to_frame() if isinstance(texts, pd.Series) else texts
    found = (_garbled(str(name), frame.iloc[:, i]) for i, name in enumerate(frame.columns))
    return [example for example in found if example is not None]


def _garbled(name: str, column: pd.Series[Any]) -> Garbled | None:
    if not pd.api.types.is_string_dtype(column.dtype):
        return None
    try:
        values = pa.array(column, type=pa.large_string(), from_pandas=True)
    except (pa.ArrowException, TypeError):  # other things than texts among them
        values = pa.array([v for v in column if isinstance(v, str)], type=pa.large_string())
    values = values if isinstance(values, pa.Array) else values.combine_chunks()
    beyond = values.filter(pc.invert(pc.string_is_ascii(values)))
    suspects = beyond.filter(pc.match_substring_regex(beyond, _SUSPECT)).unique()
    lost = None
    for text in map(str, suspects.slice(0, _MOST_LOOKED_AT).to_pylist()):
        mended = unread(text)
        if mended != text:
            return Garbled(name, *_example(text))
        if "\ufffd" in text and lost is None:
            lost = Garbled(name, _around(text, text.index("\ufffd")), "")
    return lost


def unread(text: str) -> str:
    """A text as it was before UTF-8 was read as cp1252 or latin-1, once or several times."""
    for _ in range(3):
        mended = _RUN.sub(_decoded, text)
        if mended == text:
            break
        text = mended
    return text


def _decoded(run: re.Match[str]) -> str:
    """What a run of characters was in UTF-8; the run itself where it is genuine."""
    text = run.group()
    if _may_be_genuine(run):
        return text
    try:
        plain = bytes(_BYTES[c] for c in text).decode("utf-8")
    except UnicodeDecodeError:
        return text
    familiar = all(map(_is_familiar, plain))
    together = len(plain) > 1 and all(unicodedata.category(c)[0] in "LMNPZ" for c in plain)
    return plain if familiar or together else text


def _may_be_genuine(run: re.Match[str]) -> bool:
    """True for one letter and the signs that end a word: "IRMÃ”", "l'été »" with a fixed space."""
    lead, rest = run.group()[0], run.group()[1:]
    text, after = run.string, run.string[run.end() : run.end() + 1]
    if not set(rest) <= _AFTER_WORDS or after.isalpha():
        return False
    return lead.islower() or text[max(run.start() - 1, 0) : run.start()].isupper()


def _is_familiar(c: str) -> bool:
    """True for letters of Latin scripts, signs of Latin-1 and punctuation."""
    return c in "ƠơƯư€™" or any(first <= c <= last for first, last in _LATIN_AND_SIGNS)


def _example(text: str) -> tuple[str, str]:
    """The first garbled words of a text, and what they were."""
    place = next(m.start() for m in _RUN.finditer(text) if _decoded(m) != m.group())
    words = _around(text, place)
    return words, unread(words)


def _around(text: str, place: int) -> str:
    start = text.rfind(" ", 0, place) + 1
    end = text.find(" ", place)
    return text[max(start, place - _LONGEST_EXAMPLE) :][: (end if end > 0 else len(text)) - start][
        : 2 * _LONGEST_EXAMPLE
    ]


def text_remarks(attributes: pd.DataFrame, encoding: Encoding | None = None) -> tuple[str, ...]:
    """What there is to say of a file's texts: that they look garbled, or that a guess was made.

    encoding: in which they were read; None where the format, or another reader, told it.
    """
    found = mojibake(attributes)
    remarks = [
        text
        for text in (
            _on_garbled([g for g in found if g.suggestion], encoding),
            _on_lost([g for g in found if not g.suggestion]),
            _on_the_encoding(encoding),
        )
        if text
    ]
    return tuple(remarks)


def _on_garbled(found: list[Garbled], encoding: Encoding | None) -> str:
    if not found:
        return ""
    first = f"{found[0].example!r} for {found[0].suggestion!r} in column {_columns(found)}"
    if encoding is not None and encoding.name.startswith(("utf", "ascii")):
        return f"texts look garbled ({first}), and did so before the file was written; ask anew"
    return f'texts look garbled ({first}); write source.encoding = "utf-8"'


def _on_lost(found: list[Garbled]) -> str:
    if not found:
        return ""
    return (
        f"letters of texts are lost ({found[0].example!r} in column {_columns(found)}); "
        "write source.encoding if it was stated wrongly, else ask for the file again"
    )


def _on_the_encoding(encoding: Encoding | None) -> str:
    if encoding is None or not encoding.guessed:
        return ""
    return (
        f"texts were read as {encoding.name}, a guess: {encoding.how}; "
        "state source.encoding to be sure"
    )


def _columns(found: list[Garbled]) -> str:
    more = len(found) - 1
    return found[0].column + (f", and in {more} more" if more else "")
