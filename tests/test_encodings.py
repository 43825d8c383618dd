"""In which encoding a text is: told from its bytes, and a guess is called one; garbled texts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cetm_geo.errors import SourceError
from cetm_geo.readers import encodings
from cetm_geo.readers.encodings import detected, mojibake, of_file, text_remarks

FRENCH = "Société minière de la Ruzizi, permis délivré à Kinshasa"
PORTUGUESE = "MINERAÇÃO São João Ltda; concessão nº 5"
VIETNAMESE = "Mỏ đồng Sin Quyền, tỉnh Lào Cai"
KHMER = "អាជ្ញាបណ្ណរុករករ៉ែ"
RUSSIAN = "Рудник Восточный; лицензия на добычу меди"
SURE = [
    (FRENCH.encode("utf-8-sig"), "utf-8-sig", "has a byte order mark"),
    (FRENCH.encode("utf-16"), "utf-16", "has a byte order mark"),
    (FRENCH.encode("utf-16-be"), "utf-16-be", "every second byte is 0, as in UTF-16"),
    (FRENCH.encode("utf-16-le"), "utf-16-le", "every second byte is 0, as in UTF-16"),
    (KHMER.encode(), "utf-8", "valid UTF-8"),
    (b"copper", "ascii", "only ASCII"),
    (b"", "ascii", "only ASCII"),
]
GUESSED = [
    (FRENCH, "cp1252"), (FRENCH, "cp850"), (PORTUGUESE, "cp1252"), (PORTUGUESE, "cp850"),
    ("Minério", "cp1252"), ("Zone d’étude", "cp1252"), (RUSSIAN, "cp1251"),
    ("منجم النحاس رخصة التعدين", "cp1256"), ("เหมืองแร่ทองแดง", "cp874"),
    ("铜矿采矿许可证 紫金矿业", "gb18030"), ("Kopalnia Węgla Żółkiew; złoża", "cp1250"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "name", "how"), SURE)
def test_an_encoding_that_the_bytes_prove_is_told_as_sure(data: bytes, name: str, how: str) -> None:
    assert detected(data) == encodings.Encoding(name, how)


@pytest.mark.parametrize(("text", "name"), GUESSED)
def test_an_older_code_page_is_guessed_and_called_a_guess(text: str, name: str) -> None:
    found = detected(text.encode(name))
    assert (found.name, found.guessed) == (name, True)
    assert found.how == f"not UTF-8; guessed as {name} from its letters"
    assert text.encode(name).decode(found.name) == text


@pytest.mark.parametrize("text", [FRENCH, VIETNAMESE, KHMER, "铜矿"])
def test_a_sample_cut_within_a_character_is_still_utf_8(text: str) -> None:
    data = text.encode()
    names = {detected(data[:end]).name for end in range(len(data) + 1)}
    assert names <= {"utf-8", "ascii"}


def test_one_damaged_letter_does_not_make_utf_8_another_encoding(tmp_path: Path) -> None:
    data = (FRENCH * 20).encode() + b"\xc3," + FRENCH.encode()
    assert detected(data).name == "utf-8"
    assert "1 damaged" in detected(data).how
    (tmp_path / "a.csv").write_bytes(data)
    assert (of_file(tmp_path / "a.csv", "a.csv").name, detected(data).broken) == ("utf-8", 1)


def test_the_only_letter_that_tells_may_stand_at_the_end_of_a_long_file(tmp_path: Path) -> None:
    for end, name in (("é", "cp1252"), ("é", "utf-8"), ("e", "ascii")):
        text = "copper,1\n" * 300_000 + f"Min{end}rio\n"
        (tmp_path / "a.csv").write_bytes(text.encode(name))
        assert of_file(tmp_path / "a.csv", "a.csv").name == name


@pytest.mark.parametrize("stated", ["utf8000", "base64"])
def test_an_unknown_encoding_is_refused(tmp_path: Path, stated: str) -> None:
    (tmp_path / "a.csv").write_bytes(b"a")
    with pytest.raises(SourceError, match=rf"'{stated}' is not known.*source\.encoding"):
        of_file(tmp_path / "a.csv", "a.csv", stated)


def wrongly_read(text: str, name: str = "cp1252", times: int = 1) -> str:
    """UTF-8 read as an older code page; bytes that cp1252 leaves out, as browsers read them."""
    for _ in range(times):
        data = text.encode()
        text = "".join(bytes([b]).decode(name, "ignore") or chr(b) for b in data)
    return text


WORDS = ["Minério", "l’été", "São", "MINERAÇÃO", "5°", "Quyền", "អាជ្ញាបណ្ណ", "МЕДЬ", "铜矿", "à"]


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("name", ["cp1252", "latin-1"])
@pytest.mark.parametrize("text", WORDS)
def test_utf_8_that_was_read_as_an_older_code_page_is_told_with_what_it_was(
    text: str, name: str, times: int
) -> None:
    garbled = wrongly_read(text, name, times)
    found = mojibake(pd.Series([None, "copper", garbled], name="SUBS"))
    assert found == [("SUBS", garbled, text)]


GENUINE = [
    FRENCH, PORTUGUESE, VIETNAMESE, KHMER, RUSSIAN, "“AMANHÔ", "IRMÔ", "SOCIÉTÉ®", "CAFÉ…",
    "l’été\u00a0»", "dit à\u00a0«\u00a0Kin\u00a0»", "É—", "LÂ’", "12° 30′ 5″ S", "ESPAÑA–",
    "SÃO SEBASTIÃO DO PARÁ", "Âu Lạc", "à 5 km", "Öl–", "½ ¾ ² ³ µg/m³", "€ 5", "naïve",
    "“Đắk Lắk”…",
]  # fmt: skip


@pytest.mark.parametrize("text", GENUINE)
def test_a_genuine_text_in_any_language_is_no_alarm(text: str) -> None:
    assert mojibake(pd.DataFrame({"a": [text, text.upper(), text.lower()]})) == []


def test_a_letter_that_was_lost_is_told_without_a_suggestion() -> None:
    frame = pd.DataFrame({"a": ["x", "Min\ufffdrio de ferro"], "b": [1, 2], "c": [1, "Ã©"]})
    assert mojibake(frame) == [("a", "Min\ufffdrio", ""), ("c", "Ã©", "é")]


def test_the_remarks_say_what_to_write() -> None:
    frame = pd.DataFrame({"SUBS": ["MinÃ©rio de ferro"], "NAME": ["SÃ£o"]})
    (remark,) = text_remarks(frame)
    assert remark == (
        "texts look garbled ('MinÃ©rio' for 'Minério' in column SUBS, and in 1 more); "
        'write source.encoding = "utf-8"'
    )
    assert "source.encoding" not in text_remarks(frame, detected(KHMER.encode()))[0]
    (guess,) = text_remarks(pd.DataFrame({"a": ["é"]}), detected(b"Min\xe9rio"))
    assert guess.startswith("texts were read as cp1252, a guess: not UTF-8")
    assert guess.endswith("state source.encoding to be sure")
    assert text_remarks(pd.DataFrame({"a": [FRENCH]}), detected(FRENCH.encode())) == ()
