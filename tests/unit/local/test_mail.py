"""A caught mail is kept, decoded, and cannot do anything to whoever looks at it."""

import stat
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from cli.local.mail.store import MailStore
from cli.local.mail.web import create_inbox


def mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in ({"From": "Shop <shop@x.example>", "To": "Käthe <k@y.example>"} | headers).items():
        message[name] = value
    message.set_content("Größe: http://127.0.0.1:8000/q/abc. <script>")
    message.add_alternative("<html><head></head><a href='http://x.example/q'>q</a></html>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Ängebot.pdf")
    return message


@pytest.fixture
def store(tmp_path: Path) -> MailStore:
    return MailStore(tmp_path / "mail")


def inbox(store: MailStore) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_inbox(store)), base_url="http://inbox")


async def test_the_list_is_oldest_first_and_decoded(store: MailStore) -> None:
    store.save(
        bytes(mail(Subject="Ørsted", **{"Message-ID": "<1@x.example>"})), "s@x.example", ["k@y.example"]
    )
    store.save(bytes(mail(Subject="two")), "s@x.example", ["k@y.example"])
    async with inbox(store) as client:
        first, second = (await client.get("/api/messages")).json()
    assert second["subject"] == "two"
    assert first["from"] == "Shop <shop@x.example>"
    assert first["to"] == "Käthe <k@y.example>"
    assert first["subject"] == first["headers"]["Subject"] == "Ørsted"
    assert first["message_id"] == "<1@x.example>"
    assert first["recipients"] == ["k@y.example"]
    assert first["text"] == "Größe: http://127.0.0.1:8000/q/abc. <script>\n"
    assert "href='http://x.example/q'" in first["html"]
    assert first["attachments"] == [
        {"filename": "Ängebot.pdf", "content_type": "application/pdf", "size": 4},
    ]


def test_mails_are_for_their_owner_alone(tmp_path: Path) -> None:
    """Links of customers stand in them; a folder of an earlier run is closed, too."""
    folder = tmp_path / "mail"
    folder.mkdir(mode=0o755)
    MailStore(folder).save(bytes(mail()), "s@x.example", ["k@y.example"])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()] == [0o600] * 2


async def test_a_program_asks_for_the_mails_that_it_means(store: MailStore) -> None:
    for subject, to in (
        ("Quote Q-1", "a@x.example"),
        ("Quote Q-2", "a@x.example"),
        ("Quote Q-2", "b@x.example"),
    ):
        store.save(bytes(mail(Subject=subject, To=to)), "", [to])
    async with inbox(store) as client:
        found = (await client.get("/api/messages", params={"subject": "Q-2", "to": "b@"})).json()
        assert [(one["subject"], one["to"]) for one in found] == [("Quote Q-2", "b@x.example")]
        assert len((await client.get("/api/messages", params={"to": "a@x"})).json()) == 2


async def test_a_new_store_on_the_same_folder_has_the_same_mails(store: MailStore, tmp_path: Path) -> None:
    first = store.save(bytes(mail(Subject="one")), "", [])
    again = MailStore(tmp_path / "mail")
    second = again.save(bytes(mail(Subject="two")), "", [])
    assert [caught.id for caught in again.all()] == [first, second]


async def test_the_page_shows_a_mail_without_letting_it_act(store: MailStore) -> None:
    mail_id = store.save(bytes(mail(Subject="<b>x</b>")), "", [])
    async with inbox(store) as client:
        listing = (await client.get("/")).text
        page = (await client.get(f"/messages/{mail_id}")).text
        html = await client.get(f"/messages/{mail_id}/html")
        attached = await client.get(f"/messages/{mail_id}/attachments/1")
    assert "&lt;b&gt;x&lt;/b&gt;" in listing
    assert "<b>x</b>" not in listing + page
    assert '<a href="http://127.0.0.1:8000/q/abc" target="_blank"' in page
    assert "&lt;script&gt;" in page
    assert 'sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"' in page
    assert html.text.startswith('<html><head><base target="_blank">')
    assert "default-src 'none'" in html.headers["content-security-policy"]
    assert "allow-scripts" not in html.headers["content-security-policy"]
    assert attached.content == b"%PDF"


async def test_a_list_names_attachments_and_a_pdf_opens_in_the_browser(store: MailStore) -> None:
    """A document is shown, and whatever a browser could run is only downloaded."""
    message = mail(Subject="x", Date="Tue, 24 Nov 2026 10:00:05 +0100")
    message.add_attachment("<script>", subtype="html", filename="page.html")
    mail_id = store.save(bytes(message), "", [])
    async with inbox(store) as client:
        listing = (await client.get("/")).text
        pdf = await client.get(f"/messages/{mail_id}/attachments/1")
        page = await client.get(f"/messages/{mail_id}/attachments/2")
    assert (
        f'<a href="/messages/{mail_id}/attachments/1" target="_blank" rel="noopener">Ängebot.pdf</a>'
        in listing
    )
    assert "24 Nov 2026, 09:00 UTC" in listing
    ways = [answer.headers["content-disposition"].split(";")[0] for answer in (pdf, page)]
    assert ways == ["inline", "attachment"]
    assert {answer.headers["x-content-type-options"] for answer in (pdf, page)} == {"nosniff"}
    assert pdf.headers["content-type"] == "application/pdf"


async def test_a_picture_that_the_mail_carries_is_shown_in_its_place(store: MailStore) -> None:
    """By its Content-ID; a part that is no picture is not."""
    message = EmailMessage()
    message.set_content("x")
    message.add_alternative(
        '<img src="cid:logo@x"><img src="cid:page@x"><img src="cid:gone@x">', subtype="html"
    )
    html = message.get_body(("html",))
    assert html is not None
    html.add_related(b"PNG", "image", "png", cid="<logo@x>")
    html.add_related("<script>", subtype="html", cid="<page@x>")
    mail_id = store.save(bytes(message), "", [])
    async with inbox(store) as client:
        shown = (await client.get(f"/messages/{mail_id}/html")).text
        (listed,) = (await client.get("/api/messages")).json()
    assert '<img src="data:image/png;base64,UE5H"><img src="cid:page@x"><img src="cid:gone@x">' in shown
    assert listed["attachments"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/messages/1",
        "/messages/%2e%2e%2fsecret",
        "/messages/٣",
        "/messages/x/html",
        "/messages/1/attachments/1",
    ],
)
async def test_a_mail_that_is_not_there_is_404(store: MailStore, path: str) -> None:
    async with inbox(store) as client:
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"Subject: x\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n\xe4",
        b"no header at all",
    ],
)
async def test_a_mail_that_is_no_mail_is_shown_all_the_same(store: MailStore, content: bytes) -> None:
    store.save(content, "a@x.example", ["b@x.example"])
    async with inbox(store) as client:
        (shown,) = (await client.get("/api/messages")).json()
        assert (await client.get("/")).status_code == 200
        assert (await client.get(f"/messages/{shown['id']}")).status_code == 200
    assert shown["to"] == "b@x.example"
