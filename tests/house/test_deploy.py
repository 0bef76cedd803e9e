"""What is handed to whoever runs it: units, settings and pages of documentation name only what exists, and all of it."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

import pytest

from app import create_app

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
SETTINGS = re.compile(r"^#?([A-Z_]+)=", re.M)
OF_DEPLOYMENT = {"WEB_WORKERS", "BACKUP_DIR", "BACKUP_DAYS"}
"""Settings that the units read, and not the program."""
NOT_FOR_OPERATORS = {"LIANDONG_TRYOUT", "PROMETHEUS_MULTIPROC_DIR", "PYPINYIN_NO_PHRASES", "TMPDIR"}


def unit(path: Path) -> ConfigParser:
    """A unit of systemd."""
    parsed = ConfigParser(interpolation=None, strict=False)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]  # configparser's own way
    parsed.read(path)
    return parsed


def settings_read() -> set[str]:
    """What the program reads from the environment, as far as it is written out."""
    rooms = [ROOT / "app.py", *(path for room in ("ledger", "web", "workers") for path in (ROOT / room).glob("*.py"))]
    text = "\n".join(path.read_text() for path in rooms)
    return set(re.findall(r"environ(?:\.get\(|\[|\.setdefault\()\"([A-Z_]+)\"", text))


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What `./run` knows."""
    app = create_app(tmp_path_factory.mktemp("data"))
    app.extensions["liandong"].close()
    return set(app.cli.commands)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_every_unit_starts_a_command_that_exists_and_may_write_nothing_else(path: Path, known: set[str]) -> None:
    service = unit(path)["Service"]
    command = re.search(r"/opt/liandong/run (\w+)", service["ExecStart"])
    assert command
    assert command[1] in known
    assert (service["User"], service["ProtectSystem"], service["NoNewPrivileges"]) == ("liandong", "strict", "yes")
    assert set(re.findall(r"\$\{([A-Z_]+)\}", path.read_text())) <= set(SETTINGS.findall(example()))


def example() -> str:
    """The settings as they are handed out."""
    return (DEPLOY / "liandong.env.example").read_text()


def test_every_setting_is_handed_out_and_told() -> None:
    told = (ROOT / "docs" / "running.md").read_text()
    read = settings_read() - NOT_FOR_OPERATORS
    assert {name for name in read | OF_DEPLOYMENT if f"`{name}`" not in told} == set()
    assert set(SETTINGS.findall(example())) - OF_DEPLOYMENT <= read


def test_the_containers_are_given_settings_that_are_read(known: set[str]) -> None:
    compose = (DEPLOY / "compose.yaml").read_text()
    given = set(re.findall(r"^    +([A-Z_]+):", compose, re.M)) - {"CMD"}
    assert given - {"POSTGRES_PASSWORD", "LIANDONG_SITE", "LIANDONG_UPSTREAM", "OWNER_DATABASE_URL"} <= settings_read()
    wanted = set(re.findall(r"\$\{([A-Z_]+)", compose))
    assert wanted == set(SETTINGS.findall((DEPLOY / "compose.env.example").read_text()))
    for words in re.findall(r"command: \[([a-z]+)", compose):
        assert words in known | {"redis"}


def test_the_documentation_names_commands_that_exist(known: set[str]) -> None:
    told = (ROOT / "docs" / "running.md").read_text()
    assert set(re.findall(r"(?:\./run|^liandong) ([a-z]+)\b", told, re.M)) <= known


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("nginx.conf", r"location = /metrics \{ return 404; \}"),
        ("Caddyfile", r"@(\w+) path /metrics\n\s*respond @\1 404\n"),
    ],
)
def test_proxies_keep_the_figures_to_themselves(name: str, refusal: str) -> None:
    text = (DEPLOY / name).read_text()
    assert re.search(refusal, text)
    assert text.count("/metrics") == 1
