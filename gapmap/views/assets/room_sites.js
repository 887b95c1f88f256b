// The sites of today on a board's map: small dots under letters and pins, to see who serves where.
// Text that people wrote goes through textContent alone.
(function () {
  'use strict';
  if (window.gapmapRoomSites) { return; }
  var element = window.gapmapPanel.element, INK = '#14202e', NEAR_PX = 7, FINGER_PX = 11;

  // What is not counted by the board's question is hollow.
  function look(isCounted, zoom, isLarge) {
    // Its white edge keeps it apart from the dots that say that an area is served.
    var size = (zoom < 10.7 ? 0.7 : zoom < 13 ? 1 : 1.4) * (isLarge ? 1.5 : 1);
    return { radius: 4.1 * size, weight: (isCounted ? 2.6 : 2) * size, color: isCounted ? '#ffffff' : INK, opacity: 1,
             fillColor: isCounted ? INK : '#ffffff', fillOpacity: 1 };
  }

  window.gapmapRoomSites = function (room, matters) {
    var map = room.map, hand = room.hand, board = room.board, dots = [], facts = null, isOn = true, ring = null;
    var pane = map.createPane('room-sites');
    pane.style.zIndex = 436;
    pane.style.pointerEvents = 'none';
    var renderer = L.canvas({ pane: 'room-sites', padding: 0.15 }), group = L.layerGroup();

    function isLarge() { return room.view === 'projector'; }
    function draw() {
      if (!board.facts) { return; }
      if (facts !== board.facts) {
        facts = board.facts;
        group.clearLayers();
        dots = (facts.sites || []).map(function (site) {
          return L.circleMarker([site.lat, site.lng], Object.assign({ pane: 'room-sites', renderer: renderer, interactive: false }, look(!site.because, map.getZoom(), isLarge()))).addTo(group);
        });
      }
      if (isOn !== map.hasLayer(group)) { if (isOn) { group.addTo(map); } else { group.remove(); } }
      var chosen = isOn ? (facts.sites || []).filter(function (one) { return matters.isNamed(one.id); })[0] : null;
      if (ring && !chosen) { ring.remove(); ring = null; }
      if (chosen) {
        ring = ring || L.circleMarker([chosen.lat, chosen.lng], { pane: 'room-sites', renderer: renderer, interactive: false, radius: 10, weight: 4, color: '#f0a202', fill: false }).addTo(map);
        ring.setLatLng([chosen.lat, chosen.lng]);
        ring.unbindTooltip().bindTooltip(element('span', '', chosen.name), { permanent: true, direction: 'right', offset: [12, 0], className: 'gapmap-r-dot-name' }).openTooltip();
      }
    }
    function restyle() {
      dots.forEach(function (dot, at) {
        var now = look(!facts.sites[at].because, map.getZoom(), isLarge());
        dot.setStyle(now);
        dot.setRadius(now.radius);
      });
    }
    map.on('zoomend', restyle);
    function under(point, far) {
      var best = null, least = far;
      if (!isOn || !facts) { return null; }
      facts.sites.forEach(function (site) {
        var away = map.latLngToContainerPoint([site.lat, site.lng]).distanceTo(point);
        if (away <= least) { least = away; best = site; }
      });
      return best;
    }
    function lines(site) {
      return [site.name, site.partner, [site.kind, site.times].filter(Boolean).join(' · '), site.because ? 'Not counted: ' + site.because : ''].filter(Boolean);
    }
    // A dot lies above the area that it stands in.
    hand.over = function (point) {
      var site = under(point, NEAR_PX);
      if (site) { room.paint.tell(lines(site), point); }
      return Boolean(site);
    };
    // A tap on a dot shows the site and marks its area as well: at a small scale the dot covers it.
    hand.first = function (point, pointer) {
      if (room.view === 'projector' || hand.tool() !== 'point') { return false; }
      var site = under(point, pointer === 'mouse' ? NEAR_PX : FINGER_PX), draft = matters.draft;
      if (!site) { return false; }
      room.paint.tell(null);
      if (draft && 'subject' in draft.values && (draft.section === 'comments' || draft.section === 'corrections')) {
        draft.values.subject = site.id;
        if (draft.section === 'corrections') { draft.values.found = ''; }
        room.render();
        return true;
      }
      if (!draft) { matters.choose('today', site.id); }
      return false;
    };
    return { draw: draw, lines: lines, isOn: function () { return isOn; },
             turn: function (next) { isOn = next; if (!isOn && matters.chosen && matters.chosen.kind === 'today') { matters.choose(null); } room.render(); } };
  };
})();
