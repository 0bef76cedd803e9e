"""News for open pages: a stream that says when what a page shows has changed, and the same for pages that ask.

A stream holds a thread, so a process gives at most a third of its threads to streams and ends each after some minutes. The
page then comes back, or asks now and then instead; without scripts it simply stays as it is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from flask import Blueprint, Flask, abort, current_app, g, request
from werkzeug.wrappers import Response

from ledger.follow import Follower
from projections import activities, enrolments
from web import access, status
from web.access import Viewer
from web.house import house, reader
from web.metrics import streams

blueprint = Blueprint("live", __name__)

MOST = 10
"""Streams of a process that nobody gave another number."""
MOST_SECONDS = 300
LOOK_SECONDS = 1.0
"""A page is told at most this often."""
BEAT_SECONDS = 3.0
"""So often a stream says that it is there; whoever has left is noticed by that."""
RETRY_SECONDS = 15
Topic = Callable[[str], Any]


class Live:
    """The streams of one process: how many there may be, and whom to wake when the read models have moved."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._most, self._taken = MOST, 0
        self.stop = threading.Event()

    def open(self, most: int, stop: threading.Event) -> None:
        """Give so many streams at most, and end them all when `stop` is set."""
        self._most, self.stop = most, stop

    def enter(self) -> bool:
        """Take one of the streams; whether there was one."""
        with self._news:
            if self._taken >= self._most or self.stop.is_set():
                return False
            self._taken += 1
        streams.inc()
        return True

    def leave(self) -> None:
        """Give it back."""
        with self._news:
            self._taken -= 1
        streams.dec()

    def tell(self, _position: int) -> None:
        """The read models have moved."""
        with self._news:
            self._news.notify_all()

    def wait(self, follower: Follower, seen: int) -> None:
        """Until the read models are beyond this position, at most a beat; but never so short that looking is all one does."""
        self.stop.wait(LOOK_SECONDS)
        with self._news:
            self._news.wait_for(lambda: follower.position != seen or self.stop.is_set(), BEAT_SECONDS - LOOK_SECONDS)


def of(app: Flask) -> Live:
    """The streams of this application."""
    found: Live = app.extensions["live"]
    return found


@blueprint.record_once
def prepare(state: Any) -> None:
    """Connect the streams to the read models."""
    live = state.app.extensions["live"] = Live()
    state.app.extensions["liandong"].follower.moved.append(live.tell)


def activity(key: str) -> Any:
    """What the page of an activity shows of its slots. Aborts with 404 like the page."""
    return access.activity(key), activities.slots(reader(), key)


def roster(key: str) -> Any:
    """What a roster shows. Aborts with 404 like the page."""
    return access.slot(key, to_run=True), enrolments.of_slot(reader(), key)


def how_it_is(_key: str) -> Any:
    """What the page of the house's status shows. Aborts with 404 like the page."""
    return status.status() if g.viewer and g.viewer.may(g.page) else abort(404)


TOPICS: dict[str, tuple[str, Topic]] = {
    "activity": ("activities.page", activity),
    "roster": ("rosters.page", roster),
    "status": ("status.page", how_it_is),
}
"""What can be watched: the page whose right that is, and what is shown there."""
RESTLESS = frozenset({how_it_is})
"""What changes also while the read models stand still."""


@dataclass(frozen=True)
class Watch:
    """Somebody looks at a topic, `activity:a1`. A stream outlives its request, so every look is by itself."""

    app: Flask
    viewer: Viewer | None
    page: str
    topic: Topic
    key: str

    @classmethod
    def asked(cls) -> Watch:
        """What the address names, for whoever is signed in. 404 for what is none or not theirs."""
        kind, _, key = request.args.get("topic", "").partition(":")
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # Flask's own way past its proxy
        return cls(app, g.viewer, *(TOPICS.get(kind) or abort(404)), key)

    def look(self) -> str:
        """A mark of what is shown: it changes when that does. No connection is held between two looks."""
        with self.app.app_context():
            g.viewer, g.page = self.viewer, self.page
            return blake2b(repr(self.topic(self.key)).encode(), digest_size=8).hexdigest()


@blueprint.get("/live/now")
def now() -> dict[str, Any]:
    """For pages that ask: the mark and the position of this moment."""
    position = house().follower.position
    return {"mark": Watch.asked().look(), "position": position}


@blueprint.get("/live")
def stream() -> Response:
    """For pages that listen: server-sent events with the mark and the position. 503 where all streams are taken."""
    watch, live = Watch.asked(), of(current_app)
    watch.look()  # who may not see it is told so at once
    if not live.enter():
        return Response("", 503, {"Retry-After": str(RETRY_SECONDS)})
    told = events(live, house().follower, watch, request.headers.get("Last-Event-ID", ""))
    answer = current_app.response_class(told, mimetype="text/event-stream")
    answer.call_on_close(live.leave)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"  # nginx passes it on as it comes
    return answer


def events(live: Live, follower: Follower, watch: Watch, last: str) -> Iterator[str]:
    """The mark whenever it has changed, a beat otherwise, until the stream is old or the server stops."""
    until, seen = time.monotonic() + MOST_SECONDS, -1
    yield f"retry: {RETRY_SECONDS * 1000}\n\n"
    while time.monotonic() < until and not live.stop.is_set():
        position = follower.position
        mark = watch.look() if position != seen or watch.topic in RESTLESS else last
        yield f'id: {mark}\ndata: {{"mark": "{mark}", "position": {position}}}\n\n' if mark != last else ": \n\n"
        last, seen = mark, position
        live.wait(follower, seen)
