"""docker-compose.yml and Dockerfile name what the code has. Here the files are read; `make containers` runs them."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from adapters import worker_health
from adapters.settings import Settings
from api.app import create_app
from cli.local.postgres.server import MAJOR
from cli.local.temporal.server import DYNAMIC, SERVER_VERSION, TUNING, UI_VERSION
from cli.main import COMMANDS
from cli.migrate import migrate
from tests.unit.small_yaml import read_yaml
from workflows.contract import WorkKind

ROOT = Path(__file__).parents[2]
COMPOSE = read_yaml((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("firm-offer:")}
THEIRS = {name: service for name, service in SERVICES.items() if name not in OURS}
WORKERS = {"worker": "decisions", "deliveries": "deliveries"}
SERVING = ("api", *WORKERS)
ONCE = ("roles", "temporal-schema", "migrate", "temporal-setup")
SECRETS = (
    "FIRM_OFFER_SECRET",
    "POSTGRES_PASSWORD",
    "DATABASE_OWNER_PASSWORD",
    "DATABASE_PASSWORD",
    "TEMPORAL_DATABASE_PASSWORD",
)
MIGRATING = {"DATABASE_URL", "FIRM_OFFER_DATABASE_ROLE"}
OPERATORS = (
    *("migrate", "temporal-setup", "seller", "keys", "rate-card"),
    *("verify", "doctor", "backup", "restore"),
)
ROLES = (ROOT / "adapters/db/rights/roles.sql").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
REQUIRED = re.compile(r"\$\{(\w+):\?[^}]+\}")
DEFAULTED = re.compile(r"\$\{(\w+):-([^}]*)\}")
PINNED = re.compile(r"[\w/-]+:v?\d+\.\d+(\.\d+)?(-slim)?(-[a-z]+)?")

each_service = pytest.mark.parametrize("name", list(SERVICES))


def instructions(name: str) -> list[str]:
    """What follows each instruction of that name in the Dockerfile, in order."""
    return re.findall(rf"^{name} (.+)$", DOCKERFILE, re.MULTILINE)


def environment(name: str) -> dict[str, str]:
    """A service's environment as it is when the operator gave the secrets and nothing else, each its name."""
    told = {secret: f"<{secret}>{16 * 'x'}" for secret in SECRETS}
    return {
        setting: DEFAULTED.sub(r"\2", REQUIRED.sub(lambda found: told[found[1]], value))
        for setting, value in SERVICES[name].get("environment", {}).items()
    }


def test_the_reader_reads_what_the_file_is_written_in() -> None:
    """Anchors, merges, lists of mappings and literal blocks: a wrong reader would prove nothing below."""
    text = 'a: &x\n  b: "1"\n  c: |\n    d: e\n\n    # f\n\ng:\n  <<: *x\n  b: 2\nh:\n  - i: j\n    k: ["l"]\n  - m\nn:\n'
    block = "d: e\n\n# f\n"
    assert read_yaml(text) == {
        "a": {"b": "1", "c": block},
        "g": {"b": "2", "c": block},
        "h": [{"i": "j", "k": ["l"]}, "m"],
        "n": None,
    }


def test_all_parts_of_the_product_are_there() -> None:
    """A database with its roles, Temporal with its schema and Web UI, mail, both set-up steps, API and worker."""
    third = {"postgres", "roles", "temporal-schema", "temporal", "temporal-ui", "mailpit"}
    assert (set(THEIRS), set(OURS)) == (third, {"migrate", "temporal-setup", *SERVING})


@pytest.mark.parametrize("name", list(OURS))
def test_our_containers_are_told_settings_that_exist(name: str) -> None:
    """One name per setting, everywhere; and no process gets a secret that it does not need."""
    known = {str(field.alias) for field in Settings.model_fields.values()}
    told = set(SERVICES[name]["environment"])
    if name == "migrate":
        assert told == MIGRATING
        assert signature(migrate).parameters["grant_to"].annotation.__metadata__[0].envvar in told
        return
    traces = {setting for setting in told if setting.startswith("OTEL_")}  # OpenTelemetry's own
    assert ("OTEL_EXPORTER_OTLP_ENDPOINT" in traces) == ("FIRM_OFFER_TRACES" in told)
    assert told - known - traces == ({"FORWARDED_ALLOW_IPS"} if name == "api" else set())  # uvicorn's own
    assert {"FIRM_OFFER_SECRET", "DATABASE_URL"} & told == (
        {"FIRM_OFFER_SECRET", "DATABASE_URL"} if name in SERVING else set()
    )


@pytest.mark.parametrize("name", SERVING)
def test_api_and_worker_start_with_these_settings(name: str) -> None:
    """Nothing is missing or malformed, and what only the local run may do is off."""
    settings = Settings.model_validate(environment(name))
    assert settings.environment == "live"
    assert not settings.time_machine
    assert (settings.worker_health_file is not None) == (name in WORKERS)
    assert settings.api_url == f"http://api:{SERVICES['api']['ports'][0].rpartition(':')[2]}"
    shared = environment("worker").items() - {
        ("FIRM_OFFER_WORKER_HEALTH_FILE", str(settings.worker_health_file))
    }
    if name in WORKERS:
        assert environment("api").items() >= shared
        assert environment(name) == environment("worker")


def test_addresses_lead_to_services_and_their_ports() -> None:
    """Hosts are names of services; database, role and password are the same on both sides."""
    ours = environment("api")
    assert ours["TEMPORAL_ADDRESS"] == environment("temporal-ui")["TEMPORAL_ADDRESS"] == "temporal:7233"
    assert ours["SMTP_URL"] == "smtp://mailpit:1025"
    server, schema = environment("temporal"), environment("temporal-schema")
    assert (server["POSTGRES_SEEDS"], server["POSTGRES_USER"], server["POSTGRES_PWD"]) == (
        schema["SQL_HOST"],
        schema["SQL_USER"],
        schema["SQL_PASSWORD"],
    )
    assert server["DB"] == schema["SQL_PLUGIN"]
    for database in (server["DBNAME"], server["VISIBILITY_DBNAME"]):
        assert f"set_up {database} postgresql/v12/" in SERVICES["temporal-schema"]["command"][0]
        assert f"('{database}', '{server['POSTGRES_USER']}')" in ROLES
    [config] = SERVICES["temporal"]["configs"]
    assert server["DYNAMIC_CONFIG_FILE_PATH"] == config["target"]


@pytest.mark.parametrize(
    ("service", "role", "secret"),
    [
        ("api", "firm_offer", "DATABASE_PASSWORD"),
        ("worker", "firm_offer", "DATABASE_PASSWORD"),
        ("deliveries", "firm_offer", "DATABASE_PASSWORD"),
        ("migrate", "firm_offer_owner", "DATABASE_OWNER_PASSWORD"),
    ],
)
def test_the_product_logs_in_as_a_role_without_power(service: str, role: str, secret: str) -> None:
    """Roles that the roles' file makes, none of them a superuser, each with a password of its own."""
    told = environment(service)
    assert (
        told["DATABASE_URL"] == f"postgresql://{role}:{environment('roles')[secret]}@postgres:5432/firm_offer"
    )
    assert re.search(rf"^ALTER ROLE {role} LOGIN NOSUPERUSER .*PASSWORD", ROLES, re.MULTILINE)
    assert f"_password {secret}\n" in ROLES


def test_the_migrations_give_rights_to_the_role_of_api_and_worker() -> None:
    """Without them the product could not even read."""
    assert environment("api")["DATABASE_URL"].startswith(
        f"postgresql://{environment('migrate')['FIRM_OFFER_DATABASE_ROLE']}:"
    )


@each_service
def test_nobody_but_the_roles_step_is_given_the_superuser(name: str) -> None:
    """Nor is anybody given another's password."""
    given = {secret for secret in SECRETS for value in environment(name).values() if f"<{secret}>" in value}
    assert given == {
        "postgres": {"POSTGRES_PASSWORD"},
        "roles": set(SECRETS) - {"FIRM_OFFER_SECRET"},
        "temporal-schema": {"TEMPORAL_DATABASE_PASSWORD"},
        "temporal": {"TEMPORAL_DATABASE_PASSWORD"},
        "migrate": {"DATABASE_OWNER_PASSWORD"},
        "api": {"DATABASE_PASSWORD", "FIRM_OFFER_SECRET"},
        "worker": {"DATABASE_PASSWORD", "FIRM_OFFER_SECRET"},
        "deliveries": {"DATABASE_PASSWORD", "FIRM_OFFER_SECRET"},
    }.get(name, set())


@each_service
def test_configuration_can_be_mounted(name: str) -> None:
    """What stands in the compose file itself would be copied into the container, which fails where nothing can be
    written; a file is mounted, where it is and where it is wanted.
    """
    for config in SERVICES[name].get("configs", []):
        source = COMPOSE["configs"][config["source"]]
        assert set(source) == {"file"}
        assert (ROOT / source["file"]).is_file()
        assert config["target"].startswith("/")


@pytest.mark.parametrize("name", list(OURS))
def test_our_containers_run_what_exists(name: str) -> None:
    """Commands, files and the application's factory are those of this version."""
    match SERVICES[name]["command"]:
        case ["firm-offer", command]:
            assert command in COMMANDS
        case ["python", file, "--only", work]:
            assert (ROOT / file).is_file()
            assert work == WORKERS[name] == WorkKind(work)
        case ["python", "-m", "api.serve", *_]:
            assert isinstance(create_app(), FastAPI)
            assert f"CMD {SERVICES[name]['command']}".replace("'", '"') in DOCKERFILE
        case other:
            pytest.fail(f"nobody knows {other}")


@each_service
def test_every_image_is_pinned(name: str) -> None:
    """The same file is the same product tomorrow."""
    assert PINNED.fullmatch(SERVICES[name]["image"])


def test_versions_are_those_that_the_tests_run_with() -> None:
    """Temporal's server and Web UI to the last figure, PostgreSQL's major version, our own."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {service["image"] for service in OURS.values()} == {f"firm-offer:{version}"}
    assert SERVICES["temporal"]["image"] == f"temporalio/server:{SERVER_VERSION}"
    assert SERVICES["temporal-schema"]["image"] == f"temporalio/admin-tools:{SERVER_VERSION}"
    assert SERVICES["temporal-ui"]["image"] == f"temporalio/ui:{UI_VERSION}"
    assert SERVICES["postgres"]["image"].startswith(f"postgres:{MAJOR}.")
    # From 18 on the image keeps its data below this folder; a volume at the older place would stay empty.
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]


def test_temporal_is_tuned_as_in_the_local_run() -> None:
    """What was measured there holds here; time skipping alone stays behind."""
    assert ROOT / COMPOSE["configs"]["temporal-dynamic"]["file"] == TUNING
    told = {key: int(value["value"]) for key, [value] in read_yaml(TUNING.read_text()).items()}
    assert len(told) > 1
    assert told == {key: value for key, value in DYNAMIC.items() if not isinstance(value, bool)}


@each_service
def test_only_loopback_ports_are_published(name: str) -> None:
    """Nothing is reachable from outside this machine before somebody decides so."""
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)
    assert not {"network_mode", "privileged", "expose"} & set(SERVICES[name])


@each_service
def test_no_secret_has_a_default(name: str) -> None:
    """A service that needs a secret does not start without one; none is written here."""
    for setting, value in SERVICES[name].get("environment", {}).items():
        if re.search(r"SECRET|PASSWORD|PWD|DATABASE_URL", setting):
            assert REQUIRED.search(value), setting
        assert not re.search(r"\$\{\w*(SECRET|PASSWORD)\w*(:-[^}]*)?\}", value), setting


@each_service
def test_each_service_waits_for_what_it_needs(name: str) -> None:
    """Who is waited for exists, and can become what is waited for."""
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "test" in SERVICES[other]["healthcheck"]
        else:
            assert how["condition"] == "service_completed_successfully"
            assert other in ONCE
    assert ("restart" in SERVICES[name]) == (name not in ONCE)


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in ONCE])
def test_each_server_has_a_health_check(name: str) -> None:
    """Without one nobody could wait for it: `docker compose up --wait` would fail."""
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert "disable" not in check
    assert {"interval", "timeout", "retries"} <= set(check)


def test_the_api_s_health_check_asks_an_address_of_the_api() -> None:
    """At the port on which it listens."""
    api = SERVICES["api"]
    port, path = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", api["healthcheck"]["test"][-1])[0]
    assert path in create_app().openapi()["paths"]
    assert api["command"][api["command"].index("--port") + 1] == port
    assert api["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_all_work_is_done_and_deliveries_come_last() -> None:
    """Each kind has a service of its own; one container has 1024 shares of the processor where nothing is said."""
    assert set(WORKERS.values()) == set(WorkKind)
    shares = {name: int(SERVICES[name].get("cpu_shares", 1024)) for name in SERVING}
    assert 0 < shares.pop("deliveries") < min(shares.values()) / 4


@pytest.mark.parametrize("name", WORKERS)
def test_the_worker_s_health_check_reads_what_the_worker_writes(name: str) -> None:
    """Into a place where it can write; each container its own."""
    worker = SERVICES[name]
    assert worker["healthcheck"]["test"] == ["CMD", "python", "-m", worker_health.__name__]
    assert any(
        worker["environment"][worker_health.SETTING].startswith(f"{place}/") for place in worker["tmpfs"]
    )
    interval = float(worker["healthcheck"]["interval"].removesuffix("s"))
    assert interval * int(worker["healthcheck"]["retries"]) < 60


@pytest.mark.parametrize("name", list(OURS))
def test_our_containers_may_do_little(name: str) -> None:
    """They write to /tmp alone, hold no capability and gain none."""
    service = SERVICES[name]
    assert (service["read_only"], service["tmpfs"]) == ("true", ["/tmp"])  # noqa: S108 - a container's own
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_image_is_built_in_stages_and_runs_as_nobody_in_particular() -> None:
    """Hashes are checked, nothing is compiled from strangers' sources, and the last user is not root."""
    bases = [base.partition(" ")[0] for base in instructions("FROM")]
    assert len(bases) == 2
    assert all(PINNED.fullmatch(base) for base in bases)
    [install] = [line for line in instructions("RUN") if "pip install" in line]
    assert {"--require-hashes", "--only-binary", "requirements.txt"} <= set(re.split(r"[\s/]", install))
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", instructions("USER")[-1])
    assert DOCKERFILE.rindex("USER ") > DOCKERFILE.rindex("COPY ")


def test_the_image_holds_the_product_and_nothing_else() -> None:
    """Every room that runs, no tests, no secrets; what is copied is what the engine is handed."""
    copied = {line.split()[0] for line in instructions("COPY") if not line.startswith("--from")}
    rooms = {"activities", "adapters", "api", "cli", "domain", "workflows"}
    assert copied == {*rooms, "worker.py", "requirements.txt"}
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignore
    assert {line[1:] for line in ignore if line.startswith("!")} == copied


def test_what_containers_run_needs_no_more_than_the_lock_file_installs() -> None:
    """Libraries of tests and of the local run are on this machine, but not in the image."""
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    there = {re.sub(r"[-_.]+", "-", name).lower() for name in locked} | {"firm-offer"}
    absent = {
        module
        for module, owners in packages_distributions().items()
        if not any(re.sub(r"[-_.]+", "-", owner).lower() in there for owner in owners)
    }
    assert {"psutil", "pytest"} <= absent
    script = (
        f"import sys\nsys.modules.update(dict.fromkeys({sorted(absent)!r}))\nimport worker, api.app, cli.main\n"
        + "".join(f"cli.main.COMMANDS[{name!r}].find()\n" for name in OPERATORS)
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
