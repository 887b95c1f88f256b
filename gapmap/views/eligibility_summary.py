"""How many areas and children there are by each rule, for a whole study."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from gapmap.analysis.workings import PROXY, percentage
from gapmap.rules import Level, Route
from gapmap.views.worksheet_words import capital, json_number, wrapped

if TYPE_CHECKING:
    import pandas as pd

    from gapmap.analysis.lawful import Standing

__all__ = ["summary_facts", "summary_text"]

_AVERAGED_SHOWN: Final = 20


def summary_facts(standing: Standing) -> dict[str, Any]:
    """Return how many areas and children there are by route, ready for JSON."""
    study, rules, areas = standing.study, standing.rules, standing.areas
    table = standing.deciding
    averaged = areas[areas["route"] == Route.AVERAGING.value]
    return {
        "study": study.id,
        "basis": rules.basis.value,
        "adjacency": rules.adjacency.value,
        "threshold": rules.share,
        "layer": None if table is None else table.source.title,
        "level": None if table is None else table.source.level,
        "source": None if table is None else table.source.source,
        "vintage": None if table is None else table.source.vintage,
        "is_proxy": standing.is_proxy,
        "label": PROXY if standing.is_proxy else None,
        "is_illustrative": standing.is_illustrative,
        "routes": [
            _route_facts(areas, route) for route in (Route.CENSUS, Route.AVERAGING, Route.NONE)
        ]
        + [_route_facts(areas, None)],
        "averaged": [
            {
                "geoid": row["geoid"],
                "share": json_number(row["share"]),
                "best_set": list(row["best_set"]),
                "best_share": json_number(row["best_share"]),
            }
            for row in averaged.to_dict("records")
        ],
        "without_neighbour": None
        if table is None or table.borders is None
        else table.borders.count_alone,
    }


def _route_facts(areas: pd.DataFrame, route: Route | None) -> dict[str, Any]:
    chosen = areas[areas["route"].isna() if route is None else areas["route"] == route.value]
    return {
        "route": "unknown" if route is None else route.value,
        "areas": len(chosen),
        "children": json_number(float(chosen["children"].sum())),
    }


def summary_text(standing: Standing) -> str:
    """Write the summary of a study as lines for a terminal."""
    facts = summary_facts(standing)
    level = facts["level"]
    lines = [f"{standing.study.name} · who may open where"]
    if level is None:
        return lines[0] + "\nNo census figures; schools decide. Ask about a place with --at.\n"
    lines += wrapped("", f"{facts['layer']}: {facts['source']} ({facts['vintage']})")
    if facts["is_proxy"]:
        lines.append(capital(PROXY))
    if facts["is_illustrative"]:
        lines.append("Illustrative, not real")
    lines += ["", f"{'children ' + facts['basis']:<36}{level + 's':>14}{'children':>14}"]
    words = {Route.NONE.value: "not eligible by census", "unknown": "not known"}
    for row in facts["routes"]:
        if level == Level.TRACT and row["route"] == Route.AVERAGING.value:
            continue
        name = words.get(row["route"], row["route"])
        if facts["is_proxy"] and row["route"] != "unknown":
            name = f"probably {name}"
        lines.append(f"{name:<36}{row['areas']:>14,}{row['children']:>14,.0f}")
    averaged = facts["averaged"]
    if averaged:
        lines += ["", f"Eligible only by averaging (adjacency: {facts['adjacency']}):"]
        for row in averaged[:_AVERAGED_SHOWN]:
            others = " and ".join(row["best_set"][1:])
            own = percentage(row["share"] or math.nan, standing.rules.share)
            together = percentage(row["best_share"], standing.rules.share)
            lines.append(f"  {row['geoid']}  {own}, with {others} {together}")
        if len(averaged) > _AVERAGED_SHOWN:
            lines.append(f"  and {len(averaged) - _AVERAGED_SHOWN:,} more: --json lists them all")
    if level == Level.TRACT:
        lines += ["", "Tracts are never averaged."]
    if facts["without_neighbour"]:
        lines.append(f"{facts['without_neighbour']:,} of them border on no other.")
    lines += ["", "The State agency decides; gapmap only shows the working."]
    return "\n".join(lines) + "\n"
