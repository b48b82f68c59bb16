"""Which fault strikes whom, and when: drawn from the seed alone, so that a run can be made again from one number."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FIRST_AFTER_S = 2.0
REST_S = 2.0
"""Between two faults: time to come back in, and for work to go on undisturbed."""

LASTS_S: Mapping[str, tuple[float, ...]] = {
    "F-01": (0.0,),
    "F-02": (0.0,),
    "F-03": (6.0,),
    "F-04": (0.0,),
    "F-05": (3.0, 22.0),
    "F-06": (9.0,),
    "F-07": (1.0,),
    "F-08": (0.0,),
    "F-09": (12.0,),
    "F-10": (8.0, 60.0),
    "F-11": (21.0,),
    "F-12": (20.0,),
    "F-13": (0.0,),
    "F-14": (7.0,),
    "F-15": (6.0, 60.0),
    "F-16": (6.0, 60.0),
    "F-18": (6.0, 30.0),
    "F-19": (8.0, 60.0),
    "F-20": (15.0,),
    "F-23": (0.0,),
}
"""How long each fault is held, in seconds; one of several is drawn. A broker that is gone for 22 s outlasts the 20 s
in which every relay must give up; a consumer frozen for 12 s outlasts its session of 10 s on the embedded broker;
F-14 outlasts the lock time-out of 5 s. F-20 takes as long as it takes: the time is only kept free."""

RUNS = 3
"""So many short runs hold every fault between them."""

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
    """The schedule of a run: its share of the faults in a drawn order, then the others, then all again, until the
    time is used up.

    Seeds 3k, 3k + 1 and 3k + 2 draw the same shares, of about the same length: three short runs in a row hold every
    fault between them. `victims` holds the processes each fault may strike; a fault without one is left out, and so is
    one that has no duration short enough for the run: struck for a moment it would be counted and mean nothing.
    """
    lasting = {
        fault: fitting
        for fault in LASTS_S
        if victims.get(fault) and (fitting := [one for one in LASTS_S[fault] if one <= LONGEST_SHARE * seconds])
    }
    chance = random.Random(seed)
    own = _shares(random.Random(f"{seed // RUNS}:shares"), lasting)[seed % RUNS]
    chance.shuffle(own)
    others = [fault for fault in lasting if fault not in own]
    chance.shuffle(others)
    order = [*own, *others]
    planned: list[Planned] = []
    at, first = FIRST_AFTER_S, True
    while True:
        fitted = 0
        for place, fault in enumerate(order):
            # What is still to come of the run's own share keeps its room.
            kept = sum(min(lasting[one]) + REST_S for one in own[place + 1 :]) if first else 0.0
            fitting = [one for one in lasting[fault] if at + one + REST_S + kept <= seconds]
            victim = chance.choice(list(victims[fault]))
            if not fitting:
                continue
            lasts = chance.choice(fitting)
            planned.append(Planned(round(at, 1), fault, victim, lasts))
            at += lasts + REST_S
            fitted += 1
        if not fitted:
            return planned
        first = False
        chance.shuffle(order)


def _shares(chance: random.Random, lasting: Mapping[str, Sequence[float]]) -> list[list[str]]:
    """The faults dealt out: the longest first, each to the share that is the shortest by then."""
    faults = list(lasting)
    chance.shuffle(faults)
    shares: list[list[str]] = [[] for _ in range(RUNS)]
    taken = [0.0] * RUNS
    for fault in sorted(faults, key=lambda one: -min(lasting[one])):
        to = taken.index(min(taken))
        shares[to].append(fault)
        taken[to] += min(lasting[fault]) + REST_S
    return shares
