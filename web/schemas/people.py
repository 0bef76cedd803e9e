"""What may be typed about people: a new file, roles, qualifications, consent, files that are the same."""

from __future__ import annotations

from typing import get_args

from marshmallow import ValidationError, fields, validate

from domain.contacts import NoAddress, is_address
from domain.words import Role
from web.forms import Day, Form, between, length, one_of

SCOPES = {
    "story": "公开经历",
    "photo": "拍照与使用照片",
    "contact": "联系",
    "service": "接受服务",
    "activity": "参加活动",
}
"""What one can agree to, and its word on pages."""
MEANS = {
    "story": "认识本人的机构都能看到全部经历；不同意，只有服务过的机构看得到细节",
    "contact": "收回以后，别人看不到电话和邮箱",
    "activity": "未满 18 周岁的，有了监护人这一项同意才能报名",
}
"""What comes of it, where that is not in the word."""
LANGUAGES = {"zh": "中文", "en": "英文"}
"""In which letters are written."""
KINDS = {"health": "健康", "hardship": "困难"}
"""What a file may be marked as, and its word on pages."""
PLAIN_ROLES = ("volunteer", "recipient")
ROLES: tuple[str, ...] = get_args(Role)
"""All that the field knows; who may grant which stands in the table of permissions."""


def may_be_address(text: str) -> None:
    """Raise ValidationError for what no mail server delivers to."""
    if not is_address(text):
        raise ValidationError(NoAddress.sentence)


class Registration(Form):
    """A new file. `anyway` says that whoever has the same name is somebody else."""

    name = fields.String(required=True, validate=length(40))
    phone = fields.String(
        load_default=None, validate=validate.Regexp(r"^\+?[0-9 -]{5,20}$", error="电话只写数字，例如 13800000000。")
    )
    over = fields.Integer(load_default=None, validate=between(1, 120))
    role = fields.String(load_default=None, validate=one_of(PLAIN_ROLES))
    note = fields.String(load_default=None, validate=length(200))
    anyway = fields.Boolean(load_default=False)


class Grant(Form):
    """A role for an organisation from a day on."""

    role = fields.String(required=True, validate=one_of(ROLES))
    organisation = fields.String(required=True)
    since = Day(load_default=None)


class Ending(Form):
    """The last day of a role."""

    role = fields.String(required=True)
    organisation = fields.String(load_default=None)
    until = Day(load_default=None)


class Qualification(Form):
    """What somebody showed to be qualified for, and until when it holds."""

    skill = fields.String(required=True, validate=length(40))
    until = Day(load_default=None)


class Consent(Form):
    """A scope that was agreed to."""

    scope = fields.String(required=True, validate=one_of(SCOPES))
    guardian = fields.Boolean(load_default=False)
    how = fields.String(load_default=None, validate=length(60))


class BirthYear(Form):
    """The year of birth."""

    born = fields.Integer(required=True, validate=between(1900, 2200))


class Contact(Form):
    """Where somebody is written to; an empty address ends it."""

    email = fields.String(load_default=None, validate=[length(254), may_be_address])
    language = fields.String(load_default="zh", validate=one_of(LANGUAGES))


class Verification(Form):
    """How an identity was checked: which document, or who vouched."""

    how = fields.String(required=True, validate=length(60))


class OtherFile(Form):
    """Another file that may be, or is, the same person; a reason where the two become one."""

    other = fields.String(required=True)
    reason = fields.String(load_default=None, validate=length(200))


class Marks(Form):
    """What is sensitive about a file; a reason where nothing is any more."""

    kinds = fields.List(fields.String(validate=one_of(KINDS)), load_default=list)
    reason = fields.String(load_default=None, validate=length(200))


class Reason(Form):
    """Why."""

    reason = fields.String(required=True, validate=length(200))


class Forgetting(Form):
    """How it was checked who asks, why, and that it is known to be for good."""

    how = fields.String(required=True, validate=length(60))
    reason = fields.String(required=True, validate=length(200))
    sure = fields.Boolean(required=True, validate=validate.Equal(True, error="请勾选：知道不能恢复。"))
