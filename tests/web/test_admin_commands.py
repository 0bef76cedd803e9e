"""The commands about who runs the place: the first administrator, an office for somebody, where a link leads."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result

from app import create_app
from domain.accounts import LinkIssued
from domain.people import RoleGranted
from projections import viewers
from web.house import House

SAMPLE = Path(__file__).parents[2] / "data" / "zhongshan_2020_02.jsonl"


def run(folder: Path, *words: str) -> tuple[Result, House]:
    """One command over the data in the folder, like `./run WORDS`."""
    app = create_app(folder, is_tryout=False)
    with app.app_context():
        return app.test_cli_runner().invoke(args=list(words)), app.extensions["liandong"]


def create(folder: Path, organisation: str, name: str) -> tuple[Result, House]:
    return run(folder, "admin", "create", "--organisation", organisation, "--name", name)


@pytest.mark.parametrize(("organisation", "name"), [("", ""), ("  ", "王主任"), ("望海市总工会", " ")])
def test_an_administrator_without_a_name_is_refused_and_nothing_written(
    tmp_path: Path, organisation: str, name: str
) -> None:
    result, house = create(tmp_path, organisation, name)
    assert result.exit_code == 1
    assert "都要写" in result.output
    assert house.ledger.store.head() == 0
    house.close()


def test_the_first_administrator_is_made_once(tmp_path: Path) -> None:
    result, house = create(tmp_path, " 望海市总工会 ", "王主任")
    assert "已建：望海市总工会，管理员 王主任" in result.output
    assert [r.event.role for r in house.ledger.replay() if isinstance(r.event, RoleGranted)] == ["administrator"]
    house.close()
    again, house = create(tmp_path, "另一个总工会", "李主任")
    assert again.exit_code == 1
    assert "已经有管理员了" in again.output
    house.close()


def told(folder: Path, *words: str) -> str:
    """What a command says that ends well."""
    result, house = run(folder, *words)
    house.close()
    assert result.exit_code == 0, result.output
    return result.output


def administrators(folder: Path) -> dict[str, str]:
    """The name of an administrator by the organisation."""
    app = create_app(folder, is_tryout=False)
    house: House = app.extensions["liandong"]
    house.follower.catch_up()
    with house.views.read() as connection:
        found = viewers.holders(connection, ["administrator"], "2999-01-01")
    house.close()
    return {one.organisation: one.name for one in found}


def test_an_import_says_what_to_type_so_that_somebody_administers_what_it_brought(tmp_path: Path) -> None:
    create(tmp_path, "望海市总工会", "王主任")[1].close()
    said = told(tmp_path, "import", str(SAMPLE))
    assert "中山市总工会（zs-union）还没有管理员" in said.replace("\n", "")
    command = next(line for line in said.splitlines() if line.startswith("  ./run admin appoint"))
    result, house = run(tmp_path, *command.split()[1:])
    last = list(house.ledger.replay())[-1]
    house.close()
    assert "王主任 从今天起是中山市总工会的管理员" in result.output
    assert (type(last.event), last.source, last.organisation) == (RoleGranted, "command", "zs-union")
    assert administrators(tmp_path)["zs-union"] == "王主任"
    assert "没有变化" in told(tmp_path, *command.split()[1:])
    assert "还没有管理员" not in told(tmp_path, "import", str(SAMPLE))


def test_whoever_imported_first_makes_an_administrator_of_what_is_there(tmp_path: Path) -> None:
    assert "./run admin create --organisation" in told(tmp_path, "import", str(SAMPLE))
    told(tmp_path, "admin", "create", "--organisation", "中山市总工会", "--name", "王主任")
    assert administrators(tmp_path) == {"zs-union": "王主任"}


def test_another_office_is_given_by_its_name(tmp_path: Path) -> None:
    result, house = create(tmp_path, "望海市总工会", "王主任")
    person = next(r.event.person for r in house.ledger.replay() if isinstance(r.event, RoleGranted))
    house.close()
    assert "的审阅员" in told(tmp_path, "admin", "appoint", person, "望海市总工会", "--role", "审阅员")
    for words, said in (
        (("nobody", "望海市总工会"), "没有这个人：nobody"),
        ((person, "没有的工会"), "没有机构叫“没有的工会”"),
        ((person, "望海市总工会", "--role", "国王"), "国王"),
    ):
        result, house = run(tmp_path, "admin", "appoint", *words)
        head = house.ledger.store.head()
        house.close()
        assert result.exit_code
        assert said in result.output
        assert head == 5


@pytest.mark.parametrize(
    ("settings", "start"),
    [
        ({"PORT": "8001"}, "http://127.0.0.1:8001/enter/"),
        ({"PUBLIC_URL": "https://city.example/"}, "https://city.example/enter/"),
    ],
)
def test_a_link_begins_as_the_settings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], start: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    result, house = create(tmp_path, "望海市总工会", "王主任")
    house.close()
    assert f"  {start}" in result.output
    assert "PUBLIC_URL" in result.output


def test_a_wrong_port_is_said_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = told(tmp_path, "admin", "create", "--organisation", "望海市总工会", "--name", "王主任")
    person = made.partition("（")[2].partition("）")[0]
    monkeypatch.setenv("PORT", "many")
    for folder, words in (
        (tmp_path, ("link", person)),
        (tmp_path / "new", ("create", "--organisation", "a", "--name", "b")),
    ):
        result, house = run(folder, "admin", *words)
        assert house.ledger.store.head() == (4 if words[0] == "link" else 0)
        house.close()
        assert result.exit_code == 1
        assert "不是端口" in result.output


def test_a_link_from_the_server_is_not_said_to_come_from_whom_it_is_for(tmp_path: Path) -> None:
    _, house = create(tmp_path, "望海市总工会", "王主任")
    assert [(r.actor, r.source) for r in house.ledger.replay() if isinstance(r.event, LinkIssued)] == [
        ("system", "command")
    ]
    house.close()
