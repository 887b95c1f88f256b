"""Play a meeting of eight partners over the Bronx: ``python -m tests.browser.meeting [FOLDER]``.

A facilitator in the app, eight partners in browsers of their own, one of them on a phone, and a
projector: from the empty list of boards to the printed minutes, with the controls that people
have. It takes a picture of each scene, and says how soon each change was on everybody's screen.
The partners are the demo's, made up as its sites are, and two more.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

from playwright.sync_api import sync_playwright

from scripts.find_chromium import CURE, find_chromium
from tests.browser.conftest import CHROMIUM_OPTIONS, MAP_TITLE, ROOT, running_server
from tests.browser.round_table import API, READY
from tests.browser.screenshots import save_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Frame, Locator, Page

FOLDER: Final = ROOT / "docs" / "meeting"

PARTNERS: Final = tuple(
    f"Illustrative {name}"
    for name in (
        "Schools Meals Office",
        "Food Bank",
        "Parks Department",
        "Public Library",
        "Faith Coalition",
        "Neighbourhood Alliance",
        "Tenants Association",
        "Block Association",
    )
)
ON_A_PHONE: Final = PARTNERS[7]
DUE: Final = "2027-06-28"
NEW_SITES: Final = {
    # Name of the site and its neighbourhood, by rank.
    "Second Parish Hall": 4,
    "Gun Hill Community Room": 5,
    "Courtyard of the Tenants": 6,
    "Block Association Garden": 7,
}
QUESTION: Final = "Every new site serves lunch, Monday to Friday"

# When each revision was drawn in a tab, by the clock that all of them share.
_LISTEN: Final = f"""() => {{
  const drawn = window.__drawn = {{}}, here = document.querySelector("{READY}");
  const look = () => {{ drawn[here.getAttribute('data-revision')] ??= Date.now(); }};
  new MutationObserver(look).observe(here, {{ attributeFilter: ['data-revision'] }});
  look();
  addEventListener('click', () => {{ window.__pressed = Date.now(); }}, true);
  addEventListener('submit', () => {{ window.__pressed = Date.now(); }}, true);
}}"""

# Two hands at the same moment: no script is as quick as that by itself.
_PRESS_AT: Final = """moment => {
  const take = [...document.querySelectorAll('button')]
    .find(one => one.textContent.startsWith('Take'));
  setTimeout(() => take.click(), moment - Date.now());
}"""

_AREA_OF: Final = f"""name => {{
  const paint = {API}.paint;
  const all = [...Array({API}.board.facts.rows.length).keys()];
  return paint.geoid(all.find(place => paint.outline(paint.area(place).k) === name));
}}"""
_MIDDLE: Final = f"""geoid => {{
  const box = {API}.map.getContainer().getBoundingClientRect(), at = {API}.pixel(geoid);
  return [box.x + at[0], box.y + at[1]];
}}"""


@dataclass
class Desk:
    """Somebody at the table, in a tab of their own."""

    name: str
    page: Page
    inside: Frame

    def find(self, what: str) -> Locator:
        return self.inside.locator(what)

    def on(self, script: str, argument: Any = None) -> Any:
        return self.inside.evaluate(script, argument)

    def press(self, text: str) -> None:
        self.find(f"button:visible:text-matches('^{re.escape(text)}')").first.click()

    def mark_neighbourhood(self, name: str, count: int | None = None) -> None:
        """Open a neighbourhood in the list and mark what is open there, or some of it."""
        head = self.find(f'[data-at="place {name}"]')
        if head.get_attribute("aria-expanded") != "true":
            head.click()
        if count is None:
            self.find(f'[data-at="mark {name}"]').click()
        else:
            rows = self.find(f'.gapmap-r-list button:below([data-at="mark {name}"])')
            for number in range(count):
                rows.nth(number).click()
        self.find(f"{READY}:not([data-marked='0'])").wait_for()

    def area_of(self, neighbourhood: str) -> str:
        """Return an area of a neighbourhood."""
        return str(self.on(_AREA_OF, neighbourhood))

    def click_area(self, geoid: str) -> None:
        self.page.mouse.click(*self.on(_MIDDLE, geoid))

    def mark_all_of(self, partner: str) -> None:
        self.find(f'[data-at="sum {partner}"]').click()
        self.find(f"{READY}:not([data-marked='0'])").wait_for()

    def said_no(self) -> str:
        box = self.find(".gapmap-r-wrong span").first
        box.wait_for()
        return box.inner_text()


@dataclass
class Meeting:
    """The table, its clock, and the pictures."""

    browser: Browser
    address: str
    folder: Path
    began: float = field(default_factory=time.monotonic)
    desks: dict[str, Desk] = field(default_factory=dict)
    delays_ms: list[float] = field(default_factory=list)
    pictures: int = 0

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def tab(self, width: int, height: int) -> Page:
        return self.browser.new_context(viewport={"width": width, "height": height}).new_page()

    def picture(self, page: Page, name: str) -> None:
        self.pictures += 1
        page.wait_for_timeout(400)
        save_picture(page.screenshot(), self.folder / f"{self.pictures:02}-{name}.png")

    def everybody(self) -> Iterator[Desk]:
        yield from self.desks.values()

    def change(self, desk: Desk) -> None:
        """Wait until everybody has what one desk has just done; keep how long it took."""
        desk.inside.wait_for_function(f"() => {API}.line.waiting().length === 0", timeout=15_000)
        revision = desk.on(f"{API}.board.revision")
        pressed = desk.on("window.__pressed")
        for other in self.everybody():
            other.inside.wait_for_function(
                f"revision => {API}.board.revision >= revision && window.__drawn[revision]",
                arg=revision,
                timeout=15_000,
            )
            if other is not desk:
                drawn = other.on("revision => window.__drawn[revision]", revision)
                self.delays_ms.append(drawn - pressed)


def open_the_board(meeting: Meeting) -> tuple[Desk, dict[str, str], str]:
    """Make the board in the app; return the facilitator, the links of partners, the projector's."""
    page = meeting.tab(1280, 800)
    page.goto(f"{meeting.address}/board?study=nyc")
    page.get_by_role("button", name="Make the board").wait_for(timeout=60_000)
    meeting.picture(page, "no-board-yet")
    page.get_by_label("What to call it").fill("Summer 2027, who feeds the Bronx")
    choose(page, "Part of the city", "Bronx, whole borough")
    for name in PARTNERS[6:]:
        partners = page.get_by_label("Partners, in the order of their letters")
        partners.fill(name)
        partners.press("Enter")
        page.locator(f"[data-tag][aria-label='{name}']").wait_for()
    page.keyboard.press("Escape")
    page.get_by_label("Your name, as facilitator").fill("Backbone desk")
    page.get_by_label("Your name, as facilitator").press("Tab")
    page.locator('[data-test-script-state="notRunning"]').wait_for()
    page.get_by_role("button", name="Make the board").click()
    page.frame_locator(MAP_TITLE).locator(READY).wait_for(timeout=60_000)
    inside = next(frame for frame in page.frames if "streamlit_folium" in frame.url)
    desk = Desk("Backbone desk", page, inside)
    links = [
        text.strip()
        for text in page.locator("[data-testid=stCode] code").all_inner_texts()
        if "/gapmap/room/" in text
    ]
    handed_out = [link for link in links if "view=partner" in link]
    assert len(handed_out) == len(PARTNERS), f"{len(handed_out)} links for partners"
    projector = next(link for link in links if "view=public" in link).replace(
        "view=public", "view=projector"
    )
    # The links are listed by partner, as the codes are.
    return desk, dict(zip(sorted(PARTNERS), handed_out, strict=True)), projector


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()
    page.locator('[data-test-script-state="notRunning"]').wait_for()


def sit_down(meeting: Meeting, links: dict[str, str], projector: str) -> tuple[list[Desk], Desk]:
    """Let everybody in with their link, and put the projector on."""
    desks = []
    for name in PARTNERS:
        is_phone = name == ON_A_PHONE
        page = meeting.tab(390, 844) if is_phone else meeting.tab(1280, 800)
        page.goto(links[name])
        page.locator("[name=name]").fill(name.removeprefix("Illustrative ") + " desk")
        if is_phone:
            meeting.picture(page, "joining-on-a-phone")
        page.locator("main button").click()
        page.locator(READY).wait_for(timeout=30_000)
        desks.append(Desk(name, page, page.main_frame))
    wall = meeting.tab(1920, 1080)
    wall.goto(projector)
    wall.locator(READY).wait_for(timeout=30_000)
    return desks, Desk("Projector", wall, wall.main_frame)


def names_of_neighbourhoods(desk: Desk) -> Sequence[str]:
    """Return the neighbourhoods, those with most children out of reach first."""
    heads = desk.find(".gapmap-r-place")
    return [
        str(name).removeprefix("place ")
        for name in heads.evaluate_all("all => all.map(one => one.getAttribute('data-at'))")
    ]


def put_a_site(meeting: Meeting, desk: Desk, name: str, area: str) -> None:
    """Propose a site in an area: a click on the map, a name, meals and days."""
    desk.press("Propose a site")
    desk.click_area(area)
    desk.find("[data-at='draft name']").fill(name)
    for text in ("lunch", "Mon", "Tue", "Wed", "Thu", "Fri"):
        desk.find(f".gapmap-r-pick:text-is('{text}')").click()
    desk.press("Put it on the map")
    meeting.change(desk)


def say_a_word(meeting: Meeting, desk: Desk, area: str) -> None:
    """Comment on an area."""
    desk.press("Comment")
    desk.click_area(area)
    desk.find("textarea").fill("The yard is free in July, the gate is not.")
    desk.press("Put it on the board")
    meeting.change(desk)


def do_something(meeting: Meeting, desk: Desk) -> None:
    """Take an activity that is no area."""
    desk.press("Who does what")
    desk.find("[data-at='draft what']").fill("Transport")
    desk.find("[data-at='draft where']").fill("From the warehouse to every new site")
    desk.find("[data-at='draft due']").fill(DUE)
    desk.press("Put it on the board")
    meeting.change(desk)


def take_away(meeting: Meeting, lead: Desk) -> None:
    """Take the minutes along, as the facilitator does from the page."""
    page = lead.page
    page.locator("summary:has-text('Take away')").click()
    link = page.locator("a[href*='minutes.pdf']").first
    link.wait_for()
    link.scroll_into_view_if_needed()
    meeting.picture(page, "taking-away")
    address = link.get_attribute("href")
    assert address is not None
    answer = page.request.get(urljoin(page.url, address))
    assert answer.ok, answer.status_text
    (meeting.folder / "minutes.pdf").write_bytes(answer.body())
    with page.context.expect_page() as opened:
        page.locator("a[href*='minutes.html']").first.click()
    opened.value.wait_for_load_state()
    meeting.picture(opened.value, "the-minutes")
    opened.value.close()
    meeting.say("the minutes are printed")


def play(meeting: Meeting) -> None:
    """Play it from start to print."""
    lead, links, projector = open_the_board(meeting)
    meeting.say("the board of the Bronx is made, with a link for each of eight partners")
    desks, wall = sit_down(meeting, links, projector)
    for desk in (lead, *desks, wall):
        desk.on(_LISTEN)
        meeting.desks[desk.name] = desk
    meeting.say("eight partners and the projector are in")
    worst = names_of_neighbourhoods(desks[0])
    meeting.say(f"most children out of reach: {', '.join(worst[:3])}")

    lead.press("Lead all on my map")
    lead.press("Timer")
    lead.find("input[type=number]").fill("10")
    lead.find("form input[type=text]").fill("Who takes what")
    lead.press("Start the timer")
    wall.find("[role=timer]:visible").wait_for()
    meeting.picture(lead.page, "the-facilitator-leads")
    meeting.picture(wall.page, "the-projector")

    for number, desk in enumerate(desks):
        for name in worst[number::8][:2]:
            desk.mark_neighbourhood(name)
            desk.press("Take")
            meeting.change(desk)
    meeting.say("each partner has taken two neighbourhoods")
    meeting.picture(wall.page, "each-has-taken")

    first, second = desks[0], desks[1]
    for desk in (first, second):
        desk.mark_neighbourhood(worst[16], 1)
    at_once = time.time() * 1000 + 400
    for desk in (first, second):
        desk.on(_PRESS_AT, at_once)
    desk.inside.wait_for_timeout(700)
    winner, loser = sorted((first, second), key=lambda desk: desk.find(".gapmap-r-wrong").count())
    meeting.say(f"two wanted one area: “{loser.said_no()}”")
    meeting.picture(loser.page, "somebody-was-faster")
    first, second = winner, loser
    second.find(".gapmap-r-wrong").get_by_role("button", name="Close").click()
    second.mark_neighbourhood(worst[16], 1)
    second.press("Ask")
    first.find(".gapmap-r-ask").wait_for()
    first.press("Hand over")
    meeting.change(first)
    meeting.say("asked for, and handed over")

    for desk, (name, neighbourhood) in zip(desks[4:], NEW_SITES.items(), strict=True):
        put_a_site(meeting, desk, name, desk.area_of(worst[neighbourhood]))
    meeting.say("four sites are proposed")
    say_a_word(meeting, desks[7], desks[7].area_of(worst[15]))
    do_something(meeting, desks[1])
    meeting.picture(wall.page, "what-is-proposed")
    meeting.picture(desks[4].page, "what-a-partner-proposed")

    for desk in desks:
        desk.mark_all_of(desk.name)
        desk.press("Commit")
        desk.find("input[type=date]").fill(DUE)
        desk.find("form button[type=submit]").click()
        meeting.change(desk)
    meeting.say(f"all are committed, to open by {DUE}")
    meeting.picture(desks[2].page, "a-partner-has-committed")
    meeting.picture(desks[7].page, "the-same-on-a-phone")

    lead.press("Show of hands")
    lead.find("textarea").fill(QUESTION)
    lead.press("Ask for hands")
    for number, desk in enumerate(desks):
        desk.find(".gapmap-r-hand").wait_for()
        desk.press("Abstain" if number == 5 else "For")
    wall.find(".gapmap-r-count:text-is('For 7')").wait_for()
    meeting.picture(wall.page, "hands-are-counted")
    lead.press("Write it down")
    lead.find("form button[type=submit]").click()
    wall.find(f".gapmap-r-ticker:has-text('{QUESTION}')").wait_for()
    lead.press("Put away")
    meeting.say("seven for, one abstained: decided")
    lead.press("Close claiming")
    meeting.change(lead)
    lead.press("Stop the timer")
    meeting.picture(wall.page, "the-end-on-the-projector")
    meeting.picture(lead.page, "the-end-for-the-facilitator")
    take_away(meeting, lead)


def main(arguments: Sequence[str]) -> int:
    """Play the meeting, print its times."""
    chromium = find_chromium()
    if chromium is None:
        print(CURE, file=sys.stderr)
        return 2
    folder = Path(arguments[0]) if arguments else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as kept,
        running_server(GAPMAP_DATABASE_URL=f"sqlite:///{kept}/boards.db") as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=str(chromium), args=CHROMIUM_OPTIONS)
        meeting = Meeting(browser, address, folder)
        play(meeting)
        delays = sorted(meeting.delays_ms)
        meeting.say(
            f"{len(delays)} times somebody saw what another did: median "
            f"{statistics.median(delays):.0f} ms, 95 % within "
            f"{delays[int(0.95 * (len(delays) - 1))]:.0f} ms, at worst {delays[-1]:.0f} ms"
        )
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
