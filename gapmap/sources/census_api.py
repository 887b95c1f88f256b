"""Counts by area from the Census programming interface, as numbers that may be added up.

GEOIDs are texts, what is unknown is NaN, and an area is there once or the answer is refused.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from gapmap.errors import RequestError, SourceError
from gapmap.rules import Level
from gapmap.sources.census_client import (
    BlockClient,
    CensusSession,
    Rows,
    SurveyClient,
    explained,
)
from gapmap.sources.failures import AnswerError, StatusError
from gapmap.sources.questions import Secret
from gapmap.sources.states import STATES, find_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from gapmap.sources.http import Courier

__all__ = ["CensusApi"]

_OLDEST_YEAR: Final = 2009
_YEARS_TRIED: Final = 8
_CODES_A_REQUEST: Final = 24
"""Each is an estimate and a margin; with NAME that is 49 variables, and 50 are answered."""
_AT_ONCE: Final = 4
_BLOCK_YEAR: Final = 2020

_UNKNOWN: Final = (-999999999, -888888888, -666666666, -555555555, -333333333, -222222222)
_CONTROLLED: Final = -555555555
"""A margin of this says: controlled to a count from elsewhere, no sampling error.

Source: Census Bureau, "Notes on ACS Estimate and Annotation Values". The other codes say that an
estimate or a margin could not be computed.
"""

_DIGITS: Final = {"state": 2, "county": 3, "tract": 6, "block group": 1, "block": 4}
_GEOGRAPHY: Final = {
    "county": ("state", "county"),
    Level.TRACT: ("state", "county", "tract"),
    Level.BLOCK_GROUP: ("state", "county", "tract", "block group"),
    "block": ("state", "county", "tract", "block"),
}


class CensusApi:
    """Counts by area from the Census.

    Parameters
    ----------
    courier
        Carries the questions.
    base
        Base address.
    key
        The person's key; without one the service is asked all the same and says what it wants.
    """

    def __init__(self, courier: Courier, base: str, key: str) -> None:
        self._courier = courier
        self._base = base.rstrip("/")
        self._key = Secret(key)

    def newest_year(self) -> int:
        """Return the last year of the newest five-year survey (ACS).

        Raises
        ------
        SourceError
            If none of the last years is there.
        """
        this_year = self._courier.today.year
        oldest = max(_OLDEST_YEAR, this_year - _YEARS_TRIED + 1)
        for year in range(this_year, oldest - 1, -1):
            what = f"the survey of {year}"
            session = CensusSession(self._courier, self._key, what, keep_days=1)
            try:
                session.get(f"{self._base}/{year}/acs/acs5.json", {})
            except StatusError as refused:
                if refused.status != 404:
                    raise
            else:
                return year
        raise SourceError(
            f"Asked {self._host} for the newest five-year survey: there is none from {oldest} to "
            f"{this_year}. Check the base address of the Census, or name a year."
        )

    def counties(self, state: str, year: int) -> pd.DataFrame:
        """Return the counties of a state: ``GEOID`` (5 digits) and ``NAME``.

        Parameters
        ----------
        state
            FIPS code, postal code or name.
        year
            Year of the survey; the counties of Connecticut changed in 2022.
        """
        fips = find_state(state)
        what = f"the counties of {STATES[fips][1]} in {year}"
        place = {"for": "county:*", "in": f"state:{fips}"}
        return self._ask(SurveyClient, "county", ["NAME"], place, year, what)

    def estimates(
        self,
        year: int,
        level: Level,
        state: str,
        counties: Sequence[str] | None,
        variables: Sequence[str],
    ) -> pd.DataFrame:
        """Return estimates and margins of error by area.

        Parameters
        ----------
        year
            Last of the five years.
        level
            Tracts or block groups.
        state
            FIPS code, postal code or name.
        counties
            Codes of counties, 3 digits or 5; None for the whole state.
        variables
            Codes without their last letter: ``B01001_003``.

        Returns
        -------
        DataFrame
            ``GEOID``, ``NAME``, then ``{code}E`` and ``{code}M`` of each code: floats, NaN where
            unknown, margins 0 where controlled. One row an area, sorted by ``GEOID``.
        """
        import pandas as pd

        fips = find_state(state)
        codes = list(dict.fromkeys(variables))
        chunks = [
            [f"{code}{kind}" for code in codes[start : start + _CODES_A_REQUEST] for kind in "EM"]
            for start in range(0, max(len(codes), 1), _CODES_A_REQUEST)
        ]
        places = _places(level, fips, counties)

        def ask(task: tuple[str, dict[str, str], list[str]]) -> pd.DataFrame:
            county, place, columns = task
            table = columns[0].partition("_")[0] if columns else "names"
            what = f"{table} by {level} in {county}{STATES[fips][1]}, {year}"
            return self._ask(SurveyClient, level, ["NAME", *columns], place, year, what)

        tasks = [(county, place, chunk) for county, place in places for chunk in chunks]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = list(pool.map(ask, tasks))
        parts = []
        for start in range(0, len(answers), len(chunks)):
            first, *others = answers[start : start + len(chunks)]
            for other in others:
                if list(other["GEOID"]) != list(first["GEOID"]):
                    raise SourceError(
                        f"Asked {self._host} for {tasks[start][0]}{STATES[fips][1]} in {year} in "
                        f"{len(chunks)} parts: they are not about the same areas. "
                        "Fetch again with --refresh."
                    )
            parts.append(
                pd.concat(
                    [first, *(other.drop(columns=["GEOID", "NAME"]) for other in others)], axis=1
                )
            )
        table = pd.concat(parts, ignore_index=True)
        return table.sort_values("GEOID", ignore_index=True)

    def block_children(self, state: str, county: str) -> pd.DataFrame:
        """Return people by block of 2020: ``GEOID`` (15 digits), ``total`` and ``children``.

        Children are the people under 18: everybody (P1) without those of 18 and over (P3), as
        counted, with the noise that the Census adds to every block.
        """
        fips = find_state(state)
        code = _county_code(fips, county)
        what = f"people by block in county {code} of {STATES[fips][1]}, {_BLOCK_YEAR}"
        place = {"for": "block:*", "in": f"state:{fips} county:{code}"}
        columns = ["P1_001N", "P3_001N"]
        table = self._ask(BlockClient, "block", columns, place, _BLOCK_YEAR, what)
        children = table["P1_001N"] - table["P3_001N"]
        if (children < 0).any():
            geoid = table.loc[children < 0, "GEOID"].iloc[0]
            raise SourceError(
                f"Asked {self._host} for {what}: in block {geoid} there are more adults than "
                "people. The table is not what it was; use centres of population instead."
            )
        return table[["GEOID"]].assign(total=table["P1_001N"], children=children)

    # ------------------------------------------------------------------------- one question

    @property
    def _host(self) -> str:
        return urlsplit(self._base).hostname or self._base

    def _ask(
        self,
        client: type[SurveyClient | BlockClient],
        level: Level | str,
        columns: list[str],
        place: dict[str, str],
        year: int,
        what: str,
    ) -> pd.DataFrame:
        def read(rows: Rows) -> pd.DataFrame:
            if not rows:
                raise _nothing(self._host, what)
            return self._by_geoid(rows, level, what, columns)

        session = CensusSession(self._courier, self._key, what, columns=tuple(columns), read=read)
        try:
            return read(client(self._base, session).get(columns, place, year=year))
        except StatusError as refused:
            raise explained(refused, self._host, what, year) from None

    def _by_geoid(
        self,
        rows: Rows,
        level: Level | str,
        what: str,
        columns: Sequence[str],
    ) -> pd.DataFrame:
        """Return a table with GEOIDs for geography and numbers for counts, sorted."""
        import pandas as pd

        parts = _GEOGRAPHY[level]
        if missing := [part for part in parts if part not in rows[0]]:
            raise AnswerError(
                f"Asked {self._host} for {what}: the answer lacks the column "
                f"{', '.join(missing)}. The service has changed; report it."
            )
        geoids = [
            "".join(str(row[part] or "").zfill(_DIGITS[part]) for part in parts) for row in rows
        ]
        length = sum(_DIGITS[part] for part in parts)
        for geoid in geoids:
            if len(geoid) != length or not geoid.isdigit():
                raise AnswerError(
                    f"Asked {self._host} for {what}: “{geoid}” is no GEOID of {length} digits. "
                    "The service has changed; report it."
                )
        table = pd.DataFrame({"GEOID": pd.array(geoids, dtype="str")})
        if "NAME" in columns:
            table["NAME"] = pd.array([row["NAME"] or "" for row in rows], dtype="str")
        for column in columns:
            if column != "NAME":
                texts = [row[column] for row in rows]
                table[column] = _numbers(texts, column, geoids, self._host, what)
        if table["GEOID"].duplicated().any():
            twice = table.loc[table["GEOID"].duplicated(), "GEOID"].iloc[0]
            raise AnswerError(
                f"Asked {self._host} for {what}: {twice} came twice. "
                "Which of the two holds is not known. Try again later."
            )
        return table.sort_values("GEOID", ignore_index=True)


def _places(
    level: Level, fips: str, counties: Sequence[str] | None
) -> list[tuple[str, dict[str, str]]]:
    """Return what to ask for each county, or for the whole state."""
    if counties is None:
        # Block groups are only published by county; all of them may be asked for at once.
        within = f"state:{fips}" + (" county:*" if level is Level.BLOCK_GROUP else "")
        return [("", {"for": f"{level}:*", "in": within})]
    codes = sorted({_county_code(fips, county) for county in counties})
    return [
        (f"county {code} of ", {"for": f"{level}:*", "in": f"state:{fips} county:{code}"})
        for code in codes
    ]


def _county_code(fips: str, county: str) -> str:
    code = county.removeprefix(fips) if len(county) == 5 else county
    if len(code) != 3 or not code.isdigit():
        raise RequestError(
            f"“{county}” is no code of a county in {STATES[fips][1]}. "
            f"Expected three digits, or five that begin with {fips}."
        )
    return code


def _nothing(host: str, what: str) -> StatusError:
    return StatusError(
        f"Asked {host} for {what}: it has nothing for that place and year (204). "
        "Check the county; in Connecticut counties are planning regions from 2022 on.",
        status=204,
    )


def _numbers(
    texts: list[str | None], column: str, geoids: list[str], host: str, what: str
) -> pd.Series[float]:
    """Return counts as floats: codes for "unknown" and nulls as NaN, controlled margins as 0."""
    import numpy as np
    import pandas as pd

    given = pd.Series(texts, dtype="object")
    counts = pd.to_numeric(given, errors="coerce").astype("float64")
    is_code = counts.isin(_UNKNOWN)
    is_count = counts.between(0, np.inf, inclusive="left")
    strange = given.notna() & ~is_count & ~is_code
    if strange.any():
        row = int(strange.to_numpy().argmax())
        raise AnswerError(
            f"Asked {host} for {what}: {column} of {geoids[row]} is “{texts[row]}”, which is "
            "no count. The service has changed; report it."
        )
    known = counts.mask(is_code, np.nan)
    return known.mask(counts == _CONTROLLED, 0.0) if column.endswith("M") else known
