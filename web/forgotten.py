"""Carrying out what was decided: keys destroyed, copies of what they protected gone, traces in files overwritten.

Everything follows from the log and from the list beside the master key, and may run again: it runs after each forgetting and
at every start, so a crash in between or a restored backup leaves nobody half forgotten.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from domain.forgetting import ForgetAgain
from domain.records import Kept
from ledger.events import Act
from ledger.keys import KeyStore
from ledger.rebuild import clear_away
from ledger.scrub import NotScrubbed, scrub
from projections import history, person_states
from projections.pinyin import search_line
from projections.protection import protected
from web.house import House

TABLES = ("person", "phone_index", "contact", "hours", "receipt", "reading", "opening")
"""The tables of read models that hold personal texts."""
PERSON = "person:"


def carry_out(house: House) -> None:
    """Destroy what those who were forgotten have left. Raises NotScrubbed where a reader still needs what is overwritten, or
    a rebuild that began before still holds it.
    """
    is_clear = clear_away(house.views)
    keys = house.ledger.keys
    if keys is None:
        return
    house.follower.catch_up()
    remember_again(house, keys)
    with house.views.read() as connection:
        forgotten = person_states.in_state(connection, "forgotten")
    todo = keys.forgotten.with_name("unscrubbed")
    living = {PERSON + person for person in forgotten}.union(records_about(house, forgotten)) - keys.erased()
    if living:
        todo.touch(0o600)
        keys.erase(sorted(living))
    if todo.exists():
        for person in forgotten:
            for purge in house.purges:
                purge(person)
        search_line.cache_clear()
        for database, tables in [(house.views, TABLES), *house.traces]:
            scrub(database, tables)
        if not is_clear:
            raise NotScrubbed("正在重建读模型，旧数据等它完成了再擦。请稍后再试。")
        todo.unlink(missing_ok=True)  # another process that starts may have been sooner


def records_about(house: House, persons: Collection[str]) -> list[str]:
    """The records that were kept as they came and tell of any of these: wishes, pairings, requests for help. They have keys of
    their own, and go whole: one that may be of several persons as well, for it may be of this one.
    """
    if not persons:
        return []
    with house.views.read() as connection:
        places = history.positions_of_topic(connection, Kept.topic)
    kept = [cast(Kept, one.event) for one in house.ledger.at(places)]
    return [one.stream for one in kept if not set(persons).isdisjoint(one.persons)]


def remember_again(house: House, keys: KeyStore) -> None:
    """Say again in a restored log that somebody was forgotten after the backup was made. Nothing is asked of a log that does not
    know them: a place into which a backup is to come, after the list, must stay empty.
    """
    gone = [tag.removeprefix(PERSON) for tag in keys.erased() if tag.startswith(PERSON)]
    with house.views.read() as connection:
        files = protected(connection, gone)
    acts = [
        (ForgetAgain(person), Act(f"forgotten-again:{person}", "system", house.clock(), source="system"))
        for person, file in sorted(files.items())
        if file.state != "forgotten"
    ]
    if acts:
        keys.forgotten.with_name("unscrubbed").touch(0o600)
        house.ledger.execute_all(acts)
        house.follower.catch_up()
