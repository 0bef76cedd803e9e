"""A small house with a cast: owner (organiser), colleague, stranger (another agency's organiser), auditor, and a few volunteers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from domain.accounts import OpenAccount
from domain.attendance import CheckIn, CheckOut
from domain.hours_crediting import ProposeHours
from domain.organisations import RegisterOrganisation
from domain.person_files import RegisterPerson
from domain.planning import AddSlot, DraftActivity, PublishActivity
from domain.roles import GrantRole
from domain.sign_up import SignUp
from domain.words import ZONE
from ledger.events import Act, Command
from ledger.execute import Outcome
from ledger.place import Place
from tests.databases import copy_of
from web import accounts_sessions as sessions
from web.accounts_secrets import hashed
from web.accounts_store import Accounts
from web.house import House

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZONE)
PASSWORD = "雨后青石板 三只白鹭"
HASHES: dict[str, str] = {}
"""Hashing takes its time; the same password of the tests is hashed once."""
CAST = {
    "owner": ("社工03", "social_worker", "centre"),
    "colleague": ("社工05", "social_worker", "centre"),
    "stranger": ("社工21", "social_worker", "agency"),
    "reviewer": ("审阅员01", "reviewer", "union"),
    "auditor": ("审计员01", "auditor", "union"),
    "volunteer": ("何小满", "volunteer", "centre"),
    "second": ("陆青禾", "volunteer", "centre"),
    "third": ("韦一禾", "volunteer", "centre"),
    "recipient": ("覃若谷", "recipient", ""),
}


class World:
    """The application, its clock and its cast; `do` carries out a command, `as_` gives a browser signed in as somebody."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.house: House = app.extensions["liandong"]
        self.now = NOW
        self.house.clock = lambda: self.now
        self._ids = count(self.house.ledger.store.head() + 1)

    def do(
        self, command: Command, *, actor: str = "owner", at: datetime | None = None, **circumstances: Any
    ) -> Outcome:
        """Carry out a command and let the pages catch up."""
        act = Act(
            f"t{next(self._ids)}", actor, at or self.now, circumstances.pop("organisation", "centre"), **circumstances
        )
        outcome = self.house.ledger.execute(command, act)
        self.house.follower.wait_for(outcome.position)
        return outcome

    def as_(self, person: str | None) -> FlaskClient:
        """A browser signed in as that person of the cast, or nobody."""
        client = self.app.test_client()
        if person:
            with client.session_transaction() as session:
                session["person"] = person
        return client

    def help_out(self, person: str, activity: str) -> str:
        """They sign up for an activity of tomorrow, come for ninety minutes, and have their hours proposed; the slot's id."""
        slot = self.open_activity(activity, days=1)
        self.do(SignUp(slot, person, "volunteer"), actor=person)
        starts = self.now.replace(hour=9) + timedelta(days=1)
        self.do(CheckIn(slot, person, "self"), actor=person, at=starts)
        self.do(CheckOut(slot, person, "self"), actor=person, at=starts + timedelta(minutes=90))
        self.now = starts + timedelta(hours=3)
        self.do(ProposeHours(slot, person))
        return slot

    def open_activity(
        self, activity: str = "a1", *, days: int = 3, seats: int = 2, title: str = "爱心义剪进厂区", **slot: Any
    ) -> str:
        """A published activity of the centre with one slot of two hours, `days` from now; the slot's id."""
        starts = (self.now + timedelta(days=days)).replace(hour=9, minute=0)
        self.do(DraftActivity(activity, title, "centre", place="城东工业园 2 号厂区"))
        wanted: dict[str, Any] = {"volunteer_seats": seats, "participant_seats": 10, "risk": "一般"} | slot
        self.do(AddSlot(activity, f"{activity}.1", starts, starts + timedelta(hours=2), **wanted))
        self.do(PublishActivity(activity, (f"{activity}.1",)))
        return f"{activity}.1"


def settle(place: Place) -> None:
    """A try-out house with the cast registered."""
    house = World(create_app(place, is_tryout=True))
    populate(house)
    house.house.close()


def populate(house: World) -> None:
    """Register the cast and their organisations."""
    house.do(RegisterOrganisation("union", "望海市总工会", "city_union"))
    house.do(RegisterOrganisation("centre", "望海市工会社工服务中心", "social_work_centre", "union"))
    house.do(RegisterOrganisation("agency", "青禾社工机构", "agency", "union"))
    for person, (name, role, organisation) in CAST.items():
        house.do(RegisterPerson(person, name, organisation=organisation or None, over=18))
        house.do(GrantRole(person, role, organisation or None))  # type: ignore[arg-type]  # roles of the table above


@pytest.fixture
def world(
    engine: str, furnished: Callable[..., Place], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[World]:
    """A fresh try-out house with the cast registered."""
    original = furnished(engine, "house", settle)
    with copy_of(original, tmp_path, lambda: request.getfixturevalue("cluster")) as place:
        app = create_app(place, is_tryout=True)
        app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        house = World(app)
        yield house
        house.house.close()


class City(World):
    """The real thing: whoever is signed in has an account and a session that the server keeps."""

    @property
    def accounts(self) -> Accounts:
        """The accounts of this application."""
        return cast(Accounts, self.app.extensions["accounts"])

    def open_account(self, person: str, name: str = "", password: str = PASSWORD) -> None:
        """Let a person sign in, under their id unless `name` says otherwise."""
        self.do(OpenAccount(person), actor=person)
        with self.accounts.saving(
            person, HASHES.setdefault(password, hashed(password)), [name or f"user-{person}"], self.now
        ):
            pass

    def as_(self, person: str | None) -> FlaskClient:
        """A browser in which that person is signed in, with both factors, or nobody is."""
        client = self.app.test_client()
        if person:
            if self.accounts.find(person) is None:
                self.open_account(person)
            lasts = sessions.OWN
            token = sessions.start(self.accounts, person, self.now, means="password", lasts=lasts, second="totp")
            with client.session_transaction() as session:
                session["token"] = token
        return client


@pytest.fixture
def city(city_place: Callable[[str], Place]) -> Iterator[City]:
    """The real thing with the same cast registered, none of them with an account yet."""
    yield from opened_city(city_place("sqlite"))


@pytest.fixture
def city_place(
    furnished: Callable[..., Place], tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Place]]:
    """`city_place(engine)`: where such a city is, closed; a copy of one that was made once."""
    with ExitStack() as stack:

        def copied(engine: str) -> Place:
            original = furnished(engine, "city", lambda place: list(opened_city(place)))
            return stack.enter_context(copy_of(original, tmp_path, lambda: request.getfixturevalue("cluster")))

        yield copied


def opened_city(place: Place) -> Iterator[City]:
    """The city in this place, closed in the end; where there is none yet its cast is registered."""
    app = create_app(place, is_tryout=False)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    house = City(app)
    if not house.house.ledger.store.head():
        populate(house)
    yield house
    house.accounts.close()
    house.house.close()
