// The hand on the territory map: brush, lasso and whole neighbourhoods; one finger paints, two move
// the map.
(function () {
  'use strict';
  if (window.gapmapTerritoryHand) { return; }

  var RADIUS = { small: 0, middle: 16, large: 34 }, STEP_PX = 3, INK = '#0b1f33';
  var element = window.gapmapPanel.element;

  window.gapmapTerritoryHand = function (territory) {
    var map = territory.map, container = territory.container, drawing = territory.drawing;
    var now = territory.now, marks = L.layerGroup().addTo(map);
    var fingers = {}, last = null, loop = null, loopLine = null, ring = null, isCarried = false;

    // ---- what lies under it ----
    function lngLat(point) {
      var at = map.containerPointToLatLng(point);
      return [at.lng, at.lat];
    }
    function under(point) {
      var at = lngLat(point);
      return territory.shapes ? territory.shapes.at(at[0], at[1]) : -1;
    }
    function placeAt(point) {
      var row = under(point);
      return row < 0 ? -1 : drawing.placeOf[row];
    }
    function neighbours(place) {
      var rows = drawing.facts.rows, found = [];
      var key = territory.features[rows[place]].properties.k;
      if (key === null) { return [place]; }
      rows.forEach(function (row, other) {
        if (territory.features[row].properties.k === key) { found.push(other); }
      });
      return found;
    }

    // ---- painting ----
    function dab(point) {
      var place = placeAt(point), radius = RADIUS[now.size], inner = territory.shapes.inner;
      if (place >= 0) { drawing.change(place); }
      if (!radius) { return; }
      var low = lngLat([point.x - radius, point.y + radius]);
      var high = lngLat([point.x + radius, point.y - radius]);
      territory.shapes.within(low[0], low[1], high[0], high[1], function (row) {
        if (drawing.placeOf[row] < 0) { return; }
        var at = map.latLngToContainerPoint([inner[row][1], inner[row][0]]);
        if (at.distanceTo(point) <= radius) { drawing.change(drawing.placeOf[row]); }
      });
    }
    function drag(from, to) {
      var far = from.distanceTo(to), steps = Math.max(1, Math.ceil(far / STEP_PX));
      for (var n = 1; n <= steps; n += 1) {
        dab(L.point(from.x + (to.x - from.x) * n / steps, from.y + (to.y - from.y) * n / steps));
      }
    }
    function openLoop(point) {
      loop = [point];
      loopLine = L.polygon([map.containerPointToLatLng(point)], {
        pane: 'territory-hand', interactive: false, color: INK, weight: 2.5, dashArray: '6 4',
        renderer: L.svg({ pane: 'territory-hand', padding: 0.15 }), fillOpacity: 0.25,
        fillColor: now.partner >= 0 ? drawing.partners[now.partner].c : '#ffffff'
      }).addTo(marks);
    }
    function closeLoop(point) {
      // Too short for a loop: a click, and it means the area below it.
      if (loop.length < 4) {
        if (placeAt(point) >= 0) { drawing.change(placeAt(point)); }
        return;
      }
      territory.shapes.inLoop(loop.map(lngLat)).forEach(function (row) {
        if (drawing.placeOf[row] >= 0) { drawing.change(drawing.placeOf[row]); }
      });
    }
    function clear() {
      marks.clearLayers();
      loop = loopLine = last = null;
    }
    function finish(event) {
      if (!drawing.stroke || !last) { return; }
      var point = pointOf(event);
      if (now.tool === 'place') {
        var place = placeAt(point);
        if (place >= 0) { neighbours(place).forEach(drawing.change); }
      }
      if (now.tool === 'lasso') { closeLoop(point); }
      drawing.end();
    }

    // ---- pointers ----
    function pointOf(event) { return map.mouseEventToContainerPoint(event); }
    function paints() { return now.tool !== 'move' && !isCarried; }
    function isOnMap(target) { return !(target.closest && target.closest('.leaflet-control')); }
    container.addEventListener('pointerdown', function (event) {
      if (!isOnMap(event.target)) { return; }
      fingers[event.pointerId] = true;
      if (Object.keys(fingers).length > 1) { drawing.cancel(); return; }
      var isOtherButton = event.pointerType === 'mouse' && event.button !== 0;
      if (!paints() || !drawing.holders || isOtherButton) { return; }
      territory.tip.hide();
      drawing.begin(now.partner, now.verb);
      last = pointOf(event);
      try { container.setPointerCapture(event.pointerId); } catch (gone) { last = pointOf(event); }
      if (now.tool === 'brush') { dab(last); }
      if (now.tool === 'lasso') { openLoop(last); }
    });
    container.addEventListener('pointermove', function (event) {
      drawRing(event);
      if (!drawing.stroke || !last) { return; }
      if (event.pointerType === 'mouse' && event.buttons === 0) { finish(event); return; }
      var point = pointOf(event);
      if (now.tool === 'brush') { drag(last, point); }
      if (now.tool === 'lasso') {
        if (point.distanceTo(last) <= STEP_PX) { return; }
        loop.push(point);
        loopLine.addLatLng(map.containerPointToLatLng(point));
      }
      last = point;
    });
    window.addEventListener('pointerup', function (event) {
      delete fingers[event.pointerId];
      finish(event);
    });
    window.addEventListener('pointercancel', function (event) {
      delete fingers[event.pointerId];
      drawing.cancel();
    });
    // How far the brush reaches, around the pointer.
    function drawRing(event) {
      var radius = RADIUS[now.size], isMouse = event.pointerType !== 'touch';
      var isWanted = now.tool === 'brush' && radius && paints() && isMouse && isOnMap(event.target);
      if (!isWanted) { if (ring) { ring.style.display = 'none'; } return; }
      if (!ring) { ring = container.appendChild(element('div', 'gapmap-t-brush')); }
      var at = pointOf(event), wide = 2 * radius + 'px';
      ring.style.cssText = 'display:block;left:' + at.x + 'px;top:' + at.y + 'px;width:' + wide +
        ';height:' + wide;
    }
    container.addEventListener('pointerleave', function () {
      if (ring) { ring.style.display = 'none'; }
      territory.tip.hide();
    });
    // Two fingers on a pad arrive as a turn of the wheel with Control; without it the page scrolls.
    container.addEventListener('wheel', function (event) {
      if (!event.ctrlKey && !event.metaKey) { return; }
      event.preventDefault();
      territory.stay();
      map.setZoomAround(pointOf(event), map.getZoom() - event.deltaY / 120, { animate: false });
    }, { passive: false });

    // What the map itself may do with a hand, by the tool that is in it.
    function ready() {
      if (paints()) { map.dragging.disable(); } else { map.dragging.enable(); }
      if (now.tool === 'move') { map.keyboard.enable(); } else { map.keyboard.disable(); }
      container.style.touchAction = 'none';
    }
    return {
      under: under,
      neighbours: neighbours,
      clear: clear,
      ready: ready,
      isCarried: function () { return isCarried; },
      // With the space bar down the map is moved, whatever the tool.
      carry: function (isOn) {
        isCarried = isOn;
        container.classList.toggle('gapmap-t-carried', isOn);
        ready();
      }
    };
  };
})();
