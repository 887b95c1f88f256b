"""The app: ``streamlit run app.py``, or ``gapmap serve``.

Pages are in ``gapmap/webapp/pages``, their list in ``main.py`` there; this file puts
them together with our routes (map layers by digest, scripts without any other server).
"""

from pathlib import Path

import streamlit as st

import gapmap.webapp
from gapmap.webapp import server

server.configure()

app = st.App(
    Path(gapmap.webapp.__file__).parent / "pages" / "main.py",
    routes=server.routes(),
    middleware=server.middleware(),
    lifespan=server.lifespan,
)
