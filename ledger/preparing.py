"""What a PostgreSQL database needs before the application may use it: tables that only grow, owned by somebody else."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL

from ledger.address import address
from ledger.database import Database
from ledger.troubles import DatabaseUnavailable, first_line, trouble

WITHOUT_TRIGGERS = "LIANDONG_WITHOUT_TRIGGERS"
"""The environment variable that lets the application serve a log which its owner does not guard."""
TABLES = """
CREATE TABLE IF NOT EXISTS stored_events (
    originator_id text COLLATE "C" NOT NULL, originator_version bigint NOT NULL, topic text NOT NULL, state bytea NOT NULL,
    notification_id bigserial, PRIMARY KEY (originator_id, originator_version)
);
CREATE UNIQUE INDEX IF NOT EXISTS stored_events_notification_id_idx ON stored_events (notification_id);
CREATE TABLE IF NOT EXISTS guards (
    tag text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, state bytea NOT NULL
) WITH (fillfactor = 70);
CREATE TABLE IF NOT EXISTS answers (
    command text COLLATE "C" PRIMARY KEY, first bigint NOT NULL, last bigint NOT NULL
);
CREATE OR REPLACE FUNCTION log_only_grows() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'the log only grows'; END$$;
CREATE OR REPLACE TRIGGER log_no_change BEFORE UPDATE OR DELETE ON stored_events
    FOR EACH ROW EXECUTE FUNCTION log_only_grows();
CREATE OR REPLACE TRIGGER log_no_truncate BEFORE TRUNCATE ON stored_events
    FOR EACH STATEMENT EXECUTE FUNCTION log_only_grows();
"""
TRIGGERS = ("log_no_change", "log_no_truncate")
# PostgreSQL refuses the lock of an append to a role without UPDATE; the triggers refuse the update itself.
GRANTS = """
GRANT CONNECT ON DATABASE {database} TO {role};
GRANT USAGE, CREATE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE ON stored_events, guards, answers TO {role};
GRANT SELECT, USAGE, UPDATE ON SEQUENCE stored_events_notification_id_seq TO {role};
"""


class Unprepared(DatabaseUnavailable):
    """The database lacks what `./run database prepare` makes."""


def check(database: Database, *, without_triggers: bool = False) -> None:
    """Raise Unprepared where tables are missing or of another shape, or where triggers are, unless told to go without."""
    with database.read() as connection:
        columns = set(connection.exec_driver_sql(COLUMNS).scalars())
        triggers = set(connection.exec_driver_sql(ACTIVE_TRIGGERS).scalars())
    if not columns:
        raise Unprepared("这个数据库里还没有联动的表。请先用所有者的地址运行 ./run database prepare。")
    if missing := SHAPE - columns:
        raise Unprepared(
            f"这个数据库里的表不是本版本的（缺 {'、'.join(sorted(missing))}）。换一个空库，或者从备份恢复到空库。"
        )
    if not without_triggers and (missing := set(TRIGGERS) - triggers):
        raise Unprepared(
            f"记录没有“只增不改”的触发器（缺 {'、'.join(sorted(missing))}），谁都能改写它。请用所有者的地址运行 "
            f"./run database prepare；确实不要它，就设 {WITHOUT_TRIGGERS}=1。"
        )


COLUMNS = """
SELECT table_name || '.' || column_name FROM information_schema.columns
WHERE table_schema = 'public' AND table_name IN ('stored_events', 'guards', 'answers')
"""
ACTIVE_TRIGGERS = """
SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE relname = 'stored_events' AND NOT tgisinternal AND tgenabled IN ('O', 'A')
"""
SHAPE = {
    *(f"stored_events.{name}" for name in ("originator_id", "originator_version", "topic", "state", "notification_id")),
    *(f"guards.{name}" for name in ("tag", "version", "state")),
    *(f"answers.{name}" for name in ("command", "first", "last")),
}


def prepare(owner: str, application: str) -> list[str]:
    """Make, as the owner, everything that the application's role needs and nothing more; what was done, in sentences.

    Both addresses name the same database; it and the role are made where they are missing. A second time it changes nothing.
    Raises WrongAddress, DatabaseUnavailable.
    """
    ours, theirs = address(owner), address(application)
    if (ours.host, ours.port or 5432, ours.database) != (theirs.host, theirs.port or 5432, theirs.database):
        raise Unprepared("所有者的地址和 DATABASE_URL 不是同一个数据库：主机、端口、库名都要一样，只有用户不同。")
    done = []
    try:
        with connect(ours.set(database="postgres")) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (ours.database,)).fetchone():
                create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'")
                connection.execute(create.format(sql.Identifier(str(ours.database))))
                done.append(f"建了数据库 {ours.database}。")
        with connect(ours) as connection:
            done += [*make_role(connection, theirs), *make_tables(connection, theirs)]
    except psycopg.Error as error:
        raise trouble(error) or Unprepared(f"准备数据库时出错：{first_line(error)}") from error
    if ours.username == theirs.username:
        done.append("注意：应用和所有者是同一个用户，它能自己拆掉触发器。正式使用请给应用单独的用户。")
    return done


def connect(url: URL) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection in which every statement stands for itself."""
    return Database(url.render_as_string(hide_password=False)).connect()


def make_role(connection: psycopg.Connection[Any], theirs: URL) -> list[str]:
    """The application's role, which may sign in and nothing else."""
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (theirs.username,)).fetchone():
        return []
    create = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}")
    connection.execute(create.format(sql.Identifier(str(theirs.username)), sql.Literal(theirs.password)))
    return [f"建了应用的用户 {theirs.username}。"]


def make_tables(connection: psycopg.Connection[Any], theirs: URL) -> list[str]:
    """The tables, their triggers and what the application's role may do with them."""
    with connection.transaction():
        connection.execute(TABLES)
        names = {"database": sql.Identifier(str(theirs.database)), "role": sql.Identifier(str(theirs.username))}
        connection.execute(sql.SQL(GRANTS).format(**names))
    return ["记录、守卫、答复三张表和“只增不改”的触发器都在，应用的权限已给。"]
