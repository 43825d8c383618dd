"""What is new since the generation before, as a feed: compared once for a pair, behind requests.

Comparing two states of a large country takes a while. It runs in a thread, one at a time; whoever
asks waits a little and is then told to come again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from cetm_geo import changes
from cetm_geo.errors import CetmError, ExportError
from cetm_geo.language import NAMES, chosen, speaking
from cetm_geo.store import Store, open_earlier

_LOG = logging.getLogger(__name__)
_FAILED = "The two states could not be compared; the log says why."


@dataclass
class _Comparison:
    """A generation and the one before, compared in a thread. texts: the feed by language."""

    generation: str
    done: threading.Event = field(default_factory=threading.Event)
    texts: dict[str, bytes] = field(default_factory=dict)
    error: CetmError | None = None


class Feed:
    """The feed of the store in force. store: gives it, and may raise StoreError."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._comparison: _Comparison | None = None

    def ask(self, patience_s: float) -> bytes | None:
        """The feed in the reader's language, None if it is not known after a while.

        Raises StoreError, and what comparing raised.
        """
        comparison = self._begun(self._store())
        if not comparison.done.wait(patience_s):
            return None
        if comparison.error is not None:
            with self._lock:  # the next one who asks has it tried again
                self._comparison = None
            raise comparison.error
        return comparison.texts[chosen()]

    def _begun(self, store: Store) -> _Comparison:
        with self._lock:
            held = self._comparison
            if held is None or held.generation != store.generation:
                held = self._comparison = _Comparison(store.generation)
                threading.Thread(target=_compare, args=(store, held)).start()
            return held


def _compare(store: Store, comparison: _Comparison) -> None:
    try:
        earlier = open_earlier(store.folder.parent.parent, store.generation)
        found = changes.changes_between(earlier, store) if earlier else None
        for language in NAMES:
            with speaking(language):
                comparison.texts[language] = (
                    changes.as_atom(found, linked=True)
                    if found
                    else changes.nothing_earlier(changes.Side(store).head, linked=True)
                )
    except CetmError as error:
        comparison.error = error
    except Exception:  # noqa: BLE001  # told to whoever waits for it
        _LOG.exception("two states of the store could not be compared")
        comparison.error = ExportError(_FAILED, "Try again.")
    finally:
        comparison.done.set()
