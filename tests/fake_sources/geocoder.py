"""The batch geocoder: which address is found is written in its house number.

| house number | outcome |
|---|---|
| ends in 9, or there is none, or the city is not of the region | No_Match |
| ends in 7 | Tie |
| ends in 5, or the postal code is not the city's | Match, Non_Exact |
| any other | Match, Exact |
"""

from __future__ import annotations

import csv
import functools
import io
import re
import zlib
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tests.fake_sources.answers import Answer, page, text_answer
from tests.fake_sources.site_list import SITE_YEARS, ZIPS, point_inside, sites_of

if TYPE_CHECKING:
    import shapely

    from tests.fake_sources.region import Region

__all__ = ["GeocoderService", "Located", "read_form"]

MOST_ROWS = 10_000
BENCHMARKS = ("Public_AR_Current", "4")


ZIPS_BY_TOWN = {name.upper(): postal_code for name, postal_code in ZIPS.items()}


class Located(NamedTuple):
    """Where one address was found: outcome as the service writes it, quality, point."""

    outcome: str
    quality: str | None = None
    address: str | None = None
    longitude: float | None = None
    latitude: float | None = None


def read_form(content_type: str, body: bytes) -> dict[str, bytes]:
    """Read the fields of a multipart upload; a broken one has none."""
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n" + body
    )
    if not message.is_multipart():
        return {}
    parts = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if name and isinstance(content, bytes):
            parts[str(name)] = content
    return parts


class GeocoderService:
    """Answers below ``/geocoder``.

    Parameters
    ----------
    region
        Whose places are known.
    """

    def __init__(self, region: Region) -> None:
        self.region = region

    def answer(self, path: str, method: str, content_type: str, body: bytes) -> Answer:
        """Answer one upload of headerless rows: id, street, city, state, postal code."""
        if path != "/locations/addressbatch":
            return page("404 Not Found", f"There is nothing at {path}.", 404)
        if method != "POST":
            return page("405 Method Not Allowed", "Send the addresses by POST.", 405)
        form = read_form(content_type, body)
        if "addressFile" not in form or "benchmark" not in form:
            return text_answer("Required parts 'addressFile' and 'benchmark' are not present.", 400)
        if form["benchmark"].decode().strip() not in BENCHMARKS:
            return text_answer("The benchmark is not one of the known ones.", 400)
        text = form["addressFile"].decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
        if len(rows) > MOST_ROWS:
            return text_answer(f"{len(rows)} records exceed the limit of {MOST_ROWS}.", 400)
        written = io.StringIO()
        answer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n")
        # The service does not keep the order of the rows.
        for row in sorted(rows, key=lambda row: zlib.crc32(row[0].encode())):
            answer.writerow(self._row(row))
        return Answer(200, written.getvalue().encode(), "text/plain;charset=utf-8")

    def _row(self, row: list[str]) -> list[str]:
        cells = [cell.strip() for cell in (*row, "", "", "", "")[:5]]
        number, *parts = cells
        found = self.locate(*parts)
        start = [number, ", ".join(parts), found.outcome]
        if found.outcome != "Match":
            return start
        line = str(600_000_000 + zlib.crc32(str(found.address).encode()) % 50_000_000)
        side = "LR"[zlib.crc32(parts[0].encode()) % 2]
        where = f"{found.longitude},{found.latitude}"
        return [*start, str(found.quality), str(found.address), where, line, side]

    def locate(self, street: str, city: str, state: str, postal_code: str) -> Located:
        """Find one address by the rule of this module."""
        house = re.match(r"\s*(\d+)\s+\S", street)
        wanted = _towns(self.region).get((state.strip().upper(), city.strip().upper()))
        if house is None or wanted is None or house[1].endswith("9"):
            return Located("No_Match")
        if house[1].endswith("7"):
            return Located("Tie")
        postal_of_town = ZIPS_BY_TOWN[city.strip().upper()]
        right = postal_code.strip()[:5] == postal_of_town
        quality = "Exact" if right and not house[1].endswith("5") else "Non_Exact"
        address = f"{street}, {city}, {state}, {postal_of_town}".upper()
        x, y = self._known(street, city) or point_inside(
            wanted, np.random.default_rng(zlib.crc32(address.encode()))
        )
        return Located("Match", quality, address, x, y)

    def _known(self, street: str, city: str) -> tuple[float, float] | None:
        """Where a meal site of that address stands."""
        return _standing(self.region).get((street.strip().upper(), city.strip().upper()))


@functools.cache
def _towns(region: Region) -> dict[tuple[str, str], shapely.Geometry]:
    """Shapes of the places by postal abbreviation of the state and name."""
    towns = {}
    for state in filter(None, map(region.state, ("40", "48"))):
        for name, shape in zip(state.places["NAME"], state.places.geometry, strict=True):
            towns[state.postal, name.upper()] = shape
    return towns


@functools.cache
def _standing(region: Region) -> dict[tuple[str, str], tuple[float, float]]:
    """Points of the newest sites by street and city, where they are known."""
    sites = sites_of(region, SITE_YEARS[-1])
    sites = sites[sites["X"].notna() & (sites["X"] != 0)]
    streets, cities = sites["Site_Address1"].str.upper(), sites["Site_City"].str.upper()
    points = zip(sites["X"].astype(float), sites["Y"].astype(float), strict=True)
    return dict(zip(zip(streets, cities, strict=True), points, strict=True))
