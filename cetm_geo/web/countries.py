"""Profiles of countries: measured once a generation, behind the page, and kept for every worker.

A profile of a country of hundreds of thousands of titles takes minutes where the store holds other
countries' titles too. It is measured in a thread; what it comes to lies in a file that only this
user can read, where any worker of a server, and the next one, finds it.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from cetm_geo import country
from cetm_geo.errors import CetmError, ExportError
from cetm_geo.language import N_
from cetm_geo.rulebook.countries import country_name, is_country_code
from cetm_geo.store import Store
from cetm_geo.web import shared

_LOG = logging.getLogger(__name__)
_KEPT_FILES = 40
_STEP_S = 0.02
_TOLD_EVERY_S = 0.3
_FAILED = "The profile could not be measured; the log says why."
_START = N_("reading titles")

Profile = Mapping[str, Any]


@dataclass(frozen=True)
class Named:
    """A country in which titles of the store lie."""

    iso3: str
    name: str
    titles: int


@dataclass(frozen=True)
class Measuring:
    """A profile on its way. what: a marked English text; done, of: steps of it; seconds so far."""

    what: str = _START
    done: int = 0
    of: int = 0
    seconds: float = 0.0


@dataclass
class _Task:
    """One profile in a thread of this process."""

    state: Measuring
    begun: float
    profile: Profile | None = None
    error: CetmError | None = None


class Countries:
    """The profiles of the store in force. store: gives it, and may raise StoreError."""

    def __init__(self, store: Callable[[], Store], folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder / "profiles" if folder else shared.folder_of("profiles")
        self._lock = threading.Lock()
        self._tasks: dict[tuple[str, str], _Task] = {}
        self._named: tuple[str, list[Named]] = ("", [])

    def named(self) -> list[Named]:
        """Countries in which titles lie, those with most of them first."""
        store = self._store()
        if self._named[0] != store.generation:
            packs = store.rulebook.packs
            rows = store.rows("countries_of_titles")
            held = [Named(r["iso3"], country_name(r["iso3"], packs), r["titles"]) for r in rows]
            self._named = (store.generation, held)
        return self._named[1]

    def own(self) -> str:
        """The country that the store is of: its own, if titles lie there, else that of most."""
        codes = [one.iso3 for one in self.named()]
        own = self._store().meta.get("country", "")
        return own if own in codes or not codes else codes[0]

    def ask(self, iso3: str, patience_s: float = 1.0) -> Profile | Measuring:
        """The profile of a country by `country.profile_of`, or how far it is after a while.

        Raises ExportError for a country without titles, and what measuring it raised.
        """
        store = self._store()
        self._check(iso3)
        until = time.monotonic() + patience_s
        while True:
            task = self._task(store, iso3)
            if task.error is not None:
                with self._lock:  # the next one who asks has it tried again
                    self._tasks.pop((store.generation, iso3), None)
                raise task.error
            if task.profile is not None:
                return task.profile
            if time.monotonic() >= until:
                return replace(task.state, seconds=time.time() - task.begun)
            time.sleep(_STEP_S)

    def _check(self, iso3: str) -> None:
        held = [one.iso3 for one in self.named()]
        if iso3 not in held:
            code = iso3 if is_country_code(iso3) else "?"
            raise ExportError(
                f"{code}: no title of this store lies there.",
                f"It knows {', '.join(held) or 'no country'}.",
            )

    def _task(self, store: Store, iso3: str) -> _Task:
        """The measuring under way or done, begun where nobody has."""
        key = (store.generation, iso3)
        file = self._folder / f"{store.generation}-{iso3}-{_made_by()}.json"
        with self._lock:
            task = self._tasks.get(key)
            if task is not None:
                return task
            held, other = shared.read(file), _told_by_other(file)
            if held is None and other is not None:
                return other
            self._tasks = {k: v for k, v in self._tasks.items() if k[0] == store.generation}
            task = self._tasks[key] = _Task(Measuring(), time.time(), held)
            if held is None:
                _tell(file, task)
                threading.Thread(target=self._measure, args=(store, iso3, task, file)).start()
            return task

    def _measure(self, store: Store, iso3: str, task: _Task, file: Path) -> None:
        told = 0.0

        def tell(what: str, done: int, of: int) -> None:
            nonlocal told
            task.state = Measuring(what, done, of)
            if time.monotonic() - told > _TOLD_EVERY_S:
                told = time.monotonic()
                _tell(file, task)

        try:
            tables = country.read_country(store, iso3, tell)
            profile = country.profile_of(tables, store.rulebook, iso3)
            shared.write(file, profile)
            task.profile = profile
        except CetmError as error:
            task.error = error
        except Exception:  # noqa: BLE001  # told to whoever waits for it
            _LOG.exception("the profile of a country failed")
            task.error = ExportError(_FAILED, "Try again.")
        finally:
            shared.release(file)
            self._sweep()

    def _sweep(self) -> None:
        """Only the newest files stay: a store that is built every day has others tomorrow."""
        with contextlib.suppress(OSError):
            files = sorted(self._folder.glob("*.json"), key=lambda f: f.stat().st_mtime)
            for file in files[:-_KEPT_FILES]:
                file.unlink(missing_ok=True)


@cache
def _made_by() -> str:
    """What tells apart the programs that make profiles: other code makes others."""
    digest = hashlib.sha256()
    for file in sorted(Path(country.__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _tell(file: Path, task: _Task) -> None:
    told = task.state
    shared.claim(file, task.begun, what=told.what, done=told.done, of=told.of)


def _told_by_other(file: Path) -> _Task | None:
    """How far another worker is with it; None where none is at it."""
    said = shared.claimed(file)
    if said is None:
        return None
    return _Task(Measuring(said["what"], said["done"], said["of"]), float(said["begun"]))
