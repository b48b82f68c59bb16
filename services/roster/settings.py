"""What roster reads from the environment; addresses common to all services have no prefix."""

from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """ROSTER_DATABASE_URL, ROSTER_WORKER_DATABASE_URL, ROSTER_OWNER_DATABASE_URL, ROSTER_HOST, ROSTER_PORT."""

    model_config = SettingsConfigDict(env_prefix="ROSTER_", frozen=True)
