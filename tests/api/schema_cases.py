"""Requests made up from the OpenAPI document, and what is wrong with the answers: Schemathesis, with all its checks but one."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

import hypothesis
import schemathesis
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

_CANNOT_KNOW: Final = frozenset({"positive_data_acceptance"})
"""A request can be well-formed and be refused by a rate card, or by what the quote has been through: no document says that."""


def checks() -> list[Any]:
    """All but those that a document of forms cannot know of."""
    load_all_checks()
    return [check for check in CHECKS.get_all() if check.__name__ not in _CANNOT_KNOW]


class Tried:
    """Tries a served API. `known` are ids that exist, by the names of path parameters: the first request of each operation is about
    them, and every other one.
    """

    def __init__(
        self, base_url: str, document: Mapping[str, Any], key: str, known: Mapping[str, str]
    ) -> None:
        """The `key` may do everything, and its own id is not among the known ones: nobody can make up another's."""
        self._schema = schemathesis.openapi.from_dict(dict(document))
        self._base_url = base_url
        self._headers = {"Authorization": f"Bearer {key}"}
        self._known = known
        self.cases = 0
        self.answered: defaultdict[str, set[int]] = defaultdict(set)
        """By which statuses, each operation: its method and path."""

    def failures(self, cases: int, *, seed: int) -> list[str]:
        """What is wrong, in words, after about so many requests, the same number to each operation; a third of them malformed.
        What deletes comes last, so that the others find what is known.
        """
        wrong: list[str] = []
        operations = sorted(self._operations(), key=lambda each: bool(each.method.upper() == "DELETE"))
        malformed = -(-cases // (3 * len(operations)))
        examples = {GenerationMode.POSITIVE: 2 * malformed, GenerationMode.NEGATIVE: malformed}
        for operation in operations:
            for mode, most in examples.items():
                try:
                    self._try(operation, mode, most, seed)
                except (AssertionError, FailureGroup) as failure:
                    wrong.append(f"{operation.label}, {mode.value}: {_told(failure)}")
                except hypothesis.errors.Unsatisfiable:
                    continue  # nothing about it can be malformed
        return wrong

    def _operations(self) -> Iterator[Any]:
        for found in self._schema.get_all_operations():
            operation: Any = found.ok() if isinstance(found, Ok) else None
            assert operation is not None, f"the document cannot be read: {found}"
            yield operation

    def _try(self, operation: Any, mode: GenerationMode, examples: int, seed: int) -> None:
        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(operation.as_strategy(generation_mode=mode), st.sampled_from([True, False]))
        def one(case: Any, is_known: bool) -> None:
            if is_known and mode is GenerationMode.POSITIVE:
                case.path_parameters = {
                    name: self._known.get(name, value) for name, value in (case.path_parameters or {}).items()
                }
            answer = case.call(base_url=self._base_url, headers=self._headers)
            self.cases += 1
            self.answered[operation.label].add(answer.status_code)
            assert answer.status_code < 500, f"{answer.status_code}: {case.as_curl_command()[:2_000]}"
            case.validate_response(answer, checks=checks(), headers=self._headers)

        one()


def _told(failure: BaseException) -> str:
    parts = failure.exceptions if isinstance(failure, FailureGroup) else (failure,)
    return " | ".join(f"{type(each).__name__}: {each}"[:1_500] for each in parts)
