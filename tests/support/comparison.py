"""Puts the engine's plan into the oracle's terms, and finds where the two disagree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields, replace

import allocator
from allocator import Plan
from tests.support import planner
from tests.support.planner import Decision, Trial
from tests.support.strategies import Instance

TOLERANCE_KM = 1e-9


def engine_plan(instance: Instance) -> Plan:
    return allocator.plan(
        instance.links_table,
        instance.stock_table,
        fallback_km=instance.fallback_km,
        grouping=instance.grouping,
    )


def oracle_decisions(instance: Instance, trials: list[Trial] | None = None) -> list[Decision]:
    return planner.plan(
        instance.links,
        instance.stock,
        fallback_km=instance.fallback_km,
        grouping=instance.grouping,
        trials=trials,
    )


def engine_trials(plan: Plan) -> list[Trial]:
    """Return the attempts of each group, in the order of the decisions."""
    columns = [field.name for field in fields(Trial)]
    return [
        Trial(**{**row, "area_code": int(row["area_code"])})
        for row in plan.decisions.select(columns).iter_rows(named=True)
    ]


def engine_decisions(plan: Plan) -> list[Decision]:
    """Return one decision for each row of the links, in document order."""
    decisions = [
        Decision(
            row["row"],
            row["link_id"],
            "assigned",
            int(row["full_voxnumber"]),
            int(row["area_code"]) if row["area_code"] is not None else None,
            row["distance_km"],
            row["fallback"],
        )
        for row in plan.assignments.iter_rows(named=True)
    ]
    decisions += [
        Decision(row["row"], row["link_id"], "unassigned", reason=str(row["reason"]))
        for row in plan.unassigned.iter_rows(named=True)
    ]
    decisions += [
        Decision(
            row["row"],
            row["link_id"],
            "already",
            int(row["full_voxnumber"]),
            int(row["area_code"]) if row["area_code"] is not None else None,
        )
        for row in plan.already.iter_rows(named=True)
    ]
    decisions += [
        Decision(row["row"], "", "rejected") for row in plan.rejected.iter_rows(named=True) if row["table"] == "links"
    ]
    return sorted(decisions, key=lambda decision: decision.row)


def disagreements(
    engine: Sequence[Decision], oracle: Sequence[Decision]
) -> list[tuple[Decision | None, Decision | None]]:
    """Return the pairs (engine, oracle) that differ in more than the last digits of a distance."""
    by_row: dict[int, list[Decision | None]] = {}
    for side, decisions in enumerate((engine, oracle)):
        for decision in decisions:
            by_row.setdefault(decision.row, [None, None])[side] = comparable(decision)
    return [(left, right) for left, right in by_row.values() if not same(left, right)]


def comparable(decision: Decision) -> Decision:
    """Compare two decisions; a rejected row may have no link_id."""
    return replace(decision, link_id="") if decision.status == "rejected" else decision


def same(left: Decision | None, right: Decision | None) -> bool:
    if left is None or right is None:
        return False
    if left.distance_km is None or right.distance_km is None:
        return left == right
    close = math.isclose(left.distance_km, right.distance_km, rel_tol=0.0, abs_tol=TOLERANCE_KM)
    return close and replace(left, distance_km=None) == replace(right, distance_km=None)
