"""`firm-offer migrate`."""

from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from adapters.db.migrate import upgrade as apply_migrations
from cli.settings import load_settings
from cli.stack.errors import StackError


def migrate() -> None:
    """Bring the database at DATABASE_URL up to this version's tables."""
    upgrade(load_settings().database_url.get_secret_value())


def upgrade(database_url: str) -> None:
    """Raises `StackError` when the database is away, or belongs to another version of the product."""
    try:
        apply_migrations(database_url)
    except (CommandError, SQLAlchemyError, OSError) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise StackError(
            f"The database cannot be brought to this version's tables: {reason}. Choose another database "
            "(locally: another --data-dir), or the version of Firm Offer that wrote it."
        ) from error
