"""Folders of rules: copied, and with a catalogue's own country packs laid over them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cetm_geo.rulebook.countries import FOLDER
from cetm_geo.rulebook.reading import READ_ENDINGS


@contextmanager
def with_packs(rules: Path, packs: Path) -> Iterator[Path]:
    """A folder of rules with further country packs laid over its own, while it is open.

    Args:
        packs: folder of <iso3>.toml, as a catalogue may hold; without it `rules` itself.
    """
    if not packs.is_dir():
        yield rules
        return
    with TemporaryDirectory() as made:
        folder = Path(made) / rules.name
        copy_rules(rules, folder)
        (folder / FOLDER).mkdir(exist_ok=True)
        for pack in sorted(packs.glob("*.toml")):
            shutil.copyfile(pack, folder / FOLDER / pack.name)
        yield folder


def copy_rules(rules: Path, folder: Path) -> None:
    """Copy the files of a rulebook, and nothing else that lies there."""
    for path in sorted(rules.rglob("*")):
        if path.suffix in READ_ENDINGS:
            target = folder / path.relative_to(rules)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
