// What the map says to the page: strokes with numbers, said again until the page has answered them.
(function () {
  'use strict';
  if (window.gapmapPost) { return; }

  var VERBS = { paint: 'p', erase: 'e', lock: 'l', unlock: 'u', undo: 'z', redo: 'y' };
  var AGAIN_MS = 4000, WARN_MS = 7000;

  window.gapmapPost = function (ways) {
    var waiting = [], number = 0, clicks = 0, saidAt = 0, since = 0;

    // All that waits goes in one word: of two words within a moment only the last one arrives.
    function say() {
      if (!waiting.length) { return; }
      clicks += 1;
      saidAt = Date.now();
      var strokes = waiting.map(function (one) { return [one.number, VERBS[one.verb], one.partner, one.areas]; });
      ways.say({ type: 'Feature', geometry: null, properties: {
        kind: 'strokes', click: Date.now() + clicks,
        id: JSON.stringify({ t: waiting[waiting.length - 1].token, s: strokes }) } });
    }
    // A word can get lost with a connection.
    window.setInterval(function () {
      if (!waiting.length) { return; }
      if (Date.now() - saidAt > AGAIN_MS) { say(); }
      if (Date.now() - since > WARN_MS) { ways.warn(true); }
    }, 1000);

    return {
      add: function (token, verb, partner, areas) {
        if (!waiting.length) { since = Date.now(); }
        number += 1;
        waiting.push({ number: number, token: token, verb: verb, partner: partner, areas: areas });
        say();
      },
      // A session that is older than this map has numbers of its own: go on from there.
      heard: function (seen) {
        number = Math.max(number, seen);
        waiting = waiting.filter(function (one) { return one.number > seen; });
        if (!waiting.length) { ways.warn(false); }
      },
      forget: function () { waiting = []; ways.warn(false); },
      waiting: function () { return waiting.length; }
    };
  };
})();
