"""Keeps the record: the workflow's decisions, written by the quotes' repository."""

from temporalio import activity

from adapters.logs import logger
from domain.quotes.record import LoadResult, QuoteRepository, RecordRequest, RecordResult, RecordStatus
from workflows.ports import ActivityName, LoadRequest, OverdueRequest, OverdueResult, Records

_log = logger(__name__)


class RecordQuotes(Records):
    """Failures are the database's: they are retried until it is back."""

    def __init__(self, quotes: QuoteRepository) -> None:
        self._quotes = quotes

    @activity.defn(name=ActivityName.RECORD)
    async def record(self, request: RecordRequest) -> RecordResult:
        """See `Records.record`."""
        result = await self._quotes.save(request)
        refused = request.refused
        if refused is not None and refused.alert and result.status is RecordStatus.RECORDED:
            # It was received before the decision that stands: somebody should look why it came later.
            _log.error("command_came_too_late", quote_id=request.quote_id, command_id=request.cause)
        return result

    @activity.defn(name=ActivityName.LOAD)
    async def load(self, request: LoadRequest) -> LoadResult:
        """See `Records.load`."""
        return await self._quotes.load(request.quote_id)

    @activity.defn(name=ActivityName.OVERDUE_COMMANDS)
    async def overdue_commands(self, request: OverdueRequest) -> OverdueResult:
        """See `Records.overdue_commands`."""
        found = await self._quotes.overdue_commands(request.quote_id, request.valid_until)
        return OverdueResult(commands=tuple(found))
