"""Is it alive, is it ready: for whatever watches over the service. Open to everybody, and says nothing about anybody."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from eventsourcing.persistence import MapperDeserialisationError
from flask import Blueprint
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ledger.follow import BuiltByAnother
from ledger.store import StoreUnavailable
from ledger.views import positions
from web import logs
from web.house import House, house

blueprint = Blueprint("health", __name__)

MOST_BEHIND = 1000
"""Positions by which the read models may be behind while pages still count as current."""
LONGEST_BEHIND = 30
"""Seconds that an event may wait for the read models."""


@dataclass(frozen=True)
class Standing:
    """How far the log goes, how far each read model has followed, and how long the oldest unread event has waited."""

    head: int
    reached: dict[str, int] = field(default_factory=dict)
    waited: float = 0.0

    @property
    def behind(self) -> int:
        """Positions between the log's end and the read model that is furthest back."""
        return self.head - min(self.reached.values(), default=self.head)

    @property
    def why_not(self) -> str:
        """Why the pages are not current; nothing where they are."""
        if self.behind > MOST_BEHIND or self.waited > LONGEST_BEHIND:
            return f"读模型落后 {self.behind} 条记录，最早的一条等了 {self.waited:.0f} 秒。"
        return ""


def standing(of: House) -> Standing:
    """Ask the log and the read models. Raises StoreUnavailable, SQLAlchemyError, BuiltByAnother, UnknownTopic."""
    with of.views.read() as connection:
        of.follower.standing(connection)  # refuses read models of another version
        known = {row.name: row.position for row in connection.execute(select(positions))}
    reached = {one.name: known.get(one.name, 0) for one in of.follower.projections}
    last = min(reached.values(), default=0)
    unread = next(of.ledger.replay(last, batch=1), None)
    return Standing(of.ledger.store.head(), reached, seconds_since(unread.recorded, of.clock()) if unread else 0.0)


def seconds_since(recorded: datetime, now: datetime) -> float:
    """How long ago; a clock that was put back makes it no negative."""
    return max(0.0, (now - recorded).total_seconds())


@blueprint.get("/health")
def alive() -> dict[str, Any]:
    """The process answers."""
    return {"alive": True}


@blueprint.get("/ready")
def ready() -> tuple[dict[str, Any], int]:
    """The log can be read and the pages are current; else 503 and the reason."""
    try:
        now = standing(house())
    except BuiltByAnother as error:
        return {"ready": False, "why": str(error)}, 503
    except MapperDeserialisationError as error:
        logs.log.error("not ready", **logs.trouble(error))
        return {"ready": False, "why": "记录里有本程序读不懂的事件，读模型停在它前面。请升级程序。"}, 503
    except (StoreUnavailable, SQLAlchemyError, OSError) as error:
        why = str(error) if isinstance(error, StoreUnavailable) else ""
        logs.log.error("not ready", why=why, **logs.trouble(error))
        return {"ready": False, "why": "数据库现在读不到。"}, 503
    answer = {"ready": not now.why_not, "head": now.head, "behind": now.behind}
    return (answer | {"why": now.why_not}, 503) if now.why_not else (answer, 200)
