"""What a run of the tests does once instead of a thousand times: an application is made for nearly every test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

from web import accounts_secrets

REAL_HASHER = accounts_secrets.HASHER
CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def keep_templates(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Each template is compiled once, for all workers, and is then read from this folder."""
    folder.mkdir(exist_ok=True)
    patch.setattr(Flask, "jinja_options", {"bytecode_cache": FileSystemBytecodeCache(str(folder))})


def keep_addresses(patch: pytest.MonkeyPatch) -> None:
    """The function that builds an address from a rule is compiled once; that took most of the time of making an application."""
    known: dict[object, Callable[..., tuple[str, str]]] = {}
    compiled = Rule._compile_builder

    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, *rule._trace, append_unknown, repr(rule.defaults))  # all that the function is made of
        if key not in known:
            known[key] = compiled(rule, append_unknown)
        return known[key]

    patch.setattr(Rule, "_compile_builder", once)


def hash_cheaply(patch: pytest.MonkeyPatch) -> None:
    """Passwords cost 8 KiB instead of 46 MiB. The real price is charged, and proved, in `tests/web/test_accounts_sign_in.py`."""
    use(patch, CHEAP_HASHER)


def use(patch: pytest.MonkeyPatch, hasher: PasswordHasher) -> None:
    """Hash, and compare where there is no account, with this."""
    patch.setattr(accounts_secrets, "HASHER", hasher)
    patch.setattr(accounts_secrets, "NOBODY", hasher.hash("nobody"))
