"""The contract between services: golden schemas and examples hold in both directions, and v1 only grows."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from shared.events import documents
from shared.events.compatibility import breaking
from shared.events.documents import COMMAND, EXAMPLES, SCHEMAS
from shared.events.envelope import State, from_record, to_headers
from shared.events.registry import AGGREGATES, TOPICS, check, decode, encode, topic_of
from tests.support.json_schema import faults
from tests.support.states import envelope, number

KINDS = sorted(AGGREGATES)


def golden(name: str) -> dict[str, Any]:
    """The stored schema; its absence fails with the command that makes it."""
    file = SCHEMAS / f"{name}.json"
    assert file.exists(), f"{name} has no golden schema: run `{COMMAND}`"
    found: dict[str, Any] = json.loads(file.read_bytes())
    return found


def example(name: str) -> dict[str, Any]:
    """The stored example."""
    file = EXAMPLES / f"{name}.json"
    assert file.exists(), f"{name} has no example: write {file.name}, then run `{COMMAND}`"
    found: dict[str, Any] = json.loads(file.read_bytes())
    return found


@pytest.mark.parametrize("name", KINDS)
def test_the_golden_schema_is_that_of_the_code(name: str) -> None:
    assert golden(name) == json.loads(documents.pretty(documents.schema_of(AGGREGATES[name]))), f"run `{COMMAND}`"


@pytest.mark.parametrize("name", KINDS)
def test_the_example_fits_the_golden_schema_and_decodes_and_comes_out_the_same(name: str) -> None:
    assert faults(example(name), golden(name)) == []
    state = msgspec.json.decode(json.dumps(example(name)), type=AGGREGATES[name])
    assert json.loads(encode(state)) == example(name), f"run `{COMMAND}`"


@pytest.mark.parametrize("name", KINDS)
def test_every_event_of_an_aggregate_travels_and_comes_back_whole(name: str) -> None:
    kind: type[State] = AGGREGATES[name]
    state = documents.example_of(kind)
    for event in kind.EVENTS:
        said = envelope(number(1), 7, state, event)
        back = from_record(str(number(1)).encode(), said.data, to_headers(said))
        check(back)
        assert back == said
        assert decode(back, kind) == state
    assert topic_of(name) == TOPICS[kind.SERVICE]


@pytest.mark.parametrize("name", KINDS)
def test_members_that_a_reader_does_not_know_are_accepted_at_every_depth(name: str) -> None:
    def grown(value: Any) -> Any:
        if isinstance(value, dict):
            return {**{key: grown(inner) for key, inner in value.items()}, "from_the_future": [1]}
        return [grown(item) for item in value] if isinstance(value, list) else value

    content = grown(example(name))
    assert faults(content, golden(name)) == []
    assert msgspec.json.decode(json.dumps(content), type=AGGREGATES[name]) == documents.example_of(AGGREGATES[name])


@pytest.mark.parametrize("name", KINDS)
def test_a_payload_without_a_required_member_or_with_another_type_is_refused_by_schema_and_reader_alike(
    name: str,
) -> None:
    required = golden(name)["$defs"][AGGREGATES[name].__name__]["required"]
    assert "province_id" in required
    for member in required:
        without = {key: value for key, value in example(name).items() if key != member}
        retyped = {**example(name), member: {"of": "another type"}}
        for content in (without, retyped):
            if content is retyped and isinstance(example(name)[member], dict) and not faults(retyped, golden(name)):
                continue
            assert faults(content, golden(name)), member
            with pytest.raises(msgspec.ValidationError):
                msgspec.json.decode(json.dumps(content), type=AGGREGATES[name])


def _a_removed_member(schema: dict[str, Any]) -> None:
    del schema["$defs"]["Enrolment"]["properties"]["class_code"]


def _a_removed_member_deep_inside(schema: dict[str, Any]) -> None:
    del schema["$defs"]["Composition"]["properties"]["questions"]


def _a_retyped_member(schema: dict[str, Any]) -> None:
    schema["$defs"]["Enrolment"]["properties"]["class_code"] = {"type": "integer"}


def _a_member_that_may_now_be_null(schema: dict[str, Any]) -> None:
    schema["$defs"]["Learner"]["properties"]["name"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}


def _a_word_more_in_a_closed_list(schema: dict[str, Any]) -> None:
    schema["$defs"]["Window"]["properties"]["kind"]["enum"].append("forever")


def _a_new_required_member(schema: dict[str, Any]) -> None:
    schema["$defs"]["Enrolment"]["properties"]["colour"] = {"type": "string"}
    schema["$defs"]["Enrolment"]["required"].append("colour")


def _a_member_that_may_now_be_absent(schema: dict[str, Any]) -> None:
    schema["$defs"]["Enrolment"]["required"].remove("class_code")


def _other_items(schema: dict[str, Any]) -> None:
    schema["$defs"]["Enrolment"]["properties"]["unit_path"]["items"] = {"type": "string"}


@pytest.mark.parametrize(
    "change",
    [
        _a_removed_member,
        _a_removed_member_deep_inside,
        _a_retyped_member,
        _a_member_that_may_now_be_null,
        _a_word_more_in_a_closed_list,
        _a_new_required_member,
        _a_member_that_may_now_be_absent,
        _other_items,
    ],
)
def test_a_change_that_breaks_readers_of_v1_is_found(change: Callable[[dict[str, Any]], None]) -> None:
    changed = copy.deepcopy(golden("enrolment"))
    change(changed)
    assert breaking(golden("enrolment"), changed)


def test_a_new_member_with_a_default_and_new_words_of_explanation_break_nothing() -> None:
    changed = copy.deepcopy(golden("enrolment"))
    changed["$defs"]["Enrolment"]["properties"]["colour"] = {"type": "string", "default": "blue"}
    changed["$defs"]["Learner"]["properties"]["title"] = {"type": "string", "default": ""}
    changed["$defs"]["Enrolment"]["description"] = "Said better."
    assert breaking(golden("enrolment"), changed) == []
    assert breaking(golden("enrolment"), golden("enrolment")) == []


def test_the_generated_documents_are_up_to_date() -> None:
    assert documents.differences() == [], f"run `{COMMAND}`"


def test_the_asyncapi_document_names_every_event_once_and_points_at_nothing_that_is_missing() -> None:
    document = json.loads(documents.ASYNCAPI.read_bytes())
    assert document["asyncapi"].startswith("3.")
    names = {message["name"] for message in document["components"]["messages"].values()}
    assert len(names) == sum(len(kind.EVENTS) for kind in AGGREGATES.values())
    assert "vn.bdtx.grading.pass_withdrawn.v1" in names

    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [found for inner in value.values() for found in references(inner)]
        return [found for item in value for found in references(item)] if isinstance(value, list) else []

    for reference in references(document):
        target = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


@pytest.mark.parametrize(("arguments", "code"), [(["--check"], 0), ([], 2), (["--chekc"], 2)])
def test_the_command_says_by_its_exit_code_how_things_stand(arguments: list[str], code: int) -> None:
    assert documents.main(arguments) == code
