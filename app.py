"""Liandong (联动): wires the rooms together. No rules here."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask
from flask_wtf import CSRFProtect

import bench.commands
import web.commands
import workers.commands
import workers.tryout
from ledger.place import Place
from web import ACCOUNTS, BLUEPRINTS, TRYOUT_ONLY, forgotten, shell
from web.accounts_store import Accounts
from web.accounts_tables import OF_A_PERSON
from web.house import House, close_reader
from web.serve import serve

ROOT = Path(__file__).parent


def create_app(folder: Path | None = None, *, is_tryout: bool | None = None) -> Flask:
    """Build the application over the data in `folder` (else `DATA_DIR`, else `var/city` or, in the try-out, `var/tryout`)."""
    tryout = os.environ.get("LIANDONG_TRYOUT") == "1" if is_tryout is None else is_tryout
    data = folder or Path(os.environ.get("DATA_DIR") or ROOT / "var" / ("tryout" if tryout else "city"))
    app = Flask(__name__, template_folder="web/templates", static_folder="web/static")
    shell.settings(app, data)
    CSRFProtect(app)
    house = app.extensions["liandong"] = House.open(data, is_tryout=tryout)
    house.follower.prepare()
    if not tryout:
        accounts = Accounts(Place.of_environment(data).accounts, shell.secret_key(data, "accounts"))
        app.extensions["accounts"] = accounts
        house.purges.append(accounts.forget)
        house.traces.append((accounts, tuple(table.name for table in OF_A_PERSON)))
    forgotten.carry_out(house)
    app.teardown_appcontext(close_reader)
    shell.dress(app)
    for blueprint in (*BLUEPRINTS, *(TRYOUT_ONLY if tryout else ACCOUNTS)):
        app.register_blueprint(blueprint)
    for commands in (web.commands, workers.commands, bench.commands):
        commands.register(app)
    app.cli.command("tryout", short_help="试用（不写命令就是它）：一座演示小城，挑一个人登录")(lambda: try_out(app))
    return app


def try_out(app: Flask) -> None:
    """Start the try-out: a demo world, where one signs in by picking a person."""
    house: House = app.extensions["liandong"]
    house.cast = workers.tryout.stage(house.ledger, house.follower)
    serve(app, house)
