"""An assessment as one HTML file that opens anywhere, without a server and without a network.

Leaflet, our own map script and every layer are inside the file. The map is the same as the app's;
below it stand the headline, the ranked neighbourhoods, the sources and the method.
"""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any, Final

from gapmap.views import numbers
from gapmap.views.bare_map import script_json
from gapmap.views.colours import MapMode, colour_areas
from gapmap.views.layers import area_layer, extra_layers, outline_layer, site_layer
from gapmap.views.leaflet import leaflet_folder
from gapmap.views.maps import (
    ASSETS_FOLDER,
    MAP_SCRIPTS,
    MAP_STYLES,
    MapAddresses,
    map_settings,
    repaint_state,
)
from gapmap.views.sentences import headline, question

if TYPE_CHECKING:
    import pandas as pd

    from gapmap.model import GapAssessment, Study

__all__ = ["offline_page"]

_STYLE: Final = """
:root { color-scheme: light; }
body { margin: 0; font: 16px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif;
  color: #14202e; background: #fff; }
header, section { max-width: 76rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: clamp(1.3rem, 3vw, 2rem); line-height: 1.25; margin: 0 0 .4rem; }
h2 { font-size: 1.15rem; margin: 1.4rem 0 .5rem; }
header p { margin: 0; color: #43505e; }
#map { height: min(72vh, 48rem); min-height: 22rem; margin: 0 1rem; border: 1px solid #c9d1d9; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
caption { text-align: left; color: #43505e; padding-bottom: .4rem; }
th, td { padding: .35rem .7rem; border-bottom: 1px solid #dde3e8; text-align: left; }
td.figure, th.figure { text-align: right; font-variant-numeric: tabular-nums; }
@media print { #map { height: 16cm; break-inside: avoid; } tr { break-inside: avoid; } }
"""


def offline_page(assessment: GapAssessment, study: Study) -> str:
    """Return a self-contained HTML page.

    Parameters
    ----------
    assessment
        The answer to show.
    study
        The study it was asked of, with the same site list.
    """
    outlines = outline_layer(study)
    addresses = MapAddresses(scripts=(), styles=(), areas="", outlines=None, sites="")
    settings = map_settings(study, addresses)
    settings["geometry"] = json.loads(
        area_layer(study, _neighbourhood_rows(assessment, study)).text()
    )
    settings["extras"] = [
        {"title": extra.title, "role": extra.role, "url": json.loads(extra.file.text())}
        for extra in extra_layers(study)
    ]
    settings["outlines"] = None if outlines is None else json.loads(outlines.text())
    state = repaint_state(
        assessment,
        study,
        colour_areas(assessment, MapMode.GAP, need=study.areas[assessment.measure.id]),
        sites=json.loads(site_layer(study).text()),
    )
    title = html.escape(headline(assessment, study))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>{_inlined_style()}{_STYLE}</style>
</head>
<body>
<header><h1>{title}</h1><p>{html.escape(question(assessment, study))}</p></header>
<div id="map"></div>
<section>
{_neighbourhoods(assessment, study)}
{_partners(assessment, study)}
{_sources(assessment)}
</section>
<script>{_script(leaflet_folder() / "leaflet.js")}</script>
<script>{"".join(_script(ASSETS_FOLDER / name) for name in MAP_SCRIPTS)}</script>
<script>
var map = L.map("map", {{ zoomSnap: 0.25, zoomDelta: 0.5, scrollWheelZoom: false,
  attributionControl: false, maxZoom: 18, minZoom: 3 }}).setView([0, 0], 3);
window.gapmap.mount(map, {script_json(settings)});
window.gapmap.apply({script_json(state)});
</script>
</body>
</html>
"""


def _neighbourhood_rows(assessment: GapAssessment, study: Study) -> Any:
    if study.neighbourhoods is None:
        return [-1] * len(study.areas)
    row = {place: n for n, place in enumerate(study.neighbourhoods["neighbourhood_id"])}
    return [row.get(place, -1) for place in assessment.areas["neighbourhood_id"]]


def _script(path: Any) -> str:
    # A closing tag inside a script would end it.
    text: str = path.read_text(encoding="utf-8").replace("</script", "<\\/script")
    return text.replace("//# sourceMappingURL=leaflet.js.map", "")


def _inlined_style() -> str:
    leaflet = (leaflet_folder() / "leaflet.css").read_text(encoding="utf-8")
    own = [(ASSETS_FOLDER / name).read_text(encoding="utf-8") for name in MAP_STYLES]
    return "".join([leaflet, *own])


def _neighbourhoods(assessment: GapAssessment, study: Study) -> str:
    words, unit = study.words, assessment.measure.unit
    if assessment.neighbourhoods.empty:
        return ""
    heads = ["Rank", words.neighbourhood.capitalize(), words.group.capitalize()]
    heads += [unit.capitalize(), "In reach", "Out of reach", words.sites.capitalize(), "Reading"]
    rows = [
        [
            row["rank"],
            row["name"],
            row["group"] or "",
            numbers.count(row["need"]),
            numbers.count(row["need_in_reach"]),
            numbers.count(row["gap"]),
            numbers.count(row["site_count"]),
            row["reading"],
        ]
        for row in _rows(assessment.neighbourhoods)
    ]
    caption = f"Ranked by {unit} out of reach."
    return f"<h2>{html.escape(words.neighbourhoods.capitalize())}</h2>" + _table(
        heads, rows, caption, {0, 3, 4, 5, 6}
    )


def _partners(assessment: GapAssessment, study: Study) -> str:
    unit, words = assessment.measure.unit, study.words
    heads = ["Partner", words.sites.capitalize(), f"{unit.capitalize()} in reach"]
    heads += ["Reached by nobody else", "Shared"]
    rows = [
        [
            row["partner"],
            row["site_count"],
            numbers.count(row["need_in_reach"]),
            numbers.count(row["unique_need"]),
            numbers.count(row["shared_need"]),
        ]
        for row in _rows(assessment.partners)
    ]
    if not rows:
        return ""
    return "<h2>Partners</h2>" + _table(heads, rows, "", {1, 2, 3, 4})


def _sources(assessment: GapAssessment) -> str:
    rows = [
        [entry.title, entry.figures_are, entry.vintage, entry.source, entry.licence, entry.method]
        for entry in assessment.provenance
    ]
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in assessment.notes)
    left_out = "".join(
        f"<li>{count:,} left out: {html.escape(reason)}</li>"
        for reason, count in assessment.sites_left_out.items()
    )
    return (
        "<h2>Sources and method</h2>"
        + _table(
            ["Layer", "Figures are", "Vintage", "Source", "Licence", "Method"], rows, "", set()
        )
        + f"<ul>{notes}{left_out}</ul><p>Data version {html.escape(assessment.data_version)}</p>"
    )


def _rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return table.astype(object).where(table.notna(), None).to_dict("records")


def _table(heads: list[str], rows: list[list[Any]], caption: str, figures: set[int]) -> str:
    def cell(tag: str, position: int, text: Any) -> str:
        kind = ' class="figure"' if position in figures else ""
        return f"<{tag}{kind}>{html.escape(str(text))}</{tag}>"

    head = "".join(cell("th", position, text) for position, text in enumerate(heads))
    body = "".join(
        "<tr>" + "".join(cell("td", position, text) for position, text in enumerate(row)) + "</tr>"
        for row in rows
    )
    said = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="wide"><table>{said}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
