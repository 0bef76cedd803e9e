"""Work that was due and could not be done: somebody asks for it once more, and that is on the record. (peers §4)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from domain.words import Due
from ledger.events import Act, Command, Event
from ledger.execute import decides
from ledger.guards import Guard, evolves


class Retried(Event, topic="delivery.retried", stream=("delivery",)):
    """`delivery` is what was due, by its kind and the position that caused it (`promotion-57`); it is due again now."""

    delivery: str
    kind: Due
    slot: str
    person: str | None = None


class Delivery(Guard, kind="delivery", key=("delivery",)):
    """How often somebody asked for it again."""

    retries: int = 0

    @evolves(Retried)
    def retried(self, event: Retried) -> Delivery:
        return replace(self, retries=self.retries + 1)


@dataclass(frozen=True)
class RetryDelivery(Command):
    """Try again what was given up; whether it is still due, the workers see when they come to it."""

    delivery: str
    kind: Due
    slot: str
    person: str | None = None


@decides(RetryDelivery, delivery=Delivery.of("delivery"))
def retry(command: RetryDelivery, act: Act, delivery: Delivery) -> Iterator[Event]:
    yield Retried(command.delivery, command.kind, command.slot, command.person)
