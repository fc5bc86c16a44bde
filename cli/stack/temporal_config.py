"""The configuration file of a Temporal server: all four services in one process, one SQLite file, loopback only."""

import json
from collections.abc import Sequence
from pathlib import Path

LOOPBACK = "127.0.0.1"
SERVICES = ("frontend", "history", "matching", "worker")
PORTS = 1 + 2 * len(SERVICES)  # how many ports `server_config` asks for

# Time skipping under both of its names; ten queries of one workflow may wait at once; task queues are looked at up
# to 1,000 times a second, because the default of 20 puts every step of a quote on a 50 ms slot; and a run takes 1,000
# signals (by default 10,000, which a worker that finds them all at once may not get through before it is given up).
DYNAMIC: dict[str, bool | int] = {
    "frontend.WorkflowTimeSkippingEnabled": True,
    "system.workflowTimeSkippingEnabled": True,
    "history.MaxBufferedQueryCount": 10,
    "history.transferProcessorMaxPollRPS": 1000,
    "history.maximumSignalsPerExecution": 1000,
}


def write_config(folder: Path, ports: Sequence[int]) -> Path:
    """Writes both files (JSON is YAML) and returns the path of the main one. `ports[0]` is the clients'."""
    dynamic = folder / "dynamic.yaml"
    dynamic.write_text(json.dumps({key: [{"value": value}] for key, value in DYNAMIC.items()}, indent=1))
    config = folder / "server.yaml"
    config.write_text(json.dumps(server_config(folder / "temporal.db", dynamic, ports), indent=1))
    return config


def server_config(database: Path, dynamic: Path, ports: Sequence[int]) -> dict[str, object]:
    """`ports`: the frontend's, its HTTP port, then a membership port each, then the other services' own."""
    grpc = dict(zip(SERVICES, (ports[0], *ports[2:5]), strict=True))
    membership = dict(zip(SERVICES, ports[5:9], strict=True))
    services: dict[str, dict[str, dict[str, object]]] = {
        name: {"rpc": {"grpcPort": grpc[name], "membershipPort": membership[name], "bindOnIP": LOOPBACK}}
        for name in SERVICES
    }
    services["frontend"]["rpc"]["httpPort"] = ports[1]
    address = f"{LOOPBACK}:{ports[0]}"
    return {
        "log": {"stdout": True, "level": "warn", "format": "json"},
        "persistence": {
            "defaultStore": "sqlite",
            "visibilityStore": "sqlite",
            "numHistoryShards": 1,
            "datastores": {"sqlite": {"sql": _sqlite(database)}},
        },
        "global": {"membership": {"maxJoinDuration": "30s", "broadcastAddress": LOOPBACK}},
        "services": services,
        "clusterMetadata": {
            "enableGlobalNamespace": False,
            "failoverVersionIncrement": 10,
            "masterClusterName": "active",
            "currentClusterName": "active",
            "clusterInformation": {
                "active": {
                    "enabled": True,
                    "initialFailoverVersion": 1,
                    "rpcName": "frontend",
                    "rpcAddress": address,
                    "httpAddress": f"{LOOPBACK}:{ports[1]}",
                }
            },
        },
        "dcRedirectionPolicy": {"policy": "noop"},
        "archival": {"history": {"state": "disabled"}, "visibility": {"state": "disabled"}},
        "publicClient": {"hostPort": address},
        "dynamicConfigClient": {"filepath": str(dynamic), "pollInterval": "10s"},
    }


def _sqlite(database: Path) -> dict[str, object]:
    # Survives the death of the process, not a power cut: the file is synced at checkpoints only.
    return {
        "pluginName": "sqlite",
        "databaseName": str(database),
        "connectAddr": "localhost",
        "connectProtocol": "tcp",
        "connectAttributes": {
            "mode": "rwc",
            "cache": "private",
            "setup": "true",
            "journal_mode": "wal",
            "synchronous": "1",
        },
        "maxConns": 1,
        "maxIdleConns": 1,
    }
