"""What reporting reads from the environment; addresses common to all services have no prefix."""

from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """REPORTING_DATABASE_URL, REPORTING_WORKER_DATABASE_URL, REPORTING_OWNER_DATABASE_URL, REPORTING_HOST,
    REPORTING_PORT."""

    model_config = SettingsConfigDict(env_prefix="REPORTING_", frozen=True)
