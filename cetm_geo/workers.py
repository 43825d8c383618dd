"""Work on all cores: GEOS lets go of the interpreter, so that threads do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

Given = TypeVar("Given")
Found = TypeVar("Found")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(
    work: Callable[[Given], Found], items: Sequence[Given], threads: int | None = None
) -> list[Found]:
    """`work` of every item, in their order, on all cores (or so many threads).

    An exception of one ends the others' waiting and is raised.
    """
    count = min(threads or cores(), len(items))
    if count <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(count) as pool:
        try:
            return list(pool.map(work, items))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def ahead(items: Iterable[Found]) -> Iterator[Found]:
    """The items, each made in a thread while the one before is used; one is held beside it."""
    own, context, end = iter(items), copy_context(), object()

    def make() -> Any:
        return next(own, end)

    with ThreadPoolExecutor(1) as pool:
        later: Future[Any] = pool.submit(context.run, make)
        while (item := later.result()) is not end:
            later = pool.submit(context.run, make)
            yield item
