"""The table of permissions as administrators, reviewers and auditors read it: folded by part, by role, whole to be printed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from domain.words import LABELS
from web.permissions import SECOND_FACTOR, TABLE
from web.rights import OFFICES, PROOF, Right

blueprint = Blueprint("permissions", __name__)
ANYBODY, ONESELF = "anybody", "oneself"
EVERY = "every"
"""The part that is all parts, to read on and to print."""
WORDS: dict[str, str] = {
    ANYBODY: "任何人",
    ONESELF: "本人（志愿者、服务对象）",
    **{role: LABELS[role] for role in OFFICES},
}
"""Whose rights can be picked, and how the page says it."""


@blueprint.get("/permissions")
def page() -> str:
    """The table; `?role=` shows what one role may do, its own things among it, `?part=` unfolds a part, or every one."""
    role, part = request.args.get("role", ""), request.args.get("part", "")
    if (role and role not in WORDS) or (part and part not in {EVERY, *TABLE}):
        abort(404)
    kept: dict[str, Any] = {"part": part} if part else {}
    groups = [(heading, [line(right) for right in rights if holds(right, role)]) for heading, rights in TABLE.items()]
    return render_template(
        "permissions/page.html",
        role=role,
        words=WORDS,
        chips=[("全部", url_for("permissions.page", **kept), not role, None)]
        + [(word, url_for("permissions.page", role=one, **kept), one == role, None) for one, word in WORDS.items()],
        groups=[(heading, lines, part in (heading, EVERY)) for heading, lines in groups if lines],
        is_whole=part == EVERY,
        folded=url_for("permissions.page", role=role or None),
        unfolded=url_for("permissions.page", role=role or None, part=EVERY),
        link=lambda heading: url_for("permissions.page", role=role or None, part=heading),
        second_factor="、".join(LABELS[one] for one in OFFICES if one in SECOND_FACTOR),
    )


def holds(right: Right, role: str) -> bool:
    """Whether somebody in this role has the right, for something at least; nobody in particular: whoever."""
    if role == ANYBODY:
        return right.anybody and (PROOF in right.needs or not right.commands)
    return not role or right.anybody or right.self_ or role in right.offices


def line(right: Right) -> tuple[str, list[str], str, list[str]]:
    """A row in words: what, who, what else it asks for, and the names under which the program knows it."""
    is_public = right.anybody and (PROOF in right.needs or not right.commands)  # what is written is written by somebody
    who = ["任何人，不用登录"] if is_public else ["本人"] if right.self_ else []
    if len(right.offices) == len(OFFICES):
        who += ["社工到管理员的所有角色"]
    else:
        who += [LABELS[role] for role in OFFICES if role in right.offices]
    names = [*right.pages, *(command.__name__ for command in right.commands), *right.fields]
    return right.what, who or ["谁都不能在网页上做"], "、".join(sorted(right.needs)), names
