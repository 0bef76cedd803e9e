"""Signing in to the real thing in a real browser: from the first administrator's link to an invited volunteer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from time import time

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app import create_app
from domain.accounts import FactorChanged, OpenAccount, SignedIn
from domain.person_files import RegisterPerson
from ledger.events import Act
from tests.browser.serving import served
from tests.browser.test_pages import AXE, RULES, check_axe, check_width
from tests.provider import CLIENT, SECRET, Provider
from web.accounts_secrets import hashed
from web.accounts_store import Accounts
from web.house import House, wall_clock
from web.oidc import Providers
from web.outgoing import Outside
from workers.mail import Channel

pytestmark = pytest.mark.browser
PASSWORD = "雨后青石板 三只白鹭"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[tuple[Flask, str, str]]:
    """An empty city with its first administrator: the application, its address, and the path of their link."""
    app = create_app(tmp_path, is_tryout=False)
    with app.app_context():
        said = app.test_cli_runner().invoke(
            args=["admin", "create", "--organisation", "云州市总工会", "--name", "王主任"]
        )
    found = re.search(r"(/enter/\S+)", said.output)
    assert found, said.output
    house: House = app.extensions["liandong"]
    with served(app, threads=4) as url:
        yield app, url, found[1]
    app.extensions["accounts"].close()
    house.close()


def inspect(page: Page) -> None:
    """The page is clean by axe's rules in both schemes and fits a small window; the window is as before afterwards."""
    page.evaluate(AXE)
    for scheme in RULES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # colours change at once
        check_axe(page, scheme)
    for width in (320, 1280):
        check_width(page, width)
    page.emulate_media(color_scheme="light")


def choose_password(page: Page, name: str) -> None:
    """Fill in what a link asks for."""
    inspect(page)
    page.get_by_label("登录名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="保存并登录").click()


def sign_in(page: Page, name: str) -> None:
    """Fill in the form of the sign-in page."""
    page.get_by_label("手机号、邮箱或登录名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()


def sign_out(page: Page) -> None:
    """Leave, and be out: the page that follows offers to sign in. A click alone does not wait for the next page."""
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_label("手机号、邮箱或登录名")).to_be_visible()


def test_a_passkey_signs_in_without_a_password(city: tuple[Flask, str, str], browser: Browser) -> None:
    app, url, _ = city
    house: House = app.extensions["liandong"]
    accounts: Accounts = app.extensions["accounts"]
    for command in (RegisterPerson("xiaoman", "何小满"), OpenAccount("xiaoman")):
        house.ledger.execute(command, Act(f"b{command}", "xiaoman", wall_clock()))
    house.follower.catch_up()
    with accounts.saving("xiaoman", hashed(PASSWORD), ["小满"], wall_clock()):
        pass
    window = browser.new_context(locale="zh-CN", base_url=url.replace("127.0.0.1", "localhost"))
    page = window.new_page()
    device = window.new_cdp_session(page)
    device.send("WebAuthn.enable")
    features = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": features | {"isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    page.goto("/sign-in")
    sign_in(page, "小满")
    expect(page.locator(".who")).to_contain_text("何小满")
    page.goto("/account/passkeys/new")
    inspect(page)
    page.get_by_label("叫什么").fill("我的手机")
    page.get_by_label("现在的密码").fill(PASSWORD)
    page.get_by_role("button", name="加上").click()
    expect(page.locator("b", has_text="我的手机")).to_be_visible()
    inspect(page)
    sign_out(page)
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.locator(".who")).to_contain_text("何小满")
    page.goto("/account")
    expect(page.get_by_text("最近")).not_to_have_count(0)
    window.close()
    events = [recorded.event for recorded in house.ledger.replay()]
    assert FactorChanged("xiaoman", "passkey", "added") in events
    assert events[-1] == SignedIn("xiaoman", "passkey", "passkey")


def test_from_the_first_administrator_to_an_invited_volunteer(city: tuple[Flask, str, str], browser: Browser) -> None:
    app, url, link = city
    window = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", base_url=url)
    complaints: list[str] = []
    window.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page = window.new_page()
    page.goto(link)
    choose_password(page, "王主任")
    expect(page.get_by_role("heading", level=1)).to_have_text("设置验证码")
    inspect(page)
    secret = page.locator(".code").inner_text().replace(" ", "")
    page.get_by_label("App 显示的码").fill(pyotp.TOTP(secret).at(int(time())))
    page.get_by_role("button", name="开始使用").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("把恢复码抄下来")
    inspect(page)
    code = page.locator(".codes .code").first.inner_text()
    page.get_by_role("button", name="抄好了，继续").click()
    page.get_by_role("link", name="王主任").click()
    expect(page.get_by_text("还剩 10 个")).to_be_visible()
    for fold in page.locator("details.fold > summary").all():
        fold.click()
    inspect(page)

    house: House = app.extensions["liandong"]
    union = next(iter(house.ledger.replay())).event.organisation  # type: ignore[attr-defined]  # its registration
    act = Act("b1", "wang", wall_clock(), union)
    outcome = house.ledger.execute(RegisterPerson("xiaoman", "何小满", organisation=union), act)
    house.follower.wait_for(outcome.position)
    page.goto("/people/xiaoman")
    page.get_by_role("link", name="登录", exact=True).click()
    page.get_by_role("button", name="邀请：发一个登录链接").click()
    invitation = page.get_by_label("链接", exact=True).input_value()
    inspect(page)
    sign_out(page)
    page.goto(invitation)
    choose_password(page, "小满")
    expect(page.locator(".who")).to_contain_text("何小满")
    sign_out(page)
    inspect(page)
    sign_in(page, "王主任")
    expect(page.get_by_role("heading", level=1)).to_have_text("再输一个验证码")
    inspect(page)
    page.get_by_label("验证码").fill(code)
    page.get_by_role("button", name="确认").click()
    expect(page.locator(".who")).to_contain_text("王主任")
    page.goto("/audit")
    expect(page.get_by_text("王主任用掉了恢复码")).to_be_visible()
    window.close()
    assert not [said for said in complaints if "Applying inline style" not in said], "axe alone tries styles of its own"


def test_somebody_signs_in_by_the_account_of_their_organisation(city: tuple[Flask, str, str], browser: Browser) -> None:
    app, url, path = city
    house: House = app.extensions["liandong"]
    app.extensions["providers"] = Providers(Outside(loopback=True))
    page = browser.new_page()
    page.goto(url + path)
    choose_password(page, "主任")
    secret = page.locator(".code").first.inner_text().replace(" ", "")
    page.get_by_label("App 显示的码").fill(pyotp.TOTP(secret).now())
    page.get_by_label("App 显示的码").press("Enter")
    expect(page.get_by_text("恢复码").first).to_be_visible()
    with Provider(wall_clock) as provider:
        page.goto(f"{url}/providers")
        inspect(page)
        page.get_by_role("link", name="接上").click()
        page.get_by_label("issuer").fill(provider.issuer)
        page.get_by_label("客户端编号（client id）").fill(CLIENT)
        page.get_by_label("客户端密钥（client secret）").fill(SECRET)
        page.get_by_label("你现在的密码").fill(PASSWORD)
        inspect(page)
        page.get_by_role("button", name="问一下，再保存").click()
        expect(page.get_by_text(provider.issuer)).to_be_visible()
        page.goto(f"{url}/account")
        page.get_by_text("连上", exact=False).first.click()
        page.locator("form[action^='/account/providers/']").get_by_label("现在的密码").fill(PASSWORD)
        page.get_by_role("button", name="去连上").click()
        onward = page.get_by_role("link", name=re.compile("^去.*登录$"))
        expect(onward).to_be_visible()
        inspect(page)
        onward.click()
        expect(page.get_by_text("连上的")).to_be_visible()
        provider.claims["amr"] = ["mfa"]
        other = browser.new_page()
        other.goto(f"{url}/sign-in")
        inspect(other)
        other.get_by_role("link", name="用云州市总工会的账号登录").click()
        expect(other.locator(".who")).to_contain_text("王主任")
        other.goto(f"{url}/people")
        expect(other.get_by_role("heading", name="人员")).to_be_visible()
    events = [recorded.event for recorded in house.ledger.replay()]
    assert [event.means for event in events if isinstance(event, SignedIn)] == ["link", "provider"]


def test_the_page_for_a_forgotten_password_is_clean(city: tuple[Flask, str, str], browser: Browser) -> None:
    app, url, _ = city
    page = browser.new_page()
    page.goto(f"{url}/sign-in/forgotten")
    expect(page.get_by_text("这里不能用邮箱找回")).to_be_visible()
    inspect(page)
    app.extensions["desk"].channel = Channel(
        "127.0.0.1", 1, "联动 <a@example.org>", link="https://liandong.example.org"
    )
    page.reload()
    inspect(page)
    page.get_by_label("手机号、邮箱或登录名").fill("nobody")
    page.get_by_role("button", name="寄一封找回的信").click()
    expect(page.get_by_text("请看看邮箱")).to_be_visible()
    inspect(page)
