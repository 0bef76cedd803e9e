"""Services that a union buys from an agency: then the agency does not itself confirm what it is paid for. (BN: 区总工会 buys)"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

import msgspec
from msgspec.structs import replace

from domain.organisations import LADDER, Organisation, Tree
from domain.words import Unknown
from ledger.events import Act, Command, Event, RuleBroken
from ledger.execute import decides
from ledger.guards import Guard, evolves


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


class Purchase(msgspec.Struct, frozen=True):
    """`buyer` pays `seller`, from day to day; without an end yet where `until` is None."""

    seller: str
    buyer: str
    since: date
    until: date | None = None


class Purchases(Guard, kind="purchase"):
    """Who pays whom for services: all of a city's purchases, which are few."""

    terms: tuple[Purchase, ...] = ()

    @evolves(PurchaseAgreed)
    def agreed(self, event: PurchaseAgreed) -> Purchases:
        return replace(self, terms=(*self.terms, Purchase(event.organisation, event.buyer, event.since)))

    @evolves(PurchaseEnded)
    def ended(self, event: PurchaseEnded) -> Purchases:
        running = self.running(event.organisation, event.buyer)
        return replace(
            self, terms=tuple(replace(one, until=event.until) if one == running else one for one in self.terms)
        )

    @property
    def trees(self) -> tuple[str, ...]:
        """The key of the tree of organisations: none where nobody ever bought anything, for the tree is large to read."""
        return ("",) if self.terms else ()

    def running(self, seller: str, buyer: str) -> Purchase | None:
        """The purchase between these two that has no end yet."""
        return next((one for one in self.terms if (one.seller, one.buyer, one.until) == (seller, buyer, None)), None)

    def on(self, day: date) -> list[Purchase]:
        """What was paid for on that local day."""
        return [one for one in self.terms if one.since <= day <= (one.until or date.max)]


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
    purchases=Purchases.of(),
)
def agree(
    command: AgreePurchase, act: Act, seller: Organisation, buyer: Organisation, purchases: Purchases
) -> Iterator[Event]:
    if not (seller.exists and buyer.exists):
        raise Unknown(what="个机构")
    if buyer.kind_of not in LADDER or seller.kind_of in LADDER:
        raise NotBought(what="由工会购买社工机构、服务中心、服务站或协作单位的服务。")
    if purchases.running(command.organisation, command.buyer):
        raise NotBought(what="这项购买已经记过，还没有结束。")
    yield PurchaseAgreed(command.organisation, command.buyer, command.since)


@decides(EndPurchase, purchases=Purchases.of())
def end(command: EndPurchase, act: Act, purchases: Purchases) -> Iterator[Event]:
    running = purchases.running(command.organisation, command.buyer)
    if running is None:
        raise NotBought(what="没有这项还在进行的购买。")
    if running.since > command.until:
        raise NotBought(what="最后一天不能早于第一天。")
    yield PurchaseEnded(command.organisation, command.buyer, command.until)


def need_unpaid(
    purchases: Purchases, trees: list[Tree], organisation: str, day: date, offices: Collection[str]
) -> None:
    """Raise PaidForIt where services of that day were paid for, and one of the offices is of whoever was paid.

    Paid is the whole house of the seller: the agency with its stations, whichever of them the purchase names. What it is paid for
    is what it holds itself, and what it holds at the buyer's: where people have an office on both sides, the third one decides.
    `offices`: where the person who decides acts for somebody.
    """
    for one in purchases.on(day):
        (tree,) = trees
        seller = tree.head_of(one.seller)
        is_bought = {seller, one.buyer} & {*tree.ancestors(organisation)}
        if is_bought and any(seller in tree.ancestors(at) for at in offices):
            raise PaidForIt
