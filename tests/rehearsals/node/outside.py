"""What the pods find outside the cluster, on this machine's address: PostgreSQL, Apache Kafka, an OpenID provider."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from deploy.local.kafka import ApacheKafka
from deploy.local.paths import LocalPaths
from deploy.local.ports import free_port
from deploy.local.postgres import EmbeddedPostgres
from gateway.login.configuration import AUDIENCE
from tests.gateway.login.provider import Provider

TOKEN_LIFE_S = 7200
_ACCESS = "host all all 0.0.0.0/0 scram-sha-256\n"


@dataclass(frozen=True)
class Outside:
    """Addresses as pods know them."""

    address: str
    postgres: EmbeddedPostgres
    broker: ApacheKafka
    provider: Provider

    @property
    def database(self) -> str:
        """`host:port`."""
        return f"{self.address}:{self.postgres.port}"

    def token_of(self, account: str) -> str:
        """An access token of the provider's, as its users have one after their log-in."""
        now = int(time.time())
        return self.provider.sign(self.provider.claims(AUDIENCE, sub=account, email=account, exp=now + TOKEN_LIFE_S))


def make(paths: LocalPaths, address: str) -> tuple[EmbeddedPostgres, ApacheKafka]:
    """Not started yet. Passwords are asked of everybody, from wherever he comes."""
    access = paths.root / "pg_hba.conf"
    access.write_text(_ACCESS, encoding="ascii")
    settings = {"listen_addresses": f"127.0.0.1,{address}", "hba_file": str(access)}
    return EmbeddedPostgres(paths, settings=settings), ApacheKafka(paths, host=address)


@contextmanager
def provider(address: str) -> Iterator[Provider]:
    """Answers until the block ends, from a thread of its own."""
    port = free_port()
    one = Provider(url=f"http://{address}:{port}")
    config = uvicorn.Config(one.app(), host=address, port=port, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="provider")
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.05)
        yield one
    finally:
        server.should_exit = True
        thread.join()
