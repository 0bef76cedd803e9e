"""Services that a union buys from an agency: then the agency does not itself confirm what it is paid for. (BN: 区总工会 buys)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from domain.organisations import LADDER, Organisation
from domain.people import Person
from domain.words import Unknown
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides
from ledger.guards import Guard, evolves

UNPAID_ROLES = ("volunteer", "recipient")
"""Whoever serves with an agency or is served by it is not on its side of the contract."""


class PurchaseAgreed(Event, topic="purchase.agreed", stream=("organisation",)):
    """From `since` on `buyer` pays this organisation for its services."""

    organisation: str
    buyer: str
    since: date


class PurchaseEnded(Event, topic="purchase.ended", stream=("organisation",)):
    """The last day for which `buyer` paid was `until`."""

    organisation: str
    buyer: str
    until: date


class Purchases(Guard, kind="purchase", key=("organisation",)):
    """Who pays an organisation for its services, from when until when."""

    terms: tuple[tuple[str, date, date | None], ...] = ()

    @evolves(PurchaseAgreed)
    def agreed(self, event: PurchaseAgreed) -> Purchases:
        return replace(self, terms=(*self.terms, (event.buyer, event.since, None)))

    @evolves(PurchaseEnded)
    def ended(self, event: PurchaseEnded) -> Purchases:
        terms = (
            (buyer, since, event.until if (buyer, until) == (event.buyer, None) else until)
            for buyer, since, until in self.terms
        )
        return replace(self, terms=tuple(terms))

    def runs_with(self, buyer: str) -> bool:
        """Whether a purchase by this buyer has no end yet."""
        return any(one == buyer and until is None for one, _, until in self.terms)

    def is_paid_on(self, day: date) -> bool:
        """Whether somebody paid for the services of that local day."""
        return any(since <= day <= (until or date.max) for _, since, until in self.terms)


class NotBought(RuleBroken):
    """A union buys from an agency, a centre, a station or a partner, once at a time."""

    sentence = "{what}"


class PaidForIt(RuleBroken):
    """Whoever is paid for a service does not confirm it: the buyer's people do."""

    sentence = "这是别的机构出钱购买的服务，本机构的人不能确认，请购买方的人来确认。"


@dataclass(frozen=True)
class AgreePurchase(Command):
    """Note that a union buys the services of an organisation from a day on."""

    organisation: str
    buyer: str
    since: date


@dataclass(frozen=True)
class EndPurchase(Command):
    """Note the last day of such a purchase."""

    organisation: str
    buyer: str
    until: date


@decides(
    AgreePurchase,
    seller=Organisation.of("organisation"),
    buyer=Organisation.of("buyer"),
    purchases=Purchases.of("organisation"),
)
def agree(
    command: AgreePurchase, act: Act, seller: Organisation, buyer: Organisation, purchases: Purchases
) -> Iterator[Event]:
    if not (seller.exists and buyer.exists):
        raise Unknown(what="个机构")
    if buyer.kind_of not in LADDER or seller.kind_of in LADDER:
        raise NotBought(what="由工会购买社工机构、服务中心、服务站或协作单位的服务。")
    if purchases.runs_with(command.buyer):
        raise NotBought(what="这项购买已经记过，还没有结束。")
    yield PurchaseAgreed(command.organisation, command.buyer, command.since)


@decides(EndPurchase, purchases=Purchases.of("organisation"))
def end(command: EndPurchase, act: Act, purchases: Purchases) -> Iterator[Event]:
    if not purchases.runs_with(command.buyer):
        raise NotBought(what="没有这项还在进行的购买。")
    if any(
        buyer == command.buyer and until is None and since > command.until for buyer, since, until in purchases.terms
    ):
        raise NotBought(what="最后一天不能早于第一天。")
    yield PurchaseEnded(command.organisation, command.buyer, command.until)


def need_unpaid(purchases: Purchases, organisation: str, day: date, decider: Person) -> None:
    """Raise PaidForIt where the services of that day were paid for and the decider holds an office of whoever was paid."""
    is_theirs = any(at == organisation and role not in UNPAID_ROLES for role, at in decider.roles)
    if is_theirs and purchases.is_paid_on(day):
        raise PaidForIt
