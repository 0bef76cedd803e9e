"""The house itself: nothing forgotten in a room's list, nothing without its words, no template that no page reaches."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

import domain
import projections
import web
from ledger.events import TOPICS, Command, RuleBroken
from ledger.execute import RULES
from ledger.guards import KINDS

ROOT = Path(__file__).parents[2]
ROOMS = ("ledger", "domain", "projections", "workers", "web", "bench")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def subclasses(cls: type) -> set[type]:
    """All of them, down to the leaves."""
    found: set[type] = set(cls.__subclasses__())
    return found.union(*(subclasses(one) for one in found))


def product(classes: set[type]) -> list[type]:
    """Only those of the product, not those that tests define."""
    return sorted(
        (cls for cls in classes if cls.__module__.startswith("domain.")),
        key=lambda cls: (cls.__qualname__, cls.__module__),
    )


def test_every_feature_stands_in_the_list_of_its_room() -> None:
    for room, listed in (("domain", {m.__name__ for m in domain.FEATURES}), ("projections", projections_listed())):
        assert speaking(room) == listed


MARKS = {"domain": r"^@decides\(", "projections": r"= Projection\(\"(\w+)\""}


def speaking(room: str) -> set[str]:
    """What a room's files bring that must be listed: files with rules, or projections by name."""
    found: set[str] = set()
    for path in (ROOT / room).glob("*.py"):
        marks = re.findall(MARKS[room], path.read_text(), flags=re.M)
        found |= {f"{room}.{path.stem}"} if marks and room == "domain" else {f"{room}.{mark}" for mark in marks}
    return found


def projections_listed() -> set[str]:
    return {f"projections.{projection.name}" for projection in projections.PROJECTIONS}


def test_every_blueprint_is_registered() -> None:
    listed = {blueprint.import_name for blueprint in (*web.BLUEPRINTS, *web.ACCOUNTS, *web.TRYOUT_ONLY)}
    files = {f"web.{path.stem}" for path in (ROOT / "web").glob("*.py") if "= Blueprint(" in path.read_text()}
    assert files == listed


@pytest.mark.parametrize("command", product(subclasses(Command)), ids=lambda c: c.__name__)
def test_every_command_has_a_rule(command: type[Command]) -> None:
    assert command in RULES
    assert command.__doc__


def test_every_stream_has_a_guard_that_counts_its_versions() -> None:
    assert {cls.stream_kind for cls in TOPICS.values() if cls.__module__.startswith("domain.")} <= KINDS.keys()


@pytest.mark.parametrize("rule", product(subclasses(RuleBroken)), ids=lambda c: f"{c.__module__}.{c.__name__}")
def test_every_refusal_states_its_rule_and_says_a_sentence(rule: type[RuleBroken]) -> None:
    assert rule.__doc__
    assert rule.__doc__ != RuleBroken.__doc__
    assert re.search("[\u4e00-\u9fff]", rule.sentence) or rule.sentence == "{what}"
    assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(rule.sentence))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_class_and_public_function_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text())
    silent = [] if ast.get_docstring(tree) else ["the module"]
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name != "Meta"]
    bodies = [tree.body, *(one.body for one in classes)]
    functions = [node for body in bodies for node in body if isinstance(node, ast.FunctionDef) and is_public(node)]
    told: list[ast.ClassDef | ast.FunctionDef] = [*classes, *functions]
    silent += [node.name for node in told if not ast.get_docstring(node)]
    assert not silent


SPEAKS_FOR_ITSELF = ("decides", "evolves", "on")
TABLES = [
    node
    for path in SOURCES
    for statement in ast.parse(path.read_text()).body
    if isinstance(statement, (ast.Assign, ast.AnnAssign)) and isinstance(node := statement.value, ast.Dict)
]
IN_TABLES = {getattr(value, "id", getattr(value, "attr", "")) for table in TABLES for value in table.values}


def is_public(node: ast.FunctionDef) -> bool:
    """Rules are told by their commands, folds by their events, entries by their table; _ is nobody else's business."""
    marks = {name.id if isinstance(name, ast.Name) else name.attr for name in map(called, node.decorator_list) if name}
    return not node.name.startswith("_") and node.name not in IN_TABLES and not marks & set(SPEAKS_FOR_ITSELF)


def called(decorator: ast.expr) -> ast.Name | ast.Attribute | None:
    """The name that a decorator goes by."""
    inner = decorator.func if isinstance(decorator, ast.Call) else decorator
    return inner if isinstance(inner, (ast.Name, ast.Attribute)) else None


def test_every_template_is_reached_by_a_page() -> None:
    folder = ROOT / "web" / "templates"
    files = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.html")}
    named = {name: set(re.findall(r"[\"']([\w./-]+\.html)[\"']", text)) for name, text in files.items()}
    python = "\n".join(path.read_text() for path in (ROOT / "web").glob("*.py"))
    reached = set(re.findall(r"[\"']([\w./-]+\.html)[\"']", python)) | {n for n in files if n.startswith("errors/")}
    while more := {name for page in reached for name in named.get(page, ())} - reached:
        reached |= more
    assert reached <= files.keys()
    assert set(files) == reached


def test_no_page_brings_style_or_script_of_its_own() -> None:
    for path in (ROOT / "web" / "templates").rglob("*.html"):
        text = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.S)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)", text), path


def test_the_shell_hides_nothing_that_a_page_was_given() -> None:
    """What `base.html` sets is seen in the blocks of every page, before what the page itself was given under that name."""
    names = re.findall(r"\{%-? set (\w+)", (ROOT / "web" / "templates" / "base.html").read_text())
    assert len(names) >= 3
    assert [name for name in names if not name.startswith(("mast_", "icon"))] == []
