"""Liandong (联动): wires the rooms together. No rules here."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask_wtf import CSRFProtect

import bench.commands
import web.commands
import workers.backups
import workers.commands
import workers.databases
import workers.tryout
import workers.wiring
from ledger.address import WrongAddress
from ledger.codec import UnknownTopic
from ledger.log import UnsafeSetting
from ledger.master import KeyMissing
from ledger.place import Place
from ledger.scrub import NotScrubbed
from ledger.store import StoreUnavailable
from projections import deliveries
from web import ACCOUNTS, BLUEPRINTS, TRYOUT_ONLY, borders, forgotten, shell
from web.accounts_doors import Doors
from web.accounts_store import Accounts
from web.accounts_tables import OF_A_PERSON
from web.house import House, close_reader
from web.oidc import Providers
from web.outgoing import Outside
from web.serve import serve

ROOT = Path(__file__).parent


APART = ("database", "copy", "backup", "restore", "bench")
"""Commands that need no house: they make, move and measure databases."""
TROUBLES = (StoreUnavailable, WrongAddress, UnsafeSetting, KeyMissing, UnknownTopic)


def create_app(place: Place | Path | None = None, *, is_tryout: bool | None = None) -> Flask:
    """Build the application over the data in this place or folder, else where the environment says (see `ledger/place.py`).

    Where the data cannot be opened, the application says why, to whoever asks: a page, or a command, which exits with 1.
    """
    tryout = os.environ.get("LIANDONG_TRYOUT") == "1" if is_tryout is None else is_tryout
    app = bare(place, tryout)
    try:
        furnish(app, place, tryout)
    except TROUBLES as error:
        return closed(app, str(error))
    return app


def console() -> Flask:
    """The application behind `./run`: data are opened, and made where there are none, by a command that was typed rightly."""
    tryout = os.environ.get("LIANDONG_TRYOUT") == "1"
    app = bare(None, tryout)

    def open_data() -> None:
        try:
            furnish(app, None, tryout)
        except TROUBLES as error:
            raise click.ClickException(str(error)) from error

    for name in app.cli.commands.keys() - APART:
        app.cli.commands[name] = opening(app.cli.commands[name], open_data)
    return app


def opening(command: click.Command, open_data: Callable[[], None]) -> click.Command:
    """The command, with those below it, opening the data before it does anything."""
    found, callback = copy(command), command.callback
    if isinstance(found, click.Group):
        found.commands = {name: opening(below, open_data) for name, below in found.commands.items()}

    def run(*args: Any, **options: Any) -> Any:
        is_last = click.get_current_context().invoked_subcommand is None
        if is_last:  # else the command below opens them, if it was typed rightly
            open_data()
        return callback(*args, **options) if callback else None

    found.callback = run
    return found


def bare(place: Place | Path | None, tryout: bool) -> Flask:
    """The application with its commands, without data and pages."""
    app = Flask(__name__, template_folder="web/templates", static_folder="web/static")
    workers.backups.register(app.cli, lambda: place_of(place, tryout))
    for commands in (web.commands, workers.commands, workers.databases, workers.wiring, bench.commands):
        commands.register(app)
    app.cli.command("tryout", short_help="试用（不写命令就是它）：一座演示小城，挑一个人登录")(lambda: try_out(app))
    return app


def furnish(app: Flask, place: Place | Path | None, tryout: bool) -> None:
    """Open the data and hang the pages over them. Raises what `open_house` raises."""
    house = open_house(place, tryout)
    app.extensions["liandong"] = house
    shell.settings(app, house.place.folder)
    borders.guard(app)
    CSRFProtect(app)
    if not tryout:
        accounts = Accounts(house.place.accounts, shell.key_file(house.place.folder, "accounts"))
        app.extensions["accounts"] = accounts
        app.extensions["providers"] = Providers(Outside(private=os.environ.get("SIGN_ON_PRIVATE") == "1"))
        house.purges.append(accounts.forget)
        house.traces.append((accounts, tuple(table.name for table in OF_A_PERSON)))
    house.purges.append(lambda person: deliveries.forget(house.outbox, person))
    house.traces.append((house.outbox, (deliveries.deliveries.name,)))
    with suppress(NotScrubbed):  # somebody reads in another process; the next start goes on with it
        forgotten.carry_out(house)
    app.teardown_appcontext(close_reader)
    shell.dress(app)
    for blueprint in (*BLUEPRINTS, *(TRYOUT_ONLY if tryout else ACCOUNTS)):
        app.register_blueprint(blueprint)
    workers.wiring.wire(app, None if tryout else Doors(app.extensions["accounts"]))


def open_house(place: Place | Path | None, tryout: bool) -> House:
    """Open what stands behind the pages, with guards and read models of this version.

    Raises StoreUnavailable, WrongAddress, UnsafeSetting, KeyMissing, UnknownTopic.
    """
    house = House.open(place_of(place, tryout), is_tryout=tryout)
    try:
        house.prepare()
    except BaseException:
        house.close()
        raise
    return house


def place_of(place: Place | Path | None, tryout: bool) -> Place:
    """Where the data lives. Raises WrongAddress: in the try-out everybody can be anybody, so it never opens a city's database."""
    if place is not None:
        return Place(place) if isinstance(place, Path) else place
    if tryout and os.environ.get("DATABASE_URL"):
        raise WrongAddress(
            "试用里谁都可以扮成别人，所以不打开 DATABASE_URL 里的数据。去掉它再 ./run，或者用 ./run web。"
        )
    return Place.of_environment(Path(os.environ.get("DATA_DIR") or ROOT / "var" / ("tryout" if tryout else "city")))


def closed(app: Flask, why: str) -> Flask:
    """An application without data: every page and command says why; only the commands that make or move data work."""
    known = {name: app.cli.commands[name] for name in APART}

    def refuse() -> None:
        raise click.ClickException(why)

    def command(_: click.Context, name: str) -> click.Command:
        anything = {"ignore_unknown_options": True, "allow_extra_args": True}
        return known.get(name) or click.Command(name, callback=refuse, context_settings=anything)

    app.cli.get_command = command  # type: ignore[assignment, method-assign]  # every name is one that it knows
    app.after_request(borders.headers)
    app.before_request(lambda: (f"{why}\n", 503, {"Content-Type": "text/plain; charset=utf-8", "Retry-After": "30"}))
    return app


def try_out(app: Flask) -> None:
    """Start the try-out: a demo world, where one signs in by picking a person."""
    house: House = app.extensions["liandong"]
    house.cast = workers.tryout.stage(house.ledger, house.follower)
    serve(app, house)
