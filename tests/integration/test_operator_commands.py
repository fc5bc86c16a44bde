"""What an operator types on a new installation: each command does it, or says in a sentence why not."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.db.database import Database
from adapters.db.parties.seller import Seller, get_seller
from adapters.db.pricing import active_card
from cli.local.postgres.server import Postgres
from domain.rate_cards.data import rate_card_from_data, rate_card_to_data
from domain.rate_cards.default_card import DEFAULT_RATE_CARD
from tests.api.conftest import SECRET
from tests.integration.operator import Run, database, elsewhere, run, url
from tests.shell import firm_offer, refused

__all__ = ["database", "elsewhere", "run", "url"]
SHOP: dict[str, Any] = {
    "name": "Feinwerk GmbH",
    "email": "quotes@feinwerk.example.com",
    "address": ["Gerberstraße 14", "71634 Ludwigsburg"],
    "time_zone": "Europe/Berlin",
    "terms": "Net 30.\nEx works.",
}
NOWHERE = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"


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
