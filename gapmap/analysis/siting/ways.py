"""Ways of a study that brings its own distance table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from gapmap.model import Study

__all__ = ["table_ways_m"]


def table_ways_m(study: Study, areas: NDArray[np.int64], ids: Any) -> NDArray[np.float64]:
    """Return metres from areas to places by the study's own table, infinite without a way.

    Parameters
    ----------
    study
        A study that has distances.
    areas
        n rows of its areas.
    ids
        Identifiers of m places.

    Returns
    -------
    Shape (n, m).
    """
    table = study.distances
    assert table is not None
    geoids = pd.Index(study.areas["geoid"].to_numpy()[areas])
    columns = pd.Index(ids)
    row, column = geoids.get_indexer(table["geoid"]), columns.get_indexer(table["to_id"])
    known = (row >= 0) & (column >= 0)
    metres = np.full((len(geoids), len(columns)), np.inf)
    metres[row[known], column[known]] = table["metres"].to_numpy()[known]
    return metres
