"""Single sign-on with an organisation's own provider: set up, linked, used, and everything that must not get anybody in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from domain.accounts import AccountOpened, FactorChanged, SessionsEnded, SignedIn
from domain.contacts import ChangeContact
from domain.providers import ProviderChanged, ProviderRemoved, ProviderSetUp
from domain.roles import GrantRole
from domain.words import Role
from ledger.place import Place
from tests.provider import CLIENT, SECRET, Provider, new_key
from tests.web.conftest import PASSWORD, City, opened_city
from tests.web.test_accounts_links import link_for
from tests.web.test_accounts_second import code, offered, set_up
from tests.web.test_accounts_sign_in import sign_in, told
from web import accounts_providers as providers
from web.accounts_store import Accounts
from web.accounts_tables import by_mail, passkey
from web.oidc import Providers
from web.outgoing import Outside

START = "/sign-in/provider/centre"


@pytest.fixture
def city(engine: str, city_place: Callable[[str], Place]) -> Iterator[City]:
    """The real thing on either engine; the colleague administers the centre, and this machine counts as outside."""
    for town in opened_city(city_place(engine)):
        town.do(GrantRole("colleague", "administrator", "centre"))
        town.app.extensions["providers"] = Providers(Outside(loopback=True))
        yield town


@pytest.fixture
def provider(city: City) -> Iterator[Provider]:
    """The centre's provider, set up."""
    with Provider(lambda: city.now) as opened:
        keep(city, opened)
        yield opened


def keep(city: City, opened: Provider, organisation: str = "centre", *domains: str, secret: str = SECRET) -> None:
    providers.save(city.accounts, providers.Provider(organisation, opened.issuer, CLIENT, secret, domains))


def come(browser: FlaskClient, provider: Provider, path: str = START) -> Any:
    """Off to the provider and back; the answer."""
    return browser.get(way_back(browser, provider, path))


def way_back(browser: FlaskClient, provider: Provider, path: str = START) -> str:
    """Off to the provider; the address to which one is sent back."""
    answer = browser.get(path)
    assert answer.status_code == 303, answer.text
    return provider.visit(answer.headers["Location"]).removeprefix("http://localhost")


def linked(city: City, person: str = "volunteer", subject: str = "s-1", organisation: str = "centre") -> None:
    """This person's account, with a password, belongs to that one there."""
    if city.accounts.find(person) is None:
        city.open_account(person)
    found = providers.find(city.accounts, organisation)
    assert found
    with providers.linking(city.accounts, found, subject, person, city.now):
        pass


# ------------------------------------------------------------------------------------------------------- setting up


def test_an_administrator_sets_a_provider_up_and_the_secret_stays_secret(city: City, tmp_path: Path) -> None:
    with Provider(lambda: city.now) as provider:
        browser = city.as_("colleague")
        data = {"issuer": provider.issuer, "client": CLIENT, "secret": SECRET, "domains": "", "current": PASSWORD}
        assert f"http://localhost{START}/back" in browser.get("/providers/centre").text
        assert browser.post("/providers/centre", data=data).status_code == 303
        assert "接上" in browser.get("/providers").text
        page = browser.get("/providers/centre").text
        assert provider.issuer in page
        assert SECRET not in page
        changed = data | {"secret": "", "domains": "@Union.example.org"}
        assert browser.post("/providers/centre", data=changed).status_code == 303
        found = providers.find(city.accounts, "centre")
        assert found == providers.Provider("centre", provider.issuer, CLIENT, SECRET, ("union.example.org",))
        assert browser.post("/providers/centre", data=changed).status_code == 303, "nothing new is no event"
        assert browser.post("/providers/centre/removal", data={"current": PASSWORD}).status_code == 303
    kinds = (ProviderSetUp, ProviderChanged, ProviderRemoved)
    assert [event for kind in kinds for event in told(city, kind)] == [
        ProviderSetUp("centre", provider.issuer),
        ProviderChanged("centre", provider.issuer, ("union.example.org",)),
        ProviderRemoved("centre"),
    ]
    assert all(SECRET not in repr(recorded) for recorded in city.house.ledger.replay())
    keep(city, provider)
    if city.house.place.url is None:
        assert SECRET.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("*.db*"))


@pytest.mark.either_engine
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"issuer": ""}, "这一项要填"),
        ({"issuer": "ftp://somewhere"}, "https:// 开头"),
        ({"issuer": "https://user@somewhere"}, "不能有用户名"),
        ({"issuer": "http://127.0.0.1:1"}, "连不上"),
        ({"issuer": "{issuer}/other"}, "没有回答一份 OIDC 的说明"),
        ({"issuer": "{issuer}/"}, "一字不差"),
        ({"client": "编号"}, "不能有中文"),
        ({"secret": ""}, "这一项要填"),
        ({"domains": "a@b@c"}, "域名像"),
        ({"current": "guess guess"}, "密码不对"),
    ],
)
def test_what_is_wrong_with_a_provider_is_said_at_once(city: City, wrong: dict[str, str], sentence: str) -> None:
    with Provider(lambda: city.now) as provider:
        data = {"issuer": provider.issuer, "client": CLIENT, "secret": SECRET, "current": PASSWORD} | wrong
        data["issuer"] = data["issuer"].format(issuer=provider.issuer)
        answer = city.as_("colleague").post("/providers/centre", data=data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert providers.find(city.accounts, "centre") is None


@pytest.mark.either_engine
@pytest.mark.parametrize(
    ("description", "sentence"),
    [
        ({"token_endpoint": None}, "有一个地址不能用"),
        ({"jwks_uri": "file:///etc/passwd"}, "有一个地址不能用"),
        ({"id_token_signing_alg_values_supported": ["none", "HS256"]}, "不接受的方式签名"),
        ({"response_types_supported": ["id_token"]}, "授权码"),
        ({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, "客户端密钥"),
    ],
)
def test_a_provider_that_cannot_do_what_is_needed_is_not_kept(
    city: City, description: dict[str, object], sentence: str
) -> None:
    with Provider(lambda: city.now) as provider:
        provider.description = description
        data = {"issuer": provider.issuer, "client": CLIENT, "secret": SECRET, "current": PASSWORD}
        answer = city.as_("colleague").post("/providers/centre", data=data)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_only_administrators_of_an_organisation_decide(city: City, provider: Provider) -> None:
    for person, organisation in (("owner", "centre"), ("colleague", "agency"), ("colleague", "union")):
        browser = city.as_(person)
        for answer in (
            browser.get(f"/providers/{organisation}"),
            browser.post(f"/providers/{organisation}"),
            browser.post(f"/providers/{organisation}/removal"),
        ):
            assert answer.status_code == 404
    assert city.as_("owner").get("/providers").status_code == 404
    pages = [city.as_(person).get("/people").text for person in ("owner", "colleague")]
    assert ["统一登录" in page for page in pages] == [False, True]


def test_a_secret_is_never_sent_to_another_address(city: City, provider: Provider) -> None:
    with Provider(lambda: city.now) as other:
        data = {"issuer": other.issuer, "client": CLIENT, "secret": "", "current": PASSWORD}
        answer = city.as_("colleague").post("/providers/centre", data=data)
    assert answer.status_code == 422
    assert "也要重新填" in answer.text


# ------------------------------------------------------------------------------------------------- who is let in


def test_an_account_is_linked_while_signed_in_and_opens_from_then_on(city: City, provider: Provider) -> None:
    city.open_account("volunteer", "小满")
    browser = city.as_(None)
    sign_in(browser, "小满")
    assert browser.post("/account/providers/centre", data={"current": "guess guess"}).status_code == 422
    page = browser.post("/account/providers/centre", data={"current": PASSWORD}).text
    address = re.search(r'href="(http://127[^"]+)"', page)
    assert address
    back = provider.visit(address[1].replace("&amp;", "&"))
    assert browser.get(back.removeprefix("http://localhost")).headers["Location"] == "/account"
    page = browser.get("/account").text
    assert "连上的" in page
    assert "连上了，以后可以用" in page
    other = city.as_(None)
    answer = come(other, provider, f"{START}?next=/me/record")
    assert answer.headers["Location"] == "/me/record"
    assert other.get("/me/record").status_code == 200
    assert told(city, FactorChanged)[-1] == FactorChanged("volunteer", "provider", "added")
    assert told(city, SignedIn)[-1] == SignedIn("volunteer", "provider", provider="centre", unknown_device=True)
    assert other.post("/account/providers/centre/removal", data={"current": PASSWORD}).status_code == 303
    assert come(city.as_(None), provider).status_code == 403
    assert told(city, FactorChanged)[-1] == FactorChanged("volunteer", "provider", "removed")


def test_whoever_nobody_linked_is_told_how_and_learns_nothing(city: City, provider: Provider) -> None:
    city.do(ChangeContact("volunteer", "xiaoman@union.example.org"))
    provider.claims = {"sub": "s-9", "email": "xiaoman@union.example.org", "email_verified": True}
    before = city.house.ledger.store.head()
    answer = come(city.as_(None), provider)
    assert answer.status_code == 403
    assert "请你的社工发一个登录链接" in answer.text
    assert 'name="password"' in answer.text, "the other ways stay"
    assert city.house.ledger.store.head() == before


def test_an_invitation_opens_an_account_without_a_password(city: City, provider: Provider) -> None:
    path = link_for(city, "volunteer")
    way = re.search(r'href="(/sign-in/provider/centre\?invitation=[^"]+)"', city.as_(None).get(path).text)
    assert way
    browser = city.as_(None)
    assert come(browser, provider, way[1]).status_code == 303
    assert browser.get("/me/record").status_code == 200
    assert city.as_(None).get(path).status_code == 404, "used up"
    assert told(city, AccountOpened)[-1] == AccountOpened("volunteer")
    assert browser.post("/account/password", data={"current": "-", "password": "短"}).status_code == 422
    removal = browser.post("/account/providers/centre/removal", data={"current": "-"})
    assert removal.status_code == 409
    assert "进不来了" in removal.text
    new = {"current": "-", "password": "晒谷场 铁皮饼干盒"}
    city.now += timedelta(minutes=16)
    assert "刚登录过才能改" in browser.post("/account/password", data=new).text
    again = city.as_(None)
    come(again, provider)
    assert again.post("/account/password", data=new).status_code == 303
    assert again.post("/account/providers/centre/removal", data={"current": new["password"]}).status_code == 303


def test_an_invitation_of_another_organisations_person_offers_nothing(city: City, provider: Provider) -> None:
    city.do(GrantRole("volunteer", "volunteer", "agency"))
    keep(city, provider, "agency")
    assert "用青禾社工机构登录" in city.as_(None).get(link_for(city, "volunteer")).text
    assert "用青禾社工机构登录" not in city.as_(None).get(link_for(city, "second")).text


MAIL = {"sub": "s-2", "email": "Xiaoman@Union.example.org", "email_verified": True}


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        (MAIL, 303),
        (MAIL | {"email_verified": False}, 403),
        (MAIL | {"email_verified": "true"}, 403),
        (MAIL | {"email": "xiaoman@other.example.org"}, 403),
        (MAIL | {"email": "nobody@union.example.org"}, 403),
        ({"sub": "s-2"}, 403),
    ],
)
def test_a_checked_address_lets_in_whoever_has_no_account_yet(
    city: City, provider: Provider, claims: dict[str, object], status: int
) -> None:
    keep(city, provider, "centre", "union.example.org")
    city.do(ChangeContact("volunteer", "xiaoman@union.example.org"))
    provider.claims = claims
    assert come(city.as_(None), provider).status_code == status
    assert (city.accounts.find("volunteer") is not None) == (status == 303)


@pytest.mark.parametrize("why", ["account", "two files", "office elsewhere"])
def test_an_address_takes_nobodys_account_over(city: City, provider: Provider, why: str) -> None:
    keep(city, provider, "centre", "union.example.org")
    city.do(ChangeContact("volunteer", "xiaoman@union.example.org"))
    if why == "account":
        city.open_account("volunteer")
    elif why == "two files":
        city.do(ChangeContact("second", "xiaoman@union.example.org"))
    else:
        city.do(GrantRole("volunteer", "union_officer", "union"))
    provider.claims = MAIL
    assert come(city.as_(None), provider).status_code == 403
    assert told(city, FactorChanged) == []


def test_one_account_there_is_one_account_here(city: City, provider: Provider) -> None:
    linked(city, "volunteer")
    city.open_account("second", "青禾")
    browser = city.as_(None)
    sign_in(browser, "青禾")
    page = browser.post("/account/providers/centre", data={"current": PASSWORD}).text
    address = re.search(r'href="(http://127[^"]+)"', page)
    assert address
    answer = browser.get(provider.visit(address[1].replace("&amp;", "&")).removeprefix("http://localhost"))
    assert answer.status_code == 409
    assert "已经连着这里的另一个人" in answer.text
    found = providers.find(city.accounts, "centre")
    assert found
    assert providers.owner(city.accounts, found, "s-1") == "volunteer"


def test_an_address_alone_opens_no_account_of_somebody_who_needs_two_factors(city: City, provider: Provider) -> None:
    keep(city, provider, "centre", "union.example.org")
    city.do(ChangeContact("volunteer", "xiaoman@union.example.org"))
    city.do(GrantRole("volunteer", "administrator", "centre"))
    provider.claims = MAIL | {"amr": ["mfa"]}
    assert come(city.as_(None), provider).status_code == 403
    assert city.accounts.find("volunteer") is None


@pytest.mark.parametrize("amr", [["pwd"], ["mfa"]])
def test_whoever_came_by_an_address_and_gets_such_a_role_comes_in_by_a_link_first(
    city: City, provider: Provider, amr: list[str]
) -> None:
    keep(city, provider, "centre", "union.example.org")
    city.do(ChangeContact("volunteer", "xiaoman@union.example.org"))
    provider.claims = MAIL | {"amr": amr}
    browser = city.as_(None)
    come(browser, provider)
    assert browser.get("/me/record").status_code == 200
    assert "只凭邮箱或在升级以前连上的" in browser.get("/account").text
    city.do(GrantRole("volunteer", "administrator", "centre"))
    assert browser.get("/me/record").status_code == 303, "signed out, not led to an app of their own"
    assert browser.get("/account/app").headers["Location"].startswith("/sign-in?")
    before = city.house.ledger.store.head()
    refused = come(city.as_(None), provider)
    assert refused.status_code == 403
    assert "请向能给这个角色的管理员要一个登录链接" in refused.text
    assert city.house.ledger.store.head() == before
    browser = city.as_(None)
    browser.post(link_for(city, "volunteer", by="colleague"), data={"name": "小满", "password": PASSWORD})
    set_up(city, browser)
    assert browser.get("/people").status_code == 200
    assert come(city.as_(None), provider).status_code == 403, "still"
    browser.post("/account/providers/centre/removal", data={"current": PASSWORD})
    page = browser.post("/account/providers/centre", data={"current": PASSWORD}).text
    address = re.search(r'href="(http://127[^"]+)"', page)
    assert address
    browser.get(provider.visit(address[1].replace("&amp;", "&")).removeprefix("http://localhost"))
    assert "只凭邮箱或在升级以前连上的" not in browser.get("/account").text
    city.now += timedelta(minutes=1)
    assert come(city.as_(None), provider).status_code == 303


def test_a_second_factor_elsewhere_ends_where_a_role_begins_that_it_does_not_answer_for(
    city: City, provider: Provider
) -> None:
    linked(city, "volunteer")
    provider.claims["amr"] = ["mfa"]
    browser = city.as_(None)
    come(browser, provider)
    city.do(GrantRole("volunteer", "administrator", "centre"))
    assert browser.get("/people").status_code == 200, "the centre answers for its own"
    city.do(GrantRole("volunteer", "reviewer", "union"))
    assert browser.get("/people").status_code == 303


def came_by_an_address(city: City, provider: Provider, agency: bool = True, **more: object) -> FlaskClient:
    """何小满 came by the centre's provider, which only knew their address; `agency`: that one's they linked themselves."""
    keep(city, provider, "centre", "union.example.org")
    keep(city, provider, "agency")
    city.do(ChangeContact("volunteer", "xiaoman@union.example.org"))
    provider.claims = MAIL | more
    browser = city.as_(None)
    assert come(browser, provider).headers["Location"] == "/"
    if agency:
        linked(city, "volunteer", "s-2", "agency")
    return browser


def test_an_address_opens_no_role_because_another_link_is_proven(city: City, provider: Provider) -> None:
    by_address = came_by_an_address(city, provider, amr=["mfa"])
    earlier = came_by_no_one_known(came_by_agency(city, provider))
    proven = came_by_agency(city, provider)
    city.do(GrantRole("volunteer", "reviewer", "agency"))
    answers = [one.get("/permissions") for one in (by_address, earlier, proven)]
    assert [one.status_code for one in answers] == [303, 303, 200]
    assert all(one.headers["Location"].startswith("/sign-in?") for one in answers[:2]), "signed out"
    assert come(city.as_(None), provider).status_code == 403
    assert come(city.as_(None), provider, "/sign-in/provider/agency").headers["Location"] == "/"


def test_whoever_parts_the_link_by_which_they_came_is_told_that_they_are_out(city: City, provider: Provider) -> None:
    linked(city, "colleague")
    linked(city, "volunteer", "s-2")
    provider.claims["amr"] = ["mfa"]
    browser, other = city.as_(None), city.as_("colleague")
    come(browser, provider)
    answer = browser.post("/account/providers/centre/removal", data={"current": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    page = browser.get("/sign-in").text
    assert "断开了。你是从那里登录的，你的角色不能再凭它打开" in page
    assert told(city, SessionsEnded) == [SessionsEnded("colleague", "left")]
    assert [one.get("/people").status_code for one in (browser, other)] == [303, 200]
    provider.claims["sub"] = "s-2"
    come(browser, provider)
    assert browser.post("/account/providers/centre/removal", data={"current": PASSWORD}).status_code == 303
    assert browser.get("/me/record").status_code == 200, "where no role asks for more, one stays in"


def test_links_older_than_the_note_of_how_they_were_made_prove_nothing(city: City, provider: Provider) -> None:
    linked(city, "colleague", "s-1")
    linked(city, "volunteer", "s-2")
    with city.accounts.write() as connection:
        by_mail.drop(connection)  # as the version before left it
    for _ in range(2):
        Accounts(city.house.place.accounts, city.accounts.key.path).close()
        answers = []
        for subject in ("s-1", "s-2"):
            provider.claims = {"sub": subject, "amr": ["mfa"]}
            answers.append(come(city.as_(None), provider))
        assert [one.status_code for one in answers] == [403, 303], "an administrator, and a volunteer who loses nothing"
        assert "在升级以前" in answers[0].text
    linked(city, "colleague", "s-1")
    Accounts(city.house.place.accounts, city.accounts.key.path).close()
    assert providers.proven(city.accounts, "colleague") == ["centre"], "once"


def came_by_agency(city: City, provider: Provider) -> FlaskClient:
    browser = city.as_(None)
    assert come(browser, provider, "/sign-in/provider/agency").headers["Location"] == "/"
    return browser


def came_by_no_one_known(browser: FlaskClient) -> FlaskClient:
    """As sessions were before they said by whose provider they began."""
    with browser.session_transaction() as session:
        del session["provider"]
    return browser


def test_a_second_factor_at_one_provider_does_not_count_for_the_people_of_another(
    city: City, provider: Provider
) -> None:
    keep(city, provider, "agency")
    linked(city, "volunteer", "s-1", "centre")
    linked(city, "volunteer", "s-1", "agency")
    provider.claims["amr"] = ["mfa"]
    browser, agency = city.as_(None), came_by_agency(city, provider)
    come(browser, provider)
    city.do(GrantRole("volunteer", "reviewer", "agency"))
    assert [one.get("/permissions").status_code for one in (browser, agency)] == [303, 200]


NEW = "晒谷场 铁皮饼干盒"
WAYS = {
    "/account/password": {"password": NEW},
    "/account/names": {"name": "小满"},
    "/account/app": {},
    "/account/passkeys": {"answer": "{}", "sealed": "00", "label": "我的手机"},
    "/account/providers/centre": {},
}


def app_form(city: City, browser: FlaskClient) -> dict[str, str]:
    """What is typed to set an app up."""
    secret, sealed = offered(browser.get("/account/app").text)
    return {"code": code(city, secret), "sealed": sealed}


@pytest.mark.parametrize("path", WAYS)
def test_whoever_came_by_an_address_makes_no_other_way_in(city: City, provider: Provider, path: str) -> None:
    """It would stay when they get a role that an address does not open: nobody who may grant it let them in."""
    browser = came_by_an_address(city, provider, agency=False)
    form = app_form(city, browser) if path == "/account/app" else WAYS[path]
    before = city.house.ledger.store.head()
    answer = browser.post(path, data=form | {"current": "-"})
    assert answer.status_code == 422
    assert "请向你的社工或管理员要一个登录链接" in answer.text
    assert city.house.ledger.store.head() == before
    assert (city.accounts.names_of("volunteer"), providers.proven(city.accounts, "volunteer")) == ({}, [])


def test_whoever_came_by_an_address_makes_every_way_once_somebody_gave_them_a_link(
    city: City, provider: Provider
) -> None:
    browser = came_by_an_address(city, provider, agency=False)
    page = browser.get("/account").text
    assert "请向你的社工或管理员要一个登录链接" in page
    assert 'action="/account/password"' not in page, "what cannot be done is not offered"
    city.as_(None).post(link_for(city, "volunteer", by="colleague"), data={"name": "小满", "password": PASSWORD})
    browser = city.as_(None)
    come(browser, provider)
    assert browser.post("/account/password", data={"current": "-", "password": NEW}).status_code == 422
    assert browser.post("/account/password", data={"current": PASSWORD, "password": NEW}).status_code == 303
    page = browser.post("/account/providers/centre", data={"current": NEW}).text
    address = re.search(r'href="(http://127[^"]+)"', page)
    assert address
    browser.get(provider.visit(address[1].replace("&amp;", "&")).removeprefix("http://localhost"))
    assert providers.proven(city.accounts, "volunteer") == ["centre"], "the password says who links it"


@pytest.mark.parametrize(("role", "status"), [("reviewer", 409), ("social_worker", 303)])
def test_a_way_that_a_role_does_not_let_one_in_by_is_not_the_last(
    city: City, provider: Provider, role: Role, status: int
) -> None:
    """Who gave the last passkey away and kept what an address linked would be locked out of an account of two factors."""
    came_by_an_address(city, provider, agency=False)
    key = {"id": "a2V5LTE", "person": "volunteer", "public_key": b"k", "sign_count": 0, "label": "手机", "added": 0}
    with city.accounts.write() as connection:
        connection.execute(insert(passkey).values(key))
    city.do(GrantRole("volunteer", role, "centre"))
    browser = city.as_("volunteer")
    answer = browser.post("/account/passkeys/a2V5LTE/removal", data={"current": "-"})
    assert answer.status_code == status
    assert ("唯一的登录方式" in answer.text) is (status == 409)


# -------------------------------------------------------------------------------------------- the second factor


@pytest.mark.parametrize(
    ("said", "goes_to"),
    [
        ({"amr": ["pwd", "mfa"]}, "/"),
        ({"acr": "phr"}, "/"),
        ({"amr": ["pwd"]}, "/sign-in/code?next=/"),
        ({"amr": "mfa"}, None),
        ({}, "/sign-in/code?next=/"),
    ],
)
def test_an_administrator_needs_two_factors_there_or_here(
    city: City, provider: Provider, said: dict[str, object], goes_to: str | None
) -> None:
    linked(city, "colleague")
    provider.claims |= said
    browser = city.as_(None)
    answer = come(browser, provider)
    if goes_to is None:
        assert answer.status_code == 502
        return
    assert answer.headers["Location"] == goes_to
    is_in = goes_to == "/"
    assert browser.get("/people").status_code == (200 if is_in else 303)
    assert bool(told(city, SignedIn)) == is_in
    if is_in:
        assert told(city, SignedIn)[-1] == SignedIn("colleague", "provider", "provider", "centre", True)


def test_no_provider_answers_for_what_stands_above_its_organisation(city: City, provider: Provider) -> None:
    linked(city, "reviewer")  # of the union, above the centre
    provider.claims["amr"] = ["mfa"]
    browser = city.as_(None)
    assert come(browser, provider).headers["Location"] == "/sign-in/code?next=/"
    secret, _ = set_up(city, browser)
    assert told(city, SignedIn)[-1] == SignedIn("reviewer", "provider", "totp", "centre", True)
    city.now += timedelta(minutes=1)
    again = city.as_(None)
    come(again, provider)
    assert again.post("/sign-in/code", data={"code": code(city, secret)}).status_code == 303
    assert told(city, SignedIn)[-1] == SignedIn("reviewer", "provider", "totp", "centre", True)


def test_no_provider_waives_the_factor_of_somebody_who_also_serves_elsewhere(city: City, provider: Provider) -> None:
    linked(city, "owner")
    browser = city.as_("owner")
    set_up(city, browser, current=PASSWORD)
    city.do(GrantRole("owner", "station_lead", "agency"))
    provider.claims["amr"] = ["mfa"]
    assert come(city.as_(None), provider).headers["Location"] == "/sign-in/code?next=/"


def test_whoever_stopped_half_way_and_came_by_a_provider_is_said_to_have_come_by_it(
    city: City, provider: Provider
) -> None:
    linked(city, "second")
    city.open_account("reviewer", "审阅")
    browser = city.as_(None)
    assert sign_in(browser, "审阅") == 303
    assert come(browser, provider).headers["Location"] == "/"
    assert told(city, SignedIn)[-1] == SignedIn("second", "provider", None, "centre", True)


# ------------------------------------------------------------------------------------------- what gets nobody in


@pytest.mark.either_engine
@pytest.mark.parametrize(
    ("twist", "status", "sentence"),
    [
        ({"nonce": "another"}, 502, "回答不对"),
        ({"nonce": None}, 502, "回答不对"),
        ({"aud": "another"}, 502, "回答不对"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, 502, "回答不对"),
        ({"iss": "https://evil.example"}, 502, "回答不对"),
        ({"sub": None}, 502, "回答不对"),
        ({"sub": ""}, 502, "回答不对"),
        ({"sub": 7}, 502, "回答不对"),
        ({"at_hash": "AAAA"}, 502, "回答不对"),
        ({"exp": None}, 502, "回答不对"),
        ({"exp": 1_700_000_000}, 502, "时钟"),
        ({"iat": 4_000_000_000, "exp": 4_000_000_300}, 502, "时钟"),
    ],
)
def test_a_token_that_is_not_for_this_very_step_lets_nobody_in(
    city: City, provider: Provider, twist: dict[str, object], status: int, sentence: str
) -> None:
    linked(city)
    provider.twist = twist
    browser = city.as_(None)
    answer = come(browser, provider)
    assert (answer.status_code, sentence in answer.text) == (status, True)
    assert 'name="password"' in answer.text
    assert browser.get("/me/record").status_code == 303


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_an_unsigned_token_or_one_signed_with_what_all_can_read_lets_nobody_in(
    city: City, provider: Provider, algorithm: str
) -> None:
    linked(city)
    provider.algorithm = algorithm
    assert come(city.as_(None), provider).status_code == 502


def test_keys_may_change_and_a_stranger_key_signs_nothing(city: City, provider: Provider) -> None:
    linked(city)
    assert come(city.as_(None), provider).status_code == 303
    provider.keys = [new_key("k2")]
    city.now += timedelta(minutes=2)
    assert come(city.as_(None), provider).status_code == 303
    provider.keys = [provider.keys[0], new_key("k3")]
    provider.app.view_functions["jwks"] = lambda: {"keys": [provider.keys[0].as_dict(private=False)]}
    city.now += timedelta(minutes=2)
    asked = len(provider.asked)
    for _ in range(3):
        assert come(city.as_(None), provider).status_code == 502
    assert len(provider.asked) - asked == 3, "unknown keys are not asked for again and again"


def test_a_way_back_counts_once_in_the_browser_that_left(city: City, provider: Provider) -> None:
    linked(city)
    browser, thief = city.as_(None), city.as_(None)
    back = way_back(browser, provider)
    assert thief.get(back).status_code == 400
    thief.get(START)
    assert thief.get(back).status_code == 400, "with a state of its own"
    with browser.session_transaction() as session:
        cookie = session["sign_on"]
    assert browser.get(back).status_code == 303
    with thief.session_transaction() as session:
        session["sign_on"] = cookie
    again = thief.get(back)
    assert again.status_code == 400
    assert "不是从这个浏览器开始的" in again.text


def test_a_code_counts_once_and_ten_minutes_are_enough(city: City, provider: Provider) -> None:
    linked(city)
    browser = city.as_(None)
    back = way_back(browser, provider)
    provider.codes.clear()
    spent = browser.get(back)
    assert spent.status_code == 400
    assert "已经用过" in spent.text
    back = way_back(browser, provider)
    city.now += timedelta(minutes=10)
    assert browser.get(back).status_code == 400


def test_an_answer_that_does_not_say_from_whom_it_is_or_says_another_is_not_taken(
    city: City, provider: Provider
) -> None:
    linked(city)
    for change in ("", "&iss=https://evil.example"):
        browser = city.as_(None)
        back = re.sub(r"&iss=[^&]+", change, way_back(browser, provider))
        assert browser.get(back).status_code == 502


def test_two_providers_are_never_mixed_up(city: City, provider: Provider) -> None:
    linked(city)
    with Provider(lambda: city.now) as evil:
        keep(city, evil, "agency")
        browser = city.as_(None)
        back = way_back(browser, evil, "/sign-in/provider/agency")
        assert browser.get(back.replace("agency", "centre")).status_code == 400
        assert come(browser, evil, "/sign-in/provider/agency").status_code == 403, "the same sub of another provider"


# --------------------------------------------------------------------------------------------- when it goes wrong


def test_whoever_cancels_there_is_told_and_finds_the_other_ways(city: City, provider: Provider) -> None:
    provider.cancels = True
    answer = come(city.as_(None), provider)
    assert answer.status_code == 200
    assert "那边取消了" in answer.text
    assert 'name="password"' in answer.text


def test_a_provider_that_is_away_or_does_not_know_us_any_more(city: City, provider: Provider) -> None:
    linked(city)
    keep(city, provider, secret="another")
    wrong = come(city.as_(None), provider)
    assert (wrong.status_code, "不认这里登记的" in wrong.text) == (502, True)
    keep(city, provider)
    provider.is_broken = True
    assert come(city.as_(None), provider).status_code == 503
    browser = city.as_(None)
    back = way_back(browser, provider)
    provider.stop()
    assert browser.get(back).status_code == 503
    city.app.extensions["providers"] = Providers(Outside(loopback=True))
    away = city.as_(None).get(START)
    assert away.status_code == 503
    assert "连不上" in away.text
    assert 'name="password"' in away.text


def test_nobody_stays_who_came_by_a_provider_that_is_gone(city: City, provider: Provider) -> None:
    linked(city)
    browser, elsewhere = city.as_(None), city.as_("volunteer")
    come(browser, provider)
    assert city.as_("colleague").post("/providers/centre/removal", data={"current": PASSWORD}).status_code == 303
    assert [one.get("/me/record").status_code for one in (browser, elsewhere)] == [303, 200]
    assert city.as_(None).get(START).status_code == 404
    assert "统一登录" not in city.as_(None).get("/sign-in").text


def change(city: City, provider: Provider, **changed: str) -> None:
    """An administrator changes the centre's provider."""
    data = {"issuer": provider.issuer, "client": CLIENT, "secret": SECRET, "current": PASSWORD} | changed
    assert city.as_("colleague").post("/providers/centre", data=data).status_code == 303


@pytest.mark.parametrize("what", ["issuer", "client"])
def test_nobody_stays_who_came_by_a_provider_that_became_another(city: City, provider: Provider, what: str) -> None:
    linked(city)
    browser, elsewhere = city.as_(None), city.as_("volunteer")
    come(browser, provider)
    change(city, provider, domains="")
    change(city, provider, secret="neu")
    assert browser.get("/me/record").status_code == 200, "the same provider"
    with Provider(lambda: city.now) as other:
        change(city, provider, **{what: other.issuer if what == "issuer" else "another"})
    assert [one.get("/me/record").status_code for one in (browser, elsewhere)] == [303, 200]


def test_whoever_came_by_a_provider_comes_again_every_day(city: City, provider: Provider) -> None:
    """Who is stopped there is soon out here too, whatever else they may do here."""
    linked(city)
    browser, elsewhere = city.as_(None), city.as_("volunteer")
    come(browser, provider)
    for _ in range(3):
        city.now += timedelta(hours=7)
        assert browser.get("/me/record").status_code == 200
    city.now += timedelta(hours=4)
    assert [one.get("/me/record").status_code for one in (browser, elsewhere)] == [303, 200]
    come(browser, provider)
    city.now += timedelta(hours=9)
    assert browser.get("/me/record").status_code == 303, "a shift without a request"


@pytest.mark.parametrize(("ago", "status"), [(0, 303), (86_000, 303), (90_000, 403), ("gestern", 502)])
def test_whoever_proved_themselves_there_long_ago_does_it_again(
    city: City, provider: Provider, ago: int | str, status: int
) -> None:
    linked(city)
    provider.claims["auth_time"] = int(city.now.timestamp()) - ago if isinstance(ago, int) else ago
    browser = city.as_(None)
    assert "max_age=86400" in browser.get(START).headers["Location"]
    answer = come(browser, provider)
    assert answer.status_code == status
    assert status != 403 or "一天以前的事" in answer.text


@pytest.mark.either_engine
@pytest.mark.parametrize(
    ("name", "odd"),
    [("auth_time", ""), ("auth_time", []), ("auth_time", {}), ("auth_time", True), ("nonce", []), ("azp", 7)],
)
def test_a_claim_of_the_wrong_kind_is_a_wrong_answer_and_no_broken_page(
    city: City, provider: Provider, name: str, odd: object
) -> None:
    linked(city)
    provider.twist = {name: odd}
    answer = come(city.as_(None), provider)
    assert (answer.status_code, "回答不对" in answer.text) == (502, True)


@pytest.mark.either_engine
@pytest.mark.parametrize("name", ["auth_time", "sub", "exp", "iat", "nonce", "aud"])
def test_a_claim_without_a_value_is_a_wrong_answer_and_no_broken_page(
    city: City, provider: Provider, name: str
) -> None:
    linked(city)
    provider.nulls = (name,)
    answer = come(city.as_(None), provider)
    assert (answer.status_code, "回答不对" in answer.text or "时钟" in answer.text) == (502, True)


@pytest.mark.either_engine
@pytest.mark.parametrize("odd", [{"acr": ["mfa"]}, {"acr": {"mfa": True}}, {"amr": [["mfa"]]}])
def test_a_second_factor_said_in_no_known_words_is_none(city: City, provider: Provider, odd: dict[str, object]) -> None:
    linked(city, "colleague")
    provider.claims |= odd
    assert come(city.as_(None), provider).headers["Location"] == "/sign-in/code?next=/"


def test_another_issuer_is_another_world(city: City, provider: Provider) -> None:
    linked(city)
    with Provider(lambda: city.now) as other:
        keep(city, other)
        assert come(city.as_(None), other).status_code == 403
    keep(city, provider)
    assert come(city.as_(None), provider).status_code == 403, "what was linked before is not linked again by itself"


def test_coming_back_in_vain_is_limited(city: City, provider: Provider) -> None:
    statuses = []
    for _ in range(61):
        browser = city.as_(None)
        back = way_back(browser, provider)
        provider.codes.clear()
        statuses.append(browser.get(back).status_code)
    assert statuses == [400] * 60 + [429]
