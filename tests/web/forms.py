"""Pages as a browser understands them: their forms, what each would send, and whatever on them could run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

TEXTUAL = {"text", "search", "tel", "email", "url", "password", "textarea"}
"""Fields in which one types whatever one likes."""
BUTTONS = {"submit", "image"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
ADDRESSES = {"href", "src", "action", "formaction", "data", "poster", "xlink:href", "srcdoc", "hx-get", "hx-post"}


@dataclass(frozen=True)
class Field:
    """A field with what it would send; `None`: nothing (a box that is not ticked)."""

    name: str
    kind: str
    value: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """A form on a page; one for each button that sends it."""

    page: str
    action: str
    method: str
    fields: tuple[Field, ...] = ()

    @property
    def what(self) -> tuple[str, str, tuple[str, ...]]:
        """What tells it from others."""
        return self.method, self.action, tuple(sorted({one.name for one in self.fields}))

    def sent(self) -> list[tuple[str, str]]:
        """What it sends as it stands."""
        return [(one.name, one.value) for one in self.fields if one.name and one.value is not None]

    def with_(self, name: str, value: str | None) -> Form:
        """With another value in the fields of this name; `None`: they are not sent."""
        return replace(
            self, fields=tuple(replace(one, value=value) if one.name == name else one for one in self.fields)
        )

    def filled(self, text: str) -> Form:
        """With this in every field in which one types, boxes ticked, and something chosen where nothing was."""
        return replace(self, fields=tuple(fill(one, text) for one in self.fields))


def fill(one: Field, text: str) -> Field:
    """The field as somebody leaves it who types the same everywhere."""
    if one.kind in TEXTUAL:
        return replace(one, value=text)
    usual = {
        "checkbox": "on",
        "number": "1",
        "date": "2026-11-21",
        "time": "09:00",
        "datetime-local": "2026-11-25T09:00",
    }
    chosen = next((choice for choice in one.choices if choice), None)
    return replace(one, value=one.value or chosen or usual.get(one.kind, one.value))


@dataclass
class Open:
    """A form while it is read."""

    action: str
    method: str
    fields: list[Field] = field(default_factory=list)
    buttons: list[tuple[Field, str | None]] = field(default_factory=list)


class Page(HTMLParser):
    """A page, read once."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.address = address
        self.links: set[str] = set()
        self.text = ""
        self.running: list[str] = []
        """Whatever could run: scripts in the page, attributes that are scripts, addresses that are."""
        self.tags: set[str] = set()
        self._forms: dict[str, Open] = {}
        self._owners: list[str] = []
        self._select: tuple[Field, str | None, list[str]] | None = None
        self._textarea: tuple[Field, str | None] | None = None
        self._button: tuple[Field, str | None, str | None] | None = None
        self._script = False
        self.feed(text)
        self.close()

    # --- reading

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        """A tag with its attributes."""
        attributes = {name: value or "" for name, value in given}
        self.tags.add(tag)
        self.running += list(self.dangers(tag, attributes))
        self._script = tag in ("script", "style") and "src" not in attributes
        if tag == "a" and "href" in attributes:
            self.links.add(urljoin(self.address, attributes["href"]))
        if tag == "form":
            key = attributes.get("id") or f"form {len(self._forms)}"
            action = urljoin(self.address, attributes.get("action") or self.address)
            self._forms[key] = Open(action, attributes.get("method", "get").lower(), *self.kept(key))
            self._owners.append(key)
        elif tag in ("input", "select", "textarea", "button"):
            self.control(tag, attributes)
        elif tag == "option" and self._select:
            self._select[2].append(attributes.get("value", ""))
            if "selected" in attributes:
                self._select = (replace(self._select[0], value=attributes.get("value", "")), *self._select[1:])

    def kept(self, key: str) -> tuple[list[Field], list[tuple[Field, str | None]]]:
        """What named this form before it began."""
        early = self._forms.get(key)
        return (early.fields, early.buttons) if early else ([], [])

    def control(self, tag: str, attributes: dict[str, str]) -> None:
        """A field or a button."""
        owner = attributes.get("form") or (self._owners[-1] if self._owners else None)
        kind = tag if tag != "input" else attributes.get("type", "text").lower()
        one = Field(attributes.get("name", ""), kind, attributes.get("value", ""))
        if tag == "select":
            self._select = (replace(one, value=None), owner, [])
        elif tag == "textarea":
            self._textarea = (replace(one, value=""), owner)
        elif tag == "button" or kind in BUTTONS:
            if attributes.get("type", "submit") == "submit":
                self.add(one, owner, attributes.get("formaction", ""), is_button=True)
        else:
            if kind in ("checkbox", "radio"):
                on = attributes.get("value", "on")
                one = replace(one, value=on if "checked" in attributes else None, choices=(on,))
            self.add(one, owner)

    def add(self, one: Field, owner: str | None, action: str | None = None, *, is_button: bool = False) -> None:
        """Give it to its form."""
        if owner is None:
            return
        form = self._forms.setdefault(owner, Open(self.address, "get"))
        if is_button:
            form.buttons.append((one, urljoin(self.address, action) if action else None))
        else:
            form.fields.append(one)

    def handle_endtag(self, tag: str) -> None:
        """The end of a form, a list or a text."""
        self._script = False
        if tag == "form" and self._owners:
            self._owners.pop()
        elif tag == "select" and self._select:
            one, owner, choices = self._select
            self.add(replace(one, value=one.value or next(iter(choices), None), choices=tuple(choices)), owner)
            self._select = None
        elif tag == "textarea" and self._textarea:
            self.add(*self._textarea)
            self._textarea = None

    def handle_data(self, data: str) -> None:
        """Text between tags."""
        self.text += data
        if self._script and data.strip():
            self.running.append(f"<script> {data.strip()[:60]}")
        if self._textarea:
            one, owner = self._textarea
            self._textarea = (replace(one, value=(one.value or "") + data), owner)

    # --- what came out

    def dangers(self, tag: str, attributes: dict[str, str]) -> Iterator[str]:
        """What of a tag could run."""
        for name, value in attributes.items():
            is_running = name.startswith("on") or name in ("style", "srcdoc")
            if is_running or (name in ADDRESSES and leads_astray(tag, name, value)):
                yield f"<{tag} {name}={value[:60]!r}>"

    def forms(self) -> Iterator[Form]:
        """Every form, once for each of its buttons."""
        for form in self._forms.values():
            is_search = form.method == "get" and not form.buttons  # sent by the key of the line's end
            ways: list[tuple[Field | None, str | None]] = [*form.buttons] or [(None, None)] * is_search
            for button, action in ways:
                pressed = [button] if button and button.name else []
                yield Form(self.address, action or form.action, form.method, tuple(form.fields + pressed))


def leads_astray(tag: str, name: str, address: str) -> bool:
    """Whether this address in this place runs by itself, or is not one of ours."""
    scheme = "".join(address.split()).lower().partition(":")[0]
    is_script = scheme in ("javascript", "vbscript") or (scheme == "data" and tag != "img")
    is_foreign = tag == "script" and name == "src" and not address.startswith("/static/")
    return is_script or is_foreign or bool(urlsplit(address).netloc)
