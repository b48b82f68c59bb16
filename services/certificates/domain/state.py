"""What may become of a certificate: valid, then replaced or revoked, and nothing after that (rule CER-6)."""

from __future__ import annotations

from typing import Literal

State = Literal["valid", "replaced", "revoked"]


class EndedError(Exception):
    """The certificate was replaced or revoked before; the message is its state."""


def end(state: State, wanted: Literal["replaced", "revoked"]) -> Literal["replaced", "revoked"]:
    """The next state. Raises EndedError: a paper that ended stays as it ended."""
    if state != "valid":
        raise EndedError(state)
    return wanted
