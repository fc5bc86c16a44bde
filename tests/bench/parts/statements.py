"""What a life asks of PostgreSQL, by its own log: every statement and how often, and the transactions."""

import re
from collections import Counter
from collections.abc import Sequence

from tests.bench.bare.lives import all_ended
from tests.bench.figures import Figure
from tests.bench.stack.stack import Bench
from tests.bench.stack.statements import PROCESSES, Statement, overheard
from workflows.contract import QUOTE_WORKFLOW

_WARM = 3
_SHOWN = 110


async def statements(bench: Bench, *, lives: int) -> list[Figure]:
    """Of so many lives, one at a time: the API's, with what it asks beside them in that time, and the workers'."""
    for _ in range(_WARM):
        await bench.shop.life()
    await all_ended(bench.client, QUOTE_WORKFLOW)
    await bench.others.told()
    async with overheard(bench) as heard:
        for _ in range(lives):
            await bench.shop.life()
            await all_ended(bench.client, QUOTE_WORKFLOW)
        await bench.others.told()
    return [_counted(process, heard.by(process), lives) for process in PROCESSES]


def _counted(process: str, said: Sequence[Statement], lives: int) -> Figure:
    asked = [statement for statement in said if not statement.control]
    begun = sum(statement.control == "BEGIN" for statement in said)
    counted = Counter(shortened(statement.sql) for statement in asked)
    return Figure(
        what=f"statements of a life, {process}",
        product=len(asked) / lives,
        unit="",
        notes=(
            f"transactions of several statements: {begun / lives:.1f}",
            *(f"{count / lives:>5.1f} {sql}" for sql, count in counted.most_common()),
        ),
    )


def shortened(sql: str) -> str:
    """On one line, without the names of columns that are read, and cut."""
    line = re.sub(r"(SELECT(?: DISTINCT)?) .*? FROM ", r"\1 … FROM ", " ".join(sql.split()))
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
