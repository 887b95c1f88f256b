"""The live side of a shared board: sockets, who is here, and what a meeting needs beside the plan.

``protocol`` reads and writes the messages. ``hub`` hears what is new and tells everybody who
looks on: the ``seats`` of a ``gathering``, who got the ``first`` message when they came. ``desk``
does what they ask for, in the threads of ``workers``; ``past`` tells what was. ``presence`` counts
them; ``rooms`` keep timer, leading and show of hands (a ``room_state``, changed by
``room_commands``); ``signals`` tell other app servers. ``access`` says who may come in, ``limits``
how much at once; ``routes`` is the web's side of it all, and ``here`` the one hub of this process.
Everything that has to outlast the process, or to be seen by another one, is in the boards'
database.

Addresses, each also below a base path
--------------------------------------
======  =====================================  ====================================================
GET     gapmap/board/{board}/live              the WebSocket
GET     gapmap/board/{board}/since?revision=N  the same by polling: what is new since a revision
POST    gapmap/board/{board}/do                the same by polling: one message, one answer
GET     gapmap/board/{board}/areas             ``{"areas": {geoid: neighbourhood or null}}``
GET     gapmap/board/{board}/past?revision=N   the board as it was after one of its events
GET     gapmap/board/{board}/log?after=N       what was done after a revision, 200 at a time
POST    gapmap/board/join                      ``{"code", "name", "partner"?}``: in with a code
POST    gapmap/board/{board}/door              how to join: link, code, QR code
POST    gapmap/board/{board}/leave             ``{"forget": true?}``: out, the name deleted
======  =====================================  ====================================================

The token never stands in an address. A socket offers it as a subprotocol::

    new WebSocket(url, ["gapmap.1", "token." + token])

and every request as ``Authorization: Bearer <token>``. A browser's Origin has to be the server's
own. ``live`` takes two questions: ``revision=N``, what this tab has already, so that after a cut
it gets what it missed and no snapshot; and ``view=projector``, which is not counted as a person.
``since`` takes both too; whoever asks it is counted as somebody here for a quarter of a minute.

``join`` answers ``{"token", "board", "you"}``; a refusal of any of them is
``{"kind": "refused", "why", "code"}`` with status 400, 401, 403, 409, 413, 429 or 503.

From the server
---------------
The first message is ``snapshot``, or ``events`` if ``revision`` was given and is not long ago::

    {"kind": "snapshot", "revision": 41, "now": "2026-05-04T14:00:00.000000Z",
     "state": {"board", "study", "revision", "changed", "about": {...}, "claims": {...},
               "parts", "asks", "sites", "corrections", "comments", "decisions", "activities"},
     "you": YOU, "presence": PRESENCE, "room": ROOM}
    {"kind": "events", "after": 41, "revision": 43, "now": ..., "events": [EVENT, ...],
     "patch": {"claims": {"36005000100": {...}, "36005000200": null}}}

As a first message and in an answer of ``since``, ``events`` has ``you``, ``presence`` and
``room`` as well. ``state`` is what :meth:`gapmap.board.present.BoardState.as_json` writes: each
section by key. ``patch`` holds, by section and key, the new value as it is in ``state``, null for
what is gone; it is the sum of the events. A client passes over ``events`` whose ``revision`` it
has, applies those whose ``after`` it has, and connects anew (without ``revision``) if ``after``
is ahead of it. Then, whenever there is something::

    {"kind": "presence", "count": 14, "people": [PERSON, ...], "partners": ["Harbour Aid", ...]}
    {"kind": "room", "version": 7, "now": ..., "timer": ..., "follow": ..., "hands": ...,
     "door": false}
    {"kind": "you", "you": YOU}                            role, partner or name were changed
    {"kind": "pong", "now": ..., "revision": 43, "is_live": true}
    {"kind": "done", "id": "...", "revision": 43, "is_repeat": false}
    {"kind": "done", "id": "...", "version": 8}            of a ``room`` message
    {"kind": "refused", "id": "...", "code": CODE, "why": "a sentence", "again": false,
     "conflicts": [{"key", "reason", "holder"?, "state"?, "since"?, "group"?}, ...]}

The past is asked for; it comes by none of the messages above, and who asks is counted nowhere::

    {"kind": "past", "revision": 17, "head": 43, "now": ..., "event": EVENT, "state": STATE,
     "areas": [key, ...]}                                  whose claims that event changed
    {"kind": "log", "after": 0, "head": 43, "now": ..., "events": [EVENT, ...]}

where::

    YOU       {"member", "name", "partner", "role": "facilitator|partner|viewer",
               "may_lead": bool, "may_write": bool, "expires": time or null}
    PERSON    {"member", "name", "partner", "role"}; ``people`` is empty for viewers
    EVENT     {"revision", "kind", "at", "member", "author", "partner", "said", "undoes"?,
               "areas"?: [geoid, ...], "area_count"?}; of claims the first hundred areas;
              ``author`` is empty for viewers and where the name was deleted; ``said`` is the
              sentence for the log, without who: plain text, never HTML. In the past it has
              "undone_by" too: the revision that took it back, if one did
    ROOM      {"version", "timer", "follow", "hands", "door"}; ``door``: whether everybody is shown
              how to join; with what is asked of ``door``, and not told to a public link
    timer     null or {"label", "seconds", "started", "ends", "left_s": number or null}; while
              ``left_s`` is a number it is paused with so much left
    follow    null or {"leader": member, "name", "view": VIEW}; ``name`` is empty for viewers
    VIEW      {"lat", "lng", "zoom", "mode": text, "selection": [key, ...],
               "bounds": [[south, west], [north, east]]?, "revision": number?, "decision": key?};
              with a revision everybody is shown the board as it was then, with a decision also
              that it was made on it
    hands     null or {"id", "question", "subject", "is_open", "asked",
               "counts": {"for": 3, "against": 0, "abstained": 1},
               "answers": [{"member", "partner", "answer"}, ...]}
    CODE      conflict   somebody was faster, ``conflicts`` says who holds what
              forbidden  this role or partner may not
              request    it makes no sense as it is
              busy       too many messages: send it again in a while (``again`` is true)
              store      the database did not take it: send it again (``again`` is true)
              closed     the token is not good here (any more), or there is no such board

Whoever gets ``again`` keeps the message and sends it again **under the same id**: an id that was
done already is answered with ``done`` and ``is_repeat``, never done twice. That is also what to
do with everything that was not answered when the line was cut. ``done`` may come before or after
the ``events`` with the change in it.

The server closes with 4400 (no message of ours), 4401 (token not good, expired, dismissed: join
again, do not try again), 4404 (no such board), 4408 (too slow: connect again with ``revision``),
4413 (message too large), 4429 (too many messages or seats: try again later), 1012 (the server is
going down: connect again). A wrong Origin is refused before the socket opens (403). Anything else
is the line: connect again after 0.5 s, doubled up to 15 s, with jitter.

From the client
---------------
::

    {"kind": "ping"}                                       every 20 s; no pong in 10 s: line is dead
    {"kind": "do", "id": "a name of its own", "seen": 41, "change": {"do": "take", ...}}
    {"kind": "room", "id": "...", "do": ...}

``id`` has up to 80 letters, digits and ``-_.:``. ``seen`` may be left out: the change is then
made whatever was changed since. ``change`` is what :func:`gapmap.board.agenda.read_change` reads;
each takes a ``note`` too::

    {"do": "take", "partner": P, "areas": [KEY...], "neighbourhoods": [NAME...], "group": "",
     "hours": 48 or "expires": time}
    {"do": "release", "areas": [...], "partner": P?}
    {"do": "advance", "to": "committed|opened|verified", ...}
    {"do": "ask", "partner": P, "areas": [...]}            ask the holder to let go
    {"do": "answer", "id": ASK, "is_yes": true}
    {"do": "split", "area": GEOID, "parts": ["north", "south"]}, {"do": "rejoin", "area": GEOID}
    {"do": "put", "section": "sites|corrections|comments|activities", "id": KEY?, "value": {...}}
    {"do": "remove", "section": ..., "id": KEY}
    {"do": "undo", "revision": 41}
    and of a facilitator: {"do": "hand over", "to": P, "areas": [...]},
    {"do": "decide", "text": ..., "areas": [...], "due": "2026-06-01",
     "hands": {"for_count", "against_count", "abstained_count"}, "view": VIEW,
     "on_revision": the one that is decided on},
    {"do": "claiming", "is_open": false}, {"do": "title", "title": ...},
    {"do": "scenario", "scenario": {...}}

Whether claiming is open is part of the board: ``state.about.claiming.is_open``, open if absent.
What is only of this meeting goes with ``room``; of a facilitator, but for ``hand``::

    {"do": "timer", "seconds": 300, "label": ""}           starts it, from 1 second to a day
    {"do": "pause"}, {"do": "resume"}, {"do": "stop"}      the timer
    {"do": "lead", "view": VIEW}                           everybody follows my map from now on
    {"do": "view", "view": VIEW}                           at most 4 a second; only of who leads
    {"do": "let go"}                                       everybody for themselves
    {"do": "ask hands", "question": ..., "subject": KEY?}  a new show of hands
    {"do": "hand", "answer": "for|against|abstained" or null, "of": hands' id}
    {"do": "end hands"}                                    no more answers; stays to be read
    {"do": "clear hands"}
    {"do": "show door"}, {"do": "hide door"}               how to join, on the projector

What is left of a meeting is not sent for ever: a timer until an hour after its end, the rest for
twelve hours. One member may send 100 changes at once and 10 a second (then ``busy``), one socket
1,000 messages at once and 50 a second (then 4429), each of at most 256,000 bytes.
"""
