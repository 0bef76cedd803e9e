"""Place by place: where somebody who is sealed or restricted was to be read before, and is not any more.

`test_sight.py` walks every address; here each place is named, and that it did say something before is shown too. Small figures are
in `tests/projections/test_small_cells.py`, a province's in `tests/workers/test_provinces.py`, journeys in `test_journeys.py`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domain.contacts import ChangeContact
from domain.resizing import CancelSlot
from domain.sign_up import SignUp
from tests.web.conftest import World
from tests.web.test_deliveries import work
from tests.web.test_sight import DETAILS, NAME, PHONE, PROTECTIONS, SAID, WHO, engine, town, untyped
from tests.workers.mailbox import Mailbox
from workers.drain import Desk

__all__ = ["engine", "town"]
EMAIL = "huo@example.org"
SEARCHES = ("/people", f"/people?q={NAME}", "/people?q=huoxiaohe", f"/people?q={PHONE}", "/people/options?q=huo")
EXPORTS = ("/slots/a2.1/roster.csv", f"/audit/export.csv?thing=person:{WHO}", "/audit/export.csv")
PAGES = (
    "/audit", f"/audit?thing=person:{WHO}", f"/history/person:{WHO}", f"/history/enrolment:a2.1/{WHO}", "/slots/a2.1/roster",
    "/hours?state=proposed", "/visits", "/deliveries?outcome=no_channel",
)  # fmt: skip
QUIET = ("/metrics", "/live/now?topic=roster:a2.1", "/live?topic=roster:a2.1")
"""What says nothing of anybody at any time."""


@pytest.fixture
def protected(town: World) -> Callable[[str], World]:
    """Protect the person so; before that, a reminder to them could not be sent."""
    town.do(ChangeContact(WHO, EMAIL), actor=WHO)
    town.do(SignUp("a2.1", "third", "volunteer"), actor="third")
    town.now = town.now.replace(day=25, hour=9)
    work(town.app.extensions["desk"])

    def protect(how: str) -> World:
        town.do(PROTECTIONS[how](town.now.year), actor=WHO if how == "restricted" else "head", reason="受委托")
        return town

    return protect


def read(world: World, address: str, viewer: str = "owner") -> str:
    """What stands there, without what the viewer typed; of a stream its first pieces."""
    answer = world.as_(viewer).get(address)
    assert answer.status_code == 200, address
    if answer.mimetype == "text/event-stream":
        pieces = answer.iter_encoded()
        text = b"".join(next(pieces) for _ in range(2)).decode()
        answer.close()
        return text
    return untyped(answer.text)


@pytest.mark.parametrize("how", ["sealed", "restricted"])
def test_searches_and_exports_do_not_find_them(protected: Callable[[str], World], town: World, how: str) -> None:
    for address in (*SEARCHES, *EXPORTS):
        assert NAME in read(town, address), f"{address} says something before"
    assert SAID in read(town, "/audit/export.csv")
    protected(how)
    for address in (*SEARCHES, *EXPORTS):
        for viewer in ("owner", "head"):
            assert NAME not in read(town, address, viewer), (address, viewer)
            found = read(town, address, viewer)
            assert address not in EXPORTS or not [word for word in (PHONE, SAID) if word in found], (address, viewer)


@pytest.mark.parametrize("address", PAGES)
def test_pages_and_history_do_not_name_who_is_sealed(
    protected: Callable[[str], World], town: World, address: str
) -> None:
    assert NAME in read(town, address), "it says something before"
    protected("sealed")
    for viewer in ("owner", "head"):
        assert not [word for word in (NAME, EMAIL, *DETAILS) if word in read(town, address, viewer)], viewer


@pytest.mark.parametrize("address", QUIET)
def test_what_machines_read_names_nobody(protected: Callable[[str], World], town: World, address: str) -> None:
    before = read(town, address)
    protected("sealed")
    for text in (before, read(town, address)):
        assert not [word for word in (NAME, WHO, EMAIL, *DETAILS) if word in text]


@pytest.mark.parametrize("how", ["sealed", "restricted"])
def test_figures_of_few_do_not_count_them(protected: Callable[[str], World], town: World, how: str) -> None:
    month, lines = "/months/2026-11", "/months/2026-11/figures/visits"
    assert "不足 5" not in read(town, month, "auditor")
    count = read(town, lines, "auditor").count("/events/")
    assert count
    protected(how)
    assert "不足 5" in read(town, month, "auditor")
    assert read(town, lines, "auditor").count("/events/") < count
    told = town.app.test_cli_runner().invoke(args=["figures", "--month", "2026-11"])
    assert "探访　不足 5 次" in told.output


def test_letters_are_about_nobody_but_whom_they_are_for(protected: Callable[[str], World], town: World) -> None:
    protected("sealed")
    desk: Desk = town.app.extensions["desk"]
    with Mailbox() as box:
        desk.channel = box.channel
        town.do(ChangeContact("third", "third@example.org"), actor="third")
        town.do(CancelSlot("a2", "a2.1", (WHO, "third")), reason="场地漏水")
        work(desk)
    letters = [letter for letter in box.mails if letter["To"] == "third@example.org"]
    assert letters
    for letter in letters:
        text = letter.as_string() + "".join(str(part.get_content()) for part in letter.iter_parts())
        assert not [word for word in (NAME, EMAIL, *DETAILS) if word in text]
