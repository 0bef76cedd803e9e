"""What a monitoring system reads: how long writing takes, how far the read models are, what waits, what HTTP does.

Prometheus' text format on `/metrics`, for whoever brings the token `METRICS_TOKEN`; where none is set, for this machine alone.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from flask import Blueprint, Flask, abort, current_app, g, request, request_finished, request_started
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from werkzeug.wrappers import Response

from web.health import standing
from web.house import House, house

blueprint = Blueprint("metrics", __name__)

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where several processes put their figures together; has to be set before this file is read."""
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

own = CollectorRegistry()
requests = Counter("liandong_http_requests", "Requests answered", ("method", "endpoint", "status"), registry=own)
request_seconds = Histogram(
    "liandong_http_request_seconds", "Until the answer began", ("endpoint",), buckets=SECONDS, registry=own
)
append_seconds = Histogram(
    "liandong_append_seconds", "From asking for the log's lock to the commit", buckets=SECONDS, registry=own
)
group_size = Histogram(
    "liandong_group_commands", "Commands in one commit", buckets=(1, 2, 4, 8, 16, 32, 64), registry=own
)
append_failures = Counter("liandong_append_failures", "Groups that could not be written together", registry=own)
streams = Gauge("liandong_live_streams", "Pages that are told of news", multiprocess_mode="livesum", registry=own)


def install(app: Flask, of: House) -> None:
    """Measure this application; call once in each process that serves."""
    of.ledger.writer.written.append(wrote)
    request_started.connect(begin, app)
    request_finished.connect(finish, app)


def wrote(commands: int, seconds: float) -> None:
    """A group was committed."""
    if not commands:
        append_failures.inc()
        return
    group_size.observe(commands)
    append_seconds.observe(seconds)


def begin(_app: Flask, **_: Any) -> None:
    """A request came."""
    g.measured_from = time.perf_counter()


def finish(_app: Flask, response: Response, **_: Any) -> None:
    """A request was answered. What is not there has one name, so that nobody fills the memory with made-up addresses."""
    endpoint = request.endpoint or "none"
    method = request.method if request.method in METHODS else "other"
    requests.labels(method, endpoint, response.status_code).inc()
    request_seconds.labels(endpoint).observe(time.perf_counter() - g.measured_from)


@blueprint.get("/metrics")
def page() -> Response:
    """The figures of all processes together. 404 for whoever may not read them."""
    if not may_read():
        abort(404)
    registry = CollectorRegistry()
    if FOLDER in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's own
    else:
        registry.register(own)
    registry.register(Standings(house()))
    return current_app.response_class(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def may_read() -> bool:
    """With a token only by it; without one only from this machine, and not through a proxy on it."""
    if token := os.environ.get("METRICS_TOKEN"):
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())
    is_near = ip_address(request.remote_addr or "0.0.0.0").is_loopback
    return is_near and not any(name in request.headers for name in FORWARDED)


class Standings(Collector):
    """What is not counted but asked for: the log, the read models, and the work that waits.

    The work is told by `app.extensions["outbox"]`, a function that gives a figure by name.
    """

    def __init__(self, of: House) -> None:
        self._house = of
        self._outbox = current_app.extensions.get("outbox", dict)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The figures of this moment; a database that does not answer has none, and `liandong_up` says so."""
        up = GaugeMetricFamily("liandong_up", "Whether the databases answer")
        try:
            found = [*self._standing(), *self._waiting()]
        except Exception:  # a page of figures never breaks; that there are none is the figure
            found = []
        up.add_metric([], 1 if found else 0)
        yield from (up, *found)

    def _standing(self) -> Iterator[GaugeMetricFamily]:
        now = standing(self._house)
        yield GaugeMetricFamily("liandong_log_head", "The log's last position", now.head)
        behind = GaugeMetricFamily("liandong_projection_lag", "Positions behind the log", labels=["projection"])
        for name, position in now.reached.items():
            behind.add_metric([name], now.head - position)
        yield behind
        yield GaugeMetricFamily("liandong_projection_waited_seconds", "Age of the oldest event not read", now.waited)

    def _waiting(self) -> Iterator[GaugeMetricFamily]:
        for name, value in self._outbox().items():
            yield GaugeMetricFamily(f"liandong_outbox_{name}", "Work that follows from the log", value)
