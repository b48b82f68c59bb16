"""Composition root: settings in, keys read, clients built, routes mounted. The same builder serves the tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from fastapi import Request

from gateway import local_issuer, openapi, operations, pages, status_page
from gateway.application import Gateway, Parts
from gateway.exchange import Exchange
from gateway.identity import AccessTokens, Identity, LoggedIn
from gateway.limits import Limits
from gateway.local_issuer import LocalIssuer
from gateway.login import local_provider
from gateway.login import routes as login
from gateway.login.configuration import ProviderConfiguration, read_provider, read_session_keys
from gateway.login.local_provider import LocalProvider
from gateway.login.provider import ALGORITHMS, OpenIdProvider
from gateway.login.sessions import Cookies
from gateway.pages import Pages
from gateway.proxy import Upstreams
from gateway.routes import Service
from gateway.settings import Settings, WrongFileError
from gateway.webhooks import Secrets, Webhooks, WrongSecretsError, read_secrets
from shared.kept_file import KeptFile
from shared.settings import Environment
from shared.tokens import load_signing_key
from shared.web import create_app

T = TypeVar("T")


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Gateway]:
    """The gateway with its connections, closed at the end. Raises WrongFileError naming the setting."""
    local = settings.environment is Environment.LOCAL
    key = _keep("GATEWAY_SIGNING_KEY_FILE", load_signing_key, settings.signing_key_file)
    session_keys = _keep("GATEWAY_SESSION_KEY_FILE", read_session_keys, settings.session_key_file)
    configuration = _read("GATEWAY_OIDC_FILE", read_provider, settings.oidc_file) if settings.oidc_file else None
    live = _keep("GATEWAY_WEBHOOK_SECRETS_FILE", read_secrets, settings.webhook_secrets_file)
    bases = {
        Service.ROSTER: str(settings.roster_url),
        Service.GRADING: str(settings.grading_url),
        Service.CERTIFICATES: str(settings.certificates_url),
        Service.REPORTING: str(settings.reporting_url),
    }
    issuer = None
    if local and settings.local_issuer_key_file is not None:
        issuer_key = _read("GATEWAY_LOCAL_ISSUER_KEY_FILE", load_signing_key, settings.local_issuer_key_file)
        issuer = LocalIssuer(issuer_key)

    async with Upstreams(bases) as upstreams:
        exchange = Exchange(key, upstreams)
        cookies = Cookies(lambda: session_keys.value, secure=settings.environment is Environment.PRODUCTION)
        provider = _provider(configuration, upstreams) if configuration else None
        identity = Identity(_access(issuer, configuration, provider), cookies)
        limits = Limits(local=local)
        app = create_app(
            "gateway",
            environment=settings.environment,
            verifier=None,
            errors={},
            readiness=_ready,
            refresh_metrics=_nothing_to_refresh,
        )
        openapi.mount(app, upstreams, limits)
        logged_in = LoggedIn(identity, limits)
        operations.mount(app, operations.Operations(upstreams, exchange), logged_in)
        watched = settings.local_accounts_file if issuer else None
        built = Pages(settings.dashboard_dir)
        status = status_page.mount(app, upstreams, exchange, identity, limits, built, watched)
        begun = lambda: watched is None or status_page.watched_account(watched) is not None  # noqa: E731
        pages.mount(app, built, status, identity, exchange, limits, begun)
        if issuer is not None:
            local_issuer.mount(app, issuer, exchange, settings.local_accounts_file)
            chosen = LocalProvider()
            callback = lambda request: _here(request) + login.CALLBACK  # noqa: E731
            local_provider.mount(app, chosen, settings.local_accounts_file, callback)
            login.mount(app, chosen, cookies, exchange, identity, limits, _here)
        elif provider is not None and configuration is not None:
            public = str(configuration.public_url).rstrip("/")
            login.mount(app, provider, cookies, exchange, identity, limits, lambda _: public)
        yield Gateway(
            Parts(
                local_app=app,
                upstreams=upstreams,
                exchange=exchange,
                logged_in=logged_in,
                webhooks=Webhooks(Secrets(live), exchange, upstreams, limits),
                limits=limits,
                strict_transport=settings.environment is Environment.PRODUCTION,
            )
        )


def _keep(setting: str, read: Callable[[Path], T], file: Path) -> KeptFile[T]:
    """Read now and whenever it changes."""
    return _read(setting, lambda _: KeptFile(setting, file, read), file)


def _read(setting: str, read: Callable[[Path], T], file: Path) -> T:
    try:
        return read(file)
    except WrongSecretsError as fault:
        raise WrongFileError(f"setting {setting}: {fault}") from None
    except Exception as fault:  # a key's reader raises what its libraries raise
        raise WrongFileError(f"setting {setting}: unusable ({type(fault).__name__})") from None


def _provider(configuration: ProviderConfiguration, upstreams: Upstreams) -> OpenIdProvider:
    return OpenIdProvider(
        str(configuration.issuer),
        configuration.client_id,
        configuration.client_secret,
        configuration.account_claim,
        upstreams.session,
    )


def _access(
    issuer: LocalIssuer | None, configuration: ProviderConfiguration | None, provider: OpenIdProvider | None
) -> AccessTokens | None:
    """Whose bearer tokens are taken: the built-in issuer's, or the provider's, which call themselves as they like."""
    if issuer is not None:
        return issuer.access_tokens()
    if provider is None or configuration is None:
        return None
    return AccessTokens(
        provider.issuer,
        provider.keys,
        algorithms=ALGORITHMS,
        types=("at+jwt", "JWT"),
        account_claim=configuration.account_claim,
    )


def _here(request: Request) -> str:
    """Where a browser of this machine called us; only loopback is listened on."""
    return f"http://{request.headers.get('host', '')}"


async def _ready() -> dict[str, str]:
    """Ready once built: a service that is down is no reason to take the others' door away."""
    return {}


async def _nothing_to_refresh() -> None:
    """Everything the gateway counts is in memory."""
