"""What a file of facts says as a whole, and the circumstances (`Act`) under which each of its lines is carried out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from ledger.events import Act, Command
from workers.facts import Line, last


@dataclass(frozen=True)
class Implied:
    """A command that a fact implies without saying when: it happened before, nobody knows how long."""

    command: Command


Step = Command | Implied


@dataclass
class Context:
    """Lines that name no organisation belong to the publisher of the file's bulletin, else to its first organisation.

    `periods`: bulletin → month. `names`: organisation → name. `published` and `asked` grow as the lines are mapped.
    """

    recorded: datetime
    was_published: Callable[[str], bool]
    organisation: str | None = None
    periods: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    published: set[str] = field(default_factory=set)
    asked: set[tuple[str, str]] = field(default_factory=set)
    reviewed: set[str] = field(default_factory=set)

    def read(self, lines: Sequence[Line]) -> None:
        """Learn from all lines before any is mapped. Raises BadLine."""
        for line in lines:
            if line.raw.type == "OrganisationRegistered":
                self.organisation = self.organisation or line.key
                self.names[line.key] = line.text("name")
        for line in (line for line in lines if line.raw.type == "BulletinPublished"):
            self.periods[line.key] = line.text("period")
            self.organisation = last(line.maybe_text("publisher")) or self.organisation

    def home(self, line: Line, field_name: str = "organisation") -> str:
        """The organisation that a line names, else the file's. Raises BadLine where there is neither."""
        found = last(line.maybe_text(field_name)) or self.organisation
        return found or line.wrong("看不出是哪个机构：请先登记机构，或写明 organisation。")

    def readable(self, text: str) -> str:
        """`org/ent-telecom` as the organisation's name; any other text as it is."""
        return self.names.get(last(text), last(text)) if text.startswith("org/") else text

    def is_published(self, activity: str) -> bool:
        """Whether this activity was published, by an earlier line or in the log already."""
        return activity in self.published or self.was_published(activity)

    def act(self, line: Line, part: int, step: Step) -> Act:
        """The circumstances of a line's command; `part` tells several commands of one line apart."""
        occurred, precision = line.when()
        act = Act(
            id=f"import:{line.mark}:{part}",
            actor=last(line.raw.actor or "import"),
            recorded=self.recorded,
            organisation=self.organisation,
            source="import",
            reason=line.raw.src,
            occurred=occurred,
            precision=precision,
            basis=line.raw.basis,
        )
        return replace(act, occurred=None, precision="before") if isinstance(step, Implied) else act


Mapping = Callable[[Line, Context], Sequence[Step]]
"""What makes commands of a line. Raises BadLine."""
