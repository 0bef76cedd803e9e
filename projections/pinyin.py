"""How a name is found by its sound: every spelling of its characters, whole and as initials, in one searchable line."""

from __future__ import annotations

import os
from functools import lru_cache
from itertools import product

MOST_SPELLINGS = 12
"""Names with many readings (覃 is qin or tan) keep this many spellings at most."""

FAMILY = {
    "曾": "zeng", "覃": "qin", "单": "shan", "区": "ou", "仇": "qiu", "解": "xie", "查": "zha", "朴": "piao", "翟": "zhai",
    "缪": "miao", "乐": "yue", "卜": "bu",
}  # fmt: skip
"""How these characters sound as family names, where it is not as they mostly do."""
LONGEST = 6
"""Letters of the longest syllable, zhuang."""


@lru_cache(maxsize=20_000)
def readings(character: str) -> tuple[str, ...]:
    """The toneless readings of a character, the commonest first; anything else reads as itself, in lower case."""
    if not "㐀" <= character <= "鿿":
        return (character.lower(),) if character.isalnum() else ("",)
    # Loaded with the first name and without its table of phrases: names are read by characters, and it costs 40 MiB.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import Style, pinyin

    found: list[str] = pinyin(character, style=Style.NORMAL, heteronym=True)[0]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=50_000)
def search_line(name: str) -> str:
    """` 梁霞 liangxia lx`: the name and its spellings, each behind a blank, so that `LIKE '% lx%'` finds a beginning."""
    spellings: dict[str, None] = {name.lower(): None}
    for found in list(product(*map(readings, name)))[:MOST_SPELLINGS]:
        spellings["".join(found)] = None
        spellings["".join(reading[:1] if len(reading) > 1 else reading for reading in found)] = None
    return " " + " ".join(spellings)


def sound(name: str) -> str:
    """What names are put in order by: `li0000an0000` before `liang0xia000`, syllable by syllable and in any collation."""
    first = FAMILY.get(name[:1])
    found = [first if first and not at else readings(character)[0] for at, character in enumerate(name)]
    return "".join(syllable.ljust(LONGEST, "0") for syllable in found)


def pattern(text: str) -> str:
    """What to look for with LIKE (escape `\\`): the beginning of a spelling, or characters anywhere in the name."""
    wanted = text.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if wanted.isascii():
        return f"% {wanted.replace(' ', '')}%"
    return f"%{wanted}%"
