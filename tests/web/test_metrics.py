"""The page of figures: what it measures, and that only whoever watches over the service reads it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from tests.web.conftest import World
from web import metrics


@pytest.fixture
def browser(world: World) -> Iterator[FlaskClient]:
    """A browser on this machine, in front of an application that is measured."""
    metrics.install(world.app, world.house)
    yield world.as_("owner")
    world.house.ledger.writer.written.clear()


def figures(browser: FlaskClient) -> dict[str, float]:
    """The figures of the page, by name with labels."""
    answer = browser.get("/metrics")
    assert answer.status_code == 200
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


def test_writing_is_measured(world: World, browser: FlaskClient) -> None:
    before = figures(browser)["liandong_append_seconds_count{}"]
    world.open_activity()
    after = figures(browser)
    assert after["liandong_append_seconds_count{}"] == before + 3
    assert after["liandong_append_seconds_sum{}"] > 0
    assert after["liandong_group_commands_bucket{le=1.0}"] >= 3


def test_requests_are_counted_by_page_and_never_by_address(world: World, browser: FlaskClient) -> None:
    world.open_activity()
    for path in ("/activities/a1", "/activities/a1?q=何小满", "/nothing/何小满"):
        browser.get(path)
    browser.open("/activities/a1", method="MADEUP")
    found = figures(browser)
    assert found["liandong_http_requests_total{endpoint=activities.page,method=GET,status=200}"] >= 2
    assert found["liandong_http_requests_total{endpoint=none,method=GET,status=404}"] >= 1
    assert found["liandong_http_request_seconds_count{endpoint=activities.page}"] >= 2
    assert not [name for name in found if "何" in name or "a1" in name or "MADEUP" in name]


def test_how_far_the_read_models_are_is_told(world: World, browser: FlaskClient) -> None:
    found = figures(browser)
    assert found["liandong_log_head{}"] == world.house.ledger.store.head()
    assert found["liandong_projection_lag{projection=people}"] == 0
    assert found["liandong_up{}"] == 1


def test_work_that_waits_is_told_by_whoever_does_it(world: World, browser: FlaskClient) -> None:
    world.app.extensions["outbox"] = lambda: {"oldest_seconds": 90.0, "dead": 2}
    found = figures(browser)
    assert (found["liandong_outbox_oldest_seconds{}"], found["liandong_outbox_dead{}"]) == (90, 2)


def test_a_database_that_does_not_answer_is_a_figure_too(
    world: World, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.house.ledger.store, "head", lambda: 1 / 0)
    found = figures(browser)
    assert found["liandong_up{}"] == 0
    assert "liandong_log_head{}" not in found


@pytest.mark.parametrize("header", metrics.FORWARDED)
def test_nobody_reads_it_through_a_proxy_on_this_machine(world: World, header: str) -> None:
    assert world.as_(None).get("/metrics", headers={header: "203.0.113.9"}).status_code == 404


@pytest.mark.parametrize("address", ["203.0.113.9", "10.0.0.2", "2001:db8::1"])
def test_nobody_reads_it_from_another_machine(world: World, address: str) -> None:
    answer = world.as_("owner").get("/metrics", environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("Bearer right", 200),
        ("Bearer wrong", 404),
        ("bearer right", 200),
        ("right", 404),
        ("", 404),
        ("Bearer 何", 404),
    ],
)
def test_with_a_token_only_the_token_counts(
    world: World, monkeypatch: pytest.MonkeyPatch, given: str, status: int
) -> None:
    monkeypatch.setenv("METRICS_TOKEN", "right")
    far = {"REMOTE_ADDR": "203.0.113.9"}
    headers = {"Authorization": given.encode().decode("latin-1")} if given else {}
    assert world.as_(None).get("/metrics", headers=headers, environ_overrides=far).status_code == status
    assert world.as_("auditor").get("/metrics").status_code == 404
