"""What the bench works out itself: goals and ratios, statements in PostgreSQL's log, lives that are replayed, steps."""

from pathlib import Path

import pytest

from tests.bench.figures import Figure, Goal, compared, lines, medians
from tests.bench.load import Timing
from tests.bench.parts.lives import many_to_one
from tests.bench.parts.statements import shortened
from tests.bench.stack.plans import blocks, conditions, indexes, scanned
from tests.bench.stack.replay import Renamed, one_after_the_other
from tests.bench.stack.statements import Statement, parsed
from tests.bench.steps import OTHER, by_step

QUOTE = "01a2237a-cdaa-7387-9357-0a9306b1d1a3"
CUSTOMER = "01a2237a-bbd7-73cd-b435-365e5deabcde"


def test_the_ratio_is_the_median_of_the_rounds_ratios() -> None:
    """Not the ratio of the medians: each round is compared with what stood beside it."""
    figure = compared("a life", [(10, 5), (30, 10), (90, 90)], "ms")
    assert (figure.product, figure.bare, figure.ratio) == (30, 10, 2)
    assert medians([{"api": 1, "worker": 9}, {"api": 3, "worker": 5}, {"api": 2, "worker": 1}]) == {
        "api": 2,
        "worker": 5,
    }


@pytest.mark.parametrize(
    ("goal", "ratio", "reached", "told"),
    [
        (Goal(matter="a life's cost", at_most=1.25, then=1.1), 1.25, True, "a life's cost ≤ 1.25, then 1.1"),
        (Goal(matter="a life's cost", at_most=1.25, then=1.1), 1.26, False, "a life's cost ≤ 1.25, then 1.1"),
        (Goal(matter="reads", at_least=0.8), 0.8, True, "reads ≥ 0.8"),
        (Goal(matter="reads", at_least=0.8), 0.79, False, "reads ≥ 0.8"),
        (Goal(matter="many at once"), 3, None, "many at once"),
    ],
)
def test_a_goal_is_judged_by_the_ratio(goal: Goal, ratio: float, reached: bool | None, told: str) -> None:
    """And the table names it with its bound."""
    figure = Figure(what="it", product=99, bare=99, ratio=ratio, unit="ms", goal=goal)
    assert figure.reached is reached
    assert figure.to_data()["reached"] is reached
    assert told in lines(figure)[0]


def test_a_goal_without_bare_side_is_judged_by_the_figure() -> None:
    assert Figure(what="202", product=0, unit="", goal=Goal(matter="many at once", at_most=0)).reached
    assert (
        Figure(what="202", product=1, unit="", goal=Goal(matter="many at once", at_most=0)).reached is False
    )


def test_lives_at_once_are_compared_with_those_one_at_a_time() -> None:
    alone = Figure(what="lives, 1 at once", product=8, unit="per s")
    ten = Figure(what="lives, 10 at once", product=6, unit="per s")
    other = Figure(what="a life, 10 at once, p50", product=900, unit="ms")
    [beside] = many_to_one([alone, ten, other])
    assert (beside.ratio, beside.reached) == (0.75, False)
    assert many_to_one([ten, other]) == []


def test_the_slowest_of_a_hundred_is_not_the_99th() -> None:
    timing = Timing(whole=10, each=tuple(n / 1000 for n in range(1, 101)))
    assert (timing.rate, timing.p50, timing.p99) == (10, 50.5, 99)


LOG = """\
2026-11-28 18:46:20 UTC [1] LOG:  parameter "log_statement" changed to "all"
overheard 7 LOG:  statement: BEGIN ISOLATION LEVEL READ COMMITTED;
overheard 7 LOG:  execute __asyncpg_stmt_5__: INSERT INTO notes
\t  VALUES ($1, $2, $3)
overheard 7 DETAIL:  Parameters: $1 = 'it''s $9 = ''x''', $2 = NULL, $3 = 'two
\tlines'
overheard 7 LOG:  execute __asyncpg_stmt_6__: UPDATE notes SET text = $1
overheard 7 DETAIL:  Parameters: $1 = 'new'
overheard 7 ERROR:  canceling statement due to user request
overheard 8 LOG:  execute <unnamed>: SELECT 1
overheard 7 LOG:  statement: COMMIT;
"""


def test_statements_are_read_from_postgresql_s_log() -> None:
    """With their parameters, be they empty, quoted or of two lines; of what is no statement nothing is taken."""
    said = list(parsed(LOG))
    assert [statement.control for statement in said] == ["BEGIN", "", "", "", "COMMIT"]
    assert said[1].sql == "INSERT INTO notes\n  VALUES ($1, $2, $3)"
    assert said[1].parameters == ("it's $9 = 'x'", None, "two\nlines")
    assert said[2].parameters == ("new",)
    assert (said[3].session, said[3].sql, said[3].parameters) == (8, "SELECT 1", ())


def test_transactions_of_several_sessions_follow_each_other() -> None:
    said = [
        Statement(session=session, sql=sql)
        for session, sql in [
            (1, "BEGIN"),
            (1, "a"),
            (2, "BEGIN"),
            (3, "b"),
            (2, "c"),
            (2, "COMMIT"),
            (1, "COMMIT"),
        ]
    ]
    assert [s.sql for s in one_after_the_other(said)] == ["b", "BEGIN", "c", "COMMIT", "BEGIN", "a", "COMMIT"]


def test_a_replayed_life_has_names_of_its_own() -> None:
    """The same for the same ones, within a text too; what all lives share stays, and so does what is no name."""
    renamed, digest, pdf = Renamed([CUSTOMER]), "0f" * 32, "\\x" + "0f" * 64
    other = renamed(QUOTE)
    assert other != QUOTE
    assert renamed(f'[{{"id": "{QUOTE}", "customer": "{CUSTOMER}"}}]') == (
        f'[{{"id": "{other}", "customer": "{CUSTOMER}"}}]'
    )
    assert len(renamed(digest)) == len(digest)
    assert renamed(digest) != digest
    assert renamed("Q-2026-00012") not in {"Q-2026-00012", Renamed()("Q-2026-00012")}
    assert renamed(pdf) == pdf


def test_a_statement_is_told_on_one_line() -> None:
    assert shortened("SELECT a.x,\n a.y\nFROM a WHERE a.x = $1") == "SELECT … FROM a WHERE a.x = $1"
    assert len(shortened("UPDATE a SET " + "x = 1, " * 40)) == 110


def test_a_sample_counts_for_the_innermost_frame_that_has_a_step(tmp_path: Path) -> None:
    """What a library of nobody's does, its caller does; a pool's idle thread does nothing."""
    loop = "run (asyncio/runners.py:118)"
    stacks = tmp_path / "stacks"
    stacks.write_text(
        f"{loop} 5\n"
        f"{loop};deliver (activities/delivery.py:9);send (adapters/mail/sender.py:88);data (aiosmtplib/smtp.py:9) 7\n"
        f"{loop};deliver (activities/delivery.py:9);compose (adapters/mail/compose.py:3);dumps (json/__init__.py:1) 11\n"
        f"{loop};record (activities/records.py:27);execute (sqlalchemy/engine/base.py:1) 13\n"
        "run (threading.py:1);_worker (concurrent/futures/thread.py:81) 17\n"
        "run (threading.py:1);set (adapters/pdf/typesetter.py:76) 19\n"
        "run (threading.py:1) 23\n"
        "\n"
    )
    assert by_step(stacks) == {
        "event loop": 5,
        "hand over": 7,
        "compose": 11,
        "SQLAlchemy": 13,
        "set PDF": 19,
        OTHER: 23,
    }


def test_a_plan_tells_what_it_reads() -> None:
    """However deep it stands."""
    below = {"Node Type": "Seq Scan", "Relation Name": "messages", "Filter": "(status = 'failed'::text)"}
    index = {
        "Node Type": "Index Scan",
        "Relation Name": "quotes",
        "Index Name": "pk_quotes",
        "Plans": [below],
    }
    plan = {"Node Type": "Limit", "Shared Hit Blocks": 7, "Shared Read Blocks": 2, "Plans": [index]}
    assert [*scanned(plan)] == ["messages"]
    assert [*indexes(plan)] == ["pk_quotes"]
    assert conditions(plan) == ["(status = 'failed'::text)"]
    assert (blocks(plan), blocks(index)) == (9, None)
