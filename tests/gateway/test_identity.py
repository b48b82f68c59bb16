"""Access tokens: the table G8, the exchange for internal tokens, what a client may not say about itself."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway import exchange
from gateway.identity import AccessTokens
from gateway.local_issuer import LocalIssuer
from shared.clock import utc_now
from shared.tokens import BadTokenError
from tests.gateway.conftest import OFFICER, Stack

HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": "local-1"}
Make = Callable[[ECKey], Any]


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    made = {"iss": "bdtx-local", "aud": "bdtx", "sub": OFFICER, "iat": now, "exp": now + 600} | changed
    return {name: value for name, value in made.items() if value is not None}


def token(key: ECKey, header: dict[str, Any] | None = None, **changed: Any) -> str:
    return jwt.encode(HEADER | (header or {}), claims(**changed), key, algorithms=["ES256"])


def part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def unsigned(algorithm: str) -> Make:
    return lambda key: f"{part(HEADER | {'alg': algorithm})}.{part(claims())}."


def by_public_key(key: ECKey) -> str:
    """HS256 with the public key as the secret."""
    signing_input = f"{part(HEADER | {'alg': 'HS256'})}.{part(claims())}"
    mac = hmac.new(key.as_pem(private=False), signing_input.encode(), hashlib.sha256).digest()
    return f"{signing_input}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def with_header(**members: Any) -> Make:
    """A header that the library itself would refuse to write, signed rightly."""

    def make(key: ECKey) -> str:
        signing_input = f"{part(HEADER | members)}.{part(claims())}"
        whole = jwt.encode(HEADER, claims(), key, algorithms=["ES256"])
        return f"{signing_input}.{whole.rsplit('.', 1)[1]}"

    return make


def with_claims(**changed: Any) -> Make:
    return lambda key: token(key, **changed)


STRANGER = ECKey.generate_key("P-256", {"kid": "local-1"}, private=True)

BAD: dict[str, Make] = {
    "alg none": unsigned("none"),
    "alg None": unsigned("None"),
    "HS256 with the public key": by_public_key,
    "foreign key under our kid": lambda key: token(STRANGER),
    "unknown kid": lambda key: token(key, {"kid": "other"}),
    "kid a path": lambda key: token(key, {"kid": "../../etc/passwd"}),
    "kid SQL": lambda key: token(key, {"kid": "' OR 1=1 --"}),
    "kid a list": with_header(kid=["local-1"]),
    "jku in the header": lambda key: token(key, {"jku": "http://127.0.0.1:9/jwks"}),
    "jwk in the header": lambda key: token(key, {"jwk": STRANGER.as_dict(private=False)}),
    "crit in the header": with_header(crit=["exp"]),
    "expired 61 s": with_claims(exp=int(time.time()) - 61),
    "nbf ahead": with_claims(nbf=int(time.time()) + 3_600),
    "iat ahead": with_claims(iat=int(time.time()) + 3_600),
    "no exp": with_claims(exp=None),
    "exp text": with_claims(exp="2099-01-01"),
    "exp infinite": with_claims(exp=float("inf")),
    "no iat": with_claims(iat=None),
    "iss a list": with_claims(iss=["bdtx-local"]),
    "iss with a slash": with_claims(iss="bdtx-local/"),
    "other realm": with_claims(iss="https://id.example/realms/other"),
    "aud missing": with_claims(aud=None),
    "aud other": with_claims(aud="roster"),
    "aud account only": with_claims(aud=["account"]),
    "no sub": with_claims(sub=None),
    "sub empty": with_claims(sub=""),
    "sub a number": with_claims(sub=1),
    "ID token": lambda key: token(key, {"typ": "JWT"}),
    "refresh token": lambda key: token(key, {"typ": "Refresh"}),
    "no typ": lambda key: f"{part({'alg': 'ES256', 'kid': 'local-1'})}.{token(key).split('.', 1)[1]}",
    "changed payload": lambda key: f"{part(HEADER)}.{part(claims(sub='x'))}.{token(key).rsplit('.', 1)[1]}",
    "20 kB": lambda key: token(key, pad="x" * 20_000),
    "not three parts": lambda key: "a.b",
    "not base64": lambda key: "%.%.%",
    "nonsense": lambda key: "YQ.YQ.YQ",
    "deep": lambda key: f"{base64.urlsafe_b64encode(b'[' * 3000).decode().rstrip('=')}.YQ.YQ",
    "an internal token": lambda key: token(key, {"kid": "internal-1"}, iss="bdtx-gateway", aud="roster"),
    "account that roster does not know": with_claims(sub="gone@longan.edu.vn"),
}


async def ask(stack: Stack, headers: Any, path: str = "/api/v1/people?q=a") -> tuple[int, bytes]:
    async with stack.client.get(stack.url + path, headers=headers) as answer:
        return answer.status, await answer.read()


@pytest.mark.parametrize("case", BAD)
async def test_a_bad_token_is_the_same_401_and_reaches_nobody(stack: Stack, case: str) -> None:
    status, answer = await ask(stack, {"authorization": f"Bearer {BAD[case](stack.issuer_key)}"})
    assert (status, answer) == (401, (await ask(stack, {}))[1])
    assert stack.behind.seen == []


@pytest.mark.parametrize("given", [[], [""], ["Bearer"], ["Bearer "], ["Basic YTpi"], ["two", "two"], ["tab"]])
async def test_without_exactly_one_bearer_header_it_is_401(stack: Stack, given: list[str]) -> None:
    good = token(stack.issuer_key)
    shown = [{"two": f"Bearer {good}", "tab": f"Bearer\t{good}"}.get(value, value) for value in given]
    status, _ = await ask(stack, [("authorization", value) for value in shown])
    assert status == 401


async def test_ten_thousand_unknown_kids_ask_nobody_for_keys(stack: Stack) -> None:
    access = LocalIssuer(stack.issuer_key).access_tokens()
    asked = stack.behind.grants_asked
    for number in range(10_000):
        forged = f"{part(HEADER | {'kid': f'k{number}'})}.YQ.YQ"
        with pytest.raises(BadTokenError):
            await access.account(forged, utc_now())
    assert stack.behind.grants_asked == asked


async def test_a_good_token_becomes_an_internal_token_for_the_one_service(stack: Stack) -> None:
    headers = await stack.login()
    for path, audience in (
        ("/api/v1/people", "roster"),
        ("/api/v1/results", "grading"),
        ("/api/v1/register", "certificates"),
        ("/api/v1/reports", "reporting"),
    ):
        status, _ = await ask(stack, headers, path)
        noted = stack.behind.last()
        assert (status, noted["audience"], noted["account"]) == (200, audience, OFFICER)
        assert noted["roles"] == ["province_officer"]
        assert headers["authorization"] not in dict(noted["headers"]).values()


async def test_a_clients_word_on_who_it_is_goes_nowhere(stack: Stack) -> None:
    said = {
        "x-forwarded-for": "10.0.0.1",
        "x-forwarded-user": "root",
        "x-real-ip": "10.0.0.1",
        "forwarded": "for=10.0.0.1",
        "cookie": "session=1",
        "connection": "keep-alive, x-secret",
        "x-secret": "1",
        "te": "trailers",
    }
    await ask(stack, await stack.login() | said)
    passed = dict(stack.behind.last()["headers"])
    assert not said.keys() & (passed.keys() - {"connection"})


@pytest.mark.parametrize("account", ["a\x00b@longan.edu.vn", "\ud800@longan.edu.vn"])
async def test_an_account_that_is_no_text_is_refused_and_roster_not_asked(stack: Stack, account: str) -> None:
    before = stack.behind.grants_asked
    async with stack.client.post(f"{stack.url}/local/token", json={"account": account}) as answer:
        content = await answer.json()
        assert (answer.status, content["errors"][0]["pointer"]) == (422, "/body/account")
    assert stack.behind.grants_asked == before


async def test_an_unknown_account_gets_no_local_token(stack: Stack) -> None:
    async with stack.client.post(f"{stack.url}/local/token", json={"account": "nobody@longan.edu.vn"}) as answer:
        assert answer.status == 404
        assert answer.content_type == "application/problem+json"


async def test_the_local_token_has_the_contracts_shape_and_accounts_are_lower_cased(stack: Stack) -> None:
    async with stack.client.post(f"{stack.url}/local/token", json={"account": f" {OFFICER.upper()} "}) as answer:
        content = await answer.json()
    assert content.keys() == {"access_token", "token_type", "expires_in"}
    assert (content["token_type"], content["expires_in"]) == ("Bearer", 3600)


async def test_sample_accounts_are_those_of_the_file_and_none_without_it(stack: Stack) -> None:
    async with stack.client.get(f"{stack.url}/local/accounts") as answer:
        assert await answer.json() == {"items": []}
    items = [{"account": OFFICER, "role": "province_officer", "units": ["80"]}]
    (stack.folder / "accounts.json").write_text(json.dumps({"items": items}))
    async with stack.client.get(f"{stack.url}/local/accounts") as answer:
        assert await answer.json() == {"items": items}


async def test_a_hundred_calls_at_once_ask_roster_once(stack: Stack) -> None:
    account = "moi@longan.edu.vn"
    stack.behind.grants[account] = [{"role": "auditor"}]
    headers = {"authorization": f"Bearer {token(stack.issuer_key, sub=account)}"}
    before = stack.behind.grants_asked
    answers = await asyncio.gather(*(ask(stack, headers) for _ in range(100)))
    assert {status for status, _ in answers} == {200}
    assert stack.behind.grants_asked == before + 1


async def test_changed_grants_act_when_the_minute_is_over(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    account = "doi@longan.edu.vn"
    stack.behind.grants[account] = [{"role": "auditor"}]
    headers = {"authorization": f"Bearer {token(stack.issuer_key, sub=account)}"}
    await ask(stack, headers)
    stack.behind.grants[account] = [{"role": "operator"}]
    await ask(stack, headers)
    assert stack.behind.last()["roles"] == ["auditor"]
    monkeypatch.setattr(exchange, "GRANTS_KEPT", exchange.GRANTS_KEPT * 0)
    await ask(stack, headers)
    assert stack.behind.last()["roles"] == ["operator"]
    del stack.behind.grants[account]
    assert (await ask(stack, headers))[0] == 401


async def test_while_roster_is_away_known_grants_hold_for_four_minutes_and_strangers_wait(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await stack.login()
    await ask(stack, headers)
    stack.behind.roster_away = True
    monkeypatch.setattr(exchange, "GRANTS_KEPT", exchange.GRANTS_KEPT * 0)
    assert (await ask(stack, headers))[0] == 200
    monkeypatch.setattr(exchange, "GRANTS_AT_MOST", exchange.GRANTS_AT_MOST * 0)
    assert (await ask(stack, headers))[0] == 503
    stranger = {"authorization": f"Bearer {token(stack.issuer_key, sub='la@longan.edu.vn')}"}
    async with stack.client.get(f"{stack.url}/api/v1/people", headers=stranger) as answer:
        assert (answer.status, answer.headers["retry-after"]) == (503, "2")


async def test_an_access_token_of_the_issuer_is_taken(tmp_path: Path) -> None:
    issuer = LocalIssuer(STRANGER)
    access: AccessTokens = issuer.access_tokens()
    assert await access.account(issuer.issue("A@b.vn", utc_now()), utc_now()) == "a@b.vn"
