"""The catalogues of translations, brought up to the texts that the code marks.

`python -m cetm_geo.catalogues` (or `make messages`) writes locale/cetm_geo.pot and, per language,
locale/<language>/LC_MESSAGES/cetm_geo.po: translations stay, texts that are gone become obsolete,
texts that only resemble an old one are marked fuzzy and not used before somebody has read them.
"""

from __future__ import annotations

import io
import re
import string
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from cetm_geo.language import DOMAIN, FOLDER, NAMES, SOURCE

PACKAGE = FOLDER.parent
TEMPLATE = FOLDER / f"{DOMAIN}.pot"
LANGUAGES = tuple(language for language in NAMES if language != SOURCE)
PROJECT = "CETM-Geo"
# Functions that mark a text, and which of their arguments are texts where not the first alone is.
KEYWORDS: dict[str, Any] = {"_": None, "N_": None, "ngettext": (1, 2), "counted": (1, 2)}
NOTES = ("Translators:",)
# CLDR has a third form for round millions ("1 000 000 de titres"), which no count here reaches.
PLURALS = {"fr": "plural=(n > 1)", "es": "plural=(n != 1)", "pt": "plural=(n > 1)"}
# What a header says besides would change at every run and says nothing of the translations.
_KEPT_OF_HEADER = ("Language", "Plural-Forms", "MIME-Version", "Content-Type")
_HEADER_LINE = re.compile(r'^"([A-Za-z-]+): .*\\n"\n', re.MULTILINE)


def file_of(language: str) -> Path:
    """The catalogue of a language."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def extracted() -> Catalog:
    """Every text that the package marks, with the files it stands in."""
    found = Catalog(project=PROJECT, charset="utf-8")
    texts = extract_from_dir(
        PACKAGE,
        [("**.py", "python")],
        keywords=KEYWORDS,
        comment_tags=NOTES,
        strip_comment_tags=True,
    )
    for name, _line, text, comments, _context in texts:
        # Lines would change with every edit of a module; a file is enough to find a text.
        found.add(text, None, [(f"cetm_geo/{name}", 0)], auto_comments=comments)
    return found


def read(language: str) -> Catalog:
    """A language's catalogue as it stands; an empty one where there is none yet."""
    file = file_of(language)
    if not file.is_file():
        empty = Catalog(locale=language, project=PROJECT, charset="utf-8")
        empty.mime_headers = [("Plural-Forms", f"nplurals=2; {PLURALS[language]};")]
        return empty
    with file.open("rb") as text:
        return read_po(text, locale=language, domain=DOMAIN)


def updated(language: str, template: Catalog) -> Catalog:
    """A language's catalogue with the template's texts and its own translations."""
    catalog = read(language)
    catalog.update(template, no_fuzzy_matching=False, update_header_comment=False)
    for message in messages_of(catalog):
        if message.fuzzy and not any(translations_of(message)):  # resembles one without translation
            message.flags.discard("fuzzy")
            message.previous_id = []
    return catalog


def written(catalog: Catalog) -> str:
    """A catalogue as the text of its file."""
    out = io.BytesIO()
    catalog.fuzzy = False
    catalog.header_comment = f"# {PROJECT}: {catalog.locale or 'texts to translate'}"
    write_po(out, catalog, width=100, include_lineno=False)
    return _HEADER_LINE.sub(_kept_of_header, out.getvalue().decode())


def _kept_of_header(line: re.Match[str]) -> str:
    return line[0] if line[1] in _KEPT_OF_HEADER else ""


def header_of(language: str) -> tuple[str, ...]:
    """What the header of its file has to say."""
    said = (
        f"Language: {language}",
        f"Plural-Forms: nplurals=2; {PLURALS[language]};",
        "Content-Type: text/plain; charset=utf-8",
    )
    return tuple(f'"{line}\\n"' for line in said)


def texts_of(message: Message) -> tuple[str, ...]:
    """The forms of a message's text: one, or singular and plural."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def translations_of(message: Message) -> tuple[str, ...]:
    """Its translation, or one for each plural form of the language."""
    given = message.string
    return (given or "",) if isinstance(given, str | None) else tuple(given)


def placeholders(text: str) -> set[str]:
    """Names in braces that are filled in: {n}, {layer}."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def messages_of(catalog: Catalog) -> Iterator[Message]:
    """Its messages in use, without the header."""
    return (message for message in catalog if message.id)


def problems_of(language: str, template: Catalog) -> list[str]:
    """What keeps a language from being said in full, one sentence each; [] where nothing does."""
    file = file_of(language)
    if not file.is_file():
        return [f"{file.name} of {language} is missing: run python -m cetm_geo.catalogues."]
    catalog, out = read(language), []
    head = file.read_text(encoding="utf-8").partition("\n\n")[0]
    out += [
        f"{language}: its header lacks {said}" for said in header_of(language) if said not in head
    ]
    known = {texts_of(message) for message in messages_of(catalog)}
    wanted = {texts_of(message) for message in messages_of(template)}
    out += [f"{language}: not in the catalogue: {text[0]!r}" for text in sorted(wanted - known)]
    out += [f"{language}: no longer in the code: {text[0]!r}" for text in sorted(known - wanted)]
    for message in messages_of(catalog):
        out += [
            f"{language}: {said}" for said in _problems_of_message(message, catalog.num_plurals)
        ]
    return out


def _problems_of_message(message: Message, plurals: int) -> Iterator[str]:
    texts, given = texts_of(message), translations_of(message)
    if message.fuzzy:
        yield f"not read by anybody yet (fuzzy): {texts[0]!r}"
    if len(given) != (plurals if len(texts) > 1 else 1) or not all(given):
        yield f"not translated: {texts[0]!r}"
        return
    # One of a thing may be said without its number.
    wanted, least = placeholders(texts[-1]), set.intersection(*map(placeholders, texts))
    for translation in given:
        try:
            named = placeholders(translation)
        except ValueError:
            named = {"a brace that is not closed"}
        if not least <= named <= wanted:
            yield f"{sorted(named ^ wanted)} in {translation!r} for {texts[-1]!r}"
        for edge in (0, -1):
            if texts[0][edge].isspace() != translation[edge].isspace():
                yield f"a space at an edge differs: {translation!r} for {texts[0]!r}"


def write() -> Mapping[str, Catalog]:
    """Write the template and each language's catalogue; what was written, by language."""
    template = extracted()
    TEMPLATE.write_text(written(template), encoding="utf-8")
    done = {}
    for language in LANGUAGES:
        done[language] = updated(language, template)
        file_of(language).parent.mkdir(parents=True, exist_ok=True)
        file_of(language).write_text(written(done[language]), encoding="utf-8")
    return done


def main() -> None:
    """Write them and say how far each language is."""
    for language, catalog in write().items():
        messages = list(messages_of(catalog))
        done = [m for m in messages if all(translations_of(m)) and not m.fuzzy]
        fuzzy = sum(m.fuzzy for m in messages)
        sys.stdout.write(
            f"{language}: {len(done)} of {len(messages)} translated, {fuzzy} to be read again\n"
        )


if __name__ == "__main__":
    main()
