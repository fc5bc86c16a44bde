"""A failure's text stays in a history: it quotes nothing that a library or a server says of a row."""

from collections.abc import Callable
from typing import Any

import pytest
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.failures import TellNoValues
from adapters.db.errors import DatabaseUnavailableError, Obstacle


class _Innermost(ActivityInboundInterceptor):
    def __init__(self, fail: Callable[[], None]) -> None:
        """There is none behind it."""
        self._fail = fail

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        self._fail()


def of_a_library() -> None:
    raise ValueError("DETAIL: Failing row contains (Ada)")


def of_a_library_behind_ours() -> None:
    try:
        of_a_library()
    except ValueError as error:
        raise DatabaseUnavailableError(Obstacle.FULL) from error


def of_a_library_behind_what_the_workflow_is_told() -> None:
    try:
        of_a_library()
    except ValueError as error:
        raise ApplicationError("pair_not_offered", type="not_priced", non_retryable=True) from error


@pytest.mark.parametrize(
    ("fail", "told"),
    [
        (of_a_library, ("ValueError", "ValueError", False)),
        (
            of_a_library_behind_ours,
            ("the database " + Obstacle.FULL.words, "DatabaseUnavailableError", False),
        ),
        (of_a_library_behind_what_the_workflow_is_told, ("pair_not_offered", "not_priced", True)),
    ],
)
async def test_no_row_is_quoted(fail: Callable[[], None], told: tuple[str, str, bool]) -> None:
    """Neither by the error itself nor by what caused it; its kind and our own words are told."""
    outer = TellNoValues().intercept_activity(_Innermost(fail))
    given = ExecuteActivityInput(fn=print, args=(), executor=None, headers={})
    with pytest.raises(ApplicationError) as raised:
        await ActivityEnvironment().run(outer.execute_activity, given)
    assert (raised.value.message, raised.value.type, raised.value.non_retryable) == told
    failure = Failure()
    await DataConverter.default.encode_failure(raised.value, failure)
    assert "Ada" not in str(failure)
