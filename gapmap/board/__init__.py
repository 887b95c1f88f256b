"""The shared plan of a roundtable: every change an event, the present never ahead of them.

``values`` and ``matters`` say what lies on a board, ``claims``, ``agenda`` and ``undo`` what can
be done to it, ``rules`` who may. They are pure. ``present`` makes a state of events, and back.
``store`` keeps both in one database, SQLite or PostgreSQL, and writes those who wait ``together``,
each change in its ``turn``; ``joining`` lets people in, ``feed`` tells what is new, ``archive``
carries a whole board elsewhere.
"""
