"""What is new since the generation before: compared once for all workers, behind requests.

Comparing two states of a large country takes a while, and what differs may be longer than a worker
should remember. It is compared in a thread; what it comes to lies as files in a folder that only
this user can read, where any worker of a server, and the next one, finds it. Whoever asks waits a
little and is told how long it has been under way.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from cetm_geo import changes
from cetm_geo.errors import CetmError, ExportError
from cetm_geo.language import FOLDER, NAMES, speaking
from cetm_geo.model import Tier
from cetm_geo.store import Store, kept_before, open_earlier
from cetm_geo.web import shared

_LOG = logging.getLogger(__name__)
_FAILED = "The two states could not be compared; the log says why."
_KEPT_FOLDERS = 8
_STEP_S = 0.02
_PAGE = "page.json"
TIER = Tier.HIGH.value  # what Markdown tells first, as `cetm-geo diff` does by itself


@dataclass(frozen=True)
class News:
    """What differs between two generations, as files. folder: that holds them."""

    folder: Path

    @cached_property
    def page(self) -> Mapping[str, Any]:
        """As `changes.excerpt`, with `generation` in `before` and `after`; `before` is None, and
        nothing but `after` beside it, where no earlier generation is kept."""
        held: Mapping[str, Any] = json.loads(self.file(_PAGE).read_text(encoding="utf-8"))
        return held

    def file(self, name: str) -> Path:
        """changes.json, changes.csv, or LANGUAGE.md and LANGUAGE.atom."""
        return self.folder / name


@dataclass(frozen=True)
class Comparing:
    """The comparison is under way. seconds: so far."""

    seconds: float = 0.0


@dataclass
class _Task:
    """One comparison in a thread of this process, or of another."""

    begun: float
    news: News | None = None
    error: CetmError | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Newsroom:
    """The news of the store in force. store: gives it, and may raise StoreError."""

    def __init__(self, store: Callable[[], Store], folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder / "news" if folder else shared.folder_of("news")
        self._lock = threading.Lock()
        self._held: tuple[str, _Task] | None = None

    def ask(self, patience_s: float) -> News | Comparing:
        """What is new, or how long it has been compared, after a while.

        Raises StoreError, and what comparing raised.
        """
        store = self._store()
        until = time.monotonic() + patience_s
        while True:
            task = self._task(store)
            if task.error is not None:
                with self._lock:  # the next one who asks has it tried again
                    self._held = None
                raise task.error
            if task.news is not None:
                return task.news
            left = until - time.monotonic()
            if left <= 0:
                return Comparing(time.time() - task.begun)
            # Another worker's task sets no event: its folder is looked for.
            task.done.wait(min(left, _STEP_S))

    def _task(self, store: Store) -> _Task:
        """The comparison under way or done, begun where nobody has."""
        name = _name(store)
        folder = self._folder / name
        with self._lock:
            held = self._held
            if held is not None and held[0] == name and not _is_lost(held[1]):
                return held[1]
            if (folder / _PAGE).is_file():
                task = _Task(0.0, News(folder))
            elif (said := shared.claimed(folder)) is not None:
                return _Task(float(said["begun"]))
            else:
                task = _Task(time.time())
                shared.claim(folder, task.begun)
                threading.Thread(target=_compare, args=(store, task, folder)).start()
            self._held = (name, task)
            return task


def _is_lost(task: _Task) -> bool:
    """True where somebody has tidied the files away."""
    return task.news is not None and not task.news.file(_PAGE).is_file()


def _compare(store: Store, task: _Task, folder: Path) -> None:
    part = shared.part_of(folder)
    try:
        part.mkdir(parents=True, mode=0o700)
        _write(store, part)
        _put(part, folder)
        task.news = News(folder)
    except CetmError as error:
        task.error = error
    except OSError as error:
        task.error = ExportError(
            f"What is new cannot be kept for the page ({error.strerror}).",
            "Free room for temporary files, or use cetm-geo diff.",
        )
    except Exception:  # noqa: BLE001  # told to whoever waits for it
        _LOG.exception("two states of the store could not be compared")
        task.error = ExportError(_FAILED, "Try again.")
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shared.release(folder)
        _sweep(folder.parent)
        task.done.set()


def _put(part: Path, folder: Path) -> None:
    """Put what is made in its place, unless another worker that was at it as well was quicker."""
    try:
        part.replace(folder)
    except OSError:
        if not (folder / _PAGE).is_file():
            raise
        shutil.rmtree(part, ignore_errors=True)


def _write(store: Store, folder: Path) -> None:
    """All files of what differs from the generation before."""
    earlier = open_earlier(store.folder.parent.parent, store.generation)
    if earlier is None:
        head = changes.Side(store).head
        for language in NAMES:
            with speaking(language):
                atom = changes.nothing_earlier(head, linked=True)
            (folder / f"{language}.atom").write_bytes(atom)
        _write_page(folder, {"before": None, "after": head}, {"after": store})
        return
    found = changes.changes_between(earlier, store)
    with (folder / "changes.json").open("w", encoding="utf-8") as file:
        file.writelines(changes.json_parts(found))
    with (folder / "changes.csv").open("w", encoding="utf-8", newline="") as file:
        changes.write_csv(found, file)
    for language in NAMES:
        with speaking(language):
            told = changes.as_markdown(found, TIER)
            atom = changes.as_atom(found, linked=True)
        (folder / f"{language}.md").write_text(told, encoding="utf-8")
        (folder / f"{language}.atom").write_bytes(atom)
    _write_page(folder, changes.excerpt(found), {"before": earlier, "after": store})


def _write_page(folder: Path, page: Mapping[str, Any], sides: Mapping[str, Store]) -> None:
    named = {x: {**page[x], "generation": store.generation} for x, store in sides.items()}
    told = json.dumps({**page, **named}, ensure_ascii=False, allow_nan=False)
    (folder / _PAGE).write_text(told, encoding="utf-8")


# --- names of folders ----------------------------------------------------------------------------


def _name(store: Store) -> str:
    """Of the folder: the generation, those it may be held against, the program that compares."""
    root = store.folder.parent.parent
    kept = "/".join([str(root.resolve()), *kept_before(root, store.generation)])
    other = hashlib.sha256(kept.encode()).hexdigest()[:12]
    return f"{store.generation}-{other}-{_made_by()}"


@cache
def _made_by() -> str:
    """What tells apart the programs that compare: other code, or other words, say something
    else."""
    package = Path(changes.__file__).parents[1]
    digest = hashlib.sha256()
    for file in sorted(
        [*package.glob("*.py"), *package.glob("changes/*.py"), *FOLDER.rglob("*.po")]
    ):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _sweep(folder: Path) -> None:
    """Only the newest stay: a store that is built every day has others tomorrow."""
    with contextlib.suppress(OSError):
        held = [one for one in folder.iterdir() if (one / _PAGE).is_file()]
        for old in sorted(held, key=lambda one: one.stat().st_mtime)[:-_KEPT_FOLDERS]:
            shutil.rmtree(old, ignore_errors=True)
