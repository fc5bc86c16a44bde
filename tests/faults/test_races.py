"""Who wins when all ask at once. `make faults` races many more."""

from collections import Counter

from adapters.db.database import Database
from tests.api.caller import Caller
from tests.faults.races import race, unfair
from tests.faults.record import complaints


async def test_each_race_has_one_winner_and_every_loser_is_told(caller: Caller, database: Database) -> None:
    """10 quotes, 10 racing accepts, rejects and cancels each, over real connections: one decision stands, each
    other caller learns the rule and the state that refused it, and the records are whole and legal.
    """
    customer = (await caller.customer())["id"]
    runs = await race(caller, customer, quotes=10, racers=10, seed=7)
    assert [what for run in runs for what in await unfair(database, run)] == []
    assert sum(len(run.told) for run in runs) == 100
    ends = Counter(name for run in runs for name, code, _ in run.told if code == 200)
    assert min(ends["accept"], ends["reject"] + ends["cancel"]) > 0
    assert await complaints(database, [run.quote_id for run in runs]) == []
