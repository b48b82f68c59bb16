"""The contract on paper: golden schemas and examples, docs/events.md and docs/asyncapi.json, made from the payloads.

`python -m shared.events.documents --check` says what is not up to date; `--write` brings it up to date, but refuses a
change that would break readers of v1 (`--write --breaking` is for the time before anyone else reads).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from shared.events.compatibility import breaking
from shared.events.envelope import CONTENT_TYPE, SPEC_VERSION, State, event_type
from shared.events.registry import AGGREGATES, TOPICS, encode, source_of, topic_of

COMMAND = "python -m shared.events.documents --write"

_HERE = Path(__file__).parent
_DOCS = _HERE.parents[1] / "docs"
SCHEMAS = _HERE / "schemas"
EXAMPLES = _HERE / "examples"
EVENTS_PAGE = _DOCS / "events.md"
ASYNCAPI = _DOCS / "asyncapi.json"

HEADERS: dict[str, tuple[str, str]] = {
    "ce_specversion": ("string", f'`"{SPEC_VERSION}"`'),
    "ce_id": ("uuid", "the event's own id (UUIDv7); the same on every repeat"),
    "ce_type": ("string", "`vn.bdtx.<service>.<event>.v1`"),
    "ce_source": ("string", "`/vn/bdtx/<service>`"),
    "ce_time": ("date-time", "when it was recorded, UTC"),
    "ce_provinceid": ("uuid", "whose it is"),
    "ce_aggregatetype": ("string", "the aggregate's type"),
    "ce_aggregateid": ("uuid", "the aggregate's id; also the record's key"),
    "ce_aggregateversion": ("integer", "grows with each event of the aggregate; a reader skips what is not newer"),
    "ce_partitionkey": ("uuid", "the same as the key"),
    "ce_traceparent": ("string", "W3C trace context of the act that caused it; may be absent"),
    "content-type": ("string", f"`{CONTENT_TYPE}`"),
}


def schema_of(kind: type[State]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of an aggregate's payload. Unknown members are allowed: v1 grows."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}


def pretty(content: object) -> bytes:
    """The form in which everything here is stored."""
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def example_of(kind: type[State]) -> State:
    """The stored example. Raises FileNotFoundError, msgspec.ValidationError."""
    return msgspec.json.decode((EXAMPLES / f"{kind.AGGREGATE}.json").read_bytes(), type=kind)


def expected() -> dict[Path, bytes]:
    """Every generated file and what it must hold. Raises FileNotFoundError where an example is missing.

    An example is written by hand once; after that new members come into it with their defaults.
    """
    files: dict[Path, bytes] = {}
    for name, kind in AGGREGATES.items():
        files[SCHEMAS / f"{name}.json"] = pretty(schema_of(kind))
        files[EXAMPLES / f"{name}.json"] = msgspec.json.format(encode(example_of(kind)), indent=2) + b"\n"
    files[EVENTS_PAGE] = events_page().encode()
    files[ASYNCAPI] = pretty(asyncapi())
    return files


def differences() -> list[Path]:
    """The files that are missing, differ, or belong to an aggregate that no longer exists."""
    wanted = expected()
    strange = {path for folder in (SCHEMAS, EXAMPLES) for path in folder.glob("*.json")} - wanted.keys()
    return sorted(strange | {path for path, content in wanted.items() if not _holds(path, content)})


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3 document of all topics, messages and payloads."""
    _, schemas = msgspec.json.schema_components(list(AGGREGATES.values()), ref_template="#/components/schemas/{name}")
    formats = {"uuid": {"type": "string", "format": "uuid"}, "date-time": {"type": "string", "format": "date-time"}}
    headers = {
        "type": "object",
        "properties": {
            name: {**formats.get(kind, {"type": "string"}), "description": text}
            for name, (kind, text) in HEADERS.items()
        },
        "required": [name for name in HEADERS if name != "ce_traceparent"],
    }
    messages = {
        event: {
            "name": event_type(kind.SERVICE, event),
            "title": event,
            "summary": f"The whole state of one {name}",
            "contentType": CONTENT_TYPE,
            "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
            "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
            "bindings": {"kafka": {"key": {"type": "string", "format": "uuid"}}},
        }
        for name, kind in AGGREGATES.items()
        for event in kind.EVENTS
    }
    channels = {
        service: {
            "address": topic,
            "messages": {
                event: {"$ref": f"#/components/messages/{event}"}
                for kind in AGGREGATES.values()
                if service == kind.SERVICE
                for event in kind.EVENTS
            },
            "bindings": {"kafka": {"topicConfiguration": {"cleanup.policy": ["compact"]}}},
        }
        for service, topic in TOPICS.items()
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "BDTX events",
            "version": "1",
            "description": "CloudEvents 1.0, binary Kafka binding. Every event carries its aggregate's whole state.",
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": channels,
        "operations": {
            f"{service}_says": {"action": "send", "channel": {"$ref": f"#/channels/{service}"}} for service in TOPICS
        },
        "components": {"messages": messages, "schemas": {"CloudEventHeaders": headers, **schemas}},
    }


def events_page() -> str:
    """docs/events.md."""
    lines = [
        f"<!-- Made by `{COMMAND}`; do not edit. -->",
        "# Events",
        "",
        "CloudEvents 1.0, binary Kafka binding, JSON. The key is the aggregate's id. Every event of an aggregate",
        "carries its whole state, so the newest alone is enough; a reader applies an event whose version is greater",
        "than the one it has seen and skips the others. Within v1 a payload only grows: readers ignore members they",
        "do not know.",
        "",
        "## Headers",
        "",
        "| header | type | meaning |",
        "|---|---|---|",
        *(f"| `{name}` | {kind} | {text} |" for name, (kind, text) in HEADERS.items()),
    ]
    for name, kind in AGGREGATES.items():
        lines += [
            "",
            f"## {name}",
            "",
            (kind.__doc__ or "").strip(),
            "",
            f"Topic `{topic_of(name)}`, source `{source_of(kind.SERVICE)}`.",
            "",
            *(f"- `{event_type(kind.SERVICE, event)}`" for event in kind.EVENTS),
            "",
            "```json",
            (EXAMPLES / f"{name}.json").read_text(encoding="utf-8").rstrip(),
            "```",
        ]
    return "\n".join(lines) + "\n"


def _refused() -> list[str]:
    found = []
    for name, kind in AGGREGATES.items():
        golden = SCHEMAS / f"{name}.json"
        if golden.exists():
            found += [f"{name}{fault}" for fault in breaking(msgspec.json.decode(golden.read_bytes()), schema_of(kind))]
    return found


def main(arguments: list[str]) -> int:
    """0 where all is up to date (now), 1 where it is not, 2 for a wrong call."""
    if arguments == ["--check"]:
        for path in differences():
            sys.stderr.write(f"{path.relative_to(_HERE.parents[1])} is not up to date: run `{COMMAND}`\n")
        return 1 if differences() else 0
    if arguments[:1] != ["--write"] or arguments[1:] not in ([], ["--breaking"]):
        sys.stderr.write("usage: python -m shared.events.documents --check|--write [--breaking]\n")
        return 2
    if arguments == ["--write"] and (faults := _refused()):
        for fault in faults:
            sys.stderr.write(f"{fault}: that breaks v1; new events need a v2 beside it\n")
        return 1
    # Twice, for the page shows the examples.
    for _ in range(2):
        for path, content in expected().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    for path in differences():
        path.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
