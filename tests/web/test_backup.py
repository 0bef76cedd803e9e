"""The restore drill: back up, lose everything, bring it back. The same log byte for byte, the same figures, rebuilt as live."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import Result
from sqlalchemy import select

from app import create_app
from domain.organisations import RegisterOrganisation
from domain.person_files import RegisterPerson
from domain.records import KeepRecord
from domain.roles import GrantRole
from domain.sign_up import SignUp
from domain.words import ZONE
from ledger import backup, backup_postgres
from ledger.backup import BackupRefused
from ledger.events import Act
from ledger.follow import view_differences
from ledger.guards import MARK
from ledger.log import guard_differences, is_current
from ledger.place import Place
from projections import people
from projections.deliveries import deliveries
from projections.journal import month_line
from tests import databases
from tests.web.conftest import World
from web.accounts_store import Accounts
from web.house import House
from web.shell import key_file

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZONE)


@pytest.fixture
def town(world: World) -> World:
    """The cast, an activity with people on its lists, and a delivery that was made."""
    world.open_activity()
    for person in ("volunteer", "second", "third"):
        world.do(SignUp("a1.1", person, "volunteer"), actor=person)
    with world.house.outbox.write() as connection:
        told = {column.name: "0" for column in deliveries.columns if not column.nullable} | {"key": "k1"}
        connection.execute(deliveries.insert().values(told))
    return world


@pytest.fixture
def elsewhere(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """Another empty place on the same engine: what is left when everything is lost."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    if engine == "sqlite":
        yield Place(folder)
        return
    server = request.getfixturevalue("cluster")
    with databases.fresh(server) as name:
        yield Place(folder, databases.used(server, name))


def run(place: Place, *words: str) -> Result:
    """A command over this place."""
    app = create_app(place)
    try:
        return app.test_cli_runner().invoke(args=list(words))
    finally:
        if "liandong" in app.extensions:
            app.extensions["liandong"].close()


def put_keys_back(lost: Place, place: Place) -> None:
    """What an administrator keeps apart from the backups comes back first."""
    shutil.copytree(lost.folder / "keys", place.folder / "keys", dirs_exist_ok=True)
    for path in lost.folder.glob("*.key"):
        shutil.copy(path, place.folder)


def log_of(house: House) -> list[Any]:
    """Every row of the log."""
    return house.ledger.store.read(0, 100_000)


def rows_of(house: House) -> list[Any]:
    """The lines behind the figures, and what was delivered."""
    with house.views.read() as connection, house.outbox.read() as kept:
        lines = connection.execute(select(month_line).order_by(*month_line.primary_key.columns)).all()
        return [*lines, *kept.execute(select(deliveries)).all()]


def test_what_was_lost_comes_back_byte_for_byte(town: World, elsewhere: Place, tmp_path: Path) -> None:
    saved = run(town.house.place, "backup", str(tmp_path / "copy"))
    assert saved.exit_code == 0, saved.output
    put_keys_back(town.house.place, elsewhere)
    restored = run(elsewhere, "restore", str(tmp_path / "copy"))
    assert restored.exit_code == 0, restored.output
    house = House.open(elsewhere)
    house.follower.prepare()
    assert log_of(house) == log_of(town.house)
    assert rows_of(house) == rows_of(town.house)
    assert len(rows_of(house)) > 1
    assert guard_differences(house.ledger) == []
    assert view_differences(house.follower) == []
    act = Act("after", "owner", NOW, "centre")
    later = house.ledger.execute(RegisterOrganisation("later", "后来的机构", "agency", "union"), act)
    assert later.position > town.house.ledger.store.head()
    assert house.ledger.execute(RegisterOrganisation("again", "再来", "agency"), Act("t1", "owner", NOW)).repeated
    house.close()


def test_who_was_forgotten_since_yesterdays_backup_stays_forgotten(
    town: World, elsewhere: Place, tmp_path: Path
) -> None:
    """By the commands, on either engine; the accounts and the outbox of the backup forget them as well."""
    wish = "护膝"
    town.do(RegisterPerson("leaving", "霍晓禾", phone="13912345678", organisation="centre", note="膝盖不好"))
    town.do(KeepRecord("wish", 1, "WishCollected", {"items": [wish]}, about=("leaving",)))
    with Accounts(town.house.place.accounts, key_file(town.house.place.folder, "accounts")).saving(
        "leaving", "hash", ["13912345678"], NOW
    ):
        pass
    assert run(town.house.place, "backup", str(tmp_path / "copy")).exit_code == 0
    town.do(RegisterPerson("head", "管理员01", organisation="union"))
    town.do(GrantRole("head", "administrator", "union"))
    typed = {"how": "当面", "reason": "本人要求", "sure": "1"}
    assert town.as_("head").post("/people/leaving/forgetting", data=typed).status_code == 303
    put_keys_back(town.house.place, elsewhere)
    restored = run(elsewhere, "restore", str(tmp_path / "copy"))
    assert restored.exit_code == 0, restored.output

    app = create_app(elsewhere, is_tryout=False)
    house: House = app.extensions["liandong"]
    accounts: Accounts = app.extensions["accounts"]
    told = msgspec.json.encode([one.event for one in house.ledger.replay()]).decode()
    assert not any(word in told for word in ("霍晓禾", "13912345678", "膝盖不好", wish))
    assert "陆青禾" in told, "everybody else is read"
    assert accounts.find("leaving") is None
    with house.views.read() as connection:
        file = people.find(connection, "leaving")
        assert file is not None
        assert file.is_forgotten
        assert people.search(connection, "huo") == []
    assert guard_differences(house.ledger) == view_differences(house.follower) == []
    accounts.close()
    house.close()


def test_a_backup_of_an_older_version_is_brought_back_with_the_guards_of_this_one(
    town: World, elsewhere: Place, tmp_path: Path
) -> None:
    """Guards that lack fields, that cannot be read or to which nothing folds any more say nothing against the log."""
    tree = town.house.ledger.store.guard("tree:")
    with town.house.ledger.store.write() as transaction:
        old = [("tree:", 0, b"{}"), ("purchase:", 0, b'{"terms":[["union","2026-01-01",null]]}'), ("gone:x", 1, b"{}")]
        transaction.save([*old, (MARK, 1, b'"of an older version"')], [])
    backup.save(town.house.place, tmp_path / "copy")
    put_keys_back(town.house.place, elsewhere)
    restored = run(elsewhere, "restore", str(tmp_path / "copy"))
    assert restored.exit_code == 0, restored.output
    house = House.open(elsewhere)
    assert guard_differences(house.ledger) == []
    assert house.ledger.store.guard("tree:") == tree
    assert is_current(house.ledger)
    house.close()


def test_without_the_keys_nothing_is_brought_back(town: World, elsewhere: Place, tmp_path: Path) -> None:
    """Neither where there are none, nor where the application has made fresh ones meanwhile."""
    place = town.house.place
    accounts = Accounts(place.accounts, key_file(place.folder, "accounts"))
    with accounts.saving("owner", "a hash", ["owner-name"], NOW):
        pass
    accounts.close()
    assert run(place, "backup", str(tmp_path / "copy")).exit_code == 0
    held = b"".join(path.read_bytes() for path in (tmp_path / "copy").iterdir())
    for secret in place.secrets:
        assert secret.read_bytes().split()[-1] not in held
    refused = run(elsewhere, "restore", str(tmp_path / "copy"))
    assert refused.exit_code == 1
    assert "keys/ 和 *.key 放回数据目录" in refused.output.replace("\n", "")
    shutil.rmtree(elsewhere.folder / "keys")
    with pytest.raises(BackupRefused, match=r"keys/master"):
        backup.bring_back(tmp_path / "copy", elsewhere)
    put_keys_back(place, elsewhere)
    restored = run(elsewhere, "restore", str(tmp_path / "copy"))
    assert restored.exit_code == 0, restored.output
    accounts = Accounts(elsewhere.accounts, elsewhere.folder / "accounts.key")
    found = accounts.called("owner-name")
    accounts.close()
    assert found is not None, "who could sign in can sign in again"


def test_keys_of_the_same_month_that_do_not_open_it_are_refused(
    town: World, elsewhere: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup of before the marks of secrets were written down."""
    backup.save(town.house.place, tmp_path / "copy")
    House.open(elsewhere).close()
    monkeypatch.setattr("ledger.backup_keys.missing", lambda *_: "")
    with pytest.raises(BackupRefused, match=r"打不开.*放回数据目录"):
        backup.bring_back(tmp_path / "copy", elsewhere)


def test_a_backup_is_made_while_others_write_and_holds_one_instant(town: World, tmp_path: Path) -> None:
    manifest = backup.save(town.house.place, tmp_path / "copy")
    assert manifest.head == town.house.ledger.store.head()
    assert manifest.tables["deliveries"] == 1
    town.open_activity("a2", days=5)
    assert backup.check(tmp_path / "copy") == manifest
    assert backup.save(town.house.place, tmp_path / "next").log != manifest.log
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0


def test_a_place_with_records_is_not_overwritten(town: World, tmp_path: Path) -> None:
    backup.save(town.house.place, tmp_path / "copy")
    town.open_activity("a2", days=5)
    before = log_of(town.house)
    with pytest.raises(BackupRefused, match="已经有记录了"):
        backup.bring_back(tmp_path / "copy", town.house.place)
    assert log_of(town.house) == before


@pytest.mark.parametrize("harm", ["changed", "missing", "no manifest", "cut"])
def test_a_backup_that_was_harmed_is_refused_before_anything_is_touched(
    town: World, elsewhere: Place, tmp_path: Path, harm: str
) -> None:
    copy = tmp_path / "copy"
    backup.save(town.house.place, copy)
    victim = max(
        (path for path in copy.iterdir() if path.name != backup.MANIFEST), key=lambda path: path.stat().st_size
    )
    if harm == "changed":
        held = bytearray(victim.read_bytes())
        held[len(held) // 2] ^= 1
        victim.write_bytes(held)
    elif harm == "cut":
        victim.write_bytes(victim.read_bytes()[:-100])
    else:
        (victim if harm == "missing" else copy / backup.MANIFEST).unlink()
    refused = run(elsewhere, "restore", str(copy))
    assert refused.exit_code == 1
    assert str(copy) in refused.output.replace("\n", "")
    house = House.open(elsewhere)
    assert house.ledger.store.head() == 0
    house.close()


def test_a_backup_goes_into_a_folder_of_its_own(town: World, tmp_path: Path) -> None:
    backup.save(town.house.place, tmp_path / "copy")
    with pytest.raises(BackupRefused, match="每次备份用一个新目录"):
        backup.save(town.house.place, tmp_path / "copy")
    (tmp_path / "half.partial").mkdir()
    with pytest.raises(BackupRefused, match="没有做完"):
        backup.save(town.house.place, tmp_path / "half")


class TestSQLite:
    """What only files can suffer."""

    @pytest.fixture(params=["sqlite"])
    def engine(self, request: pytest.FixtureRequest) -> str:
        """Files alone."""
        return str(request.param)

    def test_told_to_overwrite_it_puts_what_was_there_aside(self, town: World, tmp_path: Path) -> None:
        place = town.house.place
        backup.save(place, tmp_path / "copy")
        before = log_of(town.house)
        town.open_activity("a2", days=5)
        after = log_of(town.house)
        assert run(place, "restore", str(tmp_path / "copy"), "--overwrite").exit_code == 0
        assert log_of(town.house) == before
        (aside,) = place.folder.glob("replaced-*/log.db")
        with sqlite3.connect(aside) as connection:
            assert connection.execute("SELECT count(*) FROM stored_events").fetchone()[0] == len(after)
        connection.close()

    def test_files_that_can_no_longer_be_read_are_put_aside_too(self, town: World, tmp_path: Path) -> None:
        backup.save(town.house.place, tmp_path / "copy")
        before = log_of(town.house)
        broken = Place(tmp_path / "broken")
        broken.folder.mkdir()
        for name in ("log.db", "outbox.db"):
            (broken.folder / name).write_bytes(b"nonsense" * 1000)
        assert "损坏" in (said := run(broken, "web").output) or "不是数据库" in said
        put_keys_back(town.house.place, broken)
        assert "已经有记录了" in run(broken, "restore", str(tmp_path / "copy")).output
        done = run(broken, "restore", str(tmp_path / "copy"), "--overwrite")
        assert done.exit_code == 0, done.output
        house = House.open(broken)
        assert log_of(house) == before
        house.close()

    def test_a_backup_of_files_is_not_for_a_server(self, town: World, tmp_path: Path) -> None:
        backup.save(town.house.place, tmp_path / "copy")
        with pytest.raises(BackupRefused, match="run copy"):
            backup.bring_back(tmp_path / "copy", Place(tmp_path / "x", "postgresql://nobody@localhost/none"))


def test_without_its_programs_postgresql_is_said_to_lack_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cluster: str
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with databases.fresh(cluster) as name:
        place = Place(tmp_path, databases.used(cluster, name))
        House.open(place).close()
        with pytest.raises(Exception, match="postgresql-client"):
            backup_postgres.copy(place, tmp_path, "deliveries")
