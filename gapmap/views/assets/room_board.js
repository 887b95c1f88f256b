// A board as this tab knows it: a snapshot, what came after it, and what it adds up to by area and
// by partner. Nothing is drawn here.
(function () {
  'use strict';
  if (window.gapmapBoard) { return; }

  var SECTIONS = ['about', 'claims', 'parts', 'asks', 'sites', 'corrections', 'comments', 'decisions', 'activities'];
  var STATES = ['claimed', 'committed', 'opened', 'verified'], REMEMBERED = 80, OPEN_STEPS = 3;

  window.gapmapBoard = function (marks) {
    var board = { revision: null, state: empty(), you: null, presence: { count: 0, people: [], partners: [] },
                  room: { version: -1, timer: null, follow: null, hands: null }, log: [],
                  facts: null, holds: [], sums: {}, partners: [], markOf: {}, steps: [] };
    // What is shown may be a state before; what the board is by now is kept beside it.
    var geoids = [], now = board.state;
    board.past = null;

    function empty() {
      var state = {};
      SECTIONS.forEach(function (name) { state[name] = {}; });
      return state;
    }
    function note(events) {
      (events || []).forEach(function (event) {
        if (board.log.every(function (one) { return one.revision !== event.revision; })) { board.log.push(event); }
      });
      board.log.sort(function (one, other) { return one.revision - other.revision; });
      board.log = board.log.slice(-REMEMBERED);
    }
    // What comes with a first message, and by itself.
    function around(message) {
      if (message.you) { board.you = message.you; }
      if (message.presence) { board.presence = message.presence; }
      if (message.room && message.room.version >= board.room.version) { board.room = message.room; }
    }

    // Says what was changed: all, areas, around, gap (something between is missing), or nothing.
    board.hear = function (message) {
      if (message.kind === 'snapshot') {
        now = Object.assign(empty(), message.state);
        if (!board.past) { board.state = now; }
        board.revision = message.revision;
        // After a restart a room may count from the start again.
        board.room = { version: -1 };
        around(message);
        return 'all';
      }
      if (message.kind === 'events') {
        around(message);
        if (message.after > board.revision) { return 'gap'; }
        if (message.revision <= board.revision) { return 'around'; }
        Object.keys(message.patch).forEach(function (name) {
          var section = now[name] = now[name] || {};
          Object.keys(message.patch[name]).forEach(function (key) {
            if (message.patch[name][key] === null) { delete section[key]; } else { section[key] = message.patch[name][key]; }
          });
        });
        board.revision = message.revision;
        note(message.events);
        return 'areas';
      }
      if (message.kind === 'presence') { board.presence = message; return 'around'; }
      if (message.kind === 'room') { around({ room: message }); return 'around'; }
      if (message.kind === 'you') { board.you = message.you; return 'all'; }
      return '';
    };
    board.remember = note;
    board.now = function () { return now; };
    // Shows a state before, or with null what the board is now.
    board.show = function (past) {
      board.past = past;
      board.state = past ? Object.assign(empty(), past.state) : now;
    };

    // ---- what it adds up to ----
    board.weigh = function (facts, ids) {
      board.facts = facts;
      geoids = ids;
      var known = facts.open.filter(function (one) { return one !== null && one >= 0.5; })
        .sort(function (one, other) { return one - other; });
      board.steps = [];
      for (var step = 1; step < OPEN_STEPS; step += 1) {
        var edge = known[Math.floor(known.length * step / OPEN_STEPS)];
        if (edge !== undefined) { board.steps.push(edge); }
      }
    };
    // 0 for nobody out of reach, then 1 to 3; -1 where it is not known.
    board.step = function (place) {
      var open = board.facts.open[place];
      if (open === null) { return -1; }
      if (open < 0.5) { return 0; }
      return 1 + board.steps.filter(function (edge) { return open >= edge; }).length;
    };
    function listPartners() {
      var scenario = now.about.scenario || {}, named = Array.isArray(scenario.partners) ? scenario.partners : [];
      var others = {}, found = named.filter(function (one, at) { return typeof one === 'string' && one && named.indexOf(one) === at; });
      ['claims', 'sites', 'comments', 'corrections', 'activities'].forEach(function (name) {
        Object.keys(now[name]).forEach(function (key) { others[now[name][key].partner || ''] = true; });
      });
      (board.presence.partners || []).forEach(function (one) { others[one] = true; });
      if (board.you && board.you.partner) { others[board.you.partner] = true; }
      // In an order that every tab finds by itself.
      Object.keys(others).sort().forEach(function (one) { if (one && found.indexOf(one) < 0) { found.push(one); } });
      // Whoever held something only then comes last, so that nobody's colour is another than now.
      Object.keys(board.past ? board.state.claims : {}).map(function (key) { return board.state.claims[key].partner; }).sort()
        .forEach(function (one) { if (found.indexOf(one) < 0) { found.push(one); } });
      board.partners = found;
      board.markOf = {};
      found.forEach(function (one, at) { board.markOf[one] = marks[at % marks.length]; });
    }
    board.keys = function (geoid) {
      var parts = board.state.parts[geoid];
      return parts && parts.names ? parts.names.map(function (name) { return geoid + '#' + name; }) : [geoid];
    };
    board.count = function () {
      listPartners();
      if (!board.facts) { return; }
      function nothing() { return { areas: 0, need: 0, open: 0, unknown: 0, claimed: 0, committed: 0, opened: 0, verified: 0 }; }
      var sums = {}, rest = nothing();
      board.partners.forEach(function (one) { sums[one] = nothing(); });
      board.holds = geoids.map(function (geoid, place) {
        var keys = board.keys(geoid), share = 1 / keys.length;
        var claims = keys.map(function (key) { return board.state.claims[key] || null; });
        claims.forEach(function (claim) {
          var sum = claim ? sums[claim.partner] : rest, need = board.facts.need[place], open = board.facts.open[place];
          sum.areas += share;
          // Unknown is not zero: it is counted beside the sum.
          if (need === null || open === null) { sum.unknown += share; }
          sum.need += share * (need || 0);
          sum.open += share * (open || 0);
          if (claim) { sum[claim.state] += share; }
        });
        var first = claims[0], isOne = claims.every(function (one) {
          return first ? one && one.partner === first.partner && one.state === first.state : !one;
        });
        return { partner: isOne && first ? first.partner : null, state: isOne && first ? first.state : null,
                 claims: claims, isShared: !isOne, since: first && first.since, due: first && first.due };
      });
      board.sums = sums;
      board.rest = rest;
    };
    board.isOpen = function () {
      var claiming = board.state.about.claiming;
      return !claiming || claiming.is_open !== false;
    };
    board.title = function () { return (board.state.about.title || {}).text || ''; };
    board.asks = function () {
      return Object.keys(board.state.asks).map(function (id) { return Object.assign({ id: id }, board.state.asks[id]); })
        .filter(function (one) { return !one.answer; });
    };
    board.STATES = STATES;
    return board;
  };
})();
