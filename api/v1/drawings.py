"""Files that go with offers: drawings and models, stored first and named by quotes then."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import PurePath
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.db.quotes.stored_files import StoredFile, find_files, keep_file, read_stored
from api.http.auth import actor_of
from api.http.downloads import file_answer
from api.http.fields import Name, RequestBody, Sha256, WholeNumber, refuse
from api.http.file_body import DRAWING_TYPES, read_drawing
from api.http.problem import FieldError, ProblemError, invalid
from api.json_answer import Answer, Count, DigestText, InstantText, answered, as_recorded
from api.services import Services, ServicesDep
from api.v1.router import CHANGE, PREFIX, READ, problems, router
from domain import instants, wording
from domain.offer.enclosures import Enclosure, FileAudience

SUFFIXES: Final[Mapping[str, tuple[str, ...]]] = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/vnd.dxf": (".dxf",),
    "model/step": (".step", ".stp"),
}
"""How names of files of each type may end."""


class FileAnswer(Answer):
    """A stored file, by the SHA-256 of its bytes. Its type follows from its bytes."""

    sha256: DigestText
    media_type: str = Field(examples=["model/step"])
    size: Count = Field(description="In bytes.")
    created_at: InstantText
    links: dict[str, str]

    @classmethod
    def of(cls, file: StoredFile) -> Self:
        """The file as it is kept, without its bytes."""
        return cls(
            sha256=file.sha256,
            media_type=file.media_type,
            size=file.size,
            created_at=instants.answered(file.created_at),
            links={"self": _address(file.sha256)},
        )


class EnclosureAnswer(Answer):
    """A file of a version. `line` is the position of the line that it belongs to, null where it belongs to the whole."""

    sha256: DigestText
    name: str = Field(examples=["flange-rev-b.step"])
    media_type: str
    size: Count
    audience: FileAudience
    line: int | None
    links: dict[str, str]

    @classmethod
    def of(cls, file: Enclosure) -> Self:
        """The file as the version has it."""
        return cls(
            sha256=file.sha256,
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            audience=as_recorded(FileAudience, file.audience),
            line=file.line,
            links={"self": _address(file.sha256)},
        )


def _no_path(value: str) -> str:
    if "/" in value or "\\" in value:
        raise refuse("not_a_file_name", "must be the name of a file, without / and \\")
    return value


class EnclosureBody(RequestBody):
    """A stored file by its digest, and under which name the quote has it. What is for the `customer` can be opened from the
    quote's page, and is part of what is offered; what is `internal` is for the shop alone.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"sha256": "0" * 64, "name": "flange-rev-b.step", "audience": "customer", "line": 1}]
        }
    )

    sha256: Sha256
    name: Annotated[Name, AfterValidator(_no_path)]
    audience: FileAudience = FileAudience.INTERNAL
    line: Annotated[WholeNumber, Field(ge=1, le=1_000)] | None = None


async def enclosures(
    services: Services, named: Sequence[EnclosureBody] | None, lines: int | None
) -> list[dict[str, Any]] | None:
    """The named files as a command carries them; None where nothing was said of files. `lines` is how many the quote has,
    None where that is not known yet.

    Raises ProblemError 422 with a pointer for each that is not stored, is named twice, has a name of another type, or
    belongs to a line that is not there.
    """
    if named is None:
        return None
    async with services.database.read() as reading:
        stored = await find_files(reading, {each.sha256 for each in named})
    errors = [
        FieldError(pointer=f"/files/{index}/{field}", code=code, message=message)
        for index, each in enumerate(named)
        for field, code, message in _wrong(each, named[:index], stored.get(each.sha256), lines)
    ]
    if errors:
        raise invalid(*errors, detail="The files cannot be used as named; nothing was stored.")
    return [_enclosure(each, stored[each.sha256]).to_data() for each in named]


def _enclosure(named: EnclosureBody, stored: StoredFile) -> Enclosure:
    return Enclosure(
        sha256=named.sha256,
        name=named.name,
        media_type=stored.media_type,
        size=stored.size,
        audience=named.audience,
        line=named.line,
    )


def _wrong(
    named: EnclosureBody, before: Sequence[EnclosureBody], stored: StoredFile | None, lines: int | None
) -> list[tuple[str, str, str]]:
    found = []
    if stored is None or not stored.size:
        found.append(("sha256", "unknown_file", "no file with this digest: store it with POST /files first"))
    elif PurePath(named.name.lower()).suffix not in SUFFIXES[stored.media_type]:
        endings = " or ".join(SUFFIXES[stored.media_type])
        what = wording.FILE_TYPES[stored.media_type]
        found.append(("name", "file_not_of_its_type", f"must end with {endings}: the file is a {what}"))
    if any((each.name, each.line) == (named.name, named.line) for each in before):
        found.append(("name", "duplicate", "another file here has this name"))
    if lines is not None and named.line is not None and named.line > lines:
        found.append(("line", "no_such_line", f"must be 1 to {lines}, the position of a line"))
    return found


routes = router("documents")
_ANY_FILE = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in DRAWING_TYPES}
_SOME_FILE = {
    media_type: {"schema": {"type": "string", "format": "binary", "minLength": 1}}
    for media_type in (*DRAWING_TYPES, "application/octet-stream")
}


@routes.post(
    "/files",
    operation_id="store_file",
    summary="Store a drawing or model",
    status_code=HTTPStatus.CREATED,
    response_model=FileAnswer,
    responses=CHANGE,
    openapi_extra={"requestBody": {"required": True, "content": _SOME_FILE}},
)
async def store_file(request: Request, services: ServicesDep) -> Response:
    """Keep a drawing or model (PDF, PNG, JPEG, DXF, STEP) of at most 20 MiB. Its bytes tell its type. Name its `sha256` in
    a quote's `files` then. The same bytes again are the same file.
    """
    content, media_type = await read_drawing(request)
    async with services.database.write() as writing:
        kept = await keep_file(writing, content, media_type=media_type, stored_by=actor_of(request))
    return answered(FileAnswer.of(kept), HTTPStatus.CREATED, {"Location": _address(kept.sha256)})


@routes.head("/files/{sha256}", include_in_schema=False)
@routes.get(
    "/files/{sha256}",
    operation_id="get_file",
    summary="Fetch a drawing or model",
    response_class=Response,
    responses={
        **READ,
        **problems(404, 410),
        200: {"content": _ANY_FILE, "description": "The file, exactly as it was stored"},
    },
)
async def get_file(services: ServicesDep, sha256: Sha256) -> Response:
    """The file as a download; it is never shown in a browser as a page of this site."""
    async with services.database.read() as reading:
        found = await read_stored(reading, sha256)
    if found is None:
        raise ProblemError("file_not_found", "There is no file with this digest.")
    stored, content = found
    if not content:
        raise ProblemError("forgotten", "Somebody named in this file was forgotten, and it was emptied.")
    name = f"file-{sha256[:12]}{SUFFIXES[stored.media_type][0]}"
    return file_answer(content, stored.media_type, sha256=sha256, name=name)


def _address(sha256: str) -> str:
    return f"{PREFIX}/files/{sha256}"
