from __future__ import annotations

import io
import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from gapmap import wiring
from gapmap.analysis.territory.edits import Drawing
from gapmap.model import Role
from gapmap.webapp import cached
from gapmap.webapp.jobs import answers
from gapmap.webapp.pages import territory, territory_search
from gapmap.webapp.pages.territory_view import Stroke
from tests import builders
from tests.webapp.conftest import FakeWorkspace, checked
from tests.webapp.conftest import town as plain_town

HARBOUR, MILL = "Harbour Aid", "Mill Friends"
GEOIDS = tuple(builders.areas([0] * 12)["geoid"])
WEST, EAST = GEOIDS[:6], GEOIDS[6:]


def town(**changes):
    """Twelve squares in a row with 100 children each; a partner's site at either end."""
    known = {
        "town": builders.areas([100] * 12),
        "town_sites": builders.sites(
            (500, 500),
            (11_500, 500),
            (11_400, 500),
            name=["Harbour School", "Mill Library", "Mill Hall"],
            partner=[HARBOUR, MILL, MILL],
            meals=["lunch", "supper", None],
        ),
        "neighbourhoods": builders.neighbourhoods(
            "One", "Two", "Three", "Four", width_m=3000, groups=["Left", "Left", "Right", "Right"]
        ),
        "measures": {"children": builders.CHILDREN},
        "data_version": "territory-1",
    }
    return plain_town(**(known | changes))


class FakeMap:
    """Stands in for the map: keeps what it was handed, and lets a hand make a stroke."""

    def __init__(self) -> None:
        self.drawn = 0

    def __call__(self, _study, layout, division, drawing, *, on_stroke, on_undo, on_redo, **_):
        self.drawn += 1
        self.layout, self.division, self.drawing = layout, division, drawing
        self.on_stroke, self.on_undo, self.on_redo = on_stroke, on_undo, on_redo

    def held_by(self, partner):
        return [geoid[-2:] for geoid in self.drawing.of_partner(partner)]


@pytest.fixture
def hand(monkeypatch):
    """What the page hands to its map, and a hand on it."""
    map_ = FakeMap()
    monkeypatch.setattr(territory, "draw_territory_map", map_)
    return map_


@pytest.fixture
def open_territory(monkeypatch, hand):  # noqa: ARG001 - no page here has a real map
    """Run the page over a study, by default the row, sharing out all children."""

    def run(study=None, /, **query) -> AppTest:
        workspace = FakeWorkspace(study or town())
        monkeypatch.setattr(wiring, "open_workspace", lambda: workspace)
        cached.forget()
        app = AppTest.from_function(_draw, default_timeout=60)
        for name, value in ({"load": "need"} | query).items():
            app.query_params[name] = value
        return checked(app.run())

    yield run
    cached.forget()


def _draw() -> None:
    from streamlit import button

    from gapmap.webapp.pages import territory

    territory.draw()
    # A hand on the map is a callback as a widget's is.
    button("hand", key="hand", on_click=territory.draw_territory_map.stroke)


def press(app: AppTest, name: str) -> AppTest:
    return checked(app.button(key=f"town:territory {name}").click().run())


def stroke(app: AppTest, hand: FakeMap, *strokes) -> AppTest:
    """Make strokes as the map reports them: before the next run."""
    hand.stroke = lambda: [one() if callable(one) else hand.on_stroke(one) for one in strokes]
    app.run()
    return checked(app.button(key="hand").click().run())


def paint(geoids, partner) -> Stroke:
    return Stroke("paint", tuple(geoids), partner)


def headline(app: AppTest) -> str:
    return plain_text(app.title[0].value)


def plain_text(text) -> str:
    import html

    return html.unescape(str(text)).replace("\u2060", "")


def words(app: AppTest) -> str:
    kinds = [*app.markdown, *app.caption, *app.info, *app.warning, *app.error]
    return plain_text("\n".join(str(one.value) for one in kinds))


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


@pytest.fixture(autouse=True)
def _still_hand():
    FakeMap.stroke = staticmethod(lambda: None)


def test_a_person_who_touches_nothing_sees_what_there_is_to_share(open_territory, hand):
    app = open_territory()
    assert headline(app) == "1,200 children to share among 2 partners: about 600 each."
    assert hand.drawing.partners == (MILL, HARBOUR), "the one with most sites comes first"
    assert hand.drawing.unassigned == GEOIDS
    assert "Propose a division" in labels(app)
    assert "nobody's" not in words(app), "a blank map needs no warning"


def test_one_button_divides_and_the_link_shows_the_same_map(open_territory, hand):
    app = open_territory()
    press(app, "do propose")
    assert headline(app) == (
        "2 partners share 1,200 children: each within 0.0% of a fair share, each in one piece."
    )
    assert hand.drawing.of_partner(HARBOUR) == WEST, "each near its own sites"
    assert hand.drawing.of_partner(MILL) == EAST
    drawn, query = hand.drawing, dict(app.query_params)
    assert query["partner"] == [MILL, HARBOUR]
    again = open_territory(**query)
    assert hand.drawing == drawn
    assert dict(again.query_params) == query
    assert headline(again) == headline(app)


def test_nobody_to_name_gives_numbered_partners(open_territory, hand):
    open_territory(town(town_sites=builders.sites((500, 500), partner=[None])))
    assert hand.drawing.partners == tuple(f"Partner {row}" for row in range(1, 7))


def test_a_stroke_changes_the_map_and_can_be_undone_from_page_and_map(open_territory, hand):
    app = open_territory()
    stroke(app, hand, paint(GEOIDS[:3], MILL))
    assert hand.held_by(MILL) == ["00", "01", "02"]
    assert headline(app).startswith(f"{HARBOUR} holds nothing yet")
    stroke(app, hand, Stroke("erase", GEOIDS[:1], None))
    assert hand.held_by(MILL) == ["01", "02"]
    press(app, "do undo")
    assert hand.held_by(MILL) == ["00", "01", "02"]
    stroke(app, hand, lambda: hand.on_undo())
    assert hand.held_by(MILL) == []
    assert not app.button(key="town:territory do redo").disabled
    stroke(app, hand, lambda: hand.on_redo())
    press(app, "do redo")
    assert hand.held_by(MILL) == ["01", "02"]


def test_strokes_that_come_together_all_count_in_their_order(open_territory, hand):
    app = open_territory()
    stroke(app, hand, paint(GEOIDS[:4], MILL), paint(GEOIDS[2:5], HARBOUR))
    assert hand.held_by(MILL) == ["00", "01"]
    assert hand.held_by(HARBOUR) == ["02", "03", "04"]


def test_what_the_map_says_of_strangers_is_left_aside(open_territory, hand):
    app = open_territory()
    stroke(app, hand, paint(("99999999999", GEOIDS[0]), MILL), paint(GEOIDS, "Nobody known"),
           Stroke("explode", GEOIDS, None))  # fmt: skip
    assert hand.held_by(MILL) == ["00"]


def test_a_locked_area_takes_no_paint_and_keeps_its_partner_in_another_proposal(
    open_territory, hand
):
    app = open_territory()
    stroke(app, hand, paint(GEOIDS[:2], MILL), Stroke("lock", GEOIDS[:2], None))
    stroke(app, hand, paint(GEOIDS[:2], HARBOUR))
    assert hand.held_by(MILL) == ["00", "01"]
    press(app, "do propose")
    assert hand.held_by(MILL) == ["00", "01", "02", "03", "04", "05"]
    assert hand.drawing.locked == set(GEOIDS[:2])
    press(app, "do anew")
    assert hand.held_by(MILL)[:2] == ["00", "01"]
    press(app, "do unlock")
    assert not hand.drawing.locked


def test_all_that_a_partner_holds_is_locked_and_unlocked_by_one_button(open_territory, hand):
    app = open_territory()
    press(app, "do propose")
    press(app, f"lock {HARBOUR}")
    assert hand.drawing.locked == set(WEST)
    assert app.button(key=f"town:territory lock {HARBOUR}").label == "Unlock"
    press(app, f"lock {HARBOUR}")
    assert not hand.drawing.locked


def test_a_locked_area_of_nobody_stays_so_and_weighs_on_nobody(open_territory, hand):
    app = open_territory()
    stroke(app, hand, Stroke("lock", (GEOIDS[-1],), None))
    press(app, "do propose")
    assert hand.drawing.unassigned == (GEOIDS[-1],)
    assert {round(one.target) for one in hand.division.territories} == {550}
    assert "1 census tract is nobody's" in words(app)


def test_rebalancing_mends_a_hand_made_map_and_says_what_it_changed(open_territory, hand):
    app = open_territory()
    stroke(app, hand, paint(GEOIDS[:8], HARBOUR), paint(GEOIDS[8:11], MILL))
    assert f"{MILL} has 50.0% less than its share; 1 census tract is nobody's" in headline(app)
    assert "1 census tract is nobody's: 100 children" in words(app)
    press(app, "do propose")
    assert hand.drawing.of_partner(HARBOUR) == WEST
    assert "3 census tracts changed hands" in words(app)
    press(app, "do propose")
    assert "Nothing had to change" in words(app)


def test_rebalancing_keeps_whose_side_is_whose_even_against_their_sites(open_territory, hand):
    app = open_territory()
    stroke(app, hand, paint(GEOIDS[:4], MILL), paint(GEOIDS[4:], HARBOUR))
    press(app, "do propose")
    assert hand.drawing.of_partner(MILL) == WEST
    press(app, "do anew")
    assert hand.drawing.of_partner(MILL) == EAST, "what begins anew begins near the sites"


def test_words_about_a_proposal_go_with_the_next_change(open_territory, hand):
    app = open_territory()
    press(app, "do propose")
    press(app, "do propose")
    assert "Nothing had to change" in words(app)
    stroke(app, hand, paint(GEOIDS[:1], MILL))
    assert "Nothing had to change" not in words(app)


def test_another_proposal_is_another_one_and_undo_brings_the_first_back(open_territory, hand):
    app = open_territory()
    press(app, "do propose")
    first = hand.drawing
    press(app, "do anew")
    assert app.query_params["seed"] == "2"
    press(app, "do clear")
    assert hand.drawing.unassigned == GEOIDS
    press(app, "do undo")
    assert hand.drawing.unassigned == ()
    assert first.unassigned == ()


def test_a_tolerance_that_cannot_be_had_is_named_with_one_that_can(open_territory, hand):
    uneven = town(town=builders.areas([100] * 11 + [130]))
    app = open_territory(uneven, partner=[MILL, HARBOUR], tolerance="1")
    press(app, "do propose")
    assert "No division within 1.00% was found" in words(app)
    (offer,) = (label for label in labels(app) if label.startswith("Use "))
    press(app, "relax 0 0")
    assert f"{float(app.query_params['tolerance']):g}%" in offer
    assert "No division within" not in words(app)
    assert hand.division.meets_tolerance


def test_locks_that_contradict_each_other_are_named_and_released_by_a_button(open_territory, hand):
    app = open_territory()
    stroke(
        app,
        hand,
        paint((GEOIDS[0], GEOIDS[11]), HARBOUR),
        paint(GEOIDS[5:7], MILL),
        Stroke("lock", (GEOIDS[0], *GEOIDS[5:7], GEOIDS[11]), None),
    )
    before = hand.drawing
    press(app, "do propose")
    assert "cannot be one piece" in words(app)
    assert hand.drawing == before, "what cannot be done changes nothing"
    (offer,) = (label for label in labels(app) if label.startswith("Release "))
    assert offer.endswith("locked census tract")
    press(app, "relax 0 0")
    assert "cannot be one piece" not in words(app)
    assert all(one.is_contiguous for one in hand.division.territories)
    assert len(hand.drawing.locked) == 3


def test_partners_come_and_go_and_those_who_stay_keep_what_they_hold(open_territory, hand):
    app = open_territory()
    press(app, "do propose")
    press(app, f"lock {HARBOUR}")
    who = app.multiselect(key="town:territory partners")
    checked(who.set_value([MILL, "Corner Church"]).run())
    assert hand.drawing.of_partner(MILL) == EAST
    assert hand.drawing.of_partner("Corner Church") == ()
    assert set(hand.drawing.unassigned) == set(WEST)
    assert not hand.drawing.locked, "nobody's areas are not left locked"
    press(app, "do undo")
    assert hand.drawing.partners == (MILL, HARBOUR)
    assert app.multiselect(key="town:territory partners").value == [MILL, HARBOUR]
    assert hand.drawing.of_partner(HARBOUR) == WEST
    assert hand.drawing.locked == set(WEST)


def test_so_many_partners_are_made_up_where_none_are_left_to_name(open_territory, hand):
    app = open_territory()
    checked(app.number_input(key="town:territory count").set_value(4).run())
    assert hand.drawing.partners == (MILL, HARBOUR, "Partner 1", "Partner 2")
    press(app, "do propose")
    assert [one.area_count for one in hand.division.territories] == [3, 3, 3, 3]
    checked(app.number_input(key="town:territory count").set_value(2).run())
    assert hand.drawing.partners == (MILL, HARBOUR)


def test_too_few_partners_are_refused_in_words_and_can_be_mended(open_territory):
    app = open_territory()
    checked(app.multiselect(key="town:territory partners").set_value([MILL]).run())
    assert "2 to 500 partners, not 1" in words(app)
    checked(app.multiselect(key="town:territory partners").set_value([MILL, HARBOUR]).run())
    assert headline(app).startswith("1,200 children to share")


def test_each_part_of_the_city_has_a_map_of_its_own(open_territory, hand):
    app = open_territory(within="Left")
    assert headline(app).startswith("600 children to share")
    press(app, "do propose")
    left = hand.drawing
    assert left.geoids == WEST
    part = app.selectbox(key="town:territory within")
    checked(part.set_value("Right").run())
    assert hand.drawing.geoids == EAST
    assert hand.drawing.unassigned == EAST
    checked(app.selectbox(key="town:territory within").set_value("Left").run())
    assert hand.drawing == left


def test_sizes_make_shares(open_territory, hand):
    app = open_territory(partner=[MILL, HARBOUR], size=[f"2={MILL}"])
    press(app, "do propose")
    assert [one.area_count for one in hand.division.territories] == [8, 4]
    assert [round(one.target) for one in hand.division.territories] == [800, 400]


def test_what_is_shared_out_can_be_changed_and_the_map_stays(open_territory, hand):
    app = open_territory()
    press(app, "do propose")
    drawn = hand.drawing
    checked(app.selectbox(key="town:territory load").set_value("gap").run())
    assert hand.drawing == drawn
    assert "children out of reach" in headline(app)
    assert "load" not in app.query_params
    checked(app.selectbox(key="town:territory load").set_value("meals").run())
    assert "meals a week still to serve" in headline(app)
    assert "lunch, Monday to Friday" in words(app)


def test_nothing_to_share_out_says_so_and_leaves_the_controls(open_territory):
    app = open_territory(load="gap", reach="20000m")
    assert "There is nothing to share out" in words(app)
    assert "--load" not in words(app)
    checked(app.selectbox(key="town:territory load").set_value("need").run())
    assert headline(app).startswith("1,200 children")


def test_who_does_what_everywhere_is_in_the_table_and_in_the_link(open_territory, hand):
    app = open_territory()
    press(app, "do propose")
    checked(app.multiselect(key="town:territory does transport").set_value([HARBOUR]).run())
    checked(app.text_input(key="town:territory also does box").set_value("translation").run())
    checked(app.multiselect(key="town:territory does translation").set_value(["A Club"]).run())
    assert app.query_params["does"] == [f"transport={HARBOUR}", "translation=A Club"]
    table = next(one.value for one in app.dataframe if "Does" in one.value)
    assert table.to_numpy().tolist() == [
        [MILL, "summer meals", "6 census tracts"],
        [HARBOUR, "summer meals", "6 census tracts"],
        [HARBOUR, "transport", "all of Squaretown"],
        ["A Club", "translation", "all of Squaretown"],
    ]
    assert hand.division.request.activities == (("transport", HARBOUR), ("translation", "A Club"))
    assert hand.drawing.of_partner(HARBOUR) == WEST
    again = open_territory(**dict(app.query_params))
    assert again.multiselect(key="town:territory does translation").value == ["A Club"]


def test_what_a_partner_holds_is_told_with_places_and_sites(open_territory):
    app = open_territory(load="gap", partner=[MILL, HARBOUR])
    press(app, "do propose")
    app.session_state[f"town:territory holds {HARBOUR}"] = True
    checked(app.run())
    held = next(
        one.value for one in app.markdown if "out of reach" in one.value and "- " in one.value
    )
    two, one = plain_text(held).splitlines()
    assert two == "- **Two** · 300 of 300 children out of reach", "where most are comes first"
    assert one.startswith("- **One** · 2")
    assert "**Harbour School** · its own, in its territory" in words(app)
    assert "Lunch · Mon–Fri · dates unknown" in words(app)
    assert "Mill" not in words(app).partition("Gaps to close")[2]


def brought(app: AppTest, content: str, name="division.csv", turn=0) -> AppTest:
    upload = app.file_uploader(key=f"town:territory upload {turn}")
    return checked(upload.upload(name, content.encode(), "text/csv").run())


def test_a_division_comes_back_from_its_table(open_territory, hand):
    lines = [f"{geoid},{MILL if geoid in WEST else HARBOUR}" for geoid in GEOIDS[:-1]]
    app = brought(open_territory(), "\n".join(["GEOID,partner", *lines, f"{GEOIDS[-1]},"]))
    assert hand.drawing.of_partner(MILL) == WEST
    assert hand.drawing.of_partner(HARBOUR) == EAST[:-1]
    assert hand.drawing.unassigned == EAST[-1:]
    assert "division.csv: 11 census tracts of 2 partners" in words(app)
    press(app, "do undo")
    assert hand.drawing.unassigned == GEOIDS
    brought(app, "\n".join(["GEOID,partner", *lines]), turn=1)
    assert hand.drawing.of_partner(MILL) == WEST, "the same file can be brought again"


def test_partners_of_a_table_take_the_place_of_those_there_are(open_territory, hand):
    lines = [f"{geoid},{'North' if geoid in WEST else 'South'}" for geoid in GEOIDS]
    app = brought(open_territory(), "\n".join(["area,holder", *lines]))
    assert hand.drawing.partners == ("North", "South")
    assert app.multiselect(key="town:territory partners").value == ["North", "South"]
    press(app, "do undo")
    assert hand.drawing.partners == (MILL, HARBOUR)


def test_a_table_of_numbers_means_the_partners_in_their_order(open_territory, hand):
    lines = [f"{geoid},{1 + (geoid in WEST)}" for geoid in GEOIDS]
    brought(open_territory(), "\n".join(["GEOID,partner", *lines]))
    assert hand.drawing.of_partner(HARBOUR) == WEST


def test_areas_of_a_table_that_lie_elsewhere_are_counted_and_left_aside(open_territory, hand):
    lines = [f"{geoid},{MILL}" for geoid in GEOIDS]
    app = brought(open_territory(within="Left"), "\n".join(["GEOID,partner", *lines]))
    assert hand.drawing.of_partner(MILL) == WEST
    assert "6 outside Left were left aside" in words(app)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("GEOID,partner\n123,Mill Friends", "no census tract of Squaretown"),
        ("a,b,c\n1,2,3", "no columns GEOID and partner"),
        (f"GEOID,partner\n{GEOIDS[0]},{MILL}\n{GEOIDS[0]},{HARBOUR}", "Keep one of the two rows"),
    ],
)
def test_a_table_that_cannot_be_read_changes_nothing_and_says_why(
    open_territory, hand, content, says
):
    app = brought(open_territory(), content)
    assert says in words(app)
    assert hand.drawing.unassigned == GEOIDS
    assert hand.drawing.partners == (MILL, HARBOUR)


def test_a_damaged_link_opens_blank_and_says_so(open_territory, hand):
    app = open_territory(areas="AAAA" * 8)
    assert hand.drawing.unassigned == GEOIDS
    assert "The map in this link is damaged" in words(app)
    checked(app.run())
    assert "The map in this link is damaged" not in words(app)


def test_nonsense_in_a_link_is_left_aside(open_territory, hand):
    app = open_territory(
        tolerance="nan", seed="-3", load="gold", size=["x", "9e999=A"], partner=["One only"],
        does=["=", "x="], within="Atlantis",
    )  # fmt: skip
    assert hand.drawing.partners == (MILL, HARBOUR)
    assert app.select_slider(key="town:territory tolerance").value == 5.0
    assert set(app.query_params) == {"study"}


def test_back_to_the_start_forgets_the_map_and_the_controls(open_territory, hand):
    app = open_territory(tolerance="10")
    press(app, "do propose")
    press(app, "reset")
    assert hand.drawing.unassigned == GEOIDS
    assert set(app.query_params) == {"study"}


# ------------------------------------------------------------------------- long searches


def start_search(app: AppTest) -> str:
    press(app, "do propose")
    (job, *_) = answers().all("territory")
    return job.id


def test_a_large_division_is_found_in_the_background_and_then_drawn(
    open_territory, hand, monkeypatch
):
    monkeypatch.setattr(territory_search, "_AT_ONCE", 3)
    app = open_territory()
    job = answers().wait(start_search(app), 30)
    assert job is not None
    assert job.state == "done"
    checked(app.run())
    assert hand.drawing.of_partner(HARBOUR) == WEST


def slowly(monkeypatch):
    """Make a division that goes on until it is told to stop, watched from its first round."""
    from gapmap import usecases

    divide = usecases.divide_territory

    def crawl(*args, is_cancelled=None, progress=None, **options):
        found = divide(*args, progress=progress, is_cancelled=lambda: True, **options)
        until = time.monotonic() + 120
        while not is_cancelled() and time.monotonic() < until:
            time.sleep(0.01)
        return found

    monkeypatch.setattr(territory_search, "_AT_ONCE", 3)
    monkeypatch.setattr(usecases, "divide_territory", crawl)


def test_a_search_is_watched_and_cancelled_and_its_best_is_kept(open_territory, hand, monkeypatch):
    slowly(monkeypatch)
    app = open_territory()
    job = start_search(app)
    until = time.monotonic() + 60
    while hand.drawing.unassigned and time.monotonic() < until:
        checked(app.run())
    assert hand.drawing.unassigned == (), "the best so far is on the map while the search goes on"
    assert app.button(key="town:territory do propose").disabled
    assert "At most" in plain_text(app.get("progress")[0].proto.text)
    checked(app.button(key=f"cancel {job}").click().run())
    assert answers().wait(job, 60).state == "done"
    checked(app.run())
    assert hand.drawing.unassigned == ()
    assert not app.button(key="town:territory do propose").disabled
    press(app, "do undo")
    assert hand.drawing.unassigned == GEOIDS


def test_a_late_answer_does_not_paint_over_a_newer_stroke(open_territory, hand, monkeypatch):
    slowly(monkeypatch)
    app = open_territory()
    job = start_search(app)
    stroke(app, hand, paint(GEOIDS[:1], MILL))
    answers().cancel(job)
    answers().wait(job, 60)
    checked(app.run())
    assert hand.held_by(MILL) == ["00"]
    assert "the proposal was laid aside" in words(app)


# ------------------------------------------------------------------------- what figures are


def test_figures_that_are_modelled_or_made_up_say_so(open_territory):
    made_up = builders.provenance("sites", Role.SITES, "Made-up sites", is_illustrative=True)
    app = open_territory(town(provenance=(made_up,)))
    assert "meal sites are illustrative" in app.caption[0].value


def test_the_table_side_by_side_holds_hand_checked_figures(open_territory):
    app = open_territory()
    press(app, "do propose")
    table = next(one.value for one in app.dataframe if "Of its share" in one.value)
    assert table["Children"].tolist() == ["600", "600"]
    assert table["Of its share"].tolist() == ["100.0%", "100.0%"]
    assert table["Census tracts"].tolist() == [6, 6]
    assert table["Meal sites"].tolist() == [2, 1]
    assert table["Its own"].tolist() == [2, 1]
    assert table["Pieces"].tolist() == [1, 1]


def test_the_files_hold_what_is_on_the_map(open_territory, hand):
    from gapmap.views.divisions import division_bytes

    app = open_territory()
    press(app, "do propose")
    text = pd.read_csv(io.BytesIO(division_bytes(hand.division, town(), ".csv")), dtype=str)
    assert dict(zip(text["GEOID"], text["partner"], strict=True)) == hand.drawing.as_holders
    buttons = app.get("download_button")
    assert {one.proto.label for one in buttons} >= {"Table (CSV)", "Map (GeoPackage)"}


# ------------------------------------------------------------------------- strokes as values

_AREAS = ("a", "b", "c", "d")
strokes = st.builds(
    Stroke,
    st.sampled_from(["paint", "erase", "lock", "unlock", "explode"]),
    st.lists(st.sampled_from([*_AREAS, "stranger"]), max_size=4).map(tuple),
    st.sampled_from(["A", "B", "Nobody known", None]),
)


@given(st.lists(strokes, max_size=12))
def test_no_stroke_changes_what_is_locked_or_adds_strangers(made):
    drawing = Drawing.blank(_AREAS, ("A", "B"))
    for one in made:
        after = territory._after(drawing, one)
        assert after.geoids == _AREAS
        assert set(after.holders) <= {None, "A", "B"}
        before, now = drawing.as_holders, after.as_holders
        assert all(now[geoid] == before[geoid] for geoid in drawing.locked)
        touched = set(one.geoids)
        assert all(now[geoid] == before[geoid] for geoid in _AREAS if geoid not in touched)
        assert one.kind in ("lock", "unlock") or after.locked == drawing.locked
        drawing = after
