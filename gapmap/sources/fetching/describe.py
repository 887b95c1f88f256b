"""The TOML of a fetched study."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from gapmap.model import Role
    from gapmap.sources.fetching.tables import FigureSpec

__all__ = ["Origin", "layer_toml", "measures_of", "to_toml"]

LICENCE: Final = "US public domain"
_PUBLISHERS: Final = ("census.gov", "arcgis.com")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a layer came from.

    Parameters
    ----------
    source
        The publisher and what it is called there.
    address
        Base address of the service asked.
    fetched
        Day of the oldest answer used.
    """

    source: str
    address: str
    fetched: date

    @property
    def is_local(self) -> bool:
        """Whether it came from this machine: then nobody knows what it is."""
        host = urlsplit(self.address).hostname or ""
        return host in ("localhost", "::1") or host.startswith("127.")

    @property
    def told(self) -> str:
        """The source in one sentence, the address named if it is not the publisher's own."""
        if self.is_local:
            return f"A server on this machine, {self.address}, in the form of: {self.source}"
        host = urlsplit(self.address).hostname or ""
        if not any(host == one or host.endswith(f".{one}") for one in _PUBLISHERS):
            return f"{self.source}, by way of {self.address}"
        return self.source


def layer_toml(
    role: Role,
    *,
    title: str,
    file: str,
    vintage: str,
    origins: Sequence[Origin],
    method: str,
    **more: Any,
) -> str:
    """Return the description of a layer.

    Parameters
    ----------
    role, title, file, vintage, method
        As in any layer.
    origins
        Where its parts came from, the most important one first.
    more
        Further keys; those that are None or empty are left out.
    """
    described = {
        "role": role.value,
        "title": title,
        "file": file,
        "vintage": vintage,
        "source": "; ".join(dict.fromkeys(origin.told for origin in origins)),
        "licence": LICENCE,
        "fetched": min(origin.fetched for origin in origins),
        "illustrative": any(origin.is_local for origin in origins) or None,
        "method": method,
        **more,
    }
    return to_toml(described)


def measures_of(
    figures: Sequence[FigureSpec], *, columns: Mapping[str, str] | None = None
) -> dict[str, dict[str, str]]:
    """Return the measures of a layer.

    Parameters
    ----------
    figures
        What is measured.
    columns
        Column by measure where they differ; then there are no margins of error.
    """
    if columns is None:
        return {
            figure.id: {
                "column": figure.id,
                "moe": f"{figure.id}_moe",
                "label": figure.label,
                "unit": figure.unit,
                "method": figure.method,
            }
            for figure in figures
        }
    return {
        figure.id: {
            "column": columns[figure.id],
            "label": figure.label,
            "unit": figure.unit,
        }
        for figure in figures
    }


def to_toml(content: Mapping[str, Any]) -> str:
    """Return TOML; keys whose value is None, empty text or an empty table are left out.

    Examples
    --------
    >>> print(to_toml({"name": "Travis", "words": {"area": "tract"}}), end="")
    name = "Travis"
    <BLANKLINE>
    [words]
    area = "tract"
    """
    return "\n".join(_lines(content, ())) + "\n"


def _lines(content: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    given = {key: value for key, value in content.items() if value not in (None, "", {})}
    plain = {key: value for key, value in given.items() if not isinstance(value, Mapping)}
    lines = [f"{key} = {_value(value)}" for key, value in plain.items()]
    if path and plain:
        lines = ["", f"[{'.'.join(path)}]", *lines]
    for key, value in given.items():
        if isinstance(value, Mapping):
            lines += _lines(value, (*path, key))
    return lines


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case date():
            return value.isoformat()
        case str():
            # A JSON text is a TOML text, but for this one sign.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            return f"[{', '.join(_value(one) for one in value)}]"
