"""The one error a person at the command line gets to read."""

from collections.abc import Iterator
from contextlib import contextmanager


class StackError(Exception):
    """Something a person can mend: one clear sentence, then the way out. Printed without a traceback; the program ends with
    `exit_code`.
    """

    exit_code = 1


@contextmanager
def mendable(*kinds: type[Exception]) -> Iterator[None]:
    """Errors of these kinds say what a person can do: they are raised as `StackError` with the same words."""
    try:
        yield
    except kinds as error:
        raise StackError(str(error)) from error
