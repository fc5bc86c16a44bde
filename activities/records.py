"""Keeps the record: the workflow's decisions are written, and found again."""

from temporalio import activity

from adapters.db.database import Database
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.outgoing import Tokens
from adapters.db.record.save import save
from adapters.logs import logger
from domain.proof.order import OrderWay
from domain.quotes.record import LoadResult, RecordRequest, RecordResult, RecordStatus
from workflows.ports import ActivityName, LoadRequest, OverdueRequest, OverdueResult, Records

_log = logger(__name__)


class RecordQuotes(Records):
    """Failures are the database's: they are retried until it is back."""

    def __init__(self, database: Database, tokens: Tokens, way: OrderWay | None = None) -> None:
        """`way` is how orders are handed over, None where they are not."""
        self._database = database
        self._tokens = tokens
        self._way = way

    @activity.defn(name=ActivityName.RECORD)
    async def record(self, request: RecordRequest) -> RecordResult:
        """See `Records.record`."""
        async with self._database.write() as w:
            result = await save(w, request, self._tokens, self._way)
        refused = request.refused
        if refused is not None and refused.alert and result.status is RecordStatus.RECORDED:
            # It was received before the decision that stands: somebody should look why it came later.
            _log.error("command_came_too_late", quote_id=request.quote_id, command_id=request.cause)
        return result

    @activity.defn(name=ActivityName.LOAD)
    async def load(self, request: LoadRequest) -> LoadResult:
        """See `Records.load`."""
        async with self._database.read() as r:
            return await PgQuotes(r).load(request.quote_id)

    @activity.defn(name=ActivityName.OVERDUE_COMMANDS)
    async def overdue_commands(self, request: OverdueRequest) -> OverdueResult:
        """See `Records.overdue_commands`."""
        async with self._database.read() as r:
            found = await PgQuotes(r).overdue_commands(request.quote_id, request.valid_until)
        return OverdueResult(commands=tuple(found))
