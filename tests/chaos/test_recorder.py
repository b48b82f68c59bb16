"""The recorder reads a log in which others have written too."""

from __future__ import annotations

from types import SimpleNamespace

from tests.chaos.recorder import LogRecorder

OURS = [("ce_aggregatetype", b"result"), ("ce_aggregateid", b"a"), ("ce_aggregateversion", b"7")]


def test_a_record_without_our_headers_is_counted_once_as_foreign_and_the_rest_is_read() -> None:
    recorder = LogRecorder("127.0.0.1:1")
    foreign = [[], OURS[:2], [*OURS[:2], ("ce_aggregateversion", b"x")], [("ce_aggregatetype", b"\xff")], [("a", None)]]
    for _ in range(2):
        for offset, headers in enumerate([*foreign, OURS]):
            recorder._keep("a", SimpleNamespace(topic="t", partition=0, offset=offset, headers=headers))
    assert recorder.foreign == len(foreign)
    assert [(one.key, one.version) for one in recorder.read] == [(("result", "a"), 7)]
