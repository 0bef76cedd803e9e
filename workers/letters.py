"""What people are told by mail, in their language: a letter is written once, and both forms of the mail are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from workers.tongues import TONGUES, Tongue


@dataclass(frozen=True)
class News:
    """What a letter speaks of; times are local wall times, `place` is the place in the queue, `venue` where to come."""

    name: str
    title: str
    starts: str
    ends: str | None
    side: str
    venue: str = ""
    place: int | None = None
    deadline: str | None = None
    reason: str | None = None
    link: str | None = None


@dataclass(frozen=True)
class Letter:
    """A letter before it becomes a mail; `facts` are pairs of a word and what it is.

    `link_words` and `foot` say where the link leads and why one is written to.
    """

    tongue: Tongue
    subject: str
    greeting: str
    text: str
    facts: tuple[tuple[str, str], ...]
    advice: str
    link: str | None
    link_words: str
    foot: str


def write(kind: str, news: News, language: str = "zh") -> Letter:
    """The letter of this kind. Titles, places and reasons stay as they were written. Raises KeyError for another kind."""
    tongue = TONGUES[language]
    subject, text, advice = tongue.kinds[kind]
    deadline = tongue.no_deadline
    if news.deadline:
        deadline = tongue.deadline.format(day=tongue.day(news.deadline), clock=news.deadline[11:16])
    words = {
        "side": tongue.sides[news.side],
        "queue": tongue.queue.format(place=news.place) if news.place else "",
        "deadline": deadline,
    }
    when = f"{tongue.day(news.starts)} {news.starts[11:16]}"
    told = (news.title, f"{when}–{news.ends[11:16]}" if news.ends else when, news.venue, words["side"], news.reason)
    return Letter(
        tongue,
        " ".join(f"{subject}{tongue.colon}{when} {news.title}".split()),  # one line, whatever the title is
        tongue.greeting.format(name=news.name),
        text.format_map(words),
        tuple((name, what) for name, what in zip(tongue.facts, told, strict=True) if what),
        advice.format_map(words),
        news.link,
        tongue.link,
        tongue.foot,
    )


def as_text(letter: Letter) -> str:
    """The letter as plain text."""
    tongue = letter.tongue
    facts = "\n".join(f"{name}{tongue.colon}{what}" for name, what in letter.facts)
    link = [f"{letter.link_words}{tongue.colon}{letter.link}"] if letter.link else []
    return "\n\n".join([letter.greeting, letter.text, facts, letter.advice, *link, f"-- \n{letter.foot}"]) + "\n"


def as_html(letter: Letter) -> str:
    """The letter as a page without style: every program for mail shows it in its own, light or dark."""
    tongue = letter.tongue
    rows = "".join(
        f'<tr><th align="left" valign="top">{escape(name)}&emsp;</th><td>{escape(what)}</td></tr>'
        for name, what in letter.facts
    )
    link = f'<p><a href="{escape(letter.link)}">{escape(letter.link_words)}</a></p>' if letter.link else ""
    return (
        f'<!doctype html><html lang="{tongue.code}"><meta charset="utf-8"><title>{escape(letter.subject)}</title>'
        f"<p>{escape(letter.greeting)}</p><p><b>{escape(letter.text)}</b></p><table>{rows}</table>"
        f"<p>{escape(letter.advice)}</p>{link}<hr><p><small>{escape(letter.foot)}</small></p></html>\n"
    )
