"""Internal tokens and the decision who may do what."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from shared.clock import utc_now
from shared.identity import Grant, Over, Principal, Reach, Resource, Role, Rule, allowed, reach_of
from shared.tokens import ISSUER, BadTokenError, Verifier, load_signing_key, mint
from tests.support.states import PROVINCE, number

OFFICER = Principal(account="so.01@longan.edu.vn", province_id=PROVINCE, grants=[Grant(role=Role.PROVINCE_OFFICER)])


def new_key() -> ECKey:
    """A signing key like the gateway's."""
    return ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)


KEY, OTHER_KEY = new_key(), new_key()


def write_jwks(file: Path, *keys: ECKey) -> None:
    """The public halves, as the services have them."""
    file.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in keys]}))


@pytest.fixture
def jwks(tmp_path: Path) -> Path:
    """The file with the one live key."""
    write_jwks(tmp_path / "jwks.json", KEY)
    return tmp_path / "jwks.json"


def token(header: dict[str, Any] | None = None, key: Any = KEY, **changed: Any) -> str:
    """A good token, but for what is changed; None takes a claim or a header member away."""
    now = int(utc_now().timestamp())
    claims = {
        "iss": ISSUER,
        "aud": "grading",
        "sub": "so.01@longan.edu.vn",
        "iat": now,
        "exp": now + 300,
        "bdtx": {"account": "so.01@longan.edu.vn"},
    } | changed
    protected = {"alg": "ES256", "kid": KEY.kid, "typ": "at+jwt"} | (header or {})
    return jwt.encode(
        {name: value for name, value in protected.items() if value is not None},
        {name: value for name, value in claims.items() if value is not None},
        key,
        algorithms=["ES256"],
    )


def encoded(content: bytes) -> str:
    """base64url as JOSE writes it."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def unsigned(algorithm: str) -> str:
    """A token that says it needs no signature."""
    _, claims, _ = token().split(".")
    header = encoded(json.dumps({"alg": algorithm, "kid": KEY.kid, "typ": "at+jwt"}).encode())
    return f"{header}.{claims}."


def in_seconds(seconds: int) -> int:
    """A moment from now."""
    return int(utc_now().timestamp()) + seconds


def with_the_public_key_as_secret() -> str:
    """The old confusion: HS256 with what everyone knows. By hand, for a sound library refuses to make one."""
    _, claims, _ = token().split(".")
    header = encoded(json.dumps({"alg": "HS256", "kid": KEY.kid, "typ": "at+jwt"}).encode())
    mac = hmac.digest(KEY.as_pem(private=False), f"{header}.{claims}".encode(), "sha256")
    return f"{header}.{claims}.{encoded(mac)}"


BAD: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "no token": lambda: "Bearer",
    "two dots and nothing": lambda: "..",
    "not base64": lambda: "ä.ö.ü",
    "alg none": lambda: unsigned("none"),
    "alg None": lambda: unsigned("None"),
    "HS256 with the public key": with_the_public_key_as_secret,
    "signed by a stranger": lambda: token({"kid": OTHER_KEY.kid}, OTHER_KEY),
    "signed by a stranger under our kid": lambda: token(key=OTHER_KEY),
    "kid that is a path": lambda: token({"kid": "../../../dev/null"}),
    "kid that is SQL": lambda: token({"kid": "' OR 1=1 --"}),
    "own jwk in the header": lambda: token({"kid": OTHER_KEY.kid, "jwk": OTHER_KEY.as_dict(private=False)}, OTHER_KEY),
    "jku in the header": lambda: token({"kid": OTHER_KEY.kid, "jku": "https://evil.example/jwks"}, OTHER_KEY),
    "expired 61 s ago": lambda: token(exp=in_seconds(-61)),
    "not valid yet": lambda: token(nbf=in_seconds(600)),
    "no exp": lambda: token(exp=None),
    "exp that is text": lambda: token(exp="tomorrow"),
    "iss as a list": lambda: token(iss=[ISSUER]),
    "iss with a slash": lambda: token(iss=f"{ISSUER}/"),
    "no iss": lambda: token(iss=None),
    "no aud": lambda: token(aud=None),
    "aud of another service": lambda: token(aud="roster"),
    "aud account": lambda: token(aud="account"),
    "no sub": lambda: token(sub=None),
    "an ID token": lambda: token({"typ": "JWT"}),
    "no typ": lambda: token({"typ": None}),
    "a refresh token": lambda: token({"typ": "Refresh"}),
    "no principal": lambda: token(bdtx=None),
    "a role that is none": lambda: token(bdtx={"account": "x", "grants": [{"role": "emperor"}]}),
    "a province that is none": lambda: token(bdtx={"account": "x", "province_id": "everywhere"}),
    "20 kB of nothing": lambda: "x" * 20_000,
    "the claims changed after signing": lambda: ".".join(
        part if n != 1 else token(sub="other").split(".")[1] for n, part in enumerate(token().split("."))
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_token_that_is_not_ours_for_us_and_now_is_refused(jwks: Path, name: str) -> None:
    verifier = Verifier(jwks, "grading")
    with pytest.raises(BadTokenError):
        verifier.verify(BAD[name](), utc_now())


def test_what_is_minted_is_verified_and_carries_the_whole_principal(jwks: Path) -> None:
    principal = Principal(
        account="ct@longan.edu.vn",
        province_id=PROVINCE,
        person_id=number(1),
        grants=[
            Grant(role=Role.CORE_TEACHER, class_id=number(2)),
            Grant(role=Role.INSTITUTION_LECTURER, audience="managers"),
            Grant(role=Role.SCHOOL_HEAD, unit_id=number(3)),
        ],
        source="viettel",
    )
    assert Verifier(jwks, "grading").verify(mint(principal, "grading", KEY, utc_now()), utc_now()) == principal
    assert Verifier(jwks, "grading").verify(token(), utc_now()).account == "so.01@longan.edu.vn"


def test_a_token_ends_after_five_minutes_of_real_time_also_when_it_was_verified_before(jwks: Path) -> None:
    verifier = Verifier(jwks, "grading")
    short: str = token(exp=in_seconds(1))
    verifier.verify(short, utc_now())
    later: datetime = utc_now() + timedelta(seconds=2)
    remembered = verifier._known[short]
    assert remembered[0] <= later.timestamp()
    minted = mint(OFFICER, "grading", KEY, utc_now() - timedelta(minutes=6))
    with pytest.raises(BadTokenError):
        verifier.verify(minted, utc_now())


def test_keys_are_read_again_when_their_file_changes_and_what_was_remembered_is_forgotten(jwks: Path) -> None:
    verifier = Verifier(jwks, "grading")
    old, new = token(), token({"kid": OTHER_KEY.kid}, OTHER_KEY)
    verifier.verify(old, utc_now())
    with pytest.raises(BadTokenError):
        verifier.verify(new, utc_now())
    _change(jwks, KEY, OTHER_KEY)
    verifier.verify(old, utc_now())
    verifier.verify(new, utc_now())
    _change(jwks, OTHER_KEY)
    verifier.verify(new, utc_now())
    with pytest.raises(BadTokenError):
        verifier.verify(old, utc_now())


def _change(jwks: Path, *keys: ECKey) -> None:
    before = jwks.stat().st_mtime_ns
    write_jwks(jwks, *keys)
    while jwks.stat().st_mtime_ns == before:
        time.sleep(0.001)
        jwks.touch()


def test_a_thousand_unknown_kids_read_the_key_file_once(jwks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = 0
    read = Path.read_bytes

    def counted(self: Path) -> bytes:
        nonlocal reads
        reads += self == jwks
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", counted)
    verifier = Verifier(jwks, "grading")
    stranger = token({"kid": OTHER_KEY.kid}, OTHER_KEY)
    for _ in range(1_000):
        with pytest.raises(BadTokenError):
            verifier.verify(stranger, utc_now())
    assert reads == 1


def test_the_signing_key_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "key.json"
    file.write_text(json.dumps(KEY.as_dict(private=True)))
    assert load_signing_key(file).kid == KEY.kid


PROVINCE_UNIT, DISTRICT, SCHOOL, OTHER_SCHOOL, CLASS, OTHER_CLASS = (number(n) for n in range(6))
ALL = Rule("results.read", frozenset(Role))
IN_SCHOOL = Resource(
    unit_path=(PROVINCE_UNIT, DISTRICT, SCHOOL), class_id=CLASS, audience="managers", person_id=number(9)
)


@pytest.mark.parametrize(
    ("grant", "reaches"),
    [
        (Grant(role=Role.PROVINCE_OFFICER), True),
        (Grant(role=Role.PROVINCE_OFFICER, unit_id=PROVINCE_UNIT), True),
        (Grant(role=Role.DISTRICT_OFFICER, unit_id=DISTRICT), True),
        (Grant(role=Role.SCHOOL_HEAD, unit_id=SCHOOL), True),
        (Grant(role=Role.SCHOOL_HEAD, unit_id=OTHER_SCHOOL), False),
        (Grant(role=Role.CORE_TEACHER, class_id=CLASS), True),
        (Grant(role=Role.CORE_TEACHER, class_id=OTHER_CLASS), False),
        (Grant(role=Role.INSTITUTION_LECTURER, audience="managers"), True),
        (Grant(role=Role.INSTITUTION_LECTURER, audience="teachers"), False),
        (Grant(role=Role.INSTITUTION_LECTURER, audience="managers", unit_id=OTHER_SCHOOL), False),
        (Grant(role=Role.LEARNER), False),
        (Grant(role=Role.LEARNER, unit_id=SCHOOL), False),
    ],
)
def test_a_grant_reaches_what_lies_under_it_and_nothing_beside_it(grant: Grant, reaches: bool) -> None:
    principal = Principal(account="x", province_id=PROVINCE, person_id=number(1), grants=[grant])
    assert allowed(principal, ALL, IN_SCHOOL) is reaches


def test_a_learner_reaches_herself_and_nobody_else() -> None:
    learner = Principal(account="x", person_id=number(9), grants=[Grant(role=Role.LEARNER)])
    assert allowed(learner, ALL, IN_SCHOOL)
    assert not allowed(learner, ALL, Resource(unit_path=IN_SCHOOL.unit_path, person_id=number(8)))
    nobody = Principal(account="x", grants=[Grant(role=Role.LEARNER)])
    assert not allowed(nobody, ALL, Resource())


@pytest.mark.parametrize(
    ("over", "province", "reached"),
    [
        ({}, True, True),
        ({"unit_id": PROVINCE}, True, True),
        ({"unit_id": number(3)}, False, True),
        ({"class_id": number(5)}, False, True),
        ({"audience": "managers"}, False, True),
        ({"unit_id": number(3), "audience": "managers"}, False, False),
        ({"unit_id": number(3), "class_id": number(5)}, False, False),
    ],
)
def test_what_belongs_to_the_whole_province_needs_a_grant_over_it(
    over: dict[str, Any], province: bool, reached: bool
) -> None:
    auditor = Principal(account="x", province_id=PROVINCE, grants=[Grant(role=Role.AUDITOR, **over)])
    role = frozenset({Role.AUDITOR})
    assert allowed(auditor, Rule("audit.read", role, Over.PROVINCE)) is province
    reach = reach_of(auditor, Rule("result.read", role))
    assert reach.everything is province
    assert (reach != Reach(everything=False)) is reached
    resource = Resource(unit_path=(PROVINCE, number(3)), class_id=number(5), audience="managers")
    assert allowed(auditor, Rule("result.read", role), resource) is reached
    assert not allowed(Principal(account="x", grants=auditor.grants), Rule("audit.read", role, Over.PROVINCE))


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_its_rule_names_and_no_more(role: Role) -> None:
    principal = Principal(account="x", person_id=number(9), grants=[Grant(role=role)])
    assert allowed(principal, Rule("one", frozenset({role})))
    assert not allowed(principal, Rule("one", frozenset(Role) - {role}))
    assert not allowed(principal, Rule("one"))
    assert not allowed(Principal(account="x"), ALL)
