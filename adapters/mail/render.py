"""From a message to words: one folder of templates per mail, `templates/<reader>/<kind>/`."""

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from adapters.mail.logo import Logo, logo_of
from domain import wording
from domain.presentation.brief import BREVITIES, in_brief
from domain.presentation.letterhead import Letterhead
from domain.presentation.message import Message
from domain.proof.feed_event import RETRIES, WebhookTrouble
from domain.quotes.notices import Audience

MOST_HTML_BYTES: Final = 100_000
"""Gmail cuts off what is longer than 102 kB, other clients soon after: the total may stand behind that."""
_WIDTH: Final = 72
_TOO_MANY_BLANK_LINES: Final = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A PDF that goes with the mail. The name is ours, never a person's."""

    filename: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message as it goes out: with the reader's own `link`, complete, where there is one, until when that works, where it
    is known, and what is attached. `desk` is the address of the quote's page at the shop's desk, in mails to the shop.
    """

    message: Message
    link: str | None = None
    link_until: datetime | None = None
    attachments: tuple[Attachment, ...] = ()
    desk: str | None = None

    @property
    def logo(self) -> Logo | None:
        """The seller's logo as the mail carries it."""
        return logo_of(self.message.offer.seller.picture)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInMail:
    """A link that signs one of the shop's people in, complete, and until when it works. `zone` is the shop's. Its Message-ID
    is made of `id`.
    """

    id: str
    address: str
    name: str
    link: str
    works_until: datetime
    zone: str
    created_at: datetime
    seller: Letterhead


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleMail:
    """News for one of the shop's people of a webhook to `host` that was disabled or gave up an event; `name` is None for the shop
    itself. `began_at` is when that was, `desk` the page of the webhook, `zone` the shop's. Its Message-ID is made of `id`.
    """

    id: str
    address: str
    name: str | None
    kind: WebhookTrouble
    host: str
    description: str | None
    reason: str
    began_at: datetime
    desk: str
    zone: str
    created_at: datetime
    seller: Letterhead

    @property
    def attempts(self) -> int:
        """After how many an event is given up."""
        return len(RETRIES) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The same mail as subject line, plain text and HTML."""

    subject: str
    text: str
    html: str


def render(mail: Mail) -> Rendered:
    """The words of a mail, with shortened texts where it would be longer than MOST_HTML_BYTES. Raises
    `jinja2.TemplateNotFound` for a kind that has no folder.
    """
    words = _render(mail)
    for brevity in BREVITIES:
        if len(words.html.encode("utf-8", "replace")) <= MOST_HTML_BYTES:
            break
        words = _render(replace(mail, message=in_brief(mail.message, brevity)))
    return words


def _render(mail: Mail) -> Rendered:
    message = mail.message
    reader = "seller" if message.audience is Audience.SELLER else "customer"
    shown = {
        "mail": mail,
        "message": message,
        "offer": message.offer,
        "told": message.told,
        "logo": mail.logo,
    }
    stem = f"Quote {message.offer.number} · "  # by which mail programs keep a quote's mails together
    return _rendered(f"{reader}/{message.kind}", shown, stem=stem)


def render_sign_in(mail: SignInMail) -> Rendered:
    """The words of a mail with a sign-in link."""
    return _to_staff("desk/sign_in", mail)


def render_trouble(mail: TroubleMail) -> Rendered:
    """The words of a mail about a webhook."""
    return _to_staff(f"desk/webhook_{mail.kind}", mail)


def _to_staff(folder: str, mail: SignInMail | TroubleMail) -> Rendered:
    # The letterhead is that of every mail, which finds it with the offer.
    shown = {"mail": mail, "offer": {"seller": mail.seller}, "logo": logo_of(mail.seller.picture)}
    return _rendered(folder, shown)


def _rendered(folder: str, shown: Mapping[str, Any], *, stem: str = "") -> Rendered:
    subject, text, html = (
        TEMPLATES.get_template(f"{folder}/{name}").render(shown)
        for name in ("subject.txt", "body.txt", "body.html")
    )
    return Rendered(subject=stem + subject.strip(), text=_tidy(text), html=_tidy(html))


def _tidy(text: str) -> str:
    return _TOO_MANY_BLANK_LINES.sub("\n\n", text).strip() + "\n"


def _fill(text: str, indent: int = 0) -> str:
    """`text` in lines that plain clients show unbroken; an address longer than a line stays whole."""
    margin = " " * indent
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    names = ("counted", "day", "instant", "instant_for", "lead_time", "money", "number")
    environment.filters |= {name: getattr(wording, name) for name in names} | {"fill": _fill}
    return environment


TEMPLATES: Final = _environment()
