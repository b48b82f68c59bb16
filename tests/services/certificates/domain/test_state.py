"""What ended stays as it ended."""

from __future__ import annotations

import pytest

from services.certificates.domain.state import EndedError, State, end


def test_a_valid_one_may_be_replaced_or_revoked() -> None:
    assert end("valid", "replaced") == "replaced"
    assert end("valid", "revoked") == "revoked"


@pytest.mark.parametrize("state", ["replaced", "revoked"])
def test_nothing_comes_after_an_end(state: State) -> None:
    with pytest.raises(EndedError, match=state):
        end(state, "revoked")
    with pytest.raises(EndedError, match=state):
        end(state, "replaced")
