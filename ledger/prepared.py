"""Queries of the pages that everybody opens: written with SQLAlchemy, compiled once, run by the driver itself."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from sqlalchemy import BindParameter, ColumnElement, Select, Text, bindparam
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from ledger.troubles import trouble
from ledger.views import ViewsUnavailable

_encode = msgspec.json.Encoder().encode


class Among(ColumnElement[Any]):
    """A list of texts given under a name, `column.op("IN")(Among("ids"))`: one value for any number of them, so that the
    statement stays as it is, where `in_` writes a place for each anew.
    """

    inherit_cache = False  # `Prepared` keeps what is compiled

    def __init__(self, name: str) -> None:
        self.given: BindParameter[str] = bindparam(name, type_=Text())


@compiles(Among, "sqlite")
def among_in_sqlite(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    """The list as SQLite reads it."""
    return f"(SELECT value FROM json_each({compiler.process(element.given, **options)}))"


@compiles(Among, "postgresql")
def among_in_postgresql(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    """The list as PostgreSQL reads it."""
    return f"(SELECT json_array_elements_text(CAST({compiler.process(element.given, **options)} AS json)))"


class Prepared:
    """A statement whose SQL is made once a dialect: about a tenth of what executing it through SQLAlchemy costs.

    Plain values, and lists of texts for `Among`; columns whose stored value is what the page shows.
    """

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, dict[str, Any], list[str] | None]] = {}

    def rows(self, connection: Connection, **values: Any) -> list[tuple[Any, ...]]:
        """All rows for these parameters. Raises ViewsUnavailable."""
        for name, value in values.items():
            if type(value) is list:
                values[name] = _encode(value).decode()
        dialect = connection.dialect
        sql, constants, order = self._compiled.get(dialect.name) or self._compile(dialect)
        values = constants | values
        cursor = connection.connection.cursor()
        asked: Any = tuple(map(values.__getitem__, order)) if order is not None else values
        try:
            cursor.execute(sql, asked)
            return cast(list[tuple[Any, ...]], cursor.fetchall())
        except Exception as error:
            if why := trouble(error):
                raise ViewsUnavailable(str(why)) from error
            raise

    def first(self, connection: Connection, **values: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        found = self.rows(connection, **values)
        return found[0] if found else None

    def _compile(self, dialect: Dialect) -> tuple[str, dict[str, Any], list[str] | None]:
        compiled: Any = self._statement.compile(dialect=dialect)
        order = list(compiled.positiontup) if compiled.positional else None
        constants = compiled.construct_params(_check=False)  # the statement's own values; the rest is given each time
        self._compiled[dialect.name] = str(compiled), constants, order
        return self._compiled[dialect.name]
