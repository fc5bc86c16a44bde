"""What an operator types on a new installation: each command does it, or says in a sentence why not."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml
from typer.testing import Result

from adapters.db.database import Database
from adapters.db.parties.keys import REMEMBERED_SECONDS, KeyView, find_key, stamp_use
from adapters.db.parties.seller import Seller, get_seller
from adapters.db.pricing import active_card
from adapters.tokens import ApiKeyHashes, read_api_key
from api.app import create_app
from cli.local.postgres.server import Postgres
from domain.rate_cards.data import rate_card_from_data, rate_card_to_data
from domain.rate_cards.default_card import DEFAULT_RATE_CARD
from tests.api.conftest import SECRET, calling, running, settings_for
from tests.roles import PRODUCT, as_product, make_role
from tests.shell import firm_offer, refused

Run = Callable[..., Awaitable[Result]]
SHOP: dict[str, Any] = {
    "name": "Feinwerk GmbH",
    "email": "quotes@feinwerk.example.com",
    "address": ["Gerberstraße 14", "71634 Ludwigsburg"],
    "time_zone": "Europe/Berlin",
    "terms": "Net 30.\nEx works.",
}
NOWHERE = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No local stack runs in the folder where the commands are called."""
    monkeypatch.chdir(tmp_path)


@pytest_asyncio.fixture(scope="module")
async def url(postgres: Postgres) -> str:
    """Of a database that `firm-offer migrate` has prepared, with nothing but DATABASE_URL set."""
    url = await postgres.create_database("operator")
    await make_role(url)
    ended = await firm_offer(
        "migrate", "--grant-to", PRODUCT, env={"DATABASE_URL": url, "FIRM_OFFER_SECRET": None}
    )
    assert ended.exit_code == 0, ended.output
    assert f"The role {PRODUCT} has" in ended.output
    return url


@pytest_asyncio.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database.connect(url, pool_size=1)
    yield database
    await database.close()


@pytest.fixture
def run(url: str) -> Run:
    """Calls a command with the database's address alone, all but `migrate` as API and worker log in; `secret=True`
    where one is needed.
    """

    async def call(*words: str, secret: bool = False, stdin: str | None = None) -> Result:
        by = url if words[0] == "migrate" else as_product(url)
        env = {"DATABASE_URL": by, "FIRM_OFFER_SECRET": SECRET if secret else None, "FIRM_OFFER_ENV": "test"}
        return await firm_offer(*words, env=env, stdin=stdin)

    return call


async def test_migrate_stores_the_first_card_and_never_another(run: Run, database: Database) -> None:
    """A new installation can price at once; one that has a card keeps what it has."""
    async with database.read() as r:
        first = await active_card(r)
    assert first == (DEFAULT_RATE_CARD.id, rate_card_to_data(DEFAULT_RATE_CARD))
    again = await run("migrate")
    assert again.exit_code == 0
    assert "rate card" not in again.output


@pytest.mark.parametrize(
    "words", [("migrate",), ("seller", "show"), ("keys", "list"), ("rate-card", "export")]
)
async def test_without_a_usable_database_each_command_says_so(words: tuple[str, ...], url: str) -> None:
    """Not set, no address, nobody there, wrong password, no such database: a sentence that names the setting."""
    head, _, rest = url.partition("firm_offer:")
    _, at, host = rest.partition("@")
    wrong_password, no_database = f"{head}firm_offer:wrong{at}{host}", f"{url.rpartition('/')[0]}/nothing"
    for setting in (None, "sqlite://", "postgresql://h:port/x", NOWHERE, wrong_password, no_database):
        assert "DATABASE_URL" in refused(await firm_offer(*words, env={"DATABASE_URL": setting}))


@pytest.mark.parametrize("words", [("migrate",), ("keys", "list"), ("verify",), ("doctor",)])
@pytest.mark.parametrize(
    "rest", ["s3cret#x@h:1/n", "s3cret/x@h:1/n", "b@127.0.0.1:99999/n", "b@[::1/n", "b@h/n?sslmode=s3cret"]
)
async def test_a_malformed_address_is_not_quoted(words: tuple[str, ...], rest: str) -> None:
    """Drivers' words for it would hold a piece of the password; how it is to be written is said instead."""
    env: dict[str, str | None] = {
        "DATABASE_URL": f"postgresql://a:{rest}",
        "FIRM_OFFER_SECRET": SECRET,
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
    }
    ended = await firm_offer(*words, env=env)
    assert ended.exit_code == 1
    assert "DATABASE_URL is malformed" in ended.output
    assert "%23" in ended.output
    assert "s3cret" not in ended.output


async def test_time_stands_when_a_server_is_away(url: str, temporal_address: str) -> None:
    """Which one, by its setting, and within seconds."""
    env: dict[str, str | None] = {"FIRM_OFFER_SECRET": SECRET, "FIRM_OFFER_TIME_MACHINE": "true"}
    for database_url, address, named in (
        (url, "127.0.0.1:1", "TEMPORAL_ADDRESS"),
        (NOWHERE, temporal_address, "DATABASE_URL"),
    ):
        at: dict[str, str | None] = {"DATABASE_URL": database_url, "TEMPORAL_ADDRESS": address}
        async with asyncio.timeout(20):
            assert named in refused(await firm_offer("fast-forward", "Q-2026-00001", "1d", env=env | at))


async def test_before_migrate_commands_ask_for_it(postgres: Postgres) -> None:
    """An empty database is no error of the operator's that needs a programmer."""
    empty = await postgres.create_database("operator_empty")
    for words in (("seller", "show"), ("keys", "list"), ("keys", "revoke", "00"), ("rate-card", "export")):
        assert "firm-offer migrate" in refused(await firm_offer(*words, env={"DATABASE_URL": empty}))


async def test_the_seller_is_set_from_a_file_and_shown_again(
    run: Run, database: Database, tmp_path: Path
) -> None:
    """What is shown can be set: the way to change one field of many."""
    file = tmp_path / "seller.json"
    file.write_text(json.dumps(SHOP))
    assert (await run("seller", "set", str(file))).exit_code == 0
    expected = Seller(**{**SHOP, "address": tuple(SHOP["address"])})
    async with database.read() as r:
        assert await get_seller(r) == expected
    shown = (await run("seller", "show")).stdout
    assert {name: value for name, value in json.loads(shown).items() if name in SHOP} == SHOP
    changed = json.loads(shown) | {"currency": "USD"}
    ended = await run("seller", "set", "-", stdin=json.dumps(changed))
    assert ended.exit_code == 0
    assert "the rate card valid now is in EUR" in ended.stderr
    async with database.read() as r:
        assert (await get_seller(r)).currency == "USD"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"email": None}, "email"),
        ({"email": "quotes@localhost"}, "email"),
        ({"name": "=?utf-8?q?x?="}, "name"),
        ({"adress": []}, "adress"),
        ({"address": ["one", "two\nthree"]}, "address/1"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"currency": "euro"}, "currency"),
        ({"language": "de"}, "language must be en: documents, emails and pages are in no other language"),
        ({"logo": "https://cdn.example.com/logo.png"}, "logo"),
        ({"logo": "data:image/png;base64,no base64"}, "logo"),
        ({"logo": "data:image/png;base64,iVBORw0KGgo="}, "logo"),
        ({"accent": "teal"}, "accent"),
        ({"accent": "#777777"}, "accent"),
        ({"consent_text": "  "}, "consent_text"),
        ({"phone": 12}, "phone"),
    ],
)
async def test_a_seller_that_is_wrong_is_refused_with_the_field(
    change: dict[str, Any], named: str, run: Run, database: Database, tmp_path: Path
) -> None:
    """Without an address no mail could be sent; a field with a mistyped name would be lost without a word."""
    async with database.read() as r:
        before = await get_seller(r)
    file = tmp_path / "seller.json"
    file.write_text(json.dumps(SHOP | change))
    assert f" {named}" in refused(await run("seller", "set", str(file)))
    async with database.read() as r:
        assert await get_seller(r) == before


@pytest.mark.parametrize("content", ["", "{", '{"name": "a", "name": "b"}', "[1e400]", "\ud83d"])
async def test_a_file_that_is_no_json_is_refused(content: str, run: Run, tmp_path: Path) -> None:
    """For both commands that read one; a file that is not there as well."""
    file = tmp_path / "wrong.json"
    file.write_bytes(content.encode("utf-8", "surrogatepass"))
    for command in (("seller", "set"), ("rate-card", "import")):
        assert "wrong.json" in refused(await run(*command, str(file)))
        assert "No such file" in refused(await run(*command, str(tmp_path / "gone.json")))


async def test_a_key_is_shown_once_and_ends_when_it_is_revoked(run: Run, url: str) -> None:
    """Standard output is the key alone. The API takes it, and refuses it from the moment it is revoked."""
    made = await run("keys", "create", "ERP", "--scope", "read", secret=True)
    assert made.exit_code == 0
    key = read_api_key(made.stdout.strip())
    assert key is not None
    assert key.environment == "test"
    assert made.stdout == key.text + "\n"
    listed = (await run("keys", "list")).stdout
    assert listed.splitlines()[0].split("  ")[0] == "PUBLIC ID"
    assert key.public_id in listed
    assert "ERP" in listed
    assert key.secret not in listed
    settings = settings_for(url, "127.0.0.1:1", "smtp://127.0.0.1:1")
    async with running(create_app(settings=settings)) as api, calling(api, key.text) as caller:
        assert (await caller.get("/customers")).status_code == 200
        assert (await caller.post("/customers", {})).status_code == 403
        assert (await run("keys", "revoke", key.public_id)).exit_code == 0
        async with asyncio.timeout(REMEMBERED_SECONDS + 10):
            while (await caller.get("/customers")).status_code != 401:  # noqa: ASYNC110 - remembered for a moment
                await asyncio.sleep(0.1)
    assert f"{key.public_id}  revoked" in (await run("keys", "list")).stdout


async def test_a_key_can_have_scopes_and_an_end(run: Run, database: Database) -> None:
    """`quote` where nothing is said; what is stored is a keyed hash; a whole key names its row as well."""
    made = [
        await run("keys", "create", "Web shop", secret=True),
        await run(
            "keys", "create", "A", "--scope", "admin", "--scope", "read", "--expires", "90d", secret=True
        ),
    ]
    keys = [read_api_key(ended.stdout.strip()) for ended in made]
    stored: list[KeyView] = []
    for key in keys:
        assert key is not None
        async with database.read() as r:
            found = await find_key(r, key.public_id)
        assert found is not None
        assert ApiKeyHashes(SECRET).matches(key, found.secret_hash)
        stored.append(found)
    assert [found.scopes for found in stored] == [("quote",), ("read", "admin")]
    assert stored[0].expires_at is None
    assert stored[1].expires_at is not None
    assert abs(stored[1].expires_at - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=5)
    listed = (await run("keys", "list")).stdout
    assert f"live until {stored[1].expires_at:%Y-%m-%d}" in listed
    assert (await run("keys", "revoke", made[1].stdout.strip())).exit_code == 0


async def test_a_key_is_rotated_with_two_secrets_live(run: Run, database: Database) -> None:
    """The new secret is printed alone; what is listed says until when the other one works, and when each was used."""
    first = read_api_key((await run("keys", "create", "Mill", secret=True)).stdout.strip())
    assert first is not None
    async with database.write() as w:
        await stamp_use(w, first.public_id, ApiKeyHashes(SECRET).hash(first))
    ended = await run("keys", "rotate", first.text, "--overlap", "2d", secret=True)
    second = read_api_key(ended.stdout.strip())
    assert second is not None, ended.output
    assert (second.public_id, second.secret == first.secret) == (first.public_id, False)
    async with database.read() as r:
        found = await find_key(r, first.public_id)
    assert found is not None
    assert ApiKeyHashes(SECRET).matches(second, found.secret_hash)
    assert found.old_secret_hash == ApiKeyHashes(SECRET).hash(first)
    listed = (await run("keys", "list")).stdout
    assert "its old secret" in listed
    assert first.secret not in listed
    assert second.secret not in listed
    assert "30 days" in refused(await run("keys", "rotate", first.public_id, "--overlap", "31d", secret=True))
    await run("keys", "revoke", first.public_id)
    assert "keys create" in refused(await run("keys", "rotate", first.public_id, secret=True))


async def test_keys_that_cannot_be_made_or_found_are_refused(run: Run) -> None:
    """A name that is none, a life that is none, an id that nobody has; and without the secret no key."""
    for name in ("", "  ", "two\nlines", "x" * 101, "\x1b[31mred"):
        assert "name" in refused(await run("keys", "create", name, secret=True))
    for life in ("0d", "tomorrow", "-1d", "99999w"):
        assert "--expires" in refused(await run("keys", "create", "ERP", "--expires", life, secret=True))
    assert "FIRM_OFFER_SECRET" in refused(await run("keys", "create", "ERP"))
    assert "keys list" in refused(await run("keys", "revoke", "000000000000000000"))
    assert (await run("keys", "create", "ERP", "--scope", "root", secret=True)).exit_code == 2


async def test_a_rate_card_goes_out_and_comes_back_under_another_id(run: Run, tmp_path: Path) -> None:
    """Stored cards never change: the same again is nothing new, another under the same id is refused."""
    exported = (await run("rate-card", "export")).stdout
    file = tmp_path / "card.json"
    file.write_text(exported)
    again = await run("rate-card", "import", str(file))
    assert (again.exit_code, "already stored" in again.stdout) == (0, True)
    card = json.loads(exported)
    file.write_text(json.dumps(card | {"overhead": "0.2"}))
    assert "its own id" in refused(await run("rate-card", "import", str(file)))
    other = "01890000-0000-7000-8000-00000000000A"
    file.write_text(json.dumps(card | {"overhead": "0.2", "id": other}))
    ended = await run("rate-card", "import", str(file), "--valid-from", "2999-01-01T00:00:00+01:00")
    assert f"the card valid now is {card['id']}" in ended.stdout
    assert "--valid-from" in refused(await run("rate-card", "import", str(file), "--valid-from", "soon"))
    assert json.loads((await run("rate-card", "export", other)).stdout)["overhead"] == "0.2"
    dollars = {
        **card,
        "currency": "USD",
        "id": "01890000-0000-7000-8000-00000000000b",
        "name": "Prices for the USA",
    }
    file.write_text(json.dumps(dollars))
    ended = await run("rate-card", "import", str(file), "--name", "USA")
    assert f"the card valid now under the name USA is {dollars['id']}" in ended.stdout
    assert json.loads((await run("rate-card", "export", "--name", "USA")).stdout) == dollars
    assert json.loads((await run("rate-card", "export")).stdout)["id"] == card["id"]
    assert "No rate card named Mars is stored yet" in refused(
        await run("rate-card", "export", "--name", "Mars")
    )
    assert "--name" in refused(await run("rate-card", "import", str(file), "--name", " "))
    in_force = [line for line in (await run("rate-card", "list")).stdout.splitlines() if line.startswith("*")]
    assert [line.rpartition("  ")[2] for line in in_force] == [
        "USA: Prices for the USA, version 1",
        f"default: {card['name']}, version 1",
    ]


async def test_a_card_goes_round_as_yaml_and_gets_an_id(run: Run, tmp_path: Path) -> None:
    """What is exported without quotes or with them is the same card; one without an id is a new one."""
    exported = (await run("rate-card", "export", "--yaml")).stdout
    read = yaml.load(exported, Loader=yaml.BaseLoader)  # noqa: S506  # makes texts and nothing else
    assert rate_card_from_data({**read, "minimum_order_value": None}) == DEFAULT_RATE_CARD
    text = "\n".join(line for line in exported.splitlines() if not line.startswith("id:"))
    text = text.replace("overhead: '0.15'", "overhead: 0.30")
    ended = await run("rate-card", "import", "-", "--valid-from", "2998-01-01T00:00:00Z", stdin=text)
    assert ended.exit_code == 0, ended.output
    card = ended.stdout.split()[1]
    assert json.loads((await run("rate-card", "export", card)).stdout)["overhead"] == "0.3"


async def test_dates_are_checked_beside_the_stored_cards(run: Run, tmp_path: Path) -> None:
    """An overlap is an error and refused on import; a gap is told, and hinders nothing."""
    file = tmp_path / "card.yaml"
    exported = (await run("rate-card", "export", "--yaml")).stdout
    file.write_text("\n".join(line for line in exported.splitlines() if not line.startswith("id:")))
    dates = ("--valid-from", "2990-01-01T00:00:00Z", "--valid-until", "2991-01-01T00:00:00Z")
    told = await run("rate-card", "check", str(file), *dates)
    assert "zone 1, tier standard, by this card and by the card in force:\n" in told.stdout
    assert "  aluminum, cnc: 213.06 EUR / 213.06 EUR\n" in told.stdout
    assert (told.exit_code, "(gap_in_time)" in told.stdout) == (0, True)
    stored = await run("rate-card", "import", str(file), *dates)
    assert stored.exit_code == 0
    assert f"{file}: warning: no card is valid from " in stored.stderr
    within = ("--valid-from", "2990-06-01T00:00:00Z")
    told = await run("rate-card", "check", str(file), *within)
    assert (told.exit_code, "(overlapping_dates)" in told.stdout) == (1, True)
    assert "(overlapping_dates)" in refused(await run("rate-card", "import", str(file), *within))
    backwards = ("--valid-from", "2990-01-01T00:00:00Z", "--valid-until", "2989-01-01T00:00:00Z")
    assert "(ends_before_it_begins)" in refused(await run("rate-card", "import", str(file), *backwards))


@pytest.mark.parametrize(
    ("change", "named"),
    [({"overhead": "-1"}, "overhead"), ({"id": "12"}, "UUID"), ({"currency": "EURO"}, "currency")],
)
async def test_a_rate_card_that_is_wrong_is_refused_with_the_figure(
    change: dict[str, Any], named: str, run: Run, tmp_path: Path
) -> None:
    """Nothing is priced by a card that contradicts itself."""
    file = tmp_path / "card.json"
    file.write_text(json.dumps({**rate_card_to_data(DEFAULT_RATE_CARD), **change}))
    assert named in refused(await run("rate-card", "import", str(file)))


async def test_the_shops_people_are_added_listed_and_removed(run: Run) -> None:
    """By address in small letters; a wrong field is named by its rule, and nothing is stored."""
    asked = ("user", "add", "Jana@Feinwerk.example.com", "--name", "Jana Lindner", "--phone", "+49 7141 1")
    assert (await run(*asked)).stdout == (
        "Quotes owned by jana@feinwerk.example.com name Jana Lindner. "
        "jana@feinwerk.example.com cannot sign in at the desk.\n"
    )
    assert (await run(*asked[:4], "Jana L.")).exit_code == 0
    assert "jana@feinwerk.example.com\tnone\t\tJana L.\t\n" in (await run("user", "list")).stdout
    wrong = refused(await run("user", "add", "nobody", "--name", "a\nb"))
    assert "address must be an email address" in wrong
    assert "name must be one line" in wrong
    assert (await run("user", "remove", "JANA@feinwerk.example.com")).exit_code == 0
    assert "jana@feinwerk.example.com" in refused(await run("user", "remove", "jana@feinwerk.example.com"))
    assert "jana" not in (await run("user", "list")).stdout


async def test_who_may_sign_in_is_said_by_a_role(run: Run) -> None:
    """Given, changed and taken; adding somebody again keeps it. A link is printed in the local run alone."""
    who = "kim@feinwerk.example.com"
    added = await run("user", "add", who, "--name", "Kim Berg", "--role", "sales")
    assert f"{who} may sign in at the desk, as sales." in added.stdout
    assert (await run("user", "add", who, "--name", "Kim B.")).exit_code == 0
    assert f"{who}\tsales\t\tKim B.\t\n" in (await run("user", "list")).stdout
    assert "as admin" in (await run("user", "role", who.upper(), "admin")).stdout
    assert "viewer, sales, manager, admin, or none" in refused(await run("user", "role", who, "owner"))
    assert "viewer, sales, manager, admin, or none" in refused(
        await run("user", "add", "x@feinwerk.example.com", "--name", "X", "--role", "boss")
    )
    assert "x@feinwerk" not in (await run("user", "list")).stdout
    assert "signed out everywhere" in (await run("user", "sign-out", who)).stdout
    assert "local run alone" in refused(await run("user", "sign-in-link", who, secret=True))
    assert "cannot sign in" in (await run("user", "role", who, "none")).stdout
    for command in (("role", "nobody@x.example", "sales"), ("sign-out", "nobody@x.example")):
        assert "user list shows everybody" in refused(await run("user", *command))
