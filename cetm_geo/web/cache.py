"""What a process remembers of what it has answered, by bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable


class BytesCache:
    """The least recently used texts go first once `limit` bytes are held."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._texts: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> bytes | None:
        """The text, now the most recently used one."""
        with self._lock:
            if key in self._texts:
                self._texts.move_to_end(key)
            return self._texts.get(key)

    def put(self, key: Hashable, text: bytes) -> None:
        """Keep a text; one larger than the whole cache is not kept."""
        with self._lock:
            self._held += len(text) - len(self._texts.pop(key, b""))
            self._texts[key] = text
            while self._held > self._limit:
                _, dropped = self._texts.popitem(last=False)
                self._held -= len(dropped)
