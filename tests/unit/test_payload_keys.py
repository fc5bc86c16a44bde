"""The keys that encrypt histories, what is encrypted by them, and the server that decrypts for the Web UI."""

import asyncio
import base64
import json
import re
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.protobuf.json_format import MessageToDict
from pydantic import ValidationError
from temporalio.api.common.v1 import Payload, Payloads
from typer.testing import CliRunner

from adapters.payload_keys import PayloadKeys, read_payload_keys
from adapters.settings import Settings
from adapters.temporal.codec import EncryptionCodec, PayloadKeyError
from adapters.temporal.remote_codec import MOST_BYTES, codec_app
from cli.main import app

ONE, TWO, THREE = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2, 3))
SECRET, UI = "the-random-part", "http://127.0.0.1:8233"
PLAIN = Payload(metadata={"encoding": b"json/plain"}, data=b'"Ada"')


def keys_of(folder: Path, *lines: str) -> PayloadKeys:
    """The keys of a file of these lines."""
    return read_payload_keys(written(folder, *lines))


def written(folder: Path, *lines: str) -> Path:
    file = folder / "payload.keys"
    file.write_text("\n".join(lines))
    return file


async def test_what_is_encrypted_by_one_is_read_by_all(tmp_path: Path) -> None:
    """The first key encrypts, others decrypt; what was never encrypted is passed on, and no two are alike."""
    before = EncryptionCodec(keys_of(tmp_path, "# since May", f"may {ONE}"))
    now = EncryptionCodec(keys_of(tmp_path, f"june {TWO}", "", f"may {ONE}"))
    [old], [new, again] = await before.encode([PLAIN]), await now.encode([PLAIN, PLAIN])
    assert [p.metadata["encryption-key-id"] for p in (old, new)] == [b"may", b"june"]
    assert new.data != again.data
    assert all(b"Ada" not in p.SerializeToString() for p in (old, new))
    assert await now.decode([old, PLAIN, new]) == [PLAIN] * 3


async def test_without_keys_nothing_is_encrypted_and_nothing_mistaken(tmp_path: Path) -> None:
    """What is encrypted is an error that names the key, not a payload that nobody understands."""
    none = EncryptionCodec(read_payload_keys(None))
    assert await none.encode([PLAIN]) == await none.decode([PLAIN]) == [PLAIN]
    [encrypted] = await EncryptionCodec(keys_of(tmp_path, f"may {ONE}")).encode([PLAIN])
    with pytest.raises(PayloadKeyError, match="the key may is needed, and FIRM_OFFER_PAYLOAD_KEYS does not"):
        await none.decode([encrypted])


@pytest.mark.parametrize("change", ["another key", "another id", "another byte", "cut off"])
async def test_what_was_changed_is_not_read(tmp_path: Path, change: str) -> None:
    """Neither by a key of the same name, nor under another's name, nor where a byte is not what it was."""
    codec = EncryptionCodec(keys_of(tmp_path, f"may {ONE}", f"june {ONE}"))
    [encrypted] = await codec.encode([PLAIN])
    if change == "another key":
        codec = EncryptionCodec(keys_of(tmp_path, f"may {THREE}"))
    elif change == "another id":
        encrypted.metadata["encryption-key-id"] = b"june"
    elif change == "another byte":
        encrypted.data = encrypted.data[:-1] + bytes([encrypted.data[-1] ^ 1])
    else:
        encrypted.data = encrypted.data[:5]
    with pytest.raises(PayloadKeyError, match=r"another key (may|june) is needed than the one in"):
        await codec.decode([encrypted])


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "holds no key"),
        (["# nothing"], "holds no key"),
        ([ONE], "line 1: it must be an id and a key"),
        ([f"may {ONE}", "june"], "line 2: the key must be 32 bytes long, and is 0"),
        (["may not+base64"], "line 1: the key must be in base64"),
        (["may c2hvcnQ="], "line 1: the key must be 32 bytes long, and is 5"),
        ([f"may {ONE}", f"may {TWO}"], "line 2: the id may is already given"),
        (["mai\u00e9 x"], "is no file of keys"),
    ],
)
def test_a_file_that_is_wrong_is_told_without_its_keys(tmp_path: Path, lines: list[str], told: str) -> None:
    """By the settings of every process, and by the commands: one sentence that names setting, line and rule."""
    file = written(tmp_path, *lines)
    with pytest.raises(ValueError, match=re.escape(told)):
        read_payload_keys(file)
    with pytest.raises(ValidationError, match="FIRM_OFFER_PAYLOAD_KEYS") as error:
        Settings.model_validate(
            {"DATABASE_URL": "x", "FIRM_OFFER_SECRET": "x" * 32, "FIRM_OFFER_PAYLOAD_KEYS": str(file)}
        )
    result = CliRunner().invoke(app, ["codec-server", "--keys", str(file)])
    assert result.exit_code == 1
    assert f"FIRM_OFFER_PAYLOAD_KEYS: {file}" in result.stderr
    assert all(key not in f"{error.value}{result.stderr}" for key in (ONE, TWO, "c2hvcnQ="))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="none cannot be read: No such file"):
        read_payload_keys(tmp_path / "none")


async def test_a_codec_server_takes_a_free_port_and_names_it(tmp_path: Path) -> None:
    """The address that it prints for `--port 0` is where it decrypts."""
    keys = written(tmp_path, f"may {ONE}")
    program = Path(sys.executable).with_name("firm-offer")
    words = ("codec-server", "--port", "0", "--keys", str(keys))
    server = await asyncio.create_subprocess_exec(program, *words, stdout=asyncio.subprocess.PIPE)
    try:
        assert server.stdout is not None
        endpoint = (await server.stdout.readline()).decode().removeprefix("Codec endpoint: ").strip()
        [encrypted] = await EncryptionCodec(read_payload_keys(keys)).encode([PLAIN])
        body = MessageToDict(Payloads(payloads=[encrypted]))
        async with httpx.AsyncClient() as client:  # what comes before it accepts waits in the socket
            answer = await client.post(f"{endpoint}/decode", json=body, headers={"Origin": UI})
        assert answer.json() == MessageToDict(Payloads(payloads=[PLAIN]))
    finally:
        server.terminate()
        await server.wait()


def test_a_codec_server_has_keys_and_a_web_ui(tmp_path: Path) -> None:
    """Otherwise it does not start."""
    result = CliRunner().invoke(app, ["codec-server"], env={"FIRM_OFFER_PAYLOAD_KEYS": ""})
    assert (result.exit_code, "There are no keys" in result.stderr) == (1, True)
    keys = ["--keys", str(written(tmp_path, f"may {ONE}"))]
    result = CliRunner().invoke(app, ["codec-server", *keys, "--web-ui", "127.0.0.1:8233"])
    assert (result.exit_code, "is no address of a Web UI" in result.stderr) == (1, True)


def browser(keys: PayloadKeys, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=codec_app(keys, secret=SECRET, origin=UI))
    return httpx.AsyncClient(transport=transport, base_url="http://codec.test", headers=headers)


def body(*payloads: Payload) -> dict[str, Any]:
    return MessageToDict(Payloads(payloads=payloads))


async def test_the_web_ui_is_answered(tmp_path: Path) -> None:
    """By the protocol of Temporal's remote codecs, with what a browser asks for before."""
    keys = keys_of(tmp_path, f"may {ONE}")
    [encrypted] = await EncryptionCodec(keys).encode([PLAIN])
    async with browser(keys, Origin=UI) as page:
        asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-namespace"}
        may = await page.options(f"/{SECRET}/decode", headers=asks)
        assert (may.status_code, may.headers["access-control-allow-origin"]) == (200, UI)
        decoded = await page.post(
            f"/{SECRET}/decode", json=body(encrypted, PLAIN), headers={"X-Namespace": "n"}
        )
        assert (decoded.json(), decoded.headers["access-control-allow-origin"]) == (body(PLAIN, PLAIN), UI)
        encoded = await page.post(f"/{SECRET}/encode", json=body(PLAIN))
        again = await page.post(f"/{SECRET}/decode", json=encoded.json())
        assert (b"Ada" in encoded.content, again.json()) == (False, body(PLAIN))
    async with browser(keys) as program:
        assert (await program.post(f"/{SECRET}/decode", json=body(encrypted))).json() == body(PLAIN)


async def test_nobody_else_is_answered(tmp_path: Path) -> None:
    """Not without the random part, not from another page, and not for anything else."""
    keys = keys_of(tmp_path, f"may {ONE}")
    [encrypted] = await EncryptionCodec(keys).encode([PLAIN])
    async with browser(keys) as c:
        assert (await c.post("/wrong/decode", json=body(encrypted))).status_code == 404
        assert (await c.post(f"/{SECRET}/delete", json=body(encrypted))).status_code == 404
        assert (await c.get(f"/{SECRET}/decode")).status_code == 405
        other = await c.post(
            f"/{SECRET}/decode", json=body(encrypted), headers={"Origin": "https://evil.example"}
        )
        assert (other.status_code, other.headers.get("access-control-allow-origin")) == (403, None)
        assert (await c.post(f"/{SECRET}/decode", content=b"\xff{")).status_code == 400
        assert (await c.post(f"/{SECRET}/decode", content=b"x" * (MOST_BYTES + 1))).status_code == 413
    async with browser(keys_of(tmp_path, f"june {TWO}")) as c:
        unread = await c.post(f"/{SECRET}/decode", content=json.dumps(body(encrypted)))
        assert unread.status_code == 400
        assert unread.text == "the key may is needed, and FIRM_OFFER_PAYLOAD_KEYS does not have it."
