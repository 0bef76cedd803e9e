"""The processes of a rebuild: read models divided into shares, which are built beside each other."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from multiprocessing import connection, get_context, parent_process

from ledger.building import Progress, Share
from ledger.projection import Projection
from ledger.views import ViewsUnavailable

APIECE = 50_000
"""Events for which another process is worth its start, which takes as long as folding twenty thousand."""
DONE = 0
"""What a process says at its end; before, how many events it has folded."""
Pipe = connection.Connection
processes = get_context("spawn")  # whoever rebuilds may have threads, which a fork would cut off


class Deserted(ViewsUnavailable):
    """A process of a rebuild ended before its share did."""


def hands(events: int) -> int:
    """How many processes so many events are worth, at most one a processor."""
    return max(1, min(len(os.sched_getaffinity(0)), events // APIECE))


def divide(projections: Sequence[Projection], number: int) -> list[tuple[Projection, ...]]:
    """At most so many parts of about the same weight: the heaviest first, each to the part that has least."""
    parts: list[list[Projection]] = [[] for _ in range(number)]
    for projection in sorted(projections, key=lambda one: one.weight, reverse=True):
        min(parts, key=lambda part: sum(one.weight for one in part)).append(projection)
    return [tuple(part) for part in parts if part]


def built(shares: Sequence[Share], progress: Progress) -> Iterator[Share]:
    """Build them, the first in this process and the others beside it; each is given as soon as it is complete.

    Raises UnknownTopic, ViewsUnavailable.
    """
    done: list[Share] = []
    with ExitStack() as stack:
        working = {stack.enter_context(beside(share)): share for share in shares[1:]}

        def listen(seconds: float | None) -> None:
            ready = connection.wait(list(working), seconds)
            for pipe in [one for one in working if one in ready]:
                if count := heard(pipe):
                    progress(count)
                else:
                    done.append(working.pop(pipe))

        def tell(count: int) -> None:
            progress(count)
            listen(0)

        for share in shares[:1]:
            share.build(tell)
            yield share
        while working or done:
            yield from done
            done.clear()
            if working:
                listen(None)


@contextmanager
def beside(share: Share) -> Iterator[Pipe]:
    """A process that builds a share, and ends with this context; what it says comes out of the pipe."""
    ours, theirs = processes.Pipe(duplex=False)
    process = processes.Process(target=work, args=(share, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        process.terminate()
        process.join()
        ours.close()


def heard(pipe: Pipe) -> int:
    """The next word of a process. Raises what it raised, and Deserted."""
    try:
        said = pipe.recv()
    except EOFError as error:
        raise Deserted("帮着重建的一个进程中途没了，多半是内存不够。原来的读模型都还在，请再来一次。") from error
    if isinstance(said, Exception):
        raise said
    return int(said)


def work(share: Share, pipe: Pipe) -> None:
    """What such a process does: build its share and say how far it is. It ends with whoever started it."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # a keyboard interrupts all processes, and the first one ends the others
    threading.Thread(target=follow_into_death, daemon=True).start()
    with closing(share.views), closing(share.ledger):
        try:
            share.build(pipe.send)
            pipe.send(DONE)
        except Exception as error:
            pipe.send(error)
    pipe.close()
    # While an interpreter takes itself apart the library's ledger cannot end, and complains to whoever rebuilds.
    os._exit(0)


def follow_into_death() -> None:
    """Wait for the end of whoever started this process, killed or not: nobody needs its work any more."""
    if starter := parent_process():
        starter.join()
        os._exit(1)
