"""A form sent after its session ended: what was typed is kept for whoever typed it, and for nobody else."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from flask import current_app, g, request
from itsdangerous import BadSignature, URLSafeSerializer

OWN = ("csrf_token", "typed_by")
"""Fields of the session that a form came from; another one writes its own."""
SECRET = frozenset({"current", "password", "code", "sealed", "answer"})
"""Whoever fills in one of these fills it in again: what is secret is kept nowhere."""


class Kept(NamedTuple):
    """A form that was not carried out: who typed it, where it goes, and its fields in their order."""

    person: str
    action: str
    fields: list[tuple[str, str]]


def typed_by() -> str:
    """The mark that every form carries: who is signed in, signed, so that nobody else's form passes for theirs."""
    viewer = g.get("viewer")
    return mark(viewer.person, str(current_app.secret_key)) if viewer else ""


@lru_cache(maxsize=10_000)
def mark(person: str, key: str) -> str:
    """The person's id with a signature."""
    return str(URLSafeSerializer(key, salt="typed by").dumps(person))


def sent() -> Kept | None:
    """The form of this request, where one of our pages sent it, it says who typed it, and it can be sent once more."""
    serializer = URLSafeSerializer(str(current_app.secret_key), salt="typed by")
    try:
        person = serializer.loads(request.form.get("typed_by", ""))
    except BadSignature:
        return None
    if request.files or SECRET.intersection(request.form):
        return None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in OWN]
    return Kept(person, request.full_path.rstrip("?"), fields)


def seal(kept: Kept) -> str:
    """The form as one field of another, which carries it through signing in."""
    return str(URLSafeSerializer(str(current_app.secret_key), salt="kept").dumps(kept))


def unseal(text: str, person: str) -> Kept | None:
    """The form that was carried, for the person who typed it only."""
    try:
        found = URLSafeSerializer(str(current_app.secret_key), salt="kept").loads(text)
    except BadSignature:
        return None
    kept = Kept(found[0], found[1], [(name, value) for name, value in found[2]])
    return kept if kept.person == person else None
