"""The page script: pages, looks, and the one place where a refusal becomes a box.

It lies among the pages, not above them: beside a folder called pages, Streamlit takes that folder
for the list of pages until the first run is over, and the first visitor of /data is told that
there is no such page.
"""

import streamlit as st

from gapmap.errors import GapmapError
from gapmap.views.maps import ASSETS_FOLDER
from gapmap.views.sentences import plain
from gapmap.webapp.pages import board, compare, gaps, plan, sites_list, territory
from gapmap.webapp.theme import STYLE

st.set_page_config(
    page_title="gapmap",
    page_icon=str(ASSETS_FOLDER / "icon.svg"),
    layout="wide",
    initial_sidebar_state="collapsed",
)
st.html(STYLE)
st.logo(str(ASSETS_FOLDER / "logo.svg"))
page = st.navigation(
    [
        st.Page(gaps.draw, title="Gaps", url_path="gaps", default=True),
        st.Page(plan.draw, title="Plan", url_path="plan"),
        st.Page(territory.draw, title="Territory", url_path="territory"),
        st.Page(compare.draw, title="Compare", url_path="compare"),
        st.Page(board.draw, title="Board", url_path="board"),
        st.Page(sites_list.draw, title="Data", url_path="data"),
    ],
    position="top",
)
try:
    page.run()
except GapmapError as error:
    st.error(plain(error))
