"""An answer about eligibility with its working: as text, as a page to print, as JSON.

Every sheet writes out its arithmetic, so that somebody with a pencil can follow it, and says what
it rests on: source, vintage, until when it holds, what counts as adjacent, whether it is a proxy.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final

from gapmap.analysis.workings import PROXY
from gapmap.views.worksheet_words import (
    arithmetic,
    capital,
    clipped,
    figure,
    json_number,
    place_words,
    probability_words,
    question_words,
    rests_on,
    rural_words,
    share_words,
    site_type_word,
    spelled_day,
    verdict,
    wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from gapmap.rules import EligibilityAnswer, Worksheet

__all__ = [
    "answer_facts",
    "answer_text",
    "worksheet_page",
]

_KIND_OF_COLUMN: Final = {
    **dict.fromkeys(("Children", "Eligible", "Share"), ' class="figure"'),
    **dict.fromkeys(("Area", "Type of site", "Lawful here?"), ' class="word"'),
}
_BY_HAND: Final = "The State agency decides; this sheet only shows the working."

_STYLE: Final = """
@page { margin: 10mm 12mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 46rem; padding: 1rem; color: #14202e; background: #fff;
  font: 10pt/1.32 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
h1 { font-size: 14pt; margin: 0 0 1mm; line-height: 1.2; }
h2 { font-size: 11pt; margin: 3.5mm 0 1mm; }
p, ul, dl { margin: 0 0 1.2mm; }
ul { padding-left: 5mm; }
table { border-collapse: collapse; width: 100%; margin: 0 0 1.2mm; }
th, td { border-bottom: .3mm solid #c9d1d9; padding: .5mm 2mm .5mm 0; text-align: left;
  vertical-align: top; overflow-wrap: break-word; }
.word { white-space: nowrap; }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tfoot td { font-weight: 600; border-bottom: 0; }
.sum { font-size: 11.5pt; font-weight: 600; }
.proxy { border: .5mm solid #14202e; padding: 1mm 2mm; font-weight: 700; }
dl { display: grid; grid-template-columns: max-content 1fr; column-gap: 4mm; }
dt { color: #43505e; }
dd { margin: 0; overflow-wrap: anywhere; }
footer { border-top: .3mm solid #c9d1d9; margin-top: 2mm; padding-top: 1mm; color: #43505e;
  font-size: 9pt; }
@media print { body { max-width: none; padding: 0; font-size: 8pt; line-height: 1.22; }
  h1 { font-size: 12pt; } h2 { font-size: 10pt; margin-top: 2mm; } .sum { font-size: 9.5pt; }
  p, ul, dl { margin-bottom: .8mm; } footer { margin-top: 1mm; font-size: 8pt; } }
"""


def answer_text(answer: EligibilityAnswer, study_name: str, *, today: date) -> str:
    """Write an answer and its worksheets as lines for a terminal.

    Parameters
    ----------
    answer
        The answer.
    study_name
        Title of the study.
    today
        The day on which a determination would be made.
    """
    lines = [f"{study_name} · {place_words(answer)}", f"Open site: {verdict(answer)}"]
    if answer.probability is not None:
        lines.append(probability_words(answer))
    lines.append("")
    for one in answer.site_types:
        lines += wrapped(f"{one.site_type:<16} {site_type_word(one, answer):<18} ", one.because)
    lines += ["", *wrapped("Rural            ", rural_words(answer))]
    for number, sheet in enumerate(answer.worksheets, 1):
        decides = ", which decides" if number == 1 else ""
        lines += ["", f"Worksheet {number}{decides}: {sheet.route}", *_sheet_lines(sheet, today)]
    if answer.notes:
        lines.append("")
        for note in answer.notes:
            lines += wrapped("Note: ", note)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def worksheet_page(answer: EligibilityAnswer, study_name: str, *, today: date) -> str:
    """Return a self-contained HTML page that prints on one sheet of paper, A4 or Letter.

    The deciding worksheet is shown in full, the others in short. There is no script on it.

    Parameters
    ----------
    answer
        The answer.
    study_name
        Title of the study.
    today
        The day on which a determination would be made.
    """
    sheets = answer.worksheets
    deciding = "".join(_sheet_html(sheet, today) for sheet in sheets[:1])
    others = "".join(_short_html(sheet, sheets[0], today) for sheet in sheets[1:])
    types = _table(
        ["Type of site", "Lawful here?", "Why"],
        [[one.site_type, site_type_word(one, answer), one.because] for one in answer.site_types],
    )
    title = _text(f"Where a site may open: {place_words(answer)}")
    proxy = f'<p class="proxy">{_text(capital(PROXY))}</p>' if answer.is_proxy else ""
    chance = "" if answer.probability is None else f"<p>{_text(probability_words(answer))}</p>"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<header><h1>{title}</h1>
<p>{_text(study_name)} · {_text(spelled_day(today))}</p>
{proxy}<p class="sum">Open site: {_text(verdict(answer))}</p>{chance}</header>
<main>
{deciding}{others}
<h2>Types of site</h2>
{types}
<p>Rural: {_text(rural_words(answer))}</p>
{_items(answer.notes)}
</main>
<footer>{_text(_BY_HAND)}</footer>
</body>
</html>
"""


def answer_facts(answer: EligibilityAnswer) -> dict[str, Any]:
    """Return an answer ready for JSON."""
    return {
        "study": answer.study,
        "geoid": answer.geoid,
        "name": answer.name,
        "level": answer.level,
        "longitude": answer.longitude,
        "latitude": answer.latitude,
        "status": answer.status.value,
        "is_open_lawful": answer.is_open_lawful,
        "is_proxy": answer.is_proxy,
        "label": PROXY if answer.is_proxy else None,
        "probability": answer.probability,
        "is_rural": answer.is_rural,
        "rural_because": answer.rural_because,
        "site_types": [
            {
                "site_type": one.site_type,
                "is_lawful": one.is_lawful,
                "route": one.route.value,
                "because": one.because,
            }
            for one in answer.site_types
        ],
        "worksheets": [_sheet_facts(sheet) for sheet in answer.worksheets],
        "notes": list(answer.notes),
    }


def _sheet_facts(sheet: Worksheet) -> dict[str, Any]:
    return {
        "route": sheet.route.value,
        "question": question_words(sheet),
        "areas": [
            {
                "geoid": row.geoid,
                "name": row.name,
                "children": json_number(row.children),
                "eligible": json_number(row.eligible),
                "share": json_number(row.share),
            }
            for row in sheet.rows
        ],
        "children": json_number(sheet.children),
        "eligible": json_number(sheet.eligible),
        "share": json_number(sheet.share),
        "threshold": sheet.threshold,
        "is_met": sheet.is_met,
        "arithmetic": arithmetic(sheet),
        "basis": sheet.basis.value,
        "level": sheet.level,
        "adjacency": sheet.adjacency.value,
        "is_proxy": sheet.is_proxy,
        "source": sheet.source,
        "vintage": sheet.vintage,
        "determined": None if sheet.determined is None else sheet.determined.isoformat(),
        "valid_until": None if sheet.valid_until is None else sheet.valid_until.isoformat(),
        "notes": list(sheet.notes),
    }


def _sheet_lines(sheet: Worksheet, today: date) -> list[str]:
    lines = wrapped("  ", question_words(sheet))
    if sheet.is_proxy:
        lines.append(f"  {capital(PROXY)}.")
    width = max(12, *(len(row.geoid) for row in sheet.rows))
    lines.append(f"  {'area':<{width}}  {'children':>12}  {'eligible':>12}  {'share':>8}  name")
    for row in sheet.rows:
        name = "" if row.name == row.geoid else clipped(row.name)
        lines.append(
            f"  {row.geoid:<{width}}  {figure(row.children):>12}  {figure(row.eligible):>12}  "
            f"{share_words(sheet, row.share):>8}  {name}"
        )
    if len(sheet.rows) > 1:
        lines.append(
            f"  {'sum':<{width}}  {figure(sheet.children):>12}  {figure(sheet.eligible):>12}  "
            f"{share_words(sheet, sheet.share):>8}"
        )
    lines += wrapped("  ", arithmetic(sheet))
    for name, text in rests_on(sheet, today):
        lines += wrapped(f"  {name + ':':<13}", text)
    for note in sheet.notes:
        lines += wrapped("  - ", note)
    return lines


def _sheet_html(sheet: Worksheet, today: date) -> str:
    rows = [
        [
            clipped(row.geoid),
            "" if row.name == row.geoid else clipped(row.name),
            figure(row.children),
            figure(row.eligible),
            share_words(sheet, row.share),
        ]
        for row in sheet.rows
    ]
    total = ["Sum", "", figure(sheet.children), figure(sheet.eligible)]
    table = _table(
        ["Area", "Name", "Children", "Eligible", "Share"],
        rows,
        [*total, share_words(sheet, sheet.share)] if len(rows) > 1 else None,
    )
    rests = "".join(
        f"<dt>{_text(name)}</dt><dd>{_text(said)}</dd>" for name, said in rests_on(sheet, today)
    )
    return (
        f"<section><h2>Worksheet 1, which decides: {_text(sheet.route)}</h2>"
        f"<p>{_text(question_words(sheet))}{_proxy_html(sheet)}</p>{table}"
        f'<p class="sum">{_text(arithmetic(sheet))}</p><dl>{rests}</dl>'
        f"{_items(sheet.notes)}</section>\n"
    )


def _short_html(sheet: Worksheet, deciding: Worksheet, today: date) -> str:
    what = " and ".join(
        row.geoid if row.name == row.geoid else f"{row.geoid} ({clipped(row.name)})"
        for row in sheet.rows
    )
    rests = "; ".join(f"{name.lower()} {said}" for name, said in rests_on(sheet, today))
    if (sheet.source, sheet.vintage) == (deciding.source, deciding.vintage):
        rests = "the same source"
    more = " ".join(sheet.notes)
    return (
        f'<p class="short"><strong>Also asked, {_text(sheet.route)}:</strong> {_text(what)}: '
        f"<strong>{_text(arithmetic(sheet))}</strong>.{_proxy_html(sheet)} "
        f"{_text(capital(rests))}. {_text(more)}</p>\n"
    )


def _proxy_html(sheet: Worksheet) -> str:
    return f" <strong>{_text(capital(PROXY))}.</strong>" if sheet.is_proxy else ""


def _text(said: object) -> str:
    return html.escape(" ".join(str(said).split()))


def _items(notes: Iterable[str]) -> str:
    items = "".join(f"<li>{_text(note)}</li>" for note in notes)
    return f"<ul>{items}</ul>" if items else ""


def _table(heads: list[str], rows: list[list[str]], total: list[str] | None = None) -> str:
    def line(tag: str, cells: list[str]) -> str:
        return "".join(
            f"<{tag}{_KIND_OF_COLUMN.get(head, '')}>{_text(cell)}</{tag}>"
            for head, cell in zip(heads, cells, strict=True)
        )

    body = "".join(f"<tr>{line('td', row)}</tr>" for row in rows)
    foot = f"<tfoot><tr>{line('td', total)}</tr></tfoot>" if total else ""
    return f"<table><thead><tr>{line('th', heads)}</tr></thead><tbody>{body}</tbody>{foot}</table>"
