"""What may be typed to sign in: names, passwords, codes. What a password must be, `accounts_secrets.weakness` says."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError, fields, pre_load

from domain.contacts import is_address
from web.accounts_secrets import MOST, kind_of
from web.forms import Form, length, values


class Password(fields.String):
    """A password: taken as it was typed, blanks at its ends too (ASVS 5.0 6.2.8)."""


class SecretForm(Form):
    """A form with passwords, which are not tidied."""

    @pre_load
    def tidy(self, data: Any, **_: Any) -> dict[str, Any]:
        """As in other forms, and passwords as they came."""
        found: dict[str, Any] = super().tidy(data)
        given = {name: values(data, name) for name, field in self.fields.items() if isinstance(field, Password)}
        return found | {name: typed[0] for name, typed in given.items() if typed and typed[0]}


def of_kind(kind: str, sentence: str) -> Any:
    """A check that something typed would be looked up as this kind of name."""

    def check(typed: str) -> None:
        if kind_of(typed) != kind or (kind == "email" and not is_address(typed)):
            raise ValidationError(sentence)

    return check


def long_enough(typed: str) -> None:
    """A name of one character would be somebody's by accident."""
    if len("".join(typed.split())) < 2:
        raise ValidationError("登录名至少 2 个字。")


class Names(Form):
    """Under which names somebody signs in; each may stay empty, but not all."""

    phone = fields.String(
        load_default=None,
        validate=[length(30), of_kind("phone", "手机号只写数字，例如 13800000000。")],
    )
    email = fields.String(
        load_default=None, validate=[length(254), of_kind("email", "邮箱地址不对，例如 xiaoman@example.org。")]
    )
    name = fields.String(
        load_default=None,
        validate=[length(40), long_enough, of_kind("name", "登录名里要有字或字母，不能有 @，也不能只是数字。")],
    )


class Entry(SecretForm):
    """What the reader of a link fills in: the password, beside the names."""

    password = Password(required=True, validate=length(MOST))


class SignIn(SecretForm):
    """Who, and the password."""

    name = fields.String(required=True, validate=length(254))
    password = Password(required=True, validate=length(MOST))


class Forgotten(Form):
    """Who forgot the password."""

    name = fields.String(required=True, validate=length(254))


class NewPassword(SecretForm):
    """The password that holds, and the one that shall."""

    current = Password(required=True, validate=length(MOST))
    password = Password(required=True, validate=length(MOST))


class Confirmed(SecretForm):
    """The password again, before what one signs in with changes."""

    current = Password(required=True, validate=length(MOST))


class Joining(Entry):
    """Who joins by themselves, and where; the names to sign in with are those of `Names`."""

    organisation = fields.String(required=True, validate=length(60))
    called = fields.String(required=True, validate=length(40))
    adult = fields.Boolean(load_default=False)


def domains(typed: str) -> tuple[str, ...]:
    """Mail domains as they are compared. Raises ValidationError."""
    found = tuple(dict.fromkeys(one.strip("@").casefold() for one in re.split(r"[\s,，;；、]+", typed) if one))
    if any(not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", one) for one in found):
        raise ValidationError("域名像 union.example.org，几个用空格分开。")
    return found


class Domains(fields.String):
    """Mail domains, parted by blanks or commas."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return domains(super()._deserialize(value, attr, data, **kwargs))


def signs(typed: str) -> None:
    """What travels in a header is signs that every header takes."""
    if not (typed.isascii() and typed.isprintable()):
        raise ValidationError("里面不能有中文和换行。")


class ProviderForm(SecretForm):
    """An organisation's own provider: where it is, how it knows us, whose mail it vouches for."""

    issuer = fields.String(required=True, validate=[length(300), signs])
    client = fields.String(required=True, validate=[length(200), signs])
    secret = Password(load_default=None, validate=[length(300), signs])
    domains = Domains(load_default=())


class Code(Form):
    """Six digits of an app, or a recovery code."""

    code = fields.String(required=True, validate=length(40))


class NewPasskey(SecretForm):
    """What a browser answered when it was asked to make a passkey, what its owner calls it, and the password again."""

    answer = fields.String(
        required=True, validate=length(20_000), error_messages={"required": "浏览器没有做成通行密钥。"}
    )
    sealed = fields.String(required=True, validate=length(400))
    label = fields.String(required=True, validate=length(40))
    current = Password(required=True, validate=length(MOST))


class UsedPasskey(Form):
    """What a browser answered when it was asked to sign."""

    answer = fields.String(required=True, validate=length(20_000))
    sealed = fields.String(required=True, validate=length(400))


class NewTotp(SecretForm):
    """The secret that the page offered, sealed; a code that proves that the app has it; perhaps the password again."""

    sealed = fields.String(required=True, validate=length(400))
    code = fields.String(required=True, validate=length(10))
    current = Password(load_default=None, validate=length(MOST))
