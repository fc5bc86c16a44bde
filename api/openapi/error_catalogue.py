"""Every code of a problem with its status, what it means, and what to do: `docs/errors.md` is printed from here."""

from http import HTTPStatus
from itertools import groupby
from typing import Final

from api.http.problem import PROBLEMS
from domain.errors import RefusalCode

_LIST: Final = "Read the id from the list, or from the answer that made it."
_ACTIONS: Final = "Read `allowed_actions` in the problem: that is what the quote takes now."
_FIELDS: Final = "Correct the fields that `errors` names."
_LATER: Final = "Repeat the request, with the same `Idempotency-Key`, after `Retry-After`."

WHAT_TO_DO: Final[dict[str, str]] = {
    "body_not_json": "Send JSON in UTF-8, without NaN, and each name once.",
    "bad_header": "Correct the header that `errors` names.",
    "key_missing": "Send `Authorization: Bearer fo_…`.",
    "key_invalid": "Use a key that has neither ended nor been revoked, of this installation.",
    "forbidden": "Use a key with the scope that the operation names.",
    "link_read_only": "Let somebody answer whose link may, or share the quote again.",
    "not_found": "Compare the path with the OpenAPI document.",
    "quote_pending": "Read it again after `Retry-After`, or the command at `command_id`.",
    "quote_not_found": _LIST,
    "key_not_found": _LIST,
    "link_not_found": _LIST,
    "webhook_not_found": _LIST,
    "proof_not_found": "Store the file first (`POST /proofs`), and use the digest of the answer.",
    "file_not_found": "Store the file first (`POST /files`), and use the digest of the answer.",
    "quote_not_accepted": "There is evidence once the quote is accepted: look at its `status`.",
    "document_not_made": "Wait for the event `quote.document_made`: a document is made when the version is sent.",
    "version_not_found": "Read which there are: `GET /quotes/{id}/versions`.",
    "parts_list_not_found": _LIST,
    "command_not_found": "Use `command_id` of the 202, or its `Location`.",
    "method_not_allowed": "Use a method that the header `Allow` names.",
    "link_revoked": "Send or resend the quote: that makes a new link.",
    "forgotten": "Nothing: it was emptied for good. Its digest stays on record.",
    "quote_not_modifiable": _ACTIONS,
    "quote_not_sendable": _ACTIONS,
    "quote_not_resendable": _ACTIONS,
    "quote_not_acceptable": _ACTIONS,
    "quote_not_rejectable": _ACTIONS,
    "quote_not_extendable": _ACTIONS,
    "quote_not_requestable": _ACTIONS,
    "quote_not_cancellable": _ACTIONS,
    "quote_not_annullable": "Only an accepted quote can be annulled.",
    "quote_not_ordered": "Record the reference once the quote is accepted.",
    "order_not_failed": "Nothing: it was handed over, is being handed over, or there is none to hand over.",
    "order_handed_over": "Settle it in the system that makes the order: it has taken it.",
    "quote_expired": "Extend the quote, or send it with a new validity.",
    "version_superseded": "Read the quote again, and answer the version that is on offer.",
    "not_priced": "Price it again, by a rate card that knows the part, or as a free line.",
    "price_needs_confirmation": "Look at `warnings`, and send with their codes in `confirm`, or price it again.",
    "choice_not_offered": "Choose of each line's `alternatives`.",
    "nothing_chosen": "Choose one line at least.",
    "choice_too_small": "Choose more, or change the discount.",
    "already_decided": "Read the quote: it was accepted or rejected before.",
    "quote_already_exists": "Read the quote: it was created before.",
    "external_id_taken": "Find the quote by it (`external_id` of `GET /quotes`), or use another.",
    "customer_merged": "Use the customer that stayed: `GET /customers/{id}` answers it.",
    "key_ended": "Create another key.",
    "parts_list_open": "Answer `questions` of the list first (`PATCH /parts-lists/{id}`).",
    "email_not_composed": "Correct what `detail` names, such as the seller's address.",
    "stale_state": "Read the quote again, look whether the change is still meant, and repeat it with the new `ETag`.",
    "body_too_large": "Send less at once.",
    "too_many_values": "Send less at once.",
    "unsupported_media_type": "Send the `Content-Type` that the operation names.",
    "validation_failed": _FIELDS,
    "file_empty": "Send the file's bytes as the body.",
    "file_not_of_its_type": "Send the file with its own `Content-Type`.",
    "invalid_specification": _FIELDS,
    "pair_not_offered": "Choose a pair of `GET /pricing/catalogue`.",
    "same_customer": "Name the customer that stays.",
    "customer_not_found": "Create the customer first, or name another. 404 where the address names it.",
    "parts_list_refused": "Save the list as CSV, TSV, XLSX or ODS, with a row of headings.",
    "invalid_answers": _FIELDS,
    "calculation_not_found": "Price the part first, or name another calculation. 404 where the address names it.",
    "rate_card_not_found": "Name a card of `GET /rate-cards`. 404 where the address names it.",
    "invalid_rate_card": _FIELDS,
    "rate_card_exists": "Leave the card's `id` out, or give another: what is stored never changes.",
    "overlapping_dates": "Choose dates at which no other card of this name begins.",
    "idempotency_key_reused": "Use a new key for each request, and the same one only for repeating it unchanged.",
    "validity_in_past": "Choose a time to come.",
    "validity_out_of_range": "Choose a validity within the bounds that `detail` names.",
    "no_recipient": "Name one recipient at least, or leave `recipients` out.",
    "nothing_to_confirm": "Read the quote again: the version has no such warning.",
    "online_needs_link": "Use `phone`, `mail` or `purchase_order`.",
    "malformed": "Compare the request with the OpenAPI document.",
    "internal_error": "Repeat the request; if it stays, look for `request_id` in the log.",
    "database_unavailable": _LATER,
    "workflow_unavailable": _LATER,
    "overloaded": _LATER,
    "preview_unavailable": "Repeat the request after `Retry-After`.",
    "not_ready": "Look at `checks`; `firm-offer doctor` says more.",
}
"""By code; `PROBLEMS` has status and meaning."""

_HEAD: Final = """\
# Errors

<!-- Printed by `python -m api.openapi errors`: change api/openapi/error_catalogue.py or api/http/problem.py, and print it anew. -->

Every error is a problem (RFC 9457), `application/problem+json`; its members are told in [api.md](api.md#errors). Rely on
`code`: it is stable, texts may change. Those marked ● can also be the outcome of a command: `code` of `GET /commands/{id}`
where its `status` is `refused`.

Where fields are wrong, `errors` has an entry for each: its `pointer` names the field, its `code` the kind (`required`, `unknown_field`,
`not_allowed`, `out_of_range` and so on), its `message` the rule in words for people, and `allowed` what would be taken.
"""


def catalogue() -> str:
    """The page, by status. Raises KeyError for a code of which it is not said what to do."""
    parts = [_HEAD]
    in_order = sorted(PROBLEMS.items(), key=lambda entry: entry[1][0])
    for status, entries in groupby(in_order, key=lambda entry: entry[1][0]):
        parts.append(
            f"\n## {status} {HTTPStatus(status).phrase}\n\n| code | meaning | what to do |\n|---|---|---|\n"
        )
        parts += [_row(code, title) for code, (_, title) in entries]
    return "".join(parts)


def _row(code: str, title: str) -> str:
    mark = " ●" if code in RefusalCode.__members__.values() else ""
    return f"| `{code}`{mark} | {title}. | {WHAT_TO_DO[code]} |\n"
