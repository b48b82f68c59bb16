"""Accounts to internal tokens: who calls is asked of roster, and each service gets a token of its own.

A grant that ends stops working within a minute (grants are kept 60 s) while roster answers, and within five minutes
in any case (grants are used for at most four minutes while roster is away; an internal token lives for five).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

import aiohttp
import msgspec
from joserfc.jwk import ECKey

from gateway.proxy import Upstreams, unavailable
from gateway.routes import Service
from shared.clock import utc_now
from shared.identity import Grant, Principal
from shared.kept_file import KeptFile
from shared.problems import Problem
from shared.tokens import LIFE, mint

GRANTS_KEPT = timedelta(seconds=60)
GRANTS_AT_MOST = timedelta(minutes=4)
MINTED_KEPT = LIFE - timedelta(minutes=1)
_ASK_S = 5.0
_REMEMBERED = 10_000


class _Answer(msgspec.Struct):
    account: str
    province_id: UUID | None = None
    person_id: UUID | None = None
    grants: list[Grant] = msgspec.field(default_factory=list)


_read = msgspec.json.Decoder(_Answer).decode


@dataclass(frozen=True)
class _Minted:
    """A token, how long it is given out, and which of the gateway's keys signed it: once that was exchanged the
    services may forget it at any time."""

    until: datetime
    generation: int
    token: str


Tokens = dict[str, _Minted]
"""By audience."""


@dataclass
class _Known:
    """A principal, when roster said so, and the tokens minted for it."""

    principal: Principal
    asked_at: datetime
    tokens: Tokens = field(default_factory=dict)


class Exchange:
    """Accounts to principals (by roster) and principals to internal tokens (by the gateway's key)."""

    def __init__(self, key: KeptFile[ECKey], upstreams: Upstreams) -> None:
        self._key = key
        self._upstreams = upstreams
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Known | None]] = {}
        self._own: dict[str, Tokens] = {}

    async def principal(self, account: str) -> Principal | None:
        """Roster's answer, at most a minute old; None where roster does not know the account.

        Raises Problem 503 where roster is away and its last answer is over four minutes old.
        """
        known = await self._find(account)
        return known.principal if known else None

    async def token(self, account: str, audience: Service) -> str | None:
        """An internal token of an account for one service, or None where roster does not know it. Raises Problem."""
        known = await self._find(account)
        if known is None:
            return None
        return self._token(known.tokens, audience, known.principal)

    def own_token(self, principal: Principal, audience: Service) -> str:
        """An internal token of a principal the gateway vouches for itself: itself, or a vendor's signed delivery."""
        return self._token(self._own.setdefault(principal.account, {}), audience, principal)

    def _token(self, tokens: Tokens, audience: str, principal: Principal) -> str:
        now = utc_now()
        key = self._key.value
        kept = tokens.get(audience)
        if kept is None or kept.until <= now or kept.generation != self._key.generation:
            minted = mint(principal, audience, key, now)
            tokens[audience] = kept = _Minted(now + MINTED_KEPT, self._key.generation, minted)
        return kept.token

    async def _find(self, account: str) -> _Known | None:
        known = self._known.get(account)
        if known is not None and utc_now() - known.asked_at < GRANTS_KEPT:
            return known
        task = self._asking.get(account)
        if task is None:  # a hundred calls at once ask roster once
            task = self._asking[account] = asyncio.create_task(self._ask(account, known))
            task.add_done_callback(lambda _: self._asking.pop(account, None))
        return await asyncio.shield(task)

    async def _ask(self, account: str, before: _Known | None) -> _Known | None:
        now = utc_now()
        try:
            principal = await self._ask_roster(account)
        except Problem:
            if before is not None and now - before.asked_at < GRANTS_AT_MOST:
                return before
            raise
        if principal is None:
            self._known.pop(account, None)
            return None
        same = before is not None and before.principal == principal
        fresh = _Known(principal, now, before.tokens if before is not None and same else {})
        self._known[account] = fresh
        self._known.move_to_end(account)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return fresh

    async def _ask_roster(self, account: str) -> Principal | None:
        token = self.own_token(Principal(account="gateway"), Service.ROSTER)
        url = f"{self._upstreams.bases[Service.ROSTER]}/internal/grants?{urlencode({'account': account})}"
        try:
            async with (
                asyncio.timeout(_ASK_S),
                self._upstreams.session.get(url, headers={"authorization": f"Bearer {token}"}) as answer,
            ):
                if answer.status == 404:
                    return None
                if answer.status != 200:
                    raise unavailable()
                found = _read(await answer.read())
        except (aiohttp.ClientError, TimeoutError, OSError, msgspec.DecodeError):
            raise unavailable() from None
        return Principal(
            account=found.account, province_id=found.province_id, person_id=found.person_id, grants=found.grants
        )
