"""What grading reads from the environment; addresses common to all services have no prefix."""

from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """GRADING_DATABASE_URL, GRADING_WORKER_DATABASE_URL, GRADING_OWNER_DATABASE_URL, GRADING_HOST, GRADING_PORT."""

    model_config = SettingsConfigDict(env_prefix="GRADING_", frozen=True)
