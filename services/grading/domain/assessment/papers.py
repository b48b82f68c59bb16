"""Essays and the final assignment: attempts handed in, attempts marked."""

from __future__ import annotations

from datetime import datetime

from services.grading.domain.evidence import Mark, Submission
from services.grading.domain.exact import Ratio, on_scale


class Paper:
    """One paper of one learner, fed in the order of effective time.

    The highest marked attempt counts, not the best mark; within one attempt the newest mark. A mark without
    its submission shows that the paper was handed in.
    """

    __slots__ = ("_came", "_refused", "counts", "handed_in", "marked")

    def __init__(self) -> None:
        self.handed_in = 0
        self.marked = 0
        self.counts: Ratio | None = None
        self._came: dict[int, datetime] = {}
        self._refused: set[int] = set()

    def submit(self, paper: Submission, at: datetime) -> None:
        """An attempt handed in."""
        self._came.setdefault(paper.attempt, at)
        self.handed_in = max(self.handed_in, paper.attempt)

    def refuse(self, paper: Submission) -> None:
        """An attempt after the window under a scheme that refuses it: a later mark for it is void."""
        if paper.attempt not in self._came:
            self._refused.add(paper.attempt)

    def mark(self, mark: Mark, scale: int, at: datetime) -> None:
        """An attempt marked; an older attempt's mark never replaces a newer one's."""
        if mark.attempt in self._refused:
            return
        self._came.setdefault(mark.attempt, at)
        self.handed_in = max(self.handed_in, mark.attempt)
        if mark.attempt >= self.marked:
            self.marked = mark.attempt
            self.counts = on_scale(mark.score, mark.scale, scale)

    @property
    def attempts(self) -> frozenset[int]:
        """Every attempt that was handed in."""
        return frozenset(self._came)

    @property
    def owes_mark(self) -> bool:
        """Whether an attempt newer than the marked one waits for its mark."""
        return self.handed_in > self.marked

    @property
    def waits_since(self) -> datetime | None:
        """Since when a mark is owed: the earliest submission newer than the marked attempt; None while none is."""
        return min((at for attempt, at in self._came.items() if attempt > self.marked), default=None)
