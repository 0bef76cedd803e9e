"""Organisations from the command line: registered under another, listed as a tree, refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result

from app import create_app
from web.house import House

UNION = "望海市总工会"


def run(folder: Path, *words: str) -> Result:
    """One command over the data in the folder, like `./run WORDS`."""
    app = create_app(folder, is_tryout=False)
    house: House = app.extensions["liandong"]
    with app.app_context():
        result = app.test_cli_runner().invoke(args=list(words))
    house.close()
    return result


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Data with the root organisation alone."""
    run(tmp_path, "admin", "create", "--organisation", UNION, "--name", "王主任")
    return tmp_path


def add(folder: Path, name: str, kind: str, under: str) -> Result:
    return run(folder, "organisations", "add", name, "--kind", kind, "--under", under)


def test_an_organisation_is_registered_under_another_and_listed(city: Path) -> None:
    assert "在望海市总工会下面" in add(city, "望海社工服务中心", "社工服务中心", UNION).output
    assert add(city, "码头服务站", "职工服务站", "望海社工服务中心").exit_code == 0
    lines = run(city, "organisations", "list").output.splitlines()
    assert [line.split("　")[:2] for line in lines] == [
        [UNION, "市总工会"],
        ["  望海社工服务中心", "社工服务中心"],
        ["    码头服务站", "职工服务站"],
    ]


@pytest.mark.parametrize(
    ("name", "kind", "under", "said"),
    [
        ("码头服务站", "职工服务站", "没有的工会", "没有机构叫“没有的工会”"),
        (" ", "职工服务站", UNION, "名称要写"),
        (UNION, "职工服务站", UNION, "已经有机构叫"),
        ("又一个市总工会", "市总工会", UNION, "上下级不对：市总工会 不能放在 市总工会 下面"),
        ("码头服务站", "茶馆", UNION, "茶馆"),
    ],
)
def test_what_cannot_be_registered_is_refused_and_nothing_written(
    city: Path, name: str, kind: str, under: str, said: str
) -> None:
    before = run(city, "organisations", "list").output
    refused = add(city, name, kind, under)
    assert refused.exit_code
    assert said in refused.output
    assert run(city, "organisations", "list").output == before
