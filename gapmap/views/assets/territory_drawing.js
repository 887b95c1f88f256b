// Who holds which area, as it stands in this tab: strokes, what was before them, and what each
// holder has by them. Nothing in here can be seen.
(function () {
  'use strict';
  if (window.gapmapTerritoryDrawing) { return; }

  var CODES = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', REMEMBERED = 60;

  // Ways: turned(place), an area is another's or locked; changed(), figures are others;
  // released(), a stroke is over; done(stroke), it has changed something.
  window.gapmapTerritoryDrawing = function (ways) {
    var past = [], future = [];
    // Nobody holds anything before the page has said who does: holders and locks are null then.
    var drawing = { facts: null, loads: [], placeOf: null, holders: null, locks: null,
                    partners: [], targets: [], sums: [], stroke: null };

    function copy() { return { holders: drawing.holders.slice(), locks: drawing.locks.slice() }; }
    function text() {
      var join = Array.prototype.join;
      return join.call(drawing.holders) + '|' + join.call(drawing.locks);
    }

    // ---- what there is to draw on ----
    drawing.take = function (facts, count) {
      drawing.facts = facts;
      drawing.loads = facts.loads;
      drawing.placeOf = new Int32Array(count).fill(-1);
      facts.rows.forEach(function (row, place) { drawing.placeOf[row] = place; });
      past = [];
      future = [];
      drawing.blank();
    };
    drawing.blank = function () { drawing.holders = drawing.locks = null; };
    drawing.read = function (state) {
      var before = drawing.holders, beforeLocks = drawing.locks, stroke = drawing.stroke;
      var painting = stroke ? stroke.places.slice() : null, width = state.width;
      var holders = drawing.holders = new Int16Array(drawing.facts.rows.length);
      var locks = drawing.locks = new Uint8Array(drawing.facts.rows.length);
      for (var place = 0; place < holders.length; place += 1) {
        var code = state.holders.substr(place * width, width);
        holders[place] = code.charAt(0) === '.' ? -1 : width === 1 ? CODES.indexOf(code)
          : CODES.indexOf(code.charAt(0)) * CODES.length + CODES.indexOf(code.charAt(1));
        locks[place] = state.locks.charAt(place) === '1' ? 1 : 0;
      }
      for (place = 0; place < holders.length; place += 1) {
        if (!before || before[place] !== holders[place] || beforeLocks[place] !== locks[place]) {
          ways.turned(place);
        }
      }
      if (!stroke) { return; }
      // A hand that is on the map keeps what it has painted.
      stroke.before = copy();
      stroke.seen = {};
      stroke.places = [];
      painting.forEach(drawing.change);
    };

    drawing.count = function () {
      function none() { return { load: 0, areas: 0, locked: 0, pieces: 0 }; }
      var sums = drawing.partners.map(none), left = none();
      for (var place = 0; place < drawing.holders.length; place += 1) {
        var holder = drawing.holders[place], one = holder < 0 ? left : sums[holder];
        // A locked area of nobody is left out on purpose.
        if (holder < 0 && drawing.locks[place]) { continue; }
        one.areas += 1;
        one.load += drawing.loads[place] || 0;
        one.locked += drawing.locks[place];
      }
      sums.left = left;
      drawing.sums = sums;
    };

    // ---- strokes ----
    drawing.begin = function (partner, verb) {
      drawing.stroke = { verb: verb, partner: partner, places: [], seen: {}, before: copy() };
    };
    drawing.change = function (place) {
      var stroke = drawing.stroke, holders = drawing.holders, locks = drawing.locks;
      if (!stroke || stroke.seen[place]) { return; }
      stroke.seen[place] = true;
      if (stroke.verb === 'paint') {
        if (locks[place] || holders[place] === stroke.partner) { return; }
        holders[place] = stroke.partner;
      } else {
        var wanted = stroke.verb === 'lock' ? 1 : 0;
        if (locks[place] === wanted) { return; }
        locks[place] = wanted;
      }
      stroke.places.push(place);
      ways.turned(place);
      ways.changed();
    };
    drawing.cancel = function () {
      var undone = drawing.stroke;
      if (!undone) { return; }
      drawing.stroke = null;
      drawing.holders = undone.before.holders;
      drawing.locks = undone.before.locks;
      undone.places.forEach(ways.turned);
      ways.released();
      ways.changed();
    };
    drawing.end = function () {
      var done = drawing.stroke;
      if (!done) { return; }
      drawing.stroke = null;
      ways.released();
      if (!done.places.length) { return; }
      ways.changed();
      past.push({ before: done.before, after: text() });
      if (past.length > REMEMBERED) { past.shift(); }
      future = [];
      ways.done(done);
    };
    // Nobody's hand is on the map any more, and nothing is taken back: what it was on is gone.
    drawing.drop = function () {
      drawing.stroke = null;
      ways.released();
    };

    // ---- back and forth ----
    function restore(to) {
      var changed = [];
      for (var place = 0; place < drawing.holders.length; place += 1) {
        var isOther = drawing.holders[place] !== to.holders[place];
        if (isOther || drawing.locks[place] !== to.locks[place]) { changed.push(place); }
      }
      drawing.holders = to.holders.slice();
      drawing.locks = to.locks.slice();
      changed.forEach(ways.turned);
      ways.changed();
    }
    // What was painted here is undone here and now; anything older waits for the page's answer.
    drawing.step = function (verb) {
      var from = verb === 'undo' ? past : future, to = verb === 'undo' ? future : past;
      var last = from[from.length - 1];
      if (!last || last.after !== text()) { return; }
      from.pop();
      var here = copy();
      restore(last.before);
      to.push({ before: here, after: text() });
    };
    drawing.isUndone = function () { return future.length > 0; };
    return drawing;
  };
})();
