"""F-18: clocks that are off. Webhooks signed ten minutes before and after now, staff whose dates jump as far."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
import asyncpg
from standardwebhooks import Webhook

from deploy.local.stack import Stack
from deploy.local.staff.client import StaffClient
from deploy.local.vendor.client import VENDOR
from shared.clock import new_id, utc_now
from tests.chaos.healing import NotHealedError
from tests.chaos.modes import MODES
from tests.chaos.schedule import Planned

OFF: Final = timedelta(minutes=10)
PAIRS: Final = 4
_KEPT = "SELECT count(*) FROM delivery WHERE webhook_id = ANY($1)"


class JumpingStaff(StaffClient):
    """Staff whose `X-With-Server-Date` is off by what the run's mode says, another way at each act."""

    async def act(
        self, account: str, method: str, path: str, body: object, at: datetime, *, file: Path | None = None
    ) -> Any:
        """As StaffClient."""
        return await super().act(account, method, path, body, at + MODES.jump(), file=file)


class Clocks:
    """A signature that is stale or of the future is 401 and leaves nothing; dates that jump change no result."""

    answers_gone = False

    async def strike(self, stack: Stack, planned: Planned) -> None:
        """The staff's dates jump all the time; the results are compared at the end of the run, as ever (I4)."""
        MODES.jumps = (OFF, -OFF, timedelta(0))
        ids = [f"clock-{new_id()}" for _ in range(2 * PAIRS)]
        try:
            answers = await self._deliver(stack, dict(zip(ids, [OFF, -OFF] * PAIRS, strict=True)), planned.for_s)
        finally:
            MODES.jumps = ()
        inside = await asyncpg.connect(stack.addresses["grading"].owner, timeout=10)
        try:
            kept = await inside.fetchval(_KEPT, ids)
        finally:
            await inside.close()
        if kept or set(answers) != {401}:
            raise NotHealedError(f"webhooks signed {OFF} off were answered {sorted(set(answers))}, {kept} were kept")

    async def _deliver(self, stack: Stack, offs: Mapping[str, timedelta], for_s: float) -> list[int]:
        secret = json.loads(stack.paths.vendor_secrets.read_text(encoding="utf-8"))[VENDOR][0]
        webhook = Webhook(secret)
        answers: list[int] = []
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
            for number, (id_, off) in enumerate(offs.items()):
                body = json.dumps({"id": f"clock-{number}", "type": "course.viewed"})
                signed = utc_now() + off
                headers = {
                    "content-type": "application/json",
                    "webhook-id": id_,
                    "webhook-timestamp": str(int(signed.timestamp())),
                    "webhook-signature": webhook.sign(id_, signed, body),
                }
                url = f"{stack.gateway_url}/webhooks/lms/{VENDOR}"
                async with session.post(url, data=body, headers=headers) as answer:
                    answers.append(answer.status)
                await asyncio.sleep(for_s / len(offs))
        return answers
