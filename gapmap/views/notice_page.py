"""A page that says one thing: that something is over, or not to be had."""

from __future__ import annotations

from html import escape

__all__ = ["notice_page"]

_STYLE = """
body { margin: 0; min-height: 100vh; display: flex; align-items: center; justify-content: center;
  background: #f3f5f7; color: #14202e; font: 17px/1.45 system-ui, Helvetica, Arial, sans-serif; }
main { background: #fff; border: 1px solid #d3d9df; border-radius: 12px; padding: 24px 28px;
  margin: 16px; max-width: 30rem; overflow-wrap: anywhere; }
h1 { font-size: 24px; margin: 0 0 8px; }
p { margin: 0; }
"""


def notice_page(heading: str, said: str) -> str:
    """Write a page of a heading and one sentence.

    Parameters
    ----------
    heading, said
        Plain texts.
    """
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escape(heading)}</title>
<style>{_STYLE}</style>
</head>
<body><main><h1>{escape(heading)}</h1><p>{escape(said)}</p></main></body>
</html>
"""
