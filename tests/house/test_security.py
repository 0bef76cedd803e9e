"""The table of `docs/security.md`: every requirement of ASVS 5.0 levels 1 and 2 once, and what it points at is there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
VERDICTS = ("达到", "不适用", "未达到")
LEVELS = """
1.1 22 1.2 1111122223 1.3 112222222223 1.4 222 1.5 123 2.1 122 2.2 112 2.3 12223 2.4 23
3.1 3 3.2 113 3.3 12223 3.4 11222233 3.5 11122333 3.6 3 3.7 22333 4.1 12233 4.2 23333 4.3 22 4.4 1222
5.1 2 5.2 112333 5.3 113 5.4 222 6.1 122 6.2 111111112222 6.3 11223333 6.4 112233 6.5 22222333 6.6 2223 6.7 33 6.8 2222
7.1 222 7.2 1111 7.3 22 7.4 11222 7.5 223 7.6 22 8.1 1233 8.2 1123 8.3 133 8.4 23 9.1 111 9.2 1222
10.1 22 10.2 223 10.3 22223 10.4 1111122222233333 10.5 22222 10.6 22 10.7 222
11.1 2233 11.2 22233 11.3 11233 11.4 1222 11.5 23 11.6 23 11.7 33 12.1 12233 12.2 11 12.3 22223
13.1 2333 13.2 222223 13.3 2233 13.4 1222233 14.1 22 14.2 12223333 14.3 122 15.1 12233 15.2 12233 15.3 1222222 15.4 3333
16.1 2 16.2 22222 16.3 2222 16.4 222 16.5 2223 17.1 23 17.2 22223333 17.3 22
"""
"""The sections of the standard, each followed by the levels of its requirements in their order."""


class Row(NamedTuple):
    """A line of the table."""

    number: str
    level: str
    title: str
    verdict: str
    evidence: str


def wanted() -> dict[str, str]:
    """Every requirement of levels 1 and 2 with its level."""
    words = LEVELS.split()
    sections = zip(words[::2], words[1::2], strict=True)
    return {f"{name}.{n}": level for name, levels in sections for n, level in enumerate(levels, 1) if level != "3"}


ROWS = [Row(*found) for found in re.findall(r"^\| (\d+\.\d+\.\d+) \| (\d) \| (.+?) \| (.+?) \| (.+?) \|$", PAGE, re.M)]


def test_the_standard_has_as_many_requirements_as_it_says() -> None:
    assert Counter(wanted().values()) == {"1": 70, "2": 183}


def test_every_requirement_stands_there_once_with_its_level() -> None:
    assert Counter(row.number for row in ROWS) == Counter(wanted().keys())
    assert {row.number: row.level for row in ROWS} == wanted()
    assert {row.verdict for row in ROWS} == set(VERDICTS)


def test_the_numbers_at_the_top_are_those_of_the_table() -> None:
    told = re.findall(r"^\| (一级|二级|合计) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE, re.M)
    counted = Counter((row.level, row.verdict) for row in ROWS)
    levels = {"一级": "1", "二级": "2", "合计": "12"}
    assert [name for name, *_ in told] == list(levels)
    for name, *numbers in told:
        by_verdict = [sum(counted[level, verdict] for level in levels[name]) for verdict in VERDICTS]
        assert [int(number) for number in numbers] == [*by_verdict, sum(by_verdict)], name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_what_a_row_points_at_is_there(row: Row) -> None:
    assert row.evidence.strip()
    named = [name.partition("::") for name in re.findall(r"`([^`]+)`", row.evidence)]
    for path, _, test in named:
        if "/" in path and not path.startswith(("keys/", "/", "./")):
            need_there(path, test)
    said = re.findall("本页“([^”]+)”", row.evidence)
    assert all(
        f"## {heading}\n" in PAGE or f"**{heading}**" in PAGE or f"**{heading}**：" in PAGE for heading in said
    ), said
    known = [path for path, _, _ in named if (ROOT / path).is_file()]
    assert row.verdict != "达到" or known or said or refers(row), "what is met is shown somewhere"


def need_there(path: str, test: str) -> None:
    """The file is there, and the test in it."""
    assert (ROOT / path).exists(), path
    assert not test or re.search(rf"^    def {test}\(|^def {test}\(", (ROOT / path).read_text(), re.M), test


def test_every_test_that_the_page_names_is_there() -> None:
    named = re.findall(r"`(tests/[^`:]+\.py)(?:::([^`]+))?`", PAGE)
    assert named
    for path, test in named:
        need_there(path, test)


def refers(row: Row) -> bool:
    """Whether it points at the row above it, which is shown."""
    return row.evidence.startswith("同上")
