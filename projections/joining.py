"""Which organisations let people join by themselves."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, Table, Text, select
from sqlalchemy.engine import Connection

from domain.joining import JoiningClosed, JoiningOpened
from ledger.events import Recorded
from ledger.projection import Projection, Rows
from projections.organisations import in_order, organisation

joining = Table(
    "joining",
    MetaData(),
    Column("organisation", Text, primary_key=True),
    Column("open", Integer, nullable=False),
)
projection = Projection("joining", 1, joining)


@projection.on(JoiningOpened, JoiningClosed)
def changed(rows: Rows, r: Recorded[JoiningOpened | JoiningClosed]) -> None:
    """The last word counts."""
    rows.put(joining, organisation=r.event.organisation, open=int(isinstance(r.event, JoiningOpened)))


_open = (
    select(organisation.c.id, organisation.c.name)
    .join(joining, joining.c.organisation == organisation.c.id)
    .where(joining.c.open == 1, organisation.c.suspended == 0)
)


def open_ones(connection: Connection) -> dict[str, str]:
    """The organisations that one can join by oneself: id → name."""
    return in_order({row.id: row.name for row in connection.execute(_open)})
