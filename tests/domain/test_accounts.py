"""Accounts as the log knows them: that one was opened, used, changed and closed, and nothing that could be used to sign in."""

from __future__ import annotations

import pytest

from domain.accounts import (
    AccountClosed,
    AccountOpened,
    AskRecovery,
    ChangeFactor,
    CloseAccount,
    EndSessions,
    FactorChanged,
    IssueLink,
    LinkIssued,
    NoteFailure,
    NoteSignIn,
    OpenAccount,
    RecoveryAsked,
    SessionsEnded,
    SignedIn,
    SignInFailed,
)
from domain.people import IsMerged
from domain.person_merges import Merged
from domain.words import Unknown
from ledger.events import TOPICS
from tests.cast import HE, LIN, STREET, WORKER, Story


def test_an_invitation_comes_before_the_account(story: Story) -> None:
    assert story.when(IssueLink(HE, "invitation")) == [LinkIssued(HE, "invitation")]
    assert story.when(OpenAccount(HE), by=HE) == [AccountOpened(HE)]
    assert story.when(OpenAccount(HE), by=HE) == []


def test_nobody_gets_back_into_an_account_that_is_not_there(story: Story) -> None:
    with pytest.raises(Unknown):
        story.when(IssueLink(HE, "recovery"))
    with pytest.raises(Unknown):
        story.when(OpenAccount("nobody"))


def test_what_happens_to_an_account_is_written_down(story: Story) -> None:
    story.given(AccountOpened(HE))
    assert story.when(NoteSignIn(HE, "password", "totp"), by=HE) == [SignedIn(HE, "password", "totp")]
    by_provider = NoteSignIn(HE, "provider", "provider", STREET, True)
    assert story.when(by_provider, by=HE) == [SignedIn(HE, "provider", "provider", STREET, True)]
    assert story.when(AskRecovery(HE), by="system") == [RecoveryAsked(HE)]
    assert story.when(NoteFailure(HE, "password"), by="system") == [SignInFailed(HE, "password")]
    assert story.when(EndSessions(HE, "left"), by=HE) == [SessionsEnded(HE, "left")]
    assert story.when(ChangeFactor(HE, "totp", "added"), by=HE) == [FactorChanged(HE, "totp", "added")]
    assert story.guard(f"account:{HE}").factors == ("totp",)  # type: ignore[attr-defined]  # an Account
    assert story.when(ChangeFactor(HE, "totp", "removed"), by=WORKER) == [FactorChanged(HE, "totp", "removed")]
    assert story.guard(f"account:{HE}").factors == ()  # type: ignore[attr-defined]  # an Account


@pytest.mark.parametrize(
    "command",
    [
        NoteSignIn(LIN, "password"),
        AskRecovery(LIN),
        NoteFailure(LIN, "password"),
        EndSessions(LIN, "left"),
        ChangeFactor(LIN, "totp", "added"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_nothing_happens_to_an_account_that_is_not_there(story: Story, command: NoteSignIn) -> None:
    with pytest.raises(Unknown):
        story.when(command)


def test_a_closed_account_is_closed_once(story: Story) -> None:
    story.given(AccountOpened(HE))
    assert story.when(CloseAccount(HE)) == [AccountClosed(HE)]
    assert story.when(CloseAccount(HE)) == []
    with pytest.raises(Unknown):
        story.when(NoteSignIn(HE, "password"))


def test_a_file_that_was_merged_away_signs_nobody_in(story: Story) -> None:
    story.given(AccountOpened(HE), Merged(HE, LIN))
    with pytest.raises(IsMerged):
        story.when(NoteSignIn(HE, "password"))


def test_no_event_has_a_field_for_a_credential() -> None:
    told = [cls for topic, cls in TOPICS.items() if topic.startswith(("account.", "provider."))]
    assert {name for cls in told for name in cls.__struct_fields__} == {
        "person", "purpose", "means", "second", "step", "how", "factor", "change", "provider", "unknown_device",
        "organisation", "issuer", "domains", "new_secret",
    }  # fmt: skip
