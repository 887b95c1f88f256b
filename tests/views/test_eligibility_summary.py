from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gapmap.analysis.lawful import Standing
from gapmap.rules import Level
from gapmap.views.eligibility_summary import summary_facts, summary_text
from tests import builders

if TYPE_CHECKING:
    from gapmap.model import Study


def town(*figures: tuple[float, float], **changes: Any) -> Study:
    layer = builders.eligibility([c for _, c in figures], [e for e, _ in figures], **changes)
    return builders.study(builders.areas([100.0] * len(figures)), eligibility=(layer,))


class TestSummary:
    study = town((60, 100), (45, 200), (30, 300), (0, 0))

    def test_it_counts_areas_and_children_by_route(self) -> None:
        facts = summary_facts(Standing(replace(self.study, rules=self.study.rules)))
        counted = {row["route"]: (row["areas"], row["children"]) for row in facts["routes"]}
        assert counted == {
            "open by census": (1, 100),
            "open by averaging": (0, 0),
            "none": (2, 500),
            "unknown": (1, 0),
        }
        assert sum(row["areas"] for row in facts["routes"]) == 4

    def test_it_lists_those_eligible_only_by_averaging(self) -> None:
        standing = Standing(town((58, 100), (45, 100), (30, 100)))
        (one,) = summary_facts(standing)["averaged"]
        assert one["geoid"] == "480010001011"
        assert one["best_set"] == ["480010001011", "480010001001"]
        shown = summary_text(standing)
        assert "480010001011  45.0%, with 480010001001 51.5%" in shown
        assert "The State agency decides" in shown

    def test_a_proxy_says_probably(self) -> None:
        layer = self.study.eligibility[0]
        tracts = layer.table.assign(geoid=layer.table["geoid"].str[:11])
        proxy = replace(layer, table=tracts, level=Level.TRACT, is_proxy=True)
        shown = summary_text(Standing(replace(self.study, eligibility=(proxy,))))
        assert "A proxy, not a determination" in shown
        assert "probably open by census" in shown
        assert "Tracts are never averaged" in shown

    def test_it_is_json(self) -> None:
        json.dumps(summary_facts(Standing(self.study)), allow_nan=False)

    def test_a_study_of_schools_alone_is_asked_about_places(self) -> None:
        assert "--at" in summary_text(Standing(builders.study()))

    def test_many_averaged_areas_are_cut_with_a_word(self) -> None:
        figures = np.tile([[45.0, 100.0], [60.0, 100.0]], (30, 1))
        shown = summary_text(Standing(town(*[(float(e), float(c)) for e, c in figures])))
        assert "and 10 more: --json lists them all" in shown
