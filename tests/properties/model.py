"""The small model: what every command should do, written a second time in the plainest way, without events or guards.

Each method answers whether the command is allowed and, where it is, changes the model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.words import Side, day_of
from tests.properties.world import SIDES, SLOTS

ON_A_LIST = ("requested", "waiting", "accepted")
SEATED = ("accepted", "checked_in", "checked_out", "no_show")
BUSY = (*ON_A_LIST, "checked_in", "checked_out")
EARLY = timedelta(hours=2)


@dataclass
class Claim:
    """Hours of somebody in a slot."""

    state: str
    minutes: int
    proposer: str
    before: str = ""
    asked: tuple[int, str] | None = None
    """After posting: to how many minutes it should be corrected (0: struck out), and who said so."""


@dataclass
class Standing:
    """Somebody in a slot."""

    side: Side
    state: str
    came: datetime | None = None
    left: datetime | None = None


@dataclass
class Model:
    """Lists on paper."""

    seats: dict[tuple[str, Side], int | None] = field(
        default_factory=lambda: {(slot, side): plan.seats[side] for slot, plan in SLOTS.items() for side in SIDES}
    )
    state: dict[str, str] = field(default_factory=lambda: dict.fromkeys(SLOTS, "open"))
    people: dict[tuple[str, str], Standing] = field(default_factory=dict)
    queue: dict[tuple[str, Side], list[str]] = field(
        default_factory=lambda: {(slot, side): [] for slot in SLOTS for side in SIDES}
    )
    claims: dict[tuple[str, str], Claim] = field(default_factory=dict)

    # -- questions

    def of(self, slot: str, side: Side, *states: str) -> list[str]:
        """Who stands on this side in one of these states."""
        return [p for (s, p), one in self.people.items() if (s, one.side) == (slot, side) and one.state in states]

    def has_room(self, slot: str, side: Side) -> bool:
        """A seat is free and nobody waits."""
        seats = self.seats[slot, side]
        return not self.queue[slot, side] and (seats is None or len(self.of(slot, side, *SEATED)) < seats)

    def is_busy(self, person: str, slot: str) -> bool:
        """Whether the person is anywhere else at that time."""
        here = SLOTS[slot]
        return any(
            p == person and s != slot and SLOTS[s].starts < here.ends and here.starts < SLOTS[s].ends
            for (s, p), one in self.people.items()
            if one.state in BUSY
        )

    # -- sign-ups

    def sign_up(self, slot: str, person: str, side: Side, at: datetime, overrides: bool) -> bool:
        """Ask for a place."""
        standing = self.people.get((slot, person))
        if self.state[slot] != "open" or self.seats[slot, side] == 0 or self.is_busy(person, slot):
            return False
        if (standing and standing.state in (*ON_A_LIST, *SEATED)) or (at > SLOTS[slot].starts and not overrides):
            return False
        if SLOTS[slot].approval == "reviewed":
            self.people[slot, person] = Standing(side, "requested")
        else:
            self._place(slot, person, side)
        return True

    def _place(self, slot: str, person: str, side: Side) -> None:
        if self.has_room(slot, side):
            self.people[slot, person] = Standing(side, "accepted")
        else:
            self.people[slot, person] = Standing(side, "waiting")
            self.queue[slot, side].append(person)

    def decide(self, slot: str, person: str, side: Side, says_yes: bool) -> bool:
        """Say yes or no to a request, or no to somebody in the queue."""
        if not says_yes and self.state[slot] == "open" and person in self.of(slot, side, "waiting"):
            self.queue[slot, side].remove(person)
            self.people[slot, person].state = "unseated"
            return True
        if person not in self.of(slot, side, "requested") or (says_yes and self.state[slot] != "open"):
            return False
        if says_yes:
            self._place(slot, person, side)
        else:
            self.people[slot, person].state = "rejected"
        return True

    def withdraw(self, slot: str, person: str, side: Side, at: datetime, overrides: bool) -> bool:
        """Give a place back; the first of the queue moves up."""
        if self.state[slot] != "open" or person not in self.of(slot, side, *ON_A_LIST):
            return False
        was = self.people[slot, person].state
        if was == "accepted" and at > SLOTS[slot].starts and not overrides:
            return False
        self.people[slot, person].state = "withdrawn"
        if was == "waiting":
            self.queue[slot, side].remove(person)
        if was == "accepted" and at < SLOTS[slot].starts:
            self._call_up(slot, side)
        return True

    def _call_up(self, slot: str, side: Side) -> None:
        seats, queue = self.seats[slot, side], self.queue[slot, side]
        while queue and (seats is None or len(self.of(slot, side, *SEATED)) < seats):
            self.people[slot, queue.pop(0)].state = "accepted"

    def resize(self, slot: str, side: Side, seats: int, displaced: tuple[str, ...], at: datetime) -> bool:
        """Change the number of seats; the displaced wait in front in the order given."""
        too_many = max(0, len(self.of(slot, side, *SEATED)) - seats)
        named = set(displaced)
        if self.state[slot] != "open" or len(displaced) != too_many or len(named) != too_many:
            return False
        if not named <= set(self.of(slot, side, "accepted")):
            return False
        self.seats[slot, side] = seats
        for person in named:
            self.people[slot, person].state = "waiting"
        self.queue[slot, side][:0] = displaced
        if at < SLOTS[slot].starts:
            self._call_up(slot, side)
        return True

    def cancel(self, slot: str, affected: tuple[str, ...]) -> bool:
        """Call the slot off; everybody on a list is named, and nobody came yet."""
        listed = [p for side in SIDES for p in self.of(slot, side, *ON_A_LIST, *SEATED)]
        waiting = [p for side in SIDES for p in self.of(slot, side, *ON_A_LIST)]
        if self.state[slot] != "open" or sorted(affected) != sorted(listed) or sorted(listed) != sorted(waiting):
            return False
        self.state[slot] = "cancelled"
        for person in affected:
            self.people[slot, person].state = "released"
        for side in SIDES:
            self.queue[slot, side].clear()
        return True

    def close(self, slot: str, at: datetime, opens: bool) -> bool:
        """Close a slot after its end, or open it again."""
        if self.state[slot] != ("closed" if opens else "open") or (not opens and at < SLOTS[slot].ends):
            return False
        if not opens and any(self.of(slot, side, "requested", "waiting") for side in SIDES):
            return False
        self.state[slot] = "open" if opens else "closed"
        return True

    # -- attendance

    def _on_open_list(self, slot: str, person: str, *states: str) -> Standing | None:
        standing = self.people.get((slot, person))
        return standing if standing and self.state[slot] == "open" and standing.state in states else None

    def check_in(self, slot: str, person: str, at: datetime) -> bool:
        """Come."""
        standing = self._on_open_list(slot, person, "accepted")
        if standing is None or not SLOTS[slot].starts - EARLY <= at <= SLOTS[slot].ends:
            return False
        standing.state, standing.came = "checked_in", at
        return True

    def check_out(self, slot: str, person: str, at: datetime) -> bool:
        """Leave."""
        standing = self._on_open_list(slot, person, "checked_in")
        if standing is None or standing.came is None or at <= standing.came:
            return False
        standing.state, standing.left = "checked_out", at
        return True

    def miss(self, slot: str, person: str, at: datetime) -> bool:
        """Stay away."""
        standing = self._on_open_list(slot, person, "accepted")
        if standing is None or at < SLOTS[slot].ends:
            return False
        standing.state = "no_show"
        return True

    def correct(self, slot: str, person: str, came: datetime | None, left: datetime | None, at: datetime) -> bool:
        """Put attendance right."""
        standing = self._on_open_list(slot, person, *SEATED)
        claim = self.claims.get((slot, person))
        if standing is None or (claim and claim.state != "voided") or (left and (came is None or left <= came)):
            return False
        if came and not SLOTS[slot].starts - EARLY <= came <= SLOTS[slot].ends:
            return False
        if any(moment and moment > at for moment in (came, left)):
            return False
        if came and standing.state == "no_show" and self.is_busy(person, slot):
            return False
        standing.came, standing.left = came, left
        standing.state = "checked_out" if left else "checked_in" if came else "no_show"
        return True

    # -- hours

    def measured(self, slot: str, person: str) -> int | None:
        """Minutes there within the slot."""
        standing, plan = self.people[slot, person], SLOTS[slot]
        if standing.came is None or standing.left is None:
            return None
        inside = min(standing.left, plan.ends) - max(standing.came, plan.starts)
        return max(0, inside // timedelta(minutes=1))

    def minutes_on(self, person: str, day: str) -> int:
        """All minutes that a person claims for slots of one day."""
        of_day = [one for (s, p), one in self.claims.items() if p == person and day_of(SLOTS[s].starts) == day]
        return sum(claim.minutes for claim in of_day if claim.state != "voided")

    def propose(self, slot: str, person: str, minutes: int | None, by: str) -> bool:
        """Claim hours."""
        standing, claim = self.people.get((slot, person)), self.claims.get((slot, person))
        if standing is None or standing.side != "volunteer" or standing.state not in ("checked_in", "checked_out"):
            return False
        length = self.measured(slot, person) if minutes is None else minutes
        if (claim and claim.state != "voided") or length is None or not 0 < length <= 120:
            return False
        self.claims[slot, person] = Claim("proposed", length, by)
        return True

    def step(self, slot: str, person: str, step: str, minutes: int, by: str) -> bool:
        """Confirm, post, object, uphold, adjust, void."""
        claim = self.claims.get((slot, person))
        allowed = {
            "confirm": ("proposed",),
            "post": ("confirmed",),
            "object": ("confirmed", "posted"),
            "uphold": ("objected",),
            "adjust": ("objected", "confirmed", "posted"),
            "void": ("proposed", "confirmed", "posted", "objected"),
        }[step]
        if (
            claim is None
            or claim.state not in allowed
            or (step in ("confirm", "uphold", "adjust", "void") and by == person)
        ):
            return False
        was_posted = "posted" in (claim.state, claim.before)
        if by == claim.proposer and (step in ("confirm", "uphold") or (step == "adjust" and not was_posted)):
            return False
        if step == "confirm" and minutes != claim.minutes:
            return False
        if was_posted and step in ("adjust", "void"):
            wanted = minutes if step == "adjust" else 0
            if claim.asked is None or claim.asked[0] != wanted:
                claim.asked = wanted, by
                return True
            if claim.asked[1] == by:
                return False
        self._settle(claim, step, minutes)
        return True

    def _settle(self, claim: Claim, step: str, minutes: int) -> None:
        if step in ("adjust", "void", "uphold"):
            claim.asked = None
        if step == "object":
            claim.before = claim.state
        if step == "adjust":
            claim.minutes = minutes
        if claim.state == "objected" and step in ("uphold", "adjust"):
            claim.state = claim.before
        else:
            claim.state = {"confirm": "confirmed", "post": "posted", "object": "objected", "void": "voided"}.get(
                step, claim.state
            )
