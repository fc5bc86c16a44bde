"""What Temporal is told of an activity that failed: the text of a failure stays in the quote's history."""

import traceback
from typing import Final

from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from adapters import logs
from adapters.db.errors import DatabaseUnavailableError
from domain.errors import QuoteError

_OURS: Final = (DatabaseUnavailableError, QuoteError)
_FRAMES: Final = 8
_log = logs.logger(__name__)


class TellNoValues(Interceptor):
    """For a worker. What we say ourselves is told as it is. A library's or a server's own words may quote a row, and with
    it a person: of those only the kind of error is told, and the log says where it was raised.
    """

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """See `temporalio.worker.Interceptor`."""
        return _FailureInterceptor(next)


class _FailureInterceptor(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> object:  # noqa: A002 - the SDK's name
        try:
            return await super().execute_activity(input)
        except FailureError as failed:
            failed.__cause__ = None
            raise
        except Exception as error:  # noqa: BLE001 - of whatever kind, it is told in our words
            kind = type(error).__name__
            if not isinstance(error, _OURS):
                frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
                where = [f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in frames]
                _log.error("activity_failed", error=kind, where=where)
            raise ApplicationError(str(error) if isinstance(error, _OURS) else kind, type=kind) from None
