"""Which fault strikes whom, and when: drawn from the seed alone, so that a run can be made again from one number."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FIRST_AFTER_S = 2.0
REST_S = 3.0
"""Between two faults: time to come back in, and for work to go on undisturbed."""

LASTS_S: Mapping[str, tuple[float, ...]] = {
    "F-01": (0.0,),
    "F-02": (0.0,),
    "F-03": (6.0,),
    "F-05": (3.0, 22.0),
    "F-06": (9.0,),
    "F-07": (1.0,),
    "F-08": (0.0,),
    "F-09": (12.0,),
    "F-13": (0.0,),
}
"""How long each fault is held, in seconds; one of several is drawn. A broker that is gone for 22 s outlasts the 20 s
in which every relay must give up; a consumer frozen for 12 s outlasts its session of 10 s on the embedded broker."""

LONGEST_SHARE = 0.4
"""No single fault takes more of a run than this, so that a short run still has several."""


@dataclass(frozen=True)
class Planned:
    """One fault: it strikes `victim` at `at_s` after the load began and is healed `for_s` later."""

    at_s: float
    fault: str
    victim: str
    for_s: float


def plan(seed: int, seconds: float, victims: Mapping[str, Sequence[str]]) -> list[Planned]:
    """The schedule of a run: every fault once in a drawn order, then again, until the time is used up.

    `victims` holds the processes each fault may strike; a fault without one is left out.
    """
    chance = random.Random(seed)
    planned: list[Planned] = []
    at = FIRST_AFTER_S
    while True:
        order = [fault for fault in LASTS_S if victims.get(fault)]
        chance.shuffle(order)
        fitted = 0
        for fault in order:
            lasts = chance.choice([one for one in LASTS_S[fault] if one <= LONGEST_SHARE * seconds] or [0.0])
            victim = chance.choice(list(victims[fault]))
            if at + lasts + REST_S > seconds:
                continue
            planned.append(Planned(round(at, 1), fault, victim, lasts))
            at += lasts + REST_S
            fitted += 1
        if not fitted:
            return planned
