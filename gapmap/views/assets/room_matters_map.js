// Proposed sites as pins in the partner's colour and letter, and what is said of an area as a count
// beside its middle; a place that is asked for is tapped on the map. Text goes through textContent.
(function () {
  'use strict';
  if (window.gapmapMattersMap) { return; }
  var SPACE = 'http://www.w3.org/2000/svg', element = window.gapmapPanel.element;
  var DROP = 'M15 41.5C11 33 1.5 25.5 1.5 15.5a13.5 13.5 0 1 1 27 0C28.5 25.5 19 33 15 41.5z';
  var BUBBLE = 'M2 2h26v18H14l-6 7v-7H2z', NEAR_PX = 24, NAME_PX = 190;

  function shape(name, box, path) {
    var made = document.createElementNS(SPACE, 'svg'), line = document.createElementNS(SPACE, 'path');
    made.setAttribute('viewBox', box);
    made.setAttribute('class', name);
    made.setAttribute('aria-hidden', 'true');
    line.setAttribute('d', path);
    made.appendChild(line);
    return made;
  }
  function drop(mark) {
    var made = element('span', 'gapmap-r-drop'), face = shape('', '0 0 30 43', DROP);
    made.appendChild(face);
    face.firstChild.style.fill = mark.c;
    made.appendChild(element('b', '', mark.l)).style.color = mark.i;
    return made;
  }
  function bubble(count, isWrong) {
    var made = element('span', 'gapmap-r-bubble' + (isWrong ? ' gapmap-r-bubble-wrong' : ''));
    made.appendChild(shape('', '0 0 30 29', BUBBLE));
    made.appendChild(element('b', '', count));
    return made;
  }

  window.gapmapMattersMap = function (room, matters) {
    var map = room.map, container = map.getContainer(), board = room.board, pins = {}, said = [], draft = null, shown = '', asked = null;
    var pane = map.createPane('room-pins');
    pane.style.zIndex = 470;

    // ---- one pin ----
    function icon(name) { return L.divIcon({ className: 'gapmap-r-pin ' + name, html: element('span'), iconSize: [30, 43], iconAnchor: [15, 42] }); }
    function settle(pin, one) {
      var mark = matters.mark(one.value.partner), box = pin.getElement(), looks = 'gapmap-r-pin-waiting gapmap-r-pin-chosen gapmap-r-pin-going'.split(' ');
      var isChosen = matters.isNamed(one.id);
      [one.isWaiting, isChosen, one.isGoing].forEach(function (isOn, at) { box.classList.toggle(looks[at], isOn); });
      box.firstChild.replaceChildren(drop(mark));
      if (isChosen) {
        var isAtEdge = map.latLngToContainerPoint(pin.getLatLng()).x > map.getSize().x - NAME_PX;
        box.firstChild.appendChild(element('span', 'gapmap-r-pin-name' + (isAtEdge ? ' gapmap-r-pin-name-left' : ''), one.value.name));
      }
      box.setAttribute('aria-label', 'Proposed site: ' + one.value.name + ', ' + matters.who(one.value.partner));
      box.setAttribute('data-site', one.id);
      if (room.view === 'projector') { box.removeAttribute('role'); box.removeAttribute('tabindex'); }
      pin.setZIndexOffset(isChosen ? 2000 : 0);
      if (!pin.isHeld && !pin.getLatLng().equals([one.value.latitude, one.value.longitude])) { pin.setLatLng([one.value.latitude, one.value.longitude]); }
      if (pin.dragging) { pin.dragging[matters.isOurs(one) ? 'enable' : 'disable'](); }
    }
    function add(one) {
      var pin = L.marker([one.value.latitude, one.value.longitude], { pane: 'room-pins', icon: icon(''), draggable: true, autoPan: true,
        interactive: true, keyboard: room.view !== 'projector', riseOnHover: true }).addTo(map), box = pin.getElement();
      function now() { return matters.find('sites', one.id); }
      function choose() {
        room.paint.tell(null);
        if (room.view !== 'projector') { matters.choose('sites', one.id); }
      }
      box.addEventListener('click', choose);
      box.addEventListener('keydown', function (event) { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); choose(); } });
      pin.on('mouseover', function () {
        var site = now();
        if (!site || pin.isHeld || room.view === 'projector' || (matters.chosen && matters.chosen.id === one.id)) { return; }
        room.paint.tell([site.value.name, 'Proposed by ' + matters.who(site.value.partner)].concat(matters.siteLines(site.value)), map.latLngToContainerPoint(pin.getLatLng()));
      });
      pin.on('mouseout', function () { room.paint.tell(null); });
      pin.on('dragstart', function () { pin.isHeld = true; pin.seen = board.revision; room.paint.tell(null); });
      pin.on('dragend', function () {
        var site = now(), at = pin.getLatLng();
        pin.isHeld = false;
        if (site) { matters.put('sites', one.id, moved(site.value, at), pin.seen, true); }
        shown = '';
        room.render();
      });
      return pin;
    }
    function moved(value, at) {
      return Object.assign({}, value, { latitude: Math.round(at.lat * 1e6) / 1e6, longitude: Math.round(at.lng * 1e6) / 1e6 });
    }
    function drawPins(sites) {
      var here = {};
      sites.forEach(function (one) {
        here[one.id] = true;
        pins[one.id] = pins[one.id] || add(one);
        settle(pins[one.id], one);
      });
      Object.keys(pins).forEach(function (id) { if (!here[id]) { pins[id].remove(); delete pins[id]; } });
    }

    // ---- the site that is being put ----
    function drawDraft() {
      var now = matters.draft, hasPlace = now && now.section === 'sites' && now.values.latitude !== undefined;
      if (!hasPlace || now.id) { if (draft) { draft.remove(); draft = null; } return; }
      var at = [now.values.latitude, now.values.longitude];
      if (!draft) {
        draft = L.marker(at, { pane: 'room-pins', icon: icon('gapmap-r-pin-draft'), draggable: true, autoPan: true, keyboard: false, zIndexOffset: 3000 }).addTo(map);
        draft.on('dragend', function () { if (matters.draft) { matters.draft.values = moved(matters.draft.values, draft.getLatLng()); } });
      }
      draft.setLatLng(at);
      draft.getElement().firstChild.replaceChildren(drop(matters.mark(now.values.partner)));
    }

    // ---- what is said of areas ----
    function groups(found) {
      var all = [];
      Object.keys(found).forEach(function (geoid) {
        var at = room.paint.inner(room.paint.place(geoid)), pixel = map.latLngToLayerPoint(at), one = found[geoid];
        var near = all.filter(function (other) { return other.pixel.distanceTo(pixel) < NEAR_PX; })[0];
        if (!near) { all.push({ at: at, pixel: pixel, areas: [geoid], comments: one.comments, corrections: one.corrections, isWaiting: one.isWaiting }); return; }
        near.areas.push(geoid);
        near.comments += one.comments;
        near.corrections += one.corrections;
        near.isWaiting = near.isWaiting || one.isWaiting;
      });
      return all;
    }
    function drawSaid(found) {
      said.forEach(function (one) { one.remove(); });
      said = groups(found).map(function (one) {
        var made = L.marker(one.at, { pane: 'room-pins', keyboard: room.view !== 'projector', zIndexOffset: -1000, icon: L.divIcon({ className: 'gapmap-r-pin gapmap-r-said', html: element('span'),
          iconSize: [30, 29], iconAnchor: [-5, 30] }) }).addTo(map), box = made.getElement();
        if (one.comments) { box.firstChild.appendChild(bubble(one.comments, false)); }
        if (one.corrections) { box.firstChild.appendChild(bubble(one.corrections, true)); }
        box.classList.toggle('gapmap-r-pin-waiting', one.isWaiting);
        var text = [one.comments ? counted(one.comments, 'comment') : '', one.corrections ? counted(one.corrections, 'correction') : ''].filter(Boolean).join(', ');
        box.setAttribute('aria-label', text + ' on ' + room.words.list(one.areas.map(room.words.key)));
        box.title = text;
        if (room.view === 'projector') { box.removeAttribute('role'); return made; }
        function open() { matters.choose('areas', one.areas.join(' ')); }
        box.addEventListener('click', open);
        box.addEventListener('keydown', function (event) { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); open(); } });
        return made;
      });
    }
    function counted(number, what) { return number + ' ' + what + (number === 1 ? '' : 's'); }

    // ---- a place that is asked for ----
    var banner = container.appendChild(element('div', 'gapmap-r-banner leaflet-control'));
    banner.hidden = true;
    banner.setAttribute('role', 'status');
    function ask(text, then) {
      asked = then;
      banner.replaceChildren(element('b', '', text), window.gapmapParts.button('Cancel', 'gapmap-r-small', function () { cancel(); }));
      banner.hidden = false;
      room.hand.ask(function (at) {
        var work = asked;
        if (!at || !work) { cancel(); return; }
        settled();
        work(at);
      });
    }
    window.addEventListener('keydown', function (event) { if (event.key === 'Escape' && asked) { cancel(); } });
    function settled() { asked = null; banner.hidden = true; room.hand.ask(null); }
    function cancel() { settled(); if (matters.draft && matters.draft.values.latitude === undefined) { matters.end(); } room.render(); }

    function draw() {
      if (!room.paint.ground()) { return; }
      var sites = matters.of('sites'), found = matters.byArea();
      var now = JSON.stringify([sites, sites.map(function (one) { return matters.isNamed(one.id); }), found, matters.chosen, board.partners, map.getZoom(), room.view, room.may(), room.leads()]);
      drawDraft();
      // Nothing is put on what was.
      if (asked && !room.may()) { settled(); }
      if (now === shown) { return; }
      shown = now;
      drawPins(sites);
      drawSaid(found);
    }
    map.on('zoomend', function () { room.render(); });
    return { draw: draw, ask: ask, settled: settled, cancel: cancel, moved: moved, isAsking: function () { return Boolean(asked); },
             drop: drop, bubble: bubble,
             show: function (at) { if (!map.getBounds().pad(-0.1).contains(at)) { map.panTo(at, { animate: false }); } } };
  };
  window.gapmapMattersMap.drop = drop;
  window.gapmapMattersMap.bubble = bubble;
})();
