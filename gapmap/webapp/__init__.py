"""The app in the browser: pages, controls, session, server."""
