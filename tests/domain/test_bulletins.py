"""Printed figures are claims: taken over once each, never counted."""

import pytest

from domain.bulletins import AlreadyClaimed, ClaimFigure, FigureClaimed
from tests.cast import Story

CLAIM = ClaimFigure("b1", "participations", "2026-10", "速览", 135, "人次", "服务职工135人次", measure="participations")


def test_a_printed_figure_is_taken_over_once_per_bulletin(story: Story) -> None:
    assert story.when(CLAIM, source="import") == [FigureClaimed(**vars(CLAIM))]
    with pytest.raises(AlreadyClaimed, match="participations"):
        story.when(CLAIM, source="import")
    assert story.when(ClaimFigure(**vars(CLAIM) | {"bulletin": "b2"}))
    assert story.when(ClaimFigure(**vars(CLAIM) | {"figure": "participations-item"}))
