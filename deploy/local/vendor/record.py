"""`vendor-events.ndjson`: what was sent and answered, a line for each event of each attempt (contracts, section 1)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Self

import msgspec

from deploy.local.vendor.deliveries import Delivery

DELIVERED = 200


class _Line(msgspec.Struct):
    webhook_id: str
    status: int


class DeliveryRecord:
    """The file, open for appending. Only one process may write it."""

    def __init__(self, path: Path, vendor: str) -> None:
        """Opens or makes the file and reads what was delivered before; raises OSError, msgspec.DecodeError."""
        self._vendor = vendor
        self._delivered: Counter[str] = Counter()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        self._mend(path)
        self._file = path.open("ab", buffering=0)
        decode = msgspec.json.Decoder(_Line).decode
        with path.open("rb") as lines:
            for line in lines:
                read = decode(line)
                if read.status == DELIVERED:
                    self._delivered[read.webhook_id] += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @staticmethod
    def _mend(path: Path) -> None:
        """Cuts off a last line torn by a crash: its delivery counts as not made and is sent again."""
        with path.open("r+b") as file:
            end = file.seek(0, os.SEEK_END)
            position = end
            while position:
                start = max(0, position - 65_536)
                file.seek(start)
                newline = file.read(position - start).rfind(b"\n")
                if newline >= 0:
                    position = start + newline + 1
                    break
                position = start
            if position < end:
                file.truncate(position)

    def has(self, delivery: Delivery) -> bool:
        """Whether this sending was answered 200, in this run or an earlier one."""
        return self._delivered[delivery.webhook_id] >= delivery.sending * len(delivery.events)

    def write(
        self, delivery: Delivery, sent_at: datetime, status: int, rejected: Mapping[str, str] | None = None
    ) -> None:
        """Appends an attempt: `status` 0 where no answer came, `rejected` the reasons by event id."""
        head = msgspec.json.encode(
            {
                "sent_at": sent_at,
                "vendor": self._vendor,
                "webhook_id": delivery.webhook_id,
                "status": status,
            }
        )[:-1]
        reasons = rejected or {}
        plain = head + b',"rejected":null,"event":'
        lines = bytearray()
        for event in delivery.events:
            reason = reasons.get(event.id)
            if reason is None:
                lines += plain
            else:
                lines += head + b',"rejected":' + msgspec.json.encode(reason) + b',"event":'
            lines += event.body + b"}\n"
        view = memoryview(lines)
        while view:
            view = view[self._file.write(view) :]
        if status == DELIVERED:
            self._delivered[delivery.webhook_id] += len(delivery.events)
