"""Start a process of a bench, hear what it says first, and see it to its end."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, Final, TypeVar

END_S: Final = 20.0  # to end answers and close an index, once its pipe is closed

T = TypeVar("T")


@contextmanager
def child(
    target: Callable[[T, Connection], None], given: T, *, name: str, patience_s: float
) -> Iterator[Any]:
    """Give the first thing that `target(given, pipe)` sends, None where it ended before or took longer.

    At the end of the block the pipe is closed; what does not end by that is terminated.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(given, theirs), name=name)
    process.start()
    theirs.close()  # so that its end is seen here
    try:
        yield _first(ours, patience_s)
    finally:
        ours.close()
        process.join(END_S)
        process.terminate()
        process.join()


def _first(pipe: Connection, patience_s: float) -> object:
    try:
        return pipe.recv() if pipe.poll(patience_s) else None
    except EOFError:
        return None
