"""Templates as this application compiles them: macros imported without being made anew, values escaped without being wrapped."""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from types import CodeType
from typing import Any

from jinja2 import Environment, Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup, escape

_needs_escaping = re.compile("[&<>'\"]").search


def written(value: Any) -> str:
    """A value as a page shows it: the same signs as `markupsafe.escape` gives, which wraps every piece in a `Markup` for those
    who put it together with others. A template joins pieces that are safe by then, and a page has hundreds of them.
    """
    kind = type(value)
    if kind is Markup:
        return value  # type: ignore[no-any-return]  # what `kind` says
    if kind is str:
        return escape(value) if _needs_escaping(value) else value
    return str(value) if kind is int else escape(value)


class Part(Template):
    """A template, a page or a part of pages."""

    @classmethod
    def from_code(
        cls,
        environment: Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        """The template of compiled code, in which `escape` is what every `{{ value }}` goes through, and nothing else.

        It has no globals of its own beside the environment's: a page copies them, and two dictionaries in a chain copy slowly.
        """
        made = super().from_code(environment, code, environment.globals, uptodate)
        made.root_render_func.__globals__["escape"] = written
        return made

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """Its macros see the environment's globals only, so that a page imports them without making them anew."""
        return super()._get_default_module()
