"""Signing in by real OpenID providers (npm `oidc-provider`): as a person does it, and as an attacker."""

import html
import json
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from local.processes import Child
from local.stack import free_port
from playwright.sync_api import Page, expect

from browser.pages import PASSWORD, look
from conftest import until
from stack.system import System

pytestmark = [pytest.mark.processes_only, pytest.mark.one_version]
HERE = Path(__file__).parents[1] / "providers"
CLIENT = ("sightline", "s+cret/%")
NPM_S = 120
BEGIN, FINISH = "/v1/session/providers", "/v1/session/providers/finish"


@dataclass(frozen=True)
class Providers:
    """`one` and `two` are addresses; the process of the second is `child`."""

    one: str
    two: str
    child: Child


def listens(child: Child) -> bool | None:
    """None while it does not yet."""
    child.check()
    return True if "listening" in child.log.read_text() else None


@pytest.fixture(scope="module")
def providers(
    own_stack: System | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Providers]:
    """The system takes both while these tests run."""
    if own_stack is None:
        pytest.skip("BASE_URL is given: its parts are not ours to change")
    if shutil.which("npm") is None:
        pytest.skip("no npm on PATH")
    folder = Path(shutil.copytree(HERE, tmp_path_factory.mktemp("providers") / "oidc"))
    install = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=NPM_S)
    redirect = f"{own_stack.base_url}/signed-in"
    children, listed = [], []
    for name in ("one", "two"):
        port = free_port()
        command = ["node", str(folder / "provider.js"), str(port), *CLIENT, redirect]
        child = Child(name, command, {"PATH": os.environ["PATH"]}, folder / f"{name}.log")
        issuer = f"http://127.0.0.1:{port}"
        until(partial(listens, child))
        client = {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
        listed.append({"id": name, "name": f"Provider {name}", "issuer": issuer, **client})
        children.append(child)
    file = folder / "providers.json"
    file.write_text(json.dumps(listed))
    own_stack.reconfigure("user-service", OIDC_PROVIDERS_FILE=str(file))
    yield Providers(listed[0]["issuer"], listed[1]["issuer"], children[1])
    own_stack.reconfigure("user-service")
    for child in children:
        child.stop()


@dataclass
class Visitor:
    """A browser without pages: `http` at the system, and at a provider with cookies of its own."""

    http: httpx2.Client

    def begin(self, provider: str) -> str:
        """The provider's address to go to."""
        answer = self.http.post(BEGIN, json={"provider": provider})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["url"])

    def consent(self, url: str, login: str) -> dict[str, str]:
        """What the provider sends the browser back with, once somebody has signed in there."""
        with httpx2.Client(trust_env=False) as there:
            answer = there.get(url)
            while True:
                if answer.is_redirect:
                    to = str(answer.url.join(answer.headers["Location"]))
                    if urlsplit(to).path == "/signed-in":
                        return dict(parse_qsl(urlsplit(to).query))
                    answer = there.get(to)
                    continue
                action = re.search(r'<form[^>]* action="([^"]+)"', answer.text)
                prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
                assert action is not None, answer.text
                assert prompt is not None, answer.text
                form = {"prompt": prompt[1], "login": login, "password": "x"}
                answer = there.post(html.unescape(action[1]), data=form)

    def finish(self, given: dict[str, str]) -> httpx2.Response:
        return self.http.post(FINISH, json=given)

    def sign_in(self, provider: str, login: str) -> httpx2.Response:
        return self.finish(self.consent(self.begin(provider), login))


@pytest.fixture
def visitor(base_url: str) -> Iterator[Visitor]:
    with httpx2.Client(base_url=base_url, timeout=30, trust_env=False) as http:
        yield Visitor(http)


def login(kind: str = "ada") -> str:
    return f"{kind}-{uuid.uuid4().hex[:12]}@example.test"


def kind(answer: httpx2.Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


def test_a_person_signs_in_by_a_provider_and_is_where_they_wanted_to_be(
    page: Page, providers: Providers
) -> None:
    page.route("https://fonts.googleapis.com/**", lambda route: route.abort())
    email = login()
    page.goto("/usage")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_role("button", name="Go on with Provider two")).to_be_visible()
    look(page, "sign-in-providers")
    page.get_by_role("button", name="Go on with Provider one").click()
    page.get_by_placeholder("Enter any login").fill(email)
    page.get_by_placeholder("and password").fill("x")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Usage", level=1)).to_be_visible()
    assert "code=" not in page.url
    page.get_by_role("link", name="Account", exact=True).click()
    expect(page.get_by_text("This address is confirmed.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("definition").filter(has_text=email)).to_be_visible()


def test_what_went_wrong_at_the_provider_is_told(page: Page, providers: Providers) -> None:
    page.goto("/signed-in?error=access_denied&state=x")
    expect(page.get_by_role("alert")).to_have_text("The sign-in was not ended at the provider.")
    look(page, "signed-in-not-ended")
    page.goto("/signed-in?state=x&code=y")
    expect(page.get_by_role("alert")).to_contain_text("The sign-in was not accepted.")
    assert "code=" not in page.url


@pytest.mark.parametrize("wrong", ["issuer", "audience", "nonce", "expired"])
def test_an_id_token_with_something_wrong_signs_nobody_in(
    visitor: Visitor, providers: Providers, wrong: str
) -> None:
    answer = visitor.sign_in("one", login(wrong))
    assert (answer.status_code, kind(answer)) == (403, "sign-in-refused")
    assert "Set-Cookie" not in answer.headers
    assert visitor.sign_in("one", login()).status_code == 200


def test_a_code_and_a_state_work_once(visitor: Visitor, providers: Providers) -> None:
    email = login()
    given = visitor.consent(visitor.begin("one"), email)
    assert visitor.finish(given).status_code == 200
    assert kind(visitor.finish(given)) == "sign-in-refused"
    other = visitor.consent(visitor.begin("one"), email)
    assert kind(visitor.finish({**other, "code": given["code"]})) == "sign-in-refused"


def test_a_code_of_one_provider_is_refused_as_anothers(
    visitor: Visitor, providers: Providers
) -> None:
    given = visitor.consent(visitor.begin("one"), login())
    assert given["iss"] == providers.one
    assert kind(visitor.finish({**given, "iss": providers.two})) == "sign-in-refused"
    given = visitor.consent(visitor.begin("one"), login())
    del given["iss"]
    assert kind(visitor.finish(given)) == "sign-in-refused"
    first = visitor.consent(visitor.begin("one"), login())
    state = dict(parse_qsl(urlsplit(visitor.begin("two")).query))["state"]
    assert kind(visitor.finish({**first, "state": state})) == "sign-in-refused"


def test_nobody_else_ends_what_a_browser_has_begun(
    visitor: Visitor, providers: Providers, base_url: str
) -> None:
    given = visitor.consent(visitor.begin("one"), login())
    with httpx2.Client(base_url=base_url, trust_env=False) as http:
        other = Visitor(http)
        assert kind(other.finish(given)) == "sign-in-refused"
        other.begin("one")
        assert kind(other.finish(given)) == "sign-in-refused"
    assert visitor.finish(given).status_code == 200


@pytest.mark.parametrize("who", ["ada", "unproved"])
def test_an_account_that_has_not_proved_its_address_is_not_joined(
    visitor: Visitor, providers: Providers, who: str
) -> None:
    account = {"email": login(who), "password": PASSWORD}
    assert visitor.http.post("/v1/users", json=account).status_code == 201
    answer = visitor.sign_in("one", account["email"])
    assert (answer.status_code, kind(answer)) == (409, "address-not-proved")


def test_a_provider_that_is_away_is_told_and_the_other_goes_on(
    visitor: Visitor, providers: Providers
) -> None:
    given = visitor.consent(visitor.begin("two"), login())
    providers.child.kill()
    answer = visitor.finish(given)
    assert (answer.status_code, kind(answer)) == (503, "provider-away")
    assert int(answer.headers["Retry-After"]) >= 1
    assert visitor.sign_in("one", login()).status_code == 200
