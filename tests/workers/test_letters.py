"""A letter says what was typed, and what was typed never becomes a part of the mail's own."""

from __future__ import annotations

from datetime import datetime

import pytest

from domain.words import ZONE
from workers.letters import News, write
from workers.mail import compose
from workers.tongues import TONGUES

TYPED = "x\r\nBcc: everybody@example.org\r\n\r\n<script>alert(1)</script>\u2028{0.__class__}%s"
NEWS = News(TYPED, TYPED, "2026-11-25T09:00:00", None, "volunteer", TYPED, reason=TYPED, link="https://example.org/a")


@pytest.mark.parametrize("language", TONGUES)
def test_what_was_typed_adds_no_line_to_the_head_and_no_tag_to_the_page(language: str) -> None:
    for kind in TONGUES[language].kinds:
        sent = datetime(2026, 11, 22, 9, tzinfo=ZONE)
        mail = compose(write(kind, NEWS, language), "k1", "a@example.org", "b@example.org", sent)
        head, _, _ = mail.as_bytes().partition(b"\r\n\r\n")
        assert b"\r\nBcc" not in head
        assert "Bcc: everybody" in mail["Subject"]
        page = mail.get_body(("html",))
        assert page
        assert "<script" not in page.get_content()
        assert "&lt;script&gt;" in page.get_content()
