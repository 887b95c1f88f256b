"""The federal list of summer meal sites: a feature service whose name and columns change yearly."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from gapmap.errors import SourceError
from gapmap.sources.failures import AnswerError, page_title
from gapmap.sources.states import STATES, find_state

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from gapmap.sources.http import Courier

__all__ = ["SummerSites"]

_SERVICE: Final = re.compile(r"summer.*meal.*(20\d\d)", re.IGNORECASE)
_STATE_FIELDS: Final = ("sitestate", "state", "stateabbr", "stateabbreviation")
_PERSONAL_WORDS: Final = frozenset({"ext", "extension", "fax", "creator", "editor"})
_PERSONAL_PARTS: Final = ("contact", "phone", "email")
_KEEP_DAYS: Final = 1
_MOST_A_PAGE: Final = 2_000
_MOST_SITES: Final = 200_000
_PASSING_CODES: Final = frozenset({408, 429, *range(500, 600)})


class SummerSites:
    """Summer meal sites as published.

    Parameters
    ----------
    courier
        Carries the questions.
    base
        Base address of the services.
    """

    def __init__(self, courier: Courier, base: str) -> None:
        self._courier = courier
        self._base = base.rstrip("/")

    def sites(self, state: str, year: int | None = None) -> tuple[pd.DataFrame, int]:
        """Return the sites of a state, and the year they are of.

        Parameters
        ----------
        state
            FIPS code, postal code or name.
        year
            Summer; None for the newest that is published.

        Returns
        -------
        Columns and values as published but for those about persons, which are never asked for.
        ``X`` and ``Y`` are degrees: filled in from the shapes where the columns lack them. No
        rows where the state has published none.
        """
        fips = find_state(state)
        postal, name = STATES[fips]
        service, found = self._service(year)
        layer = f"{self._base}/{quote(service)}/FeatureServer/0"
        what = f"the summer meal sites of {name}, {found}"

        def read(described: dict[str, Any]) -> tuple[str, str, list[str]]:
            fields = [str(field.get("name")) for field in described["fields"]]
            return self._identifier(described, what), self._state_field(fields, what), fields

        described = self._ask(
            layer, {"f": "json"}, f"the columns of {service}", "fields", read=read
        )
        identifier, state_field, fields = read(described)
        wanted = [field for field in fields if not _is_personal(field)]
        question = {
            "where": f"{state_field}='{postal}'",
            "outFields": ",".join(wanted),
            "orderByFields": identifier,
            "outSR": "4326",
            "returnGeometry": "true",
            "f": "json",
        }
        features = self._pages(f"{layer}/query", question, _page_size(described), identifier, what)
        return _table(features, wanted), found

    # ------------------------------------------------------------------------- what there is

    def _service(self, year: int | None) -> tuple[str, int]:
        """Return the name of the newest service, or of the one of a year."""
        what = "the list of services"

        def read(listed: dict[str, Any]) -> tuple[str, int]:
            return self._chosen(listed, year)

        return read(self._ask(self._base, {"f": "json"}, what, "services", read=read))

    def _chosen(self, listed: dict[str, Any], year: int | None) -> tuple[str, int]:
        names = {
            str(service.get("name", "")).rpartition("/")[2]
            for service in listed["services"]
            if service.get("type") == "FeatureServer"
        }
        by_year: dict[int, list[str]] = {}
        for name in names:
            if match := _SERVICE.search(name):
                by_year.setdefault(int(match[1]), []).append(name)
        if not by_year:
            raise AnswerError(
                f"Asked {self._host} for the list of services: {len(names)} are listed, and none "
                "is of summer meals. Upload the list of sites as a file instead."
            )
        if year is not None and year not in by_year:
            raise AnswerError(
                f"Asked {self._host} for the summer meal sites of {year}: there are those of "
                f"{', '.join(str(one) for one in sorted(by_year))}. Name one of them."
            )
        found = max(by_year) if year is None else year
        # The shortest name is the list itself; longer ones are views and copies of it.
        return min(by_year[found], key=lambda name: (len(name), name)), found

    def _identifier(self, described: dict[str, Any], what: str) -> str:
        named = described.get("objectIdField")
        typed = [
            field["name"]
            for field in described["fields"]
            if field.get("type") == "esriFieldTypeOID"
        ]
        if not named and not typed:
            raise AnswerError(
                f"Asked {self._host} for {what}: the list has no column that tells its rows "
                "apart, so it cannot be read page by page. Upload it as a file instead."
            )
        return str(named or typed[0])

    def _state_field(self, fields: list[str], what: str) -> str:
        plain = {re.sub(r"[^a-z]", "", field.lower()): field for field in reversed(fields)}
        for candidate in _STATE_FIELDS:
            if candidate in plain:
                return plain[candidate]
        raise AnswerError(
            f"Asked {self._host} for {what}: none of its columns is the state of a site "
            f"({', '.join(fields)}). Upload the list of sites as a file instead."
        )

    # ---------------------------------------------------------------------------------- pages

    def _pages(
        self, url: str, question: dict[str, str], size: int, identifier: str, what: str
    ) -> list[dict[str, Any]]:
        """Read all pages; if the list changed while it was read, once more from the start."""
        for keep_days in (_KEEP_DAYS, 0):
            features: list[dict[str, Any]] = []
            goes_on = True
            while goes_on:
                window = {"resultOffset": str(len(features)), "resultRecordCount": str(size)}
                page = self._ask(url, {**question, **window}, what, "features", keep_days=keep_days)
                goes_on = bool(page.get("exceededTransferLimit"))
                features += page["features"]
                if goes_on and not page["features"]:
                    raise AnswerError(
                        f"Asked {self._host} for {what}: it says that there is more after "
                        f"{len(features):,} sites, and sends none. Try again later."
                    )
                if len(features) > _MOST_SITES:
                    raise AnswerError(
                        f"Asked {self._host} for {what}: there is no end after "
                        f"{_MOST_SITES:,} sites. Check the base address of the service."
                    )
            numbers = [feature.get("attributes", {}).get(identifier) for feature in features]
            if len(set(numbers)) == len(numbers):
                return features
        raise SourceError(
            f"Asked {self._host} for {what}: the same site came on two pages, twice over. "
            "The list is being changed; try again later."
        )

    def _ask(
        self,
        url: str,
        params: dict[str, str],
        what: str,
        part: str,
        *,
        keep_days: int = _KEEP_DAYS,
        read: Callable[[dict[str, Any]], object] = dict,
    ) -> dict[str, Any]:
        """Return a JSON object that has a list of objects under ``part``.

        What ``read`` raises for is not kept.
        """
        reply = self._courier.get(
            url,
            params,
            check=lambda body: read(self._checked(body, what, part)),
            keep_days=keep_days,
            what=what,
        )
        answer: dict[str, Any] = json.loads(reply.content())
        return answer

    @property
    def _host(self) -> str:
        return urlsplit(self._base).hostname or self._base

    def _checked(self, body: bytes, what: str, part: str) -> dict[str, Any]:
        asked = f"Asked {self._host} for {what}"
        title = page_title(body)
        if title is not None:
            raise SourceError(
                f"{asked}: it sent a web page (“{title}”) instead of JSON. "
                "The service is being worked on, or something stands between; try again later."
            )
        try:
            answer = json.loads(body)
        except ValueError:
            raise SourceError(
                f"{asked}: the answer is not JSON, or only a part of it. Try again later."
            ) from None
        # This kind of service says 200 to everything, and what went wrong in the body.
        error = answer.get("error") if isinstance(answer, dict) else None
        if isinstance(error, dict):
            code, message = error.get("code"), " ".join(str(error.get("message", "")).split())
            kind = SourceError if code in _PASSING_CODES else AnswerError
            raise kind(
                f"{asked}: the service failed ({code}: “{message[:200]}”). Try again later, "
                "or upload the list of sites as a file instead."
            )
        parts = answer.get(part) if isinstance(answer, dict) else None
        if not isinstance(parts, list) or not all(isinstance(one, dict) for one in parts):
            raise AnswerError(
                f"{asked}: the answer has no list of {part}. The service has changed: "
                "upload the list of sites as a file instead."
            )
        return dict(answer)


def _is_personal(field: str) -> bool:
    """Say whether a column is about a person; StartDateText ends like ext and is not."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", field).lower()
    words = re.split(r"[^a-z]+", apart)
    return any(part in field.lower() for part in _PERSONAL_PARTS) or any(
        word in _PERSONAL_WORDS for word in words
    )


def _page_size(described: dict[str, Any]) -> int:
    size = described.get("maxRecordCount")
    return min(size, _MOST_A_PAGE) if isinstance(size, int) and size > 0 else _MOST_A_PAGE


def _table(features: list[dict[str, Any]], fields: list[str]) -> pd.DataFrame:
    """Return one row a feature; X and Y come from the shape where no column says them."""
    import pandas as pd

    rows = [feature.get("attributes") or {} for feature in features]
    table = pd.DataFrame(
        {field: pd.Series([row.get(field) for row in rows], dtype="object") for field in fields}
    )
    shapes = [feature.get("geometry") or {} for feature in features]
    for axis in ("x", "y"):
        own = next((field for field in fields if field.lower() == axis), None)
        drawn = pd.Series([shape.get(axis) for shape in shapes], dtype="object")
        if own is None:
            table[axis.upper()] = drawn
        else:
            # Some years these columns are empty, or metres on the web's map.
            is_degrees = pd.to_numeric(table[own], errors="coerce").abs() <= 180
            table[own] = table[own].where(is_degrees | drawn.isna(), drawn)
    return table
