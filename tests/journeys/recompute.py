"""Every learner's result computed again from the two record files alone, by a few lines that are not the product's.

Written from contracts, section 2 and 4. It reads what the vendor sent and what people decided, and the offering's
composition; it imports nothing of ours.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any


@dataclass
class Expected:
    """What a result must say."""

    diligence: Fraction
    process: Fraction | None
    final: Fraction | None
    total: Fraction | None
    survey: bool
    profile: bool
    lms: str
    evidence: int
    logged_in: bool


@dataclass
class Decisions:
    """What people decided, by enrolment."""

    verdicts: dict[str, dict[str, bool]] = field(default_factory=lambda: defaultdict(dict))
    approved: set[str] = field(default_factory=set)


def events(path: Path) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Accepted events by (course, account), each id once."""
    found: dict[tuple[str, str], dict[str, dict[str, Any]]] = defaultdict(dict)
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["status"] == 200 and row["rejected"] is None:
                event = row["event"]
                found[event["course"], event["learner"]["account"].casefold()][event["id"]] = event
    return {key: list(by_id.values()) for key, by_id in found.items()}


def decisions(path: Path) -> Decisions:
    """Verdicts that were accepted and lists that were approved."""
    decided = Decisions()
    lists: dict[str, list[str]] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            act = json.loads(line)
            if not 200 <= act["status"] < 300:
                continue
            if act["path"].endswith("/verdicts"):
                accepted = {row["enrolment_id"] for row in act["answer"]["items"] if row["accepted"]}
                for row in act["body"]["verdicts"]:
                    if row["enrolment_id"] in accepted:
                        decided.verdicts[row["enrolment_id"]][act["body"]["gate"]] = row["met"]
            elif act["path"].endswith("/recognition-lists"):
                lists[act["answer"]["id"]] = act["body"]["enrolment_ids"]
            elif act["path"].endswith("/approve"):
                decided.approved |= set(lists.get(act["answer"]["id"], ()))
    return decided


def expected(evidence: Iterable[dict[str, Any]], has: dict[str, Any]) -> Expected:
    """The managers' scheme of 2020, reading A."""
    ordered = sorted(evidence, key=lambda e: (datetime.fromisoformat(e["timestamp"]), e["id"]))
    items: dict[str, set[str]] = defaultdict(set)
    handed: dict[str, set[int]] = defaultdict(set)
    marks: dict[str, dict[int, Fraction]] = defaultdict(dict)
    quiz: dict[int, int] = {}
    survey, profile = False, None
    for event in ordered:
        data = event.get("data", {})
        match event["type"]:
            case "material.completed":
                items[data["kind"]].add(str(data["material"]))
            case "task.completed":
                items["task"].add(str(data["task"]))
            case "quiz.submitted":
                quiz[data["attempt"]] = data["correct"]
            case "essay.submitted":
                handed[data["essay"]].add(data["attempt"])
            case "essay.graded":
                marks[data["essay"]][data["attempt"]] = 100 * Fraction(data["score"]) / Fraction(data["scale"])
            case "final.submitted":
                handed[""].add(data["attempt"])
            case "final.graded":
                marks[""][data["attempt"]] = 100 * Fraction(data["score"]) / Fraction(data["scale"])
            case "survey.completed":
                survey = True
            case "profile.confirmed":
                profile = data["correct"]
            case _:
                pass
    kinds = ("document", "graphic", "video", "task")
    done = sum(min(len(items[kind]), has[kind]) for kind in kinds)
    diligence = Fraction(100 * done, sum(has[kind] for kind in kinds))

    def mark(paper: str) -> Fraction | None:
        return marks[paper][max(marks[paper])] if marks[paper] else None

    def unmarked(paper: str) -> bool:
        return max(handed[paper], default=0) > max(marks[paper], default=0)

    essays = [mark(name) if marks[name] or handed[name] else Fraction(0) for name in has["essays"]]
    process = None
    if quiz and None not in essays:
        mcq = Fraction(100 * min(quiz[max(quiz)], has["questions"]), has["questions"])
        process = (mcq + Fraction(sum(e for e in essays if e is not None), len(essays))) / 2
    final = mark("")
    total = None
    if process is not None and final is not None:
        total = diligence / 10 + process * 3 / 10 + final * 6 / 10
    undone = (
        done < sum(has[kind] for kind in kinds)
        or not quiz
        or any(not marks[name] and not handed[name] for name in has["essays"])
        or not (marks[""] or handed[""])
        or any(unmarked(paper) for paper in (*has["essays"], ""))
        or not survey
        or profile is None
    )
    met = total is not None and total > 50 and survey and profile is True
    return Expected(
        diligence,
        process,
        final,
        total,
        survey,
        profile is True,
        "met" if met else "waiting" if undone else "refused",
        len(ordered),
        any(e["type"] not in ("account.created", "question.answered") for e in ordered),
    )


def shown(value: Fraction | None) -> str | None:
    """Two places, half up."""
    if value is None:
        return None
    hundredths = (value * 100 + Fraction(1, 2)).__floor__()
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def disagreements(results: Iterable[dict[str, Any]], offerings: Iterable[dict[str, Any]], folder: Path) -> list[str]:
    """Every point at which a result differs from what the record files say; empty when all agree."""
    sent = events(folder / "vendor-events.ndjson")
    decided = decisions(folder / "staff-acts.ndjson")
    composition = {one["course"]: one["composition"] for one in offerings}
    found: list[str] = []
    for result in results:
        enrolment = result["enrolment_id"]
        mine = [e for account in result["accounts"] for e in sent.get((result["course"], account.casefold()), ())]
        want = expected(mine, composition[result["course"]])
        verdict = decided.verdicts.get(enrolment, {})
        gate = {None: "waiting", True: "met", False: "refused"}
        approved = enrolment in decided.approved
        pairs = {
            "diligence": (result["scores"]["diligence"], shown(want.diligence)),
            "process": (result["scores"]["process"], shown(want.process)),
            "final": (result["scores"]["final"], shown(want.final)),
            "total": (result["scores"]["total"], shown(want.total)),
            "survey": (result["conditions"]["survey"], want.survey),
            "profile": (result["conditions"]["profile"], want.profile),
            "lms": (result["gates"]["lms"]["state"], want.lms),
            "core_team": (result["gates"]["core_team"]["state"], gate[verdict.get("core_team")]),
            "institution": (result["gates"]["institution"]["state"], gate[verdict.get("institution")]),
            "list": (result["gates"]["list"]["state"], "met" if approved else "waiting"),
            "certificate": (result["certificate"] is not None, approved),
            "not_started": (result["status"] == "not_started", want.evidence == 0),
        }
        found += [
            f"{enrolment} {name}: {got!r}, want {hoped!r}" for name, (got, hoped) in pairs.items() if got != hoped
        ]
    return found
