"""`firm-offer doctor` compares Temporal's clock with the record's, which decides when an offer ends."""

import re
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr

from adapters.db.contents import wall_clock
from adapters.db.database import Reading
from cli.doctor.examine import opened
from cli.doctor.installation import temporal_clock
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from tests.api.conftest import settings_for


async def test_a_record_whose_clock_is_behind(
    postgres: Postgres, temporal: Temporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Temporal's clock, which is this machine's, is seen to be ahead of the record's by an hour, to within what two
    servers on a busy machine take to answer.
    """

    async def behind(r: Reading) -> datetime:
        return await wall_clock(r) - timedelta(hours=1)

    settings = settings_for(postgres.url(), temporal.address, "smtp://127.0.0.1:1")
    as_owner = settings.model_copy(update={"database_url": SecretStr(postgres.url())})
    async with opened(as_owner) as at:
        assert await temporal_clock(at) == []
        monkeypatch.setattr("cli.doctor.installation.wall_clock", behind)
        (finding,) = await temporal_clock(at)
    seen = re.fullmatch(r"Temporal's clock is (\d+\.\d) s ahead of PostgreSQL's", finding.what)
    assert seen is not None
    assert float(seen[1]) == pytest.approx(3600, abs=60)
