// The territory map: areas in their holder's colour, painted here and now; one message a stroke.
// Text that people wrote reaches the page through textContent alone.
(function () {
  'use strict';
  if (window.gapmapTerritory) { return; }

  var CODES = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  var RADIUS = { small: 0, middle: 16, large: 34 }, REMEMBERED = 60, LETTERS_AT_MOST = 5;
  var LETTERED_SITES_AT_MOST = 400, BORDERS_MS = 60, MANY_SHARE = 0.3, MANY_PARTNERS = 20, INK = '#0b1f33';
  var element = window.gapmapPanel.element, looks = window.gapmapLooks;

  function fetchJson(url) {
    return fetch(url).then(function (answer) {
      if (!answer.ok) { throw new Error('no such layer: ' + url); }
      return answer.json();
    });
  }

  function mount(map, settings) {
    var container = map.getContainer(), words = settings.words, body = document.body;
    var shapes = null, outlines = [], features = [], layers = [], sites = [], sitePartners = [];
    var state = null, facts = null, factsUrl = null, loads = [], placeOf = null;
    var cur = null, locked = null, sums = [], targets = [], partners = [];
    var now = { tool: 'brush', verb: 'paint', size: 'small', partner: 0, undo: false, redo: false };
    var stroke = null, past = [], future = [], fillOf = {};
    var isMild = false;

    body.classList.add('gapmap-territory');
    container.focus = function () {
      HTMLElement.prototype.focus.call(container, { preventScroll: true });
    };
    container.setAttribute('role', 'region');
    container.setAttribute('aria-label', settings.label);
    ['areas', 'outlines', 'borders', 'sites', 'letters', 'hand'].forEach(function (name, index) {
      var pane = map.createPane('territory-' + name);
      pane.style.zIndex = 410 + 10 * index;
      pane.style.pointerEvents = 'none';
    });
    var canvas = L.canvas({ pane: 'territory-areas', padding: 0.15 }).addTo(map);
    var above = L.canvas({ pane: 'territory-borders', padding: 0.15 }).addTo(map);
    var border = looks.borders(above).addTo(map);
    var siteCanvas = L.canvas({ pane: 'territory-sites', padding: 0.15 });
    var siteGroup = L.layerGroup().addTo(map), letterGroup = L.layerGroup().addTo(map);
    var hand = L.layerGroup().addTo(map), letters = [];
    if (settings.tiles) { L.tileLayer(settings.tiles, { maxZoom: 19, attribution: '' }).addTo(map); }
    L.control.scale({ position: 'bottomleft', imperial: true, metric: true, maxWidth: 120 }).addTo(map);
    map.doubleClickZoom.disable();
    map.boxZoom.disable();

    // ---- what a hand says to the page: places in a list, never a shape ----
    var bridge = L.featureGroup().addTo(map), unsaved = null;
    var post = window.gapmapPost({
      say: function (word) {
        api.sent += 1;
        bridge.fire('click', { latlng: map.getCenter(), layer: { toGeoJSON: function () { return word; } } });
      },
      warn: function (isOn) {
        if (isOn && !unsaved) {
          unsaved = body.appendChild(element('div', 'gapmap-t-unsaved', words.unsaved));
          unsaved.setAttribute('role', 'alert');
        } else if (!isOn && unsaved) { unsaved.remove(); unsaved = null; }
      }
    });

    // ---- who holds what ----
    function fill(name, draw) { return fillOf[name] || (fillOf[name] = draw()); }
    function lineWeight() { return map.getZoom() < 11 ? 0.4 : map.getZoom() < 13 ? 0.7 : 1; }
    function styleOf(place) {
      if (place < 0) {
        return { stroke: true, color: '#ffffff', weight: 0.4, opacity: 0.8, fillColor: '#e6eaee',
                 fillOpacity: settings.tiles ? 0.35 : 0.8 };
      }
      var holder = cur[place], look = { stroke: true, color: '#ffffff', opacity: 0.85, weight: lineWeight(),
                                        fillOpacity: settings.tiles ? 0.72 : 0.92 };
      if (holder < 0) {
        look.fillColor = isMild ? fill('many', function () { return looks.nobody(true); })
          : fill('nobody', function () { return looks.nobody(false); });
        look.color = isMild ? '#8a96a3' : INK;
        look.opacity = 1;
        look.weight = isMild ? 0.6 : 1;
        if (locked[place]) { look.fillColor = fill('aside', function () { return looks.locked('#ffffff', '#5b6470'); }); }
      } else {
        var one = partners[holder];
        look.fillColor = locked[place]
          ? fill(one.c, function () { return looks.locked(one.c, one.i); }) : one.c;
        // A padlock is too large for a small area: its line says it too.
        if (locked[place]) { look.color = INK; look.weight = 1.2; }
      }
      return look;
    }
    function restyle(place) { layers[facts.rows[place]].setStyle(styleOf(place)); }
    function holdersText() { return Array.prototype.join.call(cur) + '|' + Array.prototype.join.call(locked); }

    function count() {
      sums = partners.map(function () { return { load: 0, areas: 0, locked: 0, pieces: 0 }; });
      var left = { load: 0, areas: 0, locked: 0, pieces: 0 };
      for (var place = 0; place < cur.length; place += 1) {
        var one = cur[place] < 0 ? left : sums[cur[place]];
        // A locked area of nobody is left out on purpose.
        if (cur[place] < 0 && locked[place]) { continue; }
        one.areas += 1;
        one.load += loads[place] || 0;
        one.locked += locked[place];
      }
      sums.left = left;
    }
    function drawFigures() {
      count();
      if (isMild !== sums.left.areas > MANY_SHARE * cur.length) {
        isMild = !isMild;
        for (var place = 0; place < cur.length; place += 1) { if (cur[place] < 0) { restyle(place); } }
      }
      var pieces = window.gapmapGround.pieces(cur, facts.links);
      pieces.forEach(function (piece) { sums[cur[piece[0]]].pieces += 1; });
      panel.figures(sums, sums.left, targets);
      drawLetters(pieces);
      container.setAttribute('data-unassigned', String(sums.left.areas));
    }
    function drawLetters(pieces) {
      var by = partners.map(function () { return []; }), wanted = [], rest = [];
      pieces.forEach(function (piece) { by[cur[piece[0]]].push(piece); });
      by.forEach(function (all) {
        all.sort(function (one, other) { return other.length - one.length; });
        all.slice(0, LETTERS_AT_MOST).forEach(function (piece, rank) { (rank ? rest : wanted).push(piece); });
      });
      // Every holder's largest piece has its letter; smaller ones where there is room for it.
      wanted = wanted.map(spot);
      rest.map(spot).forEach(function (one) {
        if (wanted.every(function (other) { return other.pixel.distanceTo(one.pixel) > 30; })) { wanted.push(one); }
      });
      wanted.forEach(function (one, index) {
        var partner = partners[one.holder], marker = letters[index];
        if (!marker) {
          marker = letters[index] = L.marker(one.at, { pane: 'territory-letters', interactive: false, keyboard: false,
            icon: L.divIcon({ className: 'gapmap-t-letter-box', html: element('span', 'gapmap-t-letter'), iconSize: [28, 28] }) });
          marker.addTo(letterGroup);
        }
        var face = marker.getElement().firstChild;
        face.textContent = partner.l;
        face.style.background = partner.c;
        face.style.color = partner.i;
        marker.setLatLng(one.at);
      });
      letters.splice(wanted.length).forEach(function (marker) { marker.remove(); });
    }
    function spot(piece) {
      var at = middle(piece);
      return { holder: cur[piece[0]], at: at, pixel: map.latLngToLayerPoint(at) };
    }
    function middle(piece) {
      var x = 0, y = 0, best = null, least = Infinity;
      piece.forEach(function (place) {
        var at = shapes.inner[facts.rows[place]];
        x += at[0] / piece.length;
        y += at[1] / piece.length;
      });
      var narrow = Math.cos(y * Math.PI / 180);
      piece.forEach(function (place) {
        var at = shapes.inner[facts.rows[place]];
        var far = Math.pow((at[0] - x) * narrow, 2) + Math.pow(at[1] - y, 2);
        if (far < least) { least = far; best = at; }
      });
      return [best[1], best[0]];
    }
    function drawBorders() {
      border.choose(function (one) {
        var here = cur[placeOf[one.row]];
        var there = one.beside < 0 ? -2 : cur[placeOf[one.beside]];
        return here !== there && (here >= 0 || there >= 0);
      });
      borderedAt = performance.now();
    }
    // Figures, letters and borders once a frame, however fast the hand is.
    var isDue = false, borderedAt = 0;
    function soon() {
      if (isDue) { return; }
      isDue = true;
      window.requestAnimationFrame(function () {
        isDue = false;
        if (!cur) { return; }
        drawFigures();
        // Lines around territories cost most: under the hand they may come a little later.
        if (!stroke || performance.now() - borderedAt > BORDERS_MS) { drawBorders(); }
        api.paintedAt = performance.now();
      });
    }

    // ---- strokes ----
    function change(place) {
      if (!stroke || stroke.seen[place]) { return; }
      stroke.seen[place] = true;
      var holder = stroke.partner;
      if (stroke.verb === 'paint') {
        if (locked[place] || cur[place] === holder) { return; }
        cur[place] = holder;
      } else {
        var wanted = stroke.verb === 'lock' ? 1 : 0;
        if (locked[place] === wanted) { return; }
        locked[place] = wanted;
      }
      stroke.places.push(place);
      restyle(place);
      soon();
    }
    function begin(partner, verb) {
      stroke = { verb: verb || now.verb, partner: partner === undefined ? now.partner : partner, places: [],
                 seen: {}, before: { cur: cur.slice(), locked: locked.slice() } };
    }
    function cancel() {
      if (!stroke) { return; }
      var undone = stroke;
      stroke = null;
      cur = undone.before.cur;
      locked = undone.before.locked;
      undone.places.forEach(restyle);
      clearHand();
      soon();
    }
    function end() {
      if (!stroke) { return; }
      var done = stroke;
      stroke = null;
      clearHand();
      if (!done.places.length) { return; }
      soon();
      past.push({ before: done.before, after: holdersText() });
      if (past.length > REMEMBERED) { past.shift(); }
      future = [];
      say(done);
      var verb = done.verb === 'paint' && done.partner < 0 ? 'erase' : done.verb;
      commit(verb, verb === 'paint' ? done.partner : null, done.places);
    }
    function commit(verb, partner, places) {
      post.add(state.token, verb, partner, window.gapmapGround.packed(places));
      showTools();
    }
    function restore(from) {
      var changed = [];
      for (var place = 0; place < cur.length; place += 1) {
        if (cur[place] !== from.cur[place] || locked[place] !== from.locked[place]) { changed.push(place); }
      }
      cur = from.cur.slice();
      locked = from.locked.slice();
      changed.forEach(restyle);
      soon();
      return changed;
    }
    // What was painted here is undone here and now; anything older waits for the page's answer.
    function step(verb) {
      if (!cur || stroke || !now[verb]) { return; }
      var from = verb === 'undo' ? past : future, to = verb === 'undo' ? future : past;
      var last = from[from.length - 1];
      if (last && last.after === holdersText()) {
        from.pop();
        var here = { cur: cur.slice(), locked: locked.slice() };
        restore(last.before);
        to.push({ before: here, after: holdersText() });
      }
      commit(verb, null, []);
      tell(verb === 'undo' ? 'Undone.' : 'Done again.');
    }

    // ---- what lies under the hand ----
    function lngLat(point) {
      var at = map.containerPointToLatLng(point);
      return [at.lng, at.lat];
    }
    function under(point) {
      var at = lngLat(point), row = shapes ? shapes.at(at[0], at[1]) : -1;
      return row;
    }
    function placeAt(point) {
      var row = under(point);
      return row < 0 ? -1 : placeOf[row];
    }
    function dab(point) {
      var place = placeAt(point), radius = RADIUS[now.size];
      if (place >= 0) { change(place); }
      if (!radius) { return; }
      var low = lngLat([point.x - radius, point.y + radius]), high = lngLat([point.x + radius, point.y - radius]);
      shapes.within(low[0], low[1], high[0], high[1], function (row) {
        if (placeOf[row] < 0) { return; }
        var at = map.latLngToContainerPoint([shapes.inner[row][1], shapes.inner[row][0]]);
        if (at.distanceTo(point) <= radius) { change(placeOf[row]); }
      });
    }
    function drag(from, to) {
      var far = from.distanceTo(to), steps = Math.max(1, Math.ceil(far / 3));
      for (var n = 1; n <= steps; n += 1) {
        dab(L.point(from.x + (to.x - from.x) * n / steps, from.y + (to.y - from.y) * n / steps));
      }
    }
    function neighbours(place) {
      var key = features[facts.rows[place]].properties.k, found = [];
      if (key === null) { return [place]; }
      facts.rows.forEach(function (row, other) {
        if (features[row].properties.k === key) { found.push(other); }
      });
      return found;
    }

    // ---- pointers: one finger paints, two move the map ----
    var fingers = {}, last = null, loop = null, loopLine = null, ring = null, isCarried = false;
    function clearHand() {
      hand.clearLayers();
      loop = loopLine = last = null;
    }
    function pointOf(event) { return map.mouseEventToContainerPoint(event); }
    function paints() { return now.tool !== 'move' && !isCarried; }
    function isOnMap(target) { return !(target.closest && target.closest('.leaflet-control')); }
    container.addEventListener('pointerdown', function (event) {
      if (!isOnMap(event.target)) { return; }
      fingers[event.pointerId] = true;
      if (Object.keys(fingers).length > 1) { cancel(); return; }
      if (!paints() || !cur || (event.pointerType === 'mouse' && event.button !== 0)) { return; }
      hideTip();
      begin();
      last = pointOf(event);
      try { container.setPointerCapture(event.pointerId); } catch (gone) { last = pointOf(event); }
      if (now.tool === 'brush') { dab(last); }
      if (now.tool === 'lasso') {
        loop = [last];
        loopLine = L.polygon([map.containerPointToLatLng(last)], { pane: 'territory-hand', interactive: false,
          renderer: L.svg({ pane: 'territory-hand', padding: 0.15 }), color: '#0b1f33', weight: 2.5, dashArray: '6 4',
          fillColor: now.partner >= 0 ? partners[now.partner].c : '#ffffff', fillOpacity: 0.25 }).addTo(hand);
      }
    });
    container.addEventListener('pointermove', function (event) {
      drawRing(event);
      if (!stroke || !last) { return; }
      if (event.pointerType === 'mouse' && event.buttons === 0) { finish(event); return; }
      var point = pointOf(event);
      if (now.tool === 'brush') { drag(last, point); }
      if (now.tool === 'lasso' && point.distanceTo(last) > 3) {
        loop.push(point);
        loopLine.addLatLng(map.containerPointToLatLng(point));
      } else if (now.tool === 'lasso') { return; }
      last = point;
    });
    function finish(event) {
      if (!stroke || !last) { return; }
      var point = pointOf(event);
      if (now.tool === 'place') {
        var place = placeAt(point);
        if (place >= 0) { neighbours(place).forEach(change); }
      }
      if (now.tool === 'lasso') {
        if (loop.length < 4) { if (placeAt(point) >= 0) { change(placeAt(point)); } } else {
          shapes.inLoop(loop.map(lngLat)).forEach(function (row) {
            if (placeOf[row] >= 0) { change(placeOf[row]); }
          });
        }
      }
      end();
    }
    window.addEventListener('pointerup', function (event) {
      delete fingers[event.pointerId];
      finish(event);
    });
    window.addEventListener('pointercancel', function (event) {
      delete fingers[event.pointerId];
      cancel();
    });
    function drawRing(event) {
      var radius = RADIUS[now.size];
      var isWanted = now.tool === 'brush' && radius && paints() && event.pointerType !== 'touch' && isOnMap(event.target);
      if (!isWanted) { if (ring) { ring.style.display = 'none'; } return; }
      if (!ring) { ring = container.appendChild(element('div', 'gapmap-t-brush')); }
      var at = pointOf(event);
      ring.style.cssText = 'display:block;left:' + at.x + 'px;top:' + at.y + 'px;width:' + 2 * radius + 'px;height:' + 2 * radius + 'px';
    }
    container.addEventListener('pointerleave', function () {
      if (ring) { ring.style.display = 'none'; }
      hideTip();
    });
    // Two fingers on a pad arrive as a turn of the wheel with Control; without it the page scrolls.
    container.addEventListener('wheel', function (event) {
      if (!event.ctrlKey && !event.metaKey) { return; }
      event.preventDefault();
      settled = true;
      map.setZoomAround(pointOf(event), map.getZoom() - event.deltaY / 120, { animate: false });
    }, { passive: false });

    // ---- keys ----
    var cursor = -1, cursorShape = null;
    function carry(isOn) {
      isCarried = isOn;
      container.classList.toggle('gapmap-t-carried', isOn);
      handle();
    }
    function handle() {
      if (paints()) { map.dragging.disable(); } else { map.dragging.enable(); }
      if (now.tool === 'move') { map.keyboard.enable(); } else { map.keyboard.disable(); }
      container.style.touchAction = 'none';
    }
    var SHORT = { v: ['tool', 'move'], b: ['tool', 'brush'], l: ['tool', 'lasso'], n: ['tool', 'place'],
                  p: ['verb', 'paint'], k: ['verb', 'lock'], u: ['verb', 'unlock'],
                  '[': ['size', 'small'], '=': ['size', 'middle'], ']': ['size', 'large'] };
    document.addEventListener('keydown', function (event) {
      var key = event.key.toLowerCase(), isCommand = event.ctrlKey || event.metaKey;
      if (isCommand && key === 'z') { event.preventDefault(); step(event.shiftKey ? 'redo' : 'undo'); return; }
      if (isCommand && key === 'y') { event.preventDefault(); step('redo'); return; }
      if (isCommand || event.altKey) { return; }
      if (key === 'escape') { cancel(); leaveCursor(); return; }
      if (/^[0-9]$/.test(key)) { pick(Number(key) - 1); return; }
      if (SHORT[key] && (key !== 'n' || settings.outlines)) { choose(SHORT[key][0], SHORT[key][1]); return; }
      if (document.activeElement !== container || now.tool === 'move' || !cur) { return; }
      var way = { arrowup: [0, 1], arrowdown: [0, -1], arrowright: [1, 0], arrowleft: [-1, 0] }[key];
      if (way) { event.preventDefault(); travel(way); }
      if (key === 'enter' && cursor >= 0) { event.preventDefault(); useCursor(); }
      if (key === ' ') {
        event.preventDefault();
        if (!event.repeat && !stroke) { carry(true); }
      }
    });
    document.addEventListener('keyup', function (event) { if (event.key === ' ' && isCarried) { carry(false); } });
    window.addEventListener('blur', function () { if (isCarried) { carry(false); } });

    function travel(way) {
      var from = cursor >= 0 ? shapes.inner[facts.rows[cursor]] : null, best = -1, least = Infinity;
      if (!from) { var centre = map.getCenter(); from = [centre.lng, centre.lat]; }
      var narrow = Math.cos(from[1] * Math.PI / 180);
      facts.rows.forEach(function (row, place) {
        if (place === cursor) { return; }
        var dx = (shapes.inner[row][0] - from[0]) * narrow, dy = shapes.inner[row][1] - from[1];
        var ahead = cursor < 0 ? Math.hypot(dx, dy) : dx * way[0] + dy * way[1];
        var aside = cursor < 0 ? 0 : Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
        if (ahead > 0 && aside <= ahead * 1.2 && ahead + 1.5 * aside < least) { least = ahead + 1.5 * aside; best = place; }
      });
      if (best < 0) { return; }
      cursor = best;
      drawCursor();
      tell(lineAbout(cursor).join(', '));
    }
    function drawCursor() {
      if (cursorShape) { cursorShape.remove(); }
      cursorShape = L.geoJSON(features[facts.rows[cursor]], { pane: 'territory-hand', interactive: false,
        renderer: L.svg({ pane: 'territory-hand', padding: 0.15 }),
        style: { color: '#f0a202', weight: 4, fill: false } }).addTo(map);
      var at = L.latLng(shapes.inner[facts.rows[cursor]].slice().reverse());
      if (!map.getBounds().pad(-0.08).contains(at)) { map.panTo(at, { animate: false }); }
      container.setAttribute('data-cursor', features[facts.rows[cursor]].id);
    }
    function leaveCursor() {
      cursor = -1;
      if (cursorShape) { cursorShape.remove(); cursorShape = null; }
      container.removeAttribute('data-cursor');
    }
    function useCursor() {
      begin();
      (now.tool === 'place' ? neighbours(cursor) : [cursor]).forEach(change);
      if (stroke.places.length) { end(); } else { cancel(); tell('Nothing to change here.'); }
    }

    // ---- words ----
    var spoken = body.appendChild(element('div', 'gapmap-t-said'));
    spoken.setAttribute('role', 'status');
    spoken.setAttribute('aria-live', 'polite');
    function tell(text) { spoken.textContent = text; }
    function areasText(number) { return window.gapmapPanel.count(number) + ' ' + (number === 1 ? words.area : words.areas); }
    function say(done) {
      var what = areasText(done.places.length);
      if (done.verb !== 'paint') { tell(what + (done.verb === 'lock' ? ' locked.' : ' unlocked.')); return; }
      count();
      if (done.partner < 0) { tell(what + ' taken from everybody. ' + areasText(sums.left.areas) + ' are nobody’s.'); return; }
      var share = targets[done.partner] ? sums[done.partner].load / targets[done.partner] - 1 : 0;
      tell(what + ' for ' + partners[done.partner].n + ', now ' + window.gapmapPanel.count(sums[done.partner].load) +
        ' ' + state.unit + ', ' + window.gapmapPanel.signed(share) + ' off its share.');
    }
    function people(number) {
      return number > 0 && Math.round(number) < settings.small && Math.round(number) >= 1
        ? '<' + settings.small : window.gapmapPanel.count(number);
    }
    function lineAbout(place) {
      var about = features[facts.rows[place]].properties, holder = cur[place];
      var where = about.k !== null && outlines[about.k] ? about.n + ' · ' + outlines[about.k] : about.n;
      return [where, holder < 0 ? 'Nobody’s' : partners[holder].l + ' · ' + partners[holder].n,
        loads[place] === null ? 'Load unknown' : people(loads[place]) + ' ' + state.unit,
        locked[place] ? 'Locked' : ''].filter(Boolean);
    }

    // ---- tooltip ----
    // Our own box and not Leaflet's, which leaves the screen of a phone.
    var tip = container.appendChild(element('div', 'gapmap-t-tip'));
    function hideTip() { tip.style.display = 'none'; }
    hideTip();
    function siteNear(point) {
      var best = null, least = 10;
      sites.forEach(function (site) {
        var far = map.latLngToContainerPoint([site.y, site.x]).distanceTo(point);
        if (far < least) { least = far; best = site; }
      });
      return best;
    }
    function showTip(point) {
      if (!cur) { return; }
      var site = siteNear(point), text = null;
      if (site) {
        text = [site.n, site.p === null ? '' : sitePartners[site.p].n, site.t].filter(Boolean);
      } else {
        var row = under(point);
        if (row < 0) { hideTip(); return; }
        text = placeOf[row] < 0 ? [features[row].properties.n, 'Not part of this question'] : lineAbout(placeOf[row]);
      }
      var box = element('div', 'gapmap-tip');
      text.forEach(function (line, index) { box.appendChild(element('div', index ? '' : 'gapmap-tip-title', line)); });
      tip.textContent = '';
      tip.appendChild(box);
      tip.style.display = 'block';
      var room = container.clientWidth - tip.offsetWidth - 6, isHigh = point.y < tip.offsetHeight + 24;
      tip.style.left = Math.max(6, Math.min(point.x + 14, room)) + 'px';
      tip.style.top = (isHigh ? point.y + 18 : point.y - tip.offsetHeight - 12) + 'px';
    }
    map.on('mousemove', function (event) { if (!stroke) { showTip(event.containerPoint); } });
    map.on('click', function (event) { if (now.tool === 'move') { showTip(event.containerPoint); } });
    map.on('movestart zoomstart', hideTip);

    // ---- tools and palette ----
    function showTools() {
      now.undo = Boolean(state && (state.undo || post.waiting()));
      now.redo = Boolean(state && (post.waiting() ? future.length : state.redo));
      toolbar.show(now);
      container.setAttribute('data-tool', now.tool);
      handle();
    }
    function choose(kind, name) {
      if (kind === 'step') { step(name); return; }
      cancel();
      now[kind] = name;
      if (kind === 'verb' && now.tool === 'move') { now.tool = 'brush'; }
      if (kind === 'tool' && name === 'move') { leaveCursor(); }
      showTools();
    }
    function pick(index) {
      if (index >= partners.length) { return; }
      cancel();
      now.partner = Math.max(index, -1);
      now.verb = 'paint';
      if (now.tool === 'move') { now.tool = 'brush'; }
      panel.choose(now.partner);
      showTools();
      tell(now.partner < 0 ? 'Erase.' : 'Paint for ' + partners[now.partner].n + '.');
    }
    function lockAll(index, isOn) {
      if (!cur) { return; }
      cancel();
      begin(-1, isOn ? 'lock' : 'unlock');
      for (var place = 0; place < cur.length; place += 1) { if (cur[place] === index) { change(place); } }
      end();
    }
    var toolbar = window.gapmapPanel.tools(body, words, Boolean(settings.outlines), choose);
    var panel = window.gapmapPanel.holders(body, words, { choose: pick, lockAll: lockAll,
      nobodySwatch: function () {
        var made = element('canvas');
        made.width = made.height = 30;
        made.style.borderRadius = '7px';
        var pen = made.getContext('2d');
        pen.fillStyle = looks.nobody(false);
        pen.fillRect(0, 0, 30, 30);
        return made;
      } });

    // ---- sites: the partners' own stand out, by colour and letter ----
    function drawSites() {
      siteGroup.clearLayers();
      if (!state) { return; }
      var by = {}, lettered = sites.length <= LETTERED_SITES_AT_MOST;
      partners.forEach(function (one) { by[one.n] = one; });
      sites.forEach(function (site) {
        var own = site.p === null ? null : by[sitePartners[site.p].n], at = [site.y, site.x];
        if (own && lettered) {
          var dot = element('span', 'gapmap-site', own.l);
          dot.style.background = own.c;
          dot.style.color = own.i;
          L.marker(at, { pane: 'territory-sites', interactive: false, keyboard: false,
            icon: L.divIcon({ className: 'gapmap-site-box', html: dot, iconSize: [18, 18] }) }).addTo(siteGroup);
          return;
        }
        L.circleMarker(at, { renderer: siteCanvas, pane: 'territory-sites', interactive: false, radius: own ? 5 : 3.2, weight: own ? 2 : 1,
          color: own ? '#0b1f33' : '#ffffff', fillColor: own ? own.c : '#4a5766', fillOpacity: own ? 1 : 0.75 }).addTo(siteGroup);
      });
    }

    // ---- what the page says ----
    function applyRecord() {
      var before = cur, beforeLocked = locked, width = state.width, holders = state.holders;
      var painting = stroke ? stroke.places.slice() : null;
      cur = new Int16Array(facts.rows.length);
      locked = new Uint8Array(facts.rows.length);
      for (var place = 0; place < cur.length; place += 1) {
        var code = holders.substr(place * width, width);
        cur[place] = code.charAt(0) === '.' ? -1 : width === 1 ? CODES.indexOf(code)
          : CODES.indexOf(code.charAt(0)) * CODES.length + CODES.indexOf(code.charAt(1));
        locked[place] = state.locks.charAt(place) === '1' ? 1 : 0;
      }
      for (place = 0; place < cur.length; place += 1) {
        if (!before || before[place] !== cur[place] || beforeLocked[place] !== locked[place]) { restyle(place); }
      }
      if (stroke) {
        // A hand that is on the map keeps what it has painted.
        stroke.before = { cur: cur.slice(), locked: locked.slice() };
        stroke.seen = {};
        stroke.places = [];
        painting.forEach(change);
      }
      drawFigures();
      drawBorders();
      api.shownAt = performance.now();
    }
    function settleFacts(asked) {
      return fetchJson(asked).then(function (answer) {
        if (asked !== state.facts || !shapes) { return; }
        stroke = null;
        clearHand();
        leaveCursor();
        facts = answer;
        factsUrl = asked;
        loads = facts.loads;
        panel.unknown(loads.filter(function (one) { return one === null; }).length);
        post.forget();
        past = [];
        future = [];
        placeOf = new Int32Array(features.length).fill(-1);
        facts.rows.forEach(function (row, place) { placeOf[row] = place; });
        border.hold(shapes.borders(facts.rows));
        cur = locked = null;
        layers.forEach(function (layer, row) { if (placeOf[row] < 0) { layer.setStyle(styleOf(-1)); } });
        applyRecord();
        showTools();
        container.setAttribute('data-ready', '1');
      });
    }
    function settle() {
      if (!state || !shapes) { return; }
      if (factsUrl !== state.facts) { settleFacts(state.facts).catch(lost); return; }
      // A late answer must not take back what has been painted since.
      if (!post.waiting()) { applyRecord(); }
      showTools();
    }
    var token = null, settled = false, shownPartners = '';
    function fit() {
      // Before the style has come there is no map to fit anything into.
      if (container.clientWidth < 40 || container.clientHeight < 40) { return; }
      map.invalidateSize({ animate: false });
      map.fitBounds(state.view.bounds, { animate: false, padding: [10, 10] });
    }
    api.show = function (next) {
      var nextPartners = JSON.stringify(next.partners.map(function (one) { return [one.n, one.c, one.l]; }));
      var isOther = nextPartners !== shownPartners || (state && next.token !== state.token);
      state = next;
      partners = next.partners;
      targets = partners.map(function (one) { return one.t; });
      if (isOther) { post.forget(); }
      post.heard(next.seen);
      panel.about(next);
      if (isOther) {
        shownPartners = nextPartners;
        container.classList.toggle('gapmap-t-many', partners.length > MANY_PARTNERS);
        fillOf = {};
        stroke = null;
        clearHand();
        leaveCursor();
        now.partner = Math.min(now.partner, partners.length - 1);
        panel.choose(now.partner);
        drawSites();
        // Every colour may mean somebody else now.
        if (factsUrl === next.facts && cur) { cur = locked = null; }
      }
      if (next.view.token !== token) {
        token = next.view.token;
        settled = false;
        fit();
      }
      settle();
      container.setAttribute('data-turn', String(next.turn));
      container.setAttribute('data-seen', String(next.seen));
    };

    // ---- shapes ----
    function lost() {
      container.setAttribute('data-ready', 'lost');
      if (!container.querySelector('.gapmap-lost')) {
        var box = container.appendChild(element('div', 'gapmap-lost', words.lost));
        box.style.cssText = 'position:absolute;z-index:1200;left:8px;top:8px';
      }
    }
    fetchJson(settings.areas).then(function (collection) {
      features = collection.features;
      shapes = window.gapmapGround.of(features);
      layers = features.map(function (feature) {
        var layer = L.GeoJSON.geometryToLayer(feature, {});
        L.setOptions(layer, { renderer: canvas, interactive: false, smoothFactor: 1 });
        layer.setStyle(styleOf(-1));
        return layer.addTo(map);
      });
      settle();
    }).catch(lost);
    fetchJson(settings.sites).then(function (answer) {
      sites = answer.sites;
      sitePartners = answer.partners;
      drawSites();
    }).catch(lost);
    if (settings.outlines) {
      fetchJson(settings.outlines).then(function (collection) {
        outlines = collection.features.map(function (feature) { return feature.properties.n; });
        var pen = L.canvas({ pane: 'territory-outlines', padding: 0.15 });
        L.geoJSON(collection, { renderer: pen, interactive: false,
          style: { color: '#26323f', weight: 1, opacity: 0.6, dashArray: '3 3', fill: false } }).addTo(map);
      }).catch(lost);
    }

    if (settings.notices.length) {
      var notices = L.control({ position: 'topright' });
      notices.onAdd = function () {
        var box = element('div', 'gapmap-notices');
        settings.notices.forEach(function (text) { box.appendChild(element('span', '', text)); });
        return box;
      };
      notices.addTo(map);
    }
    map.on('zoomend', function () {
      container.classList.toggle('gapmap-far', map.getZoom() < 11.5);
      if (!cur) { return; }
      facts.rows.forEach(function (row, place) { layers[row].setStyle(styleOf(place)); });
      drawFigures();
    });
    map.on('dragstart', function () { settled = true; });
    container.addEventListener('click', function (event) {
      if (event.target.closest && event.target.closest('.leaflet-control-zoom')) { settled = true; }
    });
    // The page gives the frame its height after the map is made, and a phone may be turned.
    new ResizeObserver(function () {
      if (container.clientWidth < 40 || container.clientHeight < 40) { return; }
      map.invalidateSize({ animate: false });
      if (state && !settled) { fit(); }
    }).observe(container);
    api.holders = function () { return cur ? Array.prototype.slice.call(cur) : null; };
    api.locks = function () { return locked ? Array.prototype.slice.call(locked) : null; };
    api.sums = function () { return sums; };
    api.waiting = post.waiting;
    api.pixel = function (geoid) {
      var row = features.findIndex(function (feature) { return feature.id === geoid; });
      var at = map.latLngToContainerPoint([shapes.inner[row][1], shapes.inner[row][0]]);
      return [at.x, at.y];
    };
    handle();
  }

  var api = window.gapmapTerritory = {
    show: function () {},
    sent: 0,
    mount: function (map, settings) { api.map = map; mount(map, settings); }
  };
})();
