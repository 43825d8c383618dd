"""Proposals that their authors keep: a folder, a file each, written whole or not at all.

A file is JSON whose first line is its head, so that a list reads no answers. Its name is a random
id. Writers hold a lock of the folder; one that has read an older revision than the one that is kept
is refused, so that no change is lost. A finding that is contested stays where it is: what is said
against it stands beside it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cetm_geo.errors import (
    ProposalError,
    ProposalMissing,
    ProposalNotKept,
    ProposalsOff,
    ProposalStale,
    ProposalUnreadable,
)
from cetm_geo.language import _
from cetm_geo.store.connection import sync

SCHEMA_VERSION = 1
MOST_PROPOSALS = 1000  # of a folder: a list of their heads is read in a fraction of a second
MOST_BYTES = 8 * 1024 * 1024  # of a file: a shape of 20,000 corners and its answer take 2 MB
MOST_NAME, MOST_NOTE, MOST_REASON, MOST_AUTHOR = 120, 4_000, 2_000, 120  # characters
MOST_CONTESTS = 200  # of a proposal: four for each rule
MOST_HISTORY = 100  # earlier screenings of a proposal of which the tier is remembered
_MOST_HEAD = 16 * 1024
_ID = re.compile(r"[0-9a-f]{32}")
_LOCK, _PART = ".lock", ".part"
_OF_READER = "of-"
_OF_HEAD = (
    "proposal_id", "revision", "created", "changed", "name", "area_km2", "tier",
    "fully_screened", "generation", "as_of", "catalogue", "contests_count", "public",
)  # fmt: skip

Kept = dict[str, Any]


class Proposals:
    """The proposals of one folder, whichever worker asks; `folder` None keeps nothing.

    reader: tells who asks; where it names one, only proposals of that name are there, in a folder
    of their own.
    """

    def __init__(self, folder: Path | None, reader: Callable[[], str] = lambda: "") -> None:
        self._root, self._reader = folder, reader

    @property
    def is_on(self) -> bool:
        """True where proposals are kept."""
        return self._root is not None

    @property
    def folder(self) -> Path | None:
        """That of who asks."""
        name = self._reader()
        return self._root / folder_of(name) if self._root and name else self._root

    def check(self) -> None:
        """Make the folder where it is not there. Raises ProposalNotKept where it cannot be written,
        so that this is known before anybody has something to keep."""
        with self._writing():
            pass

    def heads(self) -> list[Kept]:
        """What a list shows of each, the last changed first; of one that cannot be read, its id
        and the `problem`. Nothing where none are kept."""
        if self.folder is None or not self.folder.is_dir():
            return []
        rows = [self._head(path) for path in self._files()]
        return sorted(rows, key=lambda row: (row.get("changed", ""), row["proposal_id"]))[::-1]

    def open(self, proposal_id: str) -> Kept:
        """A proposal: the head's keys, note, described, geometry, answer, screened, contests,
        history. Raises ProposalsOff, ProposalMissing, ProposalUnreadable."""
        return _read(self._file(proposal_id))

    def add(self, content: Mapping[str, Any]) -> Kept:
        """Keep a new proposal: name, note, described, geometry, answer, screened.

        Returns it with its id and revision 1. Raises ProposalsOff, ProposalNotKept, ProposalError
        for texts that are too long.
        """
        check_texts(content)
        with self._writing() as folder:
            if len(self._files()) >= MOST_PROPOSALS:
                raise ProposalNotKept(
                    _("{n} proposals are kept, and there is no room for more.").format(
                        n=MOST_PROPOSALS
                    ),
                    _("Delete one that is no longer needed."),
                )
            now = _now()
            kept = {"contests": [], "history": [], **content}
            kept |= {"proposal_id": secrets.token_hex(16), "revision": 1}
            kept |= {"created": now, "changed": now}
            return _written(folder, kept)

    def change(self, proposal_id: str, revision: int, changes: Mapping[str, Any]) -> Kept:
        """Put values in the place of others. Returns the whole, a revision later.

        A new answer puts what the one before came to into `history`.
        Raises as `add` and `open`, and ProposalStale where `revision` is not the one that is kept.
        """
        check_texts(changes)
        with self._writing() as folder:
            before = self._at(proposal_id, revision)
            history = before["history"]
            if "answer" in changes:
                history = [*history, _outcome(before)][-MOST_HISTORY:]
            return _written(folder, _next({**before, **changes, "history": history}))

    def contest(
        self, proposal_id: str, revision: int, rule_id: str, reason: str, author: str = ""
    ) -> Kept:
        """Record what is said against a finding. The finding stays in the answer, and raised.

        Raises as `change`, and ProposalError for a rule that the answer does not hold, or a reason
        that is empty or too long.
        """
        reason, author = reason.strip(), author.strip()
        if not reason:
            raise ProposalError(_("No reason is given."), _("Say what is wrong with the finding."))
        _check_length("reason", reason, MOST_REASON)
        _check_length("author", author, MOST_AUTHOR)
        with self._writing() as folder:
            before = self._at(proposal_id, revision)
            if rule_id not in {card["rule_id"] for card in before["answer"]["flags"]}:
                raise ProposalError(
                    _("The answer holds no finding {word}.").format(word=repr(rule_id[:80])),
                    _("Name the rule of one of its flags."),
                )
            if len(before["contests"]) >= MOST_CONTESTS:
                what = _("{n} contests are recorded, and there is no room for more.")
                raise ProposalNotKept(what.format(n=MOST_CONTESTS), "")
            said = {"rule_id": rule_id, "reason": reason, "author": author, "made": _now()}
            contests = [*before["contests"], said]
            return _written(folder, _next({**before, "contests": contests}))

    def delete(self, proposal_id: str, revision: int | None = None) -> None:
        """Remove a proposal; with a revision only if it is the one that is kept.

        Raises ProposalsOff, ProposalMissing, ProposalStale, ProposalNotKept.
        """
        with self._writing() as folder:
            if revision is not None:
                self._at(proposal_id, revision)
            self._file(proposal_id).unlink()
            sync(folder)

    # --- files -----------------------------------------------------------------------------------

    def _files(self) -> list[Path]:
        assert self.folder is not None
        return [path for path in self.folder.glob("*.json") if _ID.fullmatch(path.stem)]

    def _file(self, proposal_id: str) -> Path:
        """The file of an id that is one: no other name reaches the folder."""
        folder = self._folder()
        path = folder / f"{proposal_id}.json"
        if not _ID.fullmatch(proposal_id) or path.is_symlink() or not path.is_file():
            raise _missing(proposal_id)
        return path

    def _folder(self) -> Path:
        if self.folder is None:
            raise ProposalsOff(
                _("Nothing is kept on this server."),
                _("Save the proposal as a file; who runs the server may give --proposals."),
            )
        return self.folder

    def _at(self, proposal_id: str, revision: int) -> Kept:
        kept = self.open(proposal_id)
        if kept["revision"] != revision:
            raise ProposalStale(
                _("The proposal was changed meanwhile: revision {n} is kept, not {of}.").format(
                    n=kept["revision"], of=revision
                ),
                _("Open it again, then make your change."),
            )
        return kept

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Path]:
        """The folder, no other writer in it, and no part of a file that an ended one has left."""
        folder = self._folder()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with (folder / _LOCK).open("w") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX)
                for left in folder.glob(f"*{_PART}"):
                    left.unlink()
                yield folder
        except OSError as error:
            raise ProposalNotKept(
                _(
                    "The proposal could not be kept ({why}); what was kept before is unchanged."
                ).format(why=error.strerror or type(error).__name__),
                _("Save it as a file; who runs the server may check free space and permissions."),
            ) from error

    def _head(self, path: Path) -> Kept:
        try:
            return {key: value for key, value in _head_of(path).items() if key in _OF_HEAD}
        except ProposalError as error:
            return {"proposal_id": path.stem, "problem": error.what}


def folder_of(reader: str) -> str:
    """The name of a reader's folder, which does not tell who it is."""
    return f"{_OF_READER}{hashlib.sha256(reader.encode()).hexdigest()[:32]}"


def forget(root: Path, proposal_id: str) -> None:
    """Remove a proposal, whoever has kept it, for good.

    Raises ProposalMissing where no folder holds it, ProposalNotKept where it cannot be removed.
    """
    folders = [root, *sorted(path for path in root.glob(f"{_OF_READER}*") if path.is_dir())]
    for folder in folders:
        with contextlib.suppress(ProposalMissing):
            Proposals(folder).delete(proposal_id)
            return
    raise _missing(proposal_id)


def _missing(proposal_id: str) -> ProposalMissing:
    return ProposalMissing(
        _("There is no proposal {word}.").format(word=repr(proposal_id[:40])),
        _("It may have been deleted."),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _next(kept: Mapping[str, Any]) -> Kept:
    return {**kept, "revision": kept["revision"] + 1, "changed": _now()}


def _outcome(kept: Mapping[str, Any]) -> Kept:
    """What a screening that is replaced came to."""
    tier = kept["answer"]["tier"]
    return {**kept["screened"], "tier": tier["tier"], "changed": kept["changed"]}


def check_texts(content: Mapping[str, Any]) -> None:
    """Raises ProposalError where a name or a note is too long, or no text."""
    _check_length("name", content.get("name", ""), MOST_NAME)
    _check_length("note", content.get("note", ""), MOST_NOTE)


def _check_length(key: str, text: Any, most: int) -> None:
    if not isinstance(text, str):
        raise ProposalError(_("{key} is no text.").format(key=key), _("Send a text."))
    if len(text) > most:
        raise ProposalError(
            _("{key} has {n} characters.").format(key=key, n=len(text)),
            _("Write at most {n}.").format(n=most),
        )


# --- one file ------------------------------------------------------------------------------------


def _head_values(kept: Mapping[str, Any]) -> Kept:
    answer, screened = kept["answer"], kept["screened"]
    tier = {key: answer["tier"][key] for key in ("tier", "fully_screened")}
    km2 = {"area_km2": answer["site"]["area_km2"], "contests_count": len(kept["contests"])}
    values = {**kept, **screened, **tier, **km2}
    return {key: values[key] for key in _OF_HEAD}


def _written(folder: Path, kept: Kept) -> Kept:
    """Write a proposal beside its place, then put it there. Returns it as it reads back."""
    head = {"schema_version": SCHEMA_VERSION, **_head_values(kept)}
    rest = {key: value for key, value in kept.items() if key not in head}
    first, more = (json.dumps(x, ensure_ascii=False, allow_nan=False) for x in (head, rest))
    # One object of JSON, the head alone on its first line.
    content = f"{first[:-1]},\n{more[1:]}\n".encode()
    if len(content) > MOST_BYTES:
        raise ProposalNotKept(
            _("The proposal takes {n} MB.").format(n=round(len(content) / 1024**2, 1)),
            _("At most {n} MB are kept: draw it with fewer corners.").format(
                n=MOST_BYTES // 1024**2
            ),
        )
    path = folder / f"{kept['proposal_id']}.json"
    part = folder / f"{kept['proposal_id']}{_PART}"
    try:
        with part.open("xb") as handle:
            os.fchmod(handle.fileno(), 0o600)
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    sync(folder)
    return _parsed(content, path)


def _bytes(path: Path, most: int | None = None) -> bytes:
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as handle:
            return handle.readline(most) if most else handle.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise _missing(path.stem) from error
    except OSError as error:
        raise _unreadable(path, error.strerror or "") from error


def _head_of(path: Path) -> Kept:
    first = _bytes(path, _MOST_HEAD).rstrip()
    return _parsed(first[:-1] + b"}" if first.endswith(b",") else first, path)


def _read(path: Path) -> Kept:
    kept = _parsed(_bytes(path), path)
    lacking = {"geometry", "answer", "screened", "contests", "history"} - kept.keys()
    if lacking:
        raise _unreadable(path, _("{words} is missing").format(words=", ".join(sorted(lacking))))
    return kept


def _parsed(content: bytes, path: Path) -> Kept:
    """Raises ProposalUnreadable for what is no proposal, or one of a newer program."""
    try:
        kept = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, _("it is not whole JSON")) from error
    version = kept.get("schema_version") if isinstance(kept, dict) else None
    if not isinstance(version, int) or kept.get("proposal_id") != path.stem:
        raise _unreadable(path, _("it is no proposal of this name"))
    if version > SCHEMA_VERSION:
        raise ProposalUnreadable(
            _("The proposal {word} was written by a newer program (schema {n}).").format(
                word=path.stem, n=version
            ),
            _("This one reads up to schema {n}: update it.").format(n=SCHEMA_VERSION),
        )
    return dict(kept)


def _unreadable(path: Path, why: str) -> ProposalUnreadable:
    return ProposalUnreadable(
        _("The file of the proposal {word} cannot be read: {why}.").format(word=path.stem, why=why),
        _("Restore it from a copy, or delete the file."),
    )
