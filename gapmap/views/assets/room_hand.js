// What a hand marks on the board's map: by click, brush, neighbourhood or keys. Marking changes
// nothing on the board; what is done with the marked areas is another step.
(function () {
  'use strict';
  if (window.gapmapRoomHand) { return; }

  var BRUSH_PX = 14, CLICK_PX = 6;

  // ways: map, ground() -> {shapes, features, rows, placeOf} or null, may(), changed(), told(place), hover(place, point)
  window.gapmapRoomHand = function (ways) {
    var map = ways.map, container = map.getContainer();
    var made = null, wanted = null, marked = {}, tool = 'point', cursor = -1, cursorShape = null, stroke = null, fingers = {}, down = null;

    function ground() { return ways.ground(); }
    function list() { return Object.keys(marked).map(Number); }
    function set(places, isOn) {
      var isOther = false;
      places.forEach(function (place) {
        if (Boolean(marked[place]) === isOn) { return; }
        isOther = true;
        if (isOn) { marked[place] = true; } else { delete marked[place]; }
      });
      if (isOther) { ways.changed(places); }
    }
    function clear() { set(list(), false); }
    function place(point) {
      var here = ground();
      if (!here) { return -1; }
      var at = map.containerPointToLatLng(point), row = here.shapes.at(at.lng, at.lat);
      return row < 0 ? -1 : here.placeOf[row];
    }
    function neighbours(one) {
      var here = ground(), key = here.features[here.rows[one]].properties.k, found = [];
      if (key === null) { return [one]; }
      here.rows.forEach(function (row, other) { if (here.features[row].properties.k === key) { found.push(other); } });
      return found;
    }
    function toggle(one) {
      var all = tool === 'place' ? neighbours(one) : [one];
      set(all, !all.every(function (other) { return marked[other]; }));
      ways.told(one, all.length);
    }
    function dab(point) {
      var here = ground(), one = place(point), found = one >= 0 ? [one] : [];
      function degrees(x, y) { var at = map.containerPointToLatLng(L.point(x, y)); return [at.lng, at.lat]; }
      var low = degrees(point.x - BRUSH_PX, point.y + BRUSH_PX), high = degrees(point.x + BRUSH_PX, point.y - BRUSH_PX);
      here.shapes.within(low[0], low[1], high[0], high[1], function (row) {
        if (here.placeOf[row] < 0) { return; }
        var inner = here.shapes.inner[row];
        if (map.latLngToContainerPoint([inner[1], inner[0]]).distanceTo(point) <= BRUSH_PX) { found.push(here.placeOf[row]); }
      });
      set(found, stroke.isOn);
    }

    // ---- pointers: the brush takes one finger, two move the map ----
    function pointOf(event) { return map.mouseEventToContainerPoint(event); }
    function isOnMap(target) { return !(target.closest && target.closest('.leaflet-control, .gapmap-r-pin')); }
    container.addEventListener('pointerdown', function (event) {
      if (!isOnMap(event.target)) { return; }
      fingers[event.pointerId] = true;
      if (Object.keys(fingers).length > 1) { stroke = down = null; return; }
      if (!ground() || (event.pointerType === 'mouse' && event.button !== 0)) { return; }
      down = pointOf(event);
      if (tool !== 'brush' || wanted || !ways.may()) { return; }
      var first = place(down);
      stroke = { isOn: !(first >= 0 && marked[first]), last: down };
      try { container.setPointerCapture(event.pointerId); } catch (gone) { stroke.last = down; }
      dab(down);
    });
    container.addEventListener('pointermove', function (event) {
      var point = pointOf(event);
      if (!stroke) {
        if (event.pointerType !== 'mouse' || !isOnMap(event.target) || (made.over && made.over(point))) { return; }
        ways.hover(place(point), point);
        return;
      }
      if (event.pointerType === 'mouse' && event.buttons === 0) { stroke = null; return; }
      var far = stroke.last.distanceTo(point), steps = Math.max(1, Math.ceil(far / (BRUSH_PX / 2)));
      for (var n = 1; n <= steps; n += 1) {
        dab(L.point(stroke.last.x + (point.x - stroke.last.x) * n / steps, stroke.last.y + (point.y - stroke.last.y) * n / steps));
      }
      stroke.last = point;
    });
    window.addEventListener('pointerup', function (event) {
      delete fingers[event.pointerId];
      var from = down, wasStroke = stroke;
      stroke = down = null;
      if (wasStroke || !from || !isOnMap(event.target) || !container.contains(event.target)) { return; }
      var point = pointOf(event), one = place(point);
      if (from.distanceTo(point) > CLICK_PX) { return; }
      if (wanted) { give(map.containerPointToLatLng(point)); return; }
      if (made.first && made.first(point, event.pointerType)) { return; }
      ways.hover(one, point);
      if (one >= 0 && ways.may()) { toggle(one); }
    });
    window.addEventListener('pointercancel', function (event) {
      delete fingers[event.pointerId];
      stroke = down = null;
    });
    container.addEventListener('pointerleave', function () { ways.hover(-1, null); });
    container.addEventListener('wheel', function (event) {
      if (!event.ctrlKey && !event.metaKey) { return; }
      event.preventDefault();
      map.setZoomAround(pointOf(event), map.getZoom() - event.deltaY / 120, { animate: false });
    }, { passive: false });

    // ---- keys ----
    function travel(way) {
      var here = ground(), best = -1, least = Infinity, centre = map.getCenter();
      var from = cursor >= 0 ? here.shapes.inner[here.rows[cursor]] : [centre.lng, centre.lat];
      var narrow = Math.cos(from[1] * Math.PI / 180);
      here.rows.forEach(function (row, one) {
        if (one === cursor) { return; }
        var dx = (here.shapes.inner[row][0] - from[0]) * narrow, dy = here.shapes.inner[row][1] - from[1];
        var ahead = cursor < 0 ? Math.hypot(dx, dy) : dx * way[0] + dy * way[1];
        var aside = cursor < 0 ? 0 : Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
        if (ahead > 0 && aside <= ahead * 1.2 && ahead + 1.5 * aside < least) { least = ahead + 1.5 * aside; best = one; }
      });
      if (best >= 0) { point(best); }
    }
    function point(one) {
      var here = ground(), row = here.rows[one], at = L.latLng(here.shapes.inner[row].slice().reverse());
      cursor = one;
      if (cursorShape) { cursorShape.remove(); }
      cursorShape = L.geoJSON(here.features[row], { pane: 'room-hand', interactive: false,
        renderer: L.svg({ pane: 'room-hand', padding: 0.15 }), style: { color: '#f0a202', weight: 5, fill: false } }).addTo(map);
      if (!map.getBounds().pad(-0.08).contains(at)) { map.panTo(at, { animate: false }); }
      container.setAttribute('data-cursor', here.features[row].id);
      ways.told(one, 0);
    }
    function leave() {
      cursor = -1;
      if (cursorShape) { cursorShape.remove(); cursorShape = null; }
      container.removeAttribute('data-cursor');
    }
    container.addEventListener('keydown', function (event) {
      if (event.target !== container || event.ctrlKey || event.metaKey || event.altKey || !ground()) { return; }
      var key = event.key.toLowerCase();
      var way = { arrowup: [0, 1], arrowdown: [0, -1], arrowright: [1, 0], arrowleft: [-1, 0] }[key];
      if (way) { event.preventDefault(); event.stopPropagation(); travel(way); return; }
      if (key === 'escape') { if (wanted) { give(null); return; } leave(); clear(); return; }
      if (wanted && (key === ' ' || key === 'enter')) {
        event.preventDefault();
        give(cursor < 0 ? map.getCenter() : L.latLng(ground().shapes.inner[ground().rows[cursor]].slice().reverse()));
        return;
      }
      if (cursor < 0 || !ways.may()) { return; }
      if (key === ' ') { event.preventDefault(); set([cursor], !marked[cursor]); ways.told(cursor, 1); }
      if (key === 'n') {
        var all = neighbours(cursor);
        set(all, !all.every(function (other) { return marked[other]; }));
        ways.told(cursor, all.length);
      }
    });

    // The next tap is a place for somebody who asked for one, and marks nothing.
    function ask(then) { wanted = then; choose(tool); }
    function give(at) { var then = wanted; ask(null); then(at); }
    function choose(next) {
      tool = next;
      var isBrush = tool === 'brush' && !wanted;
      if (isBrush) { map.dragging.disable(); } else { map.dragging.enable(); }
      container.style.touchAction = isBrush ? 'none' : '';
      container.setAttribute('data-tool', wanted ? 'put' : tool);
    }
    map.keyboard.disable();
    map.doubleClickZoom.disable();
    map.boxZoom.disable();
    choose('point');
    // over(point) and first(point, pointer): something lies above the areas; true if it alone was meant.
    made = { over: null, first: null, list: list, set: set, clear: clear, is: function (one) { return Boolean(marked[one]); }, point: point,
             neighbours: neighbours, choose: choose, ask: ask, tool: function () { return tool; } };
    return made;
  };
})();
