from __future__ import annotations

import pytest

from gapmap.views.compare_map import COMPARE_SCRIPTS
from gapmap.views.maps import ASSETS_FOLDER
from gapmap.views.room_map import ROOM_SCRIPTS
from gapmap.views.territory_map import TERRITORY_SCRIPTS


@pytest.mark.parametrize("names", [COMPARE_SCRIPTS, ROOM_SCRIPTS, TERRITORY_SCRIPTS])
def test_every_script_of_a_map_is_there_short_enough_to_be_read_and_writes_no_html(names):
    sources = {name: (ASSETS_FOLDER / name).read_text(encoding="utf-8") for name in names}
    lengths = {name: len(source.splitlines()) for name, source in sources.items()}
    assert max(lengths.values()) <= 350
    everything = "".join(sources.values())
    assert "innerHTML" not in everything
    assert "insertAdjacentHTML" not in everything


@pytest.mark.parametrize("kind", ["compare", "room", "territory"])
def test_no_script_of_a_map_is_left_unlisted(kind):
    listed = {*COMPARE_SCRIPTS, *ROOM_SCRIPTS, *TERRITORY_SCRIPTS}
    assert {path.name for path in ASSETS_FOLDER.glob(f"{kind}*.js")} <= listed
