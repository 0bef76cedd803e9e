"""The words of letters about an account, one set for each language. A set that lacks a kind fails its test."""

from __future__ import annotations

from dataclasses import dataclass

STOP = "不是你做的？马上打开“我的账号”换密码，让其他地方全部退出；打不开，就请你的社工或管理员发一个登录链接。"  # fmt: skip
STOP_EN = (
    "Was it not you? Open your account now, change the password and sign out everywhere else; "
    "if you cannot get in, ask your social worker or administrator for a link."
)


@dataclass(frozen=True)
class AccountTongue:
    """`kinds` gives for each kind its subject, what happened and what to do."""

    kinds: dict[str, tuple[str, str, str]]
    when: str
    account: str
    way_back: str
    foot: str


ZH = AccountTongue(
    kinds={
        "way_back": (
            "找回密码",
            "有人说自己是你，忘了密码。是你的话，用下面的链接设一个新密码。",
            "链接从寄出起半小时内有效，只能用一次。不是你要的，不用理会，密码没有变；把链接给别人，就是把账号给别人。",
        ),
        "new_device": ("新设备登录", "你的账号刚才在一台没用过的设备上登录了。", STOP),
        "address_changed": (
            "收信的邮箱改了",
            "你的档案里收信的邮箱改了，以后的信不再寄到这里。",
            "不是你改的，也没有请社工改？请马上联系你的社工或管理员。",
        ),
        "password_changed": ("密码换了", "你的密码刚才换过了，其他地方的登录都已经结束。", STOP),
        "names_changed": ("登录名改了", "登录用的手机号、邮箱或登录名刚才改过了。", STOP),
        "app_added": ("加上了验证码", "你的账号加上了手机 App 的验证码，以后登录要多这一步。", STOP),
        "app_removed": ("验证码撤下了", "你的账号撤下了验证码，以后登录只要密码。", STOP),
        "codes_renewed": ("恢复码换了一套", "你的恢复码换了一套，以前的都不能用了。", STOP),
        "code_spent": ("用掉了一个恢复码", "刚才有人用一个恢复码登录了你的账号。", STOP),
        "passkey_added": ("加上了通行密钥", "你的账号加上了一个通行密钥，用它登录不要密码。", STOP),
        "passkey_removed": ("撤下了通行密钥", "你的账号撤下了一个通行密钥。", STOP),
        "provider_added": ("连上了统一登录", "你的账号连上了单位的统一登录，以后可以从那里登录。", STOP),
        "provider_removed": ("断开了统一登录", "你的账号和单位的统一登录断开了。", STOP),
        "codes_removed": (
            "恢复码作废了",
            "你的恢复码不能再用了：这里换了密钥。验证码照旧。",
            "请打开“我的账号”，换一套新的恢复码，抄下来。",
        ),
        "provider_voided": (
            "统一登录要重新连",
            "你的账号和单位的统一登录断开了：这里换了密钥。别的登录方式照旧。",
            "请用别的方式登录，在“我的账号”里再连一次；没有别的方式，就请你的社工或管理员发一个登录链接。",
        ),
        "sessions_ended": (
            "在各处都退出了",
            "你的社工或管理员结束了你在各处的登录，例如因为手机丢了。密码没有变，可以重新登录。",
            "不知道为什么？请问你的社工或管理员。",
        ),
    },
    when="时间",
    account="打开我的账号",
    way_back="设一个新密码",
    foot="这封信由联动自动发出，不用回复。它关系到账号的安全，所以不能关掉。",
)
EN = AccountTongue(
    kinds={
        "way_back": (
            "Reset your password",
            "Somebody says that they are you and forgot the password. If it was you, choose a new one by this link.",
            "The link works once, for half an hour after it was sent. If it was not you, do nothing: your password "
            "has not changed. Whoever gets the link gets your account.",
        ),
        "new_device": ("New device", "Your account was signed in to on a device that you never used before.", STOP_EN),
        "address_changed": (
            "Your address changed",
            "Your file has another e-mail address now; we will not write to this one any more.",
            "Was it neither you nor somebody whom you asked? Please tell your social worker or administrator at once.",
        ),
        "password_changed": (
            "Password changed",
            "Your password was changed just now, and all other sessions have ended.",
            STOP_EN,
        ),
        "names_changed": (
            "Sign-in names changed",
            "The phone number, address or name that you sign in with was changed just now.",
            STOP_EN,
        ),
        "app_added": ("Second step added", "Signing in to your account asks for the code of an app now.", STOP_EN),
        "app_removed": ("Second step removed", "Signing in to your account asks for the password only now.", STOP_EN),
        "codes_renewed": ("New recovery codes", "You have new recovery codes; the earlier ones work no more.", STOP_EN),
        "code_spent": ("Recovery code used", "Somebody used a recovery code to sign in to your account.", STOP_EN),
        "passkey_added": ("Passkey added", "Your account has a new passkey; it signs in without a password.", STOP_EN),
        "passkey_removed": ("Passkey removed", "A passkey was removed from your account.", STOP_EN),
        "provider_added": ("Single sign-on linked", "Your account is linked to your organisation's sign-on.", STOP_EN),
        "provider_removed": (
            "Single sign-on unlinked",
            "Your account is no longer linked to your organisation's sign-on.",
            STOP_EN,
        ),
        "codes_removed": (
            "Recovery codes void",
            "Your recovery codes work no more, because a key was changed here. The codes of your app work as before.",
            "Please open your account, take new recovery codes and write them down.",
        ),
        "provider_voided": (
            "Please link your single sign-on again",
            "Your account is no longer linked to your organisation's sign-on, because a key was changed here. Every other "
            "way to sign in works as before.",
            "Please sign in by another way and link it again in your account; if there is none, ask your social worker or "
            "administrator for a link.",
        ),
        "sessions_ended": (
            "Signed out everywhere",
            "Your social worker or administrator ended all your sessions, for instance because a phone was lost. Your "
            "password has not changed; you can sign in again.",
            "You do not know why? Please ask your social worker or administrator.",
        ),
    },
    when="Time",
    account="Open my account",
    way_back="Choose a new password",
    foot="Liandong sent this by itself; there is no need to answer. It is about the safety of your account and cannot "
    "be turned off.",
)
ACCOUNT_TONGUES = {"zh": ZH, "en": EN}
