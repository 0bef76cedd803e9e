"""A small house with workers, a clock that tests move, and volunteers who can be written to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from domain.attendance import CheckIn, CheckOut
from domain.contacts import ChangeContact
from domain.hours_crediting import ConfirmHours, ProposeHours
from domain.organisations import RegisterOrganisation
from domain.person_files import RegisterPerson
from domain.planning import AddSlot, DraftActivity, PublishActivity
from domain.sign_up import SignUp
from domain.words import ZONE
from ledger.events import Act, Command
from ledger.execute import Outcome
from ledger.follow import Follower
from ledger.log import Ledger
from ledger.place import Place
from ledger.views import Views
from projections import PROJECTIONS
from projections.deliveries import deliveries, open_kept
from tests.workers.mailbox import Mailbox
from workers.drain import LANES, Desk, drain, follow
from workers.mail import Channel
from workers.outbox import Outbox

Answer = TypeVar("Answer")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZONE)
SLOT = "a1.1"


class Office:
    """`do` carries out a command at the present of the clock; `run` does what the workers would do now."""

    def __init__(self, place: Place, channel: Channel | None = None, box: Mailbox | None = None) -> None:
        """`box` receives the mails; without one `channel` is the way of mails, if any."""
        self.now, self.mails = NOW, box.mails if box else []
        channel = box.channel if box else channel
        ledger = Ledger.open(place.log, place.folder)
        follower = Follower(ledger, Views(place.views), PROJECTIONS)
        follower.prepare()
        self.desk = Desk(ledger, follower, Outbox(open_kept(place.outbox)), lambda: self.now, channel)
        self._ids = count(ledger.store.head() + 1)

    def do(self, command: Command, actor: str = "owner", **act: Any) -> Outcome:
        """Carry out a command."""
        about = Act(f"t{next(self._ids)}", actor, self.now, act.pop("organisation", "centre"), **act)
        return self.desk.ledger.execute(command, about)

    def open(self, days: int = 3, seats: int = 2, people: int = 3, **slot: Any) -> None:
        """A centre, volunteers p1, p2 … with addresses, and an activity whose slot of two hours is `days` from now."""
        self.do(RegisterOrganisation("centre", "社工服务中心", "social_work_centre"))
        for name in ("owner", "colleague", *(f"p{n + 1}" for n in range(people))):
            self.do(RegisterPerson(name, f"志愿者{name}", over=18, organisation="centre"))
            self.do(ChangeContact(name, f"{name}@example.org"), name)
        self.open_slot("a1", days, seats, **slot)

    def open_slot(self, activity: str, days: int = 3, seats: int = 2, **slot: Any) -> None:
        """An activity with one slot of two hours."""
        starts = (self.now + timedelta(days=days)).replace(hour=9, minute=0)
        self.do(DraftActivity(activity, "爱心义剪进厂区", "centre", place="城东工业园"))
        wanted: dict[str, Any] = {"volunteer_seats": seats, "risk": "一般"} | slot
        self.do(AddSlot(activity, f"{activity}.1", starts, starts + timedelta(hours=2), **wanted))
        self.do(PublishActivity(activity, (f"{activity}.1",)))

    def sign_up(self, *people: str, slot: str = SLOT) -> None:
        """They sign up themselves."""
        for person in people:
            self.do(SignUp(slot, person), person)

    def serve(self, person: str = "p1", slot: str = SLOT) -> None:
        """Come, leave, and have the hours confirmed the same day; the clock stands at eleven of the slot's day."""
        self.now = (NOW + timedelta(days=3)).replace(hour=9)
        self.do(CheckIn(slot, person), person)
        self.now += timedelta(hours=2)
        self.do(CheckOut(slot, person), person)
        self.do(ProposeHours(slot, person))
        self.do(ConfirmHours(slot, person, 120), "colleague")

    def run(self) -> int:
        """Follow, then drain everything; how much was done."""
        follow(self.desk)
        return sum(drain(self.desk, lane) for lane in LANES)

    def outcomes(self) -> dict[str, str | None]:
        """What became of each thing that was due, by its key."""
        with self.desk.outbox.kept.read() as connection:
            return {row.key: row.outcome for row in connection.execute(deliveries.select())}

    def kept(self, ask: Callable[..., Answer], *arguments: Any) -> Answer:
        """What the outbox says to a question of `projections.deliveries`."""
        with self.desk.outbox.kept.read() as connection:
            return ask(connection, *arguments)

    def hours(self, person: str = "p1", slot: str = SLOT) -> Any:
        """The guard of somebody's hours."""
        return self.desk.ledger.guard(f"hours:{slot}/{person}")

    def close(self) -> None:
        """Close everything."""
        self.desk.follower.views.close()
        self.desk.outbox.kept.close()
        self.desk.ledger.close()
