"""Settings of every process, read from the environment once at its start."""

import base64
from importlib.util import find_spec
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.payload_keys import read_payload_keys
from domain.quotes.validity import LINK_DAYS

DEFAULT_ADDRESS = "127.0.0.1:7233"
DEFAULT_NAMESPACE = "default"
"""Where Temporal is, and quotes in it, when nothing else is said: the same as the SDK's."""

_SECRET_BYTES = range(24, 65)
_HOST_PORT = r"^(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}$"


class Settings(BaseSettings):
    """One name per setting, the same in the local run, in containers and in the docs.

    Raises `pydantic.ValidationError`, which names the setting, when one is missing or malformed.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    database_url: SecretStr = Field(alias="DATABASE_URL")
    """`postgresql://user:password@host:port/name`; PostgreSQL 16 or newer."""

    database_owner_url: SecretStr | None = Field(default=None, alias="DATABASE_OWNER_URL")
    """The same database as the owner of its tables, for forgetting people at the desk, which nobody else may."""

    keep_accepted_days: int = Field(default=3653, ge=0, le=36_500, alias="FIRM_OFFER_KEEP_ACCEPTED_DAYS")
    """Quotes accepted less long ago are left when somebody is forgotten: ten years, as many laws want."""

    temporal_address: str = Field(default=DEFAULT_ADDRESS, alias="TEMPORAL_ADDRESS")
    temporal_namespace: str = Field(default=DEFAULT_NAMESPACE, alias="TEMPORAL_NAMESPACE")
    """The client also reads the SDK's other `TEMPORAL_*` variables: API key, TLS certificates, and so on."""
    temporal_ui_url: str | None = Field(default=None, alias="TEMPORAL_UI_URL")
    task_queue: str = Field(default="quotes", alias="FIRM_OFFER_TASK_QUEUE")

    environment: Literal["local", "test", "live"] = Field(default="live", alias="FIRM_OFFER_ENV")

    public_url: str = Field(default="http://127.0.0.1:8000", alias="FIRM_OFFER_URL")
    """Where customers reach this installation; every link in a mail starts with it."""

    link_days: int = Field(default=LINK_DAYS, ge=0, le=36_500, alias="FIRM_OFFER_LINK_DAYS")
    """How long customers' links work once their quote has ended; 0 for ever."""

    api_url: str | None = Field(default=None, alias="FIRM_OFFER_API_URL")
    """Where `firm-offer doctor` asks the API, when that is not where customers reach it."""

    secret: SecretStr = Field(alias="FIRM_OFFER_SECRET", min_length=32)
    """Key of customer links and API-key hashes; whoever has it can make links."""

    smtp_url: SecretStr = Field(default=SecretStr("smtp://127.0.0.1:1025"), alias="SMTP_URL")
    """`smtp://[user:password@]host:port` (STARTTLS where offered) or `smtps://…`."""

    smtp_starttls: Literal["offered", "required"] = Field(default="offered", alias="SMTP_STARTTLS")
    """Whether a mail waits rather than leave by `smtp://` to a server that offers no STARTTLS."""

    mail_url: str | None = Field(default=None, alias="MAIL_URL")
    """The page of the mail server that catches every mail of the local run."""

    time_machine: bool = Field(default=False, alias="FIRM_OFFER_TIME_MACHINE")
    """Lets `firm-offer fast-forward` and the desk move a quote's clock. For the local run only."""

    worker_health_file: Path | None = Field(default=None, alias="FIRM_OFFER_WORKER_HEALTH_FILE")
    """Where the worker says how it is, for `python -m adapters.worker_health` beside it."""

    worker_version: str | None = Field(
        default=None, alias="FIRM_OFFER_WORKER_VERSION", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$"
    )
    """The version of the worker's program, such as a commit, where several run side by side."""

    worker_address: str | None = Field(default=None, alias="FIRM_OFFER_WORKER_ADDRESS", pattern=_HOST_PORT)
    """host:port at which the worker tells how it is (`/livez`, `/readyz`) and what it counts (`/metrics`)."""

    temporal_metrics: str | None = Field(
        default=None, alias="FIRM_OFFER_TEMPORAL_METRICS", pattern=_HOST_PORT
    )
    """host:port at which API or worker tell the metrics of Temporal's SDK; each process needs one of its own."""

    checkpoint_key: Path | None = Field(default=None, alias="FIRM_OFFER_CHECKPOINT_KEY")
    """The key that signs checkpoints: a file outside the database. With it the API makes one a day."""

    checkpoint_file: Path | None = Field(default=None, alias="FIRM_OFFER_CHECKPOINT_FILE")
    """Where the API appends them; without it their roots stand in the log alone."""

    payload_keys: Path | None = Field(default=None, alias="FIRM_OFFER_PAYLOAD_KEYS")
    """The keys that encrypt what Temporal keeps: a file that its server never sees. Without it nothing is encrypted."""

    webhook_allow: str = Field(default="", alias="FIRM_OFFER_WEBHOOK_ALLOW")
    """Networks of our own that webhooks may go to, with commas between them: `10.1.0.0/16,fd00::/8`."""

    orders: Literal["none", "webhook", "http"] = Field(default="none", alias="FIRM_OFFER_ORDERS")
    """How accepted quotes are handed over: not at all, by the event `quote.accepted`, or by a request to `order_url`."""

    order_url: str | None = Field(default=None, alias="FIRM_OFFER_ORDER_URL")
    """Where orders are posted: https:// in the Internet, or what `webhook_allow` opens."""

    order_secret: SecretStr | None = Field(default=None, alias="FIRM_OFFER_ORDER_SECRET")
    """`whsec_…`: signs them, by Standard Webhooks 1.0."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", alias="FIRM_OFFER_LOG_LEVEL"
    )

    traces: bool = Field(default=False, alias="FIRM_OFFER_TRACES")
    """Whether requests are traced; OpenTelemetry's own variables (`OTEL_EXPORTER_OTLP_ENDPOINT`, …) say where to."""

    @property
    def has_time_machine(self) -> bool:
        """Whether the desk offers to move a quote's time: in the local run alone."""
        return self.time_machine and self.environment == "local"

    @field_validator("order_url", "order_secret", mode="before")
    @classmethod
    def _says_something(cls, given: object) -> object:
        """An empty variable is one that is not set."""
        return given or None

    @field_validator("order_url")
    @classmethod
    def _may_be_sent_to(cls, url: str | None, info: ValidationInfo) -> str | None:
        """By the rule of every request to others; what its name leads to is asked when it is sent to."""
        if url is None or "webhook_allow" not in info.data:
            return url
        from adapters.webhooks.targets import RefusedAddressError, read_networks, read_target  # noqa: PLC0415

        try:
            read_target(url, read_networks(info.data["webhook_allow"]))
        except RefusedAddressError as refused:
            raise ValueError(
                f"{refused} (FIRM_OFFER_WEBHOOK_ALLOW opens networks of your own, also to http://)"
            ) from None
        return url

    @field_validator("order_secret")
    @classmethod
    def _can_sign(cls, secret: SecretStr | None) -> SecretStr | None:
        """As Standard Webhooks 1.0 has it: 24 to 64 bytes, in Base64."""
        if secret is None:
            return None
        text = secret.get_secret_value()
        try:
            raw = base64.b64decode(text.removeprefix("whsec_"), validate=True)
        except ValueError:
            raw = b""
        if not text.startswith("whsec_") or len(raw) not in _SECRET_BYTES:
            raise ValueError("it must be whsec_ and then 24 to 64 bytes in Base64")
        return secret

    @model_validator(mode="after")
    def _knows_where_orders_go(self) -> Self:
        needed = {"FIRM_OFFER_ORDER_URL": self.order_url, "FIRM_OFFER_ORDER_SECRET": self.order_secret}
        missing = [name for name, given in needed.items() if given is None]
        if self.orders == "http" and missing:
            raise ValueError(f"with FIRM_OFFER_ORDERS=http, {' and '.join(missing)} must be set")
        return self

    @field_validator("webhook_allow")
    @classmethod
    def _names_networks(cls, text: str) -> str:
        for each in filter(None, map(str.strip, text.split(","))):
            try:
                ip_network(each)
            except ValueError:
                raise ValueError(
                    "it must be networks with commas between them, such as 10.1.0.0/16"
                ) from None
        return text

    @field_validator("traces")
    @classmethod
    def _can_trace(cls, wanted: bool) -> bool:
        if wanted and not _is_there("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http"):
            raise ValueError(
                "requests cannot be traced without the extra `telemetry`: install it (pip install "
                "'firm-offer[telemetry]'), or set this to false"
            )
        return wanted

    @field_validator("payload_keys")
    @classmethod
    def _holds_keys(cls, file: Path | None) -> Path | None:
        read_payload_keys(file)
        return file

    @field_validator("public_url")
    @classmethod
    def _keeps_links_secret(cls, url: str, info: ValidationInfo) -> str:
        """Whoever reads a customer's link on its way can accept by it."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("it must be an address that starts with https://")
        if parts.scheme == "http" and info.data.get("environment") == "live" and not _is_here(parts.hostname):
            raise ValueError(
                "it starts with http://, so that customers' links would cross the network for anybody to read: use "
                "https://, or FIRM_OFFER_ENV=test where nothing is live"
            )
        return url


def _is_there(*modules: str) -> bool:
    """Whether these can be imported; that is not done."""
    try:
        return all(find_spec(module) for module in modules)
    except ModuleNotFoundError:
        return False


def _is_here(host: str) -> bool:
    """Whether it is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
