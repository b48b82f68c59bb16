"""`python -m services.roster api|consume|relay|work|migrate|all`, and `establish`, which begins a province."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from services.roster.main import build
from services.roster.settings import Settings
from services.roster.use_cases.establish import establish
from shared.clock import utc_now
from shared.database import make_engine
from shared.process import main
from shared.settings import MissingSettingError, load


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError("an instant with a zone")
    return instant.astimezone(UTC)


def _account(text: str) -> str:
    return text.strip().lower()


async def _establish(url: str, arguments: argparse.Namespace) -> None:
    engine = make_engine(url, pool_size=1, application="roster-establish")
    try:
        province_id = await establish(
            engine,
            code=arguments.code,
            name=arguments.name,
            officer=arguments.officer,
            leader=arguments.leader,
            operator=arguments.operator,
            at=arguments.at or utc_now(),
        )
    finally:
        await engine.dispose()
    sys.stdout.write(msgspec.json.encode({"province_id": province_id}).decode() + "\n")


def begin_province(words: Sequence[str]) -> None:
    """`establish --code 80 --name "Long An" --officer <account> [--leader <account>] [--operator <account>]
    [--at <instant>]`, by the worker role."""
    parser = argparse.ArgumentParser(prog="python -m services.roster establish")
    parser.add_argument("--code", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--officer", required=True, type=_account, help="the account of the province's first officer")
    parser.add_argument("--leader", type=_account, help="the account of its first department leader")
    parser.add_argument("--operator", type=_account, help="the account of an operator of the installation")
    parser.add_argument("--at", type=_instant, help="when it counts; now unless said")
    arguments = parser.parse_args(words)
    try:
        url = load(Settings).need("worker_database_url")
    except MissingSettingError as fault:
        sys.stderr.write(f"setting {fault.name}: is missing\n")
        raise SystemExit(2) from None
    asyncio.run(_establish(url, arguments))


if __name__ == "__main__":
    if sys.argv[1:2] == ["establish"]:
        begin_province(sys.argv[2:])
    else:
        main("roster", Settings, build)
