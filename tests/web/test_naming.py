"""What things are called on pages."""

from __future__ import annotations

from web.naming import slot_name


def test_quotation_marks_inside_a_title_become_single() -> None:
    assert slot_name("“一周一点心”心理沙龙", None) == "“‘一周一点心’心理沙龙”"
