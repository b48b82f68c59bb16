"""What certificates reads from the environment; addresses common to all services have no prefix."""

from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """CERTIFICATES_ and DATABASE_URL, WORKER_DATABASE_URL, OWNER_DATABASE_URL, HOST, PORT, PUBLIC_URL, DRAWERS."""

    model_config = SettingsConfigDict(env_prefix="CERTIFICATES_", frozen=True)

    public_url: str
    """Where the public reaches the gateway: what the QR code says."""

    drawers: int = 1
    """Processes that draw papers."""
