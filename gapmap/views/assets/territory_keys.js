// The territory map by keys: a letter for each tool, a figure for each partner, and a cursor that
// arrow keys take from area to area.
(function () {
  'use strict';
  if (window.gapmapTerritoryKeys) { return; }

  var SHORT = { v: ['tool', 'move'], b: ['tool', 'brush'], l: ['tool', 'lasso'],
                n: ['tool', 'place'], p: ['verb', 'paint'], k: ['verb', 'lock'],
                u: ['verb', 'unlock'],
                '[': ['size', 'small'], '=': ['size', 'middle'], ']': ['size', 'large'] };
  var WAYS = { arrowup: [0, 1], arrowdown: [0, -1], arrowright: [1, 0], arrowleft: [-1, 0] };

  window.gapmapTerritoryKeys = function (territory) {
    var map = territory.map, container = territory.container, drawing = territory.drawing;
    var now = territory.now, hand = territory.hand, tools = territory.tools;
    var cursor = -1, shape = null;

    // ---- the cursor ----
    function innerOf(place) { return territory.shapes.inner[drawing.facts.rows[place]]; }
    function featureOf(place) { return territory.features[drawing.facts.rows[place]]; }
    function travel(way) {
      var from = cursor >= 0 ? innerOf(cursor) : null, best = -1, least = Infinity;
      if (!from) { var centre = map.getCenter(); from = [centre.lng, centre.lat]; }
      var narrow = Math.cos(from[1] * Math.PI / 180);
      drawing.facts.rows.forEach(function (row, place) {
        if (place === cursor) { return; }
        var at = innerOf(place), dx = (at[0] - from[0]) * narrow, dy = at[1] - from[1];
        var ahead = cursor < 0 ? Math.hypot(dx, dy) : dx * way[0] + dy * way[1];
        var aside = cursor < 0 ? 0 : Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
        var far = ahead + 1.5 * aside;
        if (ahead > 0 && aside <= ahead * 1.2 && far < least) { least = far; best = place; }
      });
      if (best < 0) { return; }
      cursor = best;
      drawCursor();
      territory.words.tell(territory.words.about(cursor).join(', '));
    }
    function drawCursor() {
      if (shape) { shape.remove(); }
      shape = L.geoJSON(featureOf(cursor), { pane: 'territory-hand', interactive: false,
        renderer: L.svg({ pane: 'territory-hand', padding: 0.15 }),
        style: { color: '#f0a202', weight: 4, fill: false } }).addTo(map);
      var at = L.latLng(innerOf(cursor).slice().reverse());
      if (!map.getBounds().pad(-0.08).contains(at)) { map.panTo(at, { animate: false }); }
      container.setAttribute('data-cursor', featureOf(cursor).id);
    }
    function leave() {
      cursor = -1;
      if (shape) { shape.remove(); shape = null; }
      container.removeAttribute('data-cursor');
    }
    function use() {
      drawing.begin(now.partner, now.verb);
      (now.tool === 'place' ? hand.neighbours(cursor) : [cursor]).forEach(drawing.change);
      if (drawing.stroke.places.length) { drawing.end(); return; }
      drawing.cancel();
      territory.words.tell('Nothing to change here.');
    }

    // ---- keys ----
    document.addEventListener('keydown', function (event) {
      var key = event.key.toLowerCase(), isCommand = event.ctrlKey || event.metaKey;
      if (isCommand && key === 'z') {
        event.preventDefault();
        tools.step(event.shiftKey ? 'redo' : 'undo');
        return;
      }
      if (isCommand && key === 'y') { event.preventDefault(); tools.step('redo'); return; }
      if (isCommand || event.altKey) { return; }
      if (key === 'escape') { drawing.cancel(); leave(); return; }
      if (/^[0-9]$/.test(key)) { tools.pick(Number(key) - 1); return; }
      if (SHORT[key] && (key !== 'n' || territory.settings.outlines)) {
        tools.choose(SHORT[key][0], SHORT[key][1]);
        return;
      }
      if (document.activeElement !== container || now.tool === 'move') { return; }
      if (!drawing.holders) { return; }
      if (WAYS[key]) { event.preventDefault(); travel(WAYS[key]); }
      if (key === 'enter' && cursor >= 0) { event.preventDefault(); use(); }
      if (key === ' ') {
        event.preventDefault();
        if (!event.repeat && !drawing.stroke) { hand.carry(true); }
      }
    });
    document.addEventListener('keyup', function (event) {
      if (event.key === ' ' && hand.isCarried()) { hand.carry(false); }
    });
    window.addEventListener('blur', function () { if (hand.isCarried()) { hand.carry(false); } });

    return { leave: leave };
  };
})();
