// Two maps that pan together, one of them drawn from what somebody imagines; or one map of what
// becomes different. Text that people wrote reaches the page through textContent alone.
(function () {
  'use strict';
  if (window.gapmapCompare) { return; }

  var NARROW_PX = 700, LETTERED_SITES_AT_MOST = 400, CIRCLES_AT_MOST = 1500;
  var FIELDS = ['areas', 'outlines', 'circles', 'lines', 'sites', 'cross', 'handle'];

  function element(tag, name, text) {
    var made = document.createElement(tag);
    if (name) { made.className = name; }
    if (text !== undefined && text !== null) { made.textContent = String(text); }
    return made;
  }

  function button(name, text, act) {
    var made = element('button', name, text);
    made.type = 'button';
    made.addEventListener('click', act);
    return made;
  }

  function numbers(packed) {
    return packed ? packed.split(' ').map(function (text) {
      return text === '' ? 0 : parseInt(text, 36);
    }) : [];
  }

  function fetchJson(url) {
    return fetch(url).then(function (answer) {
      if (!answer.ok) { throw new Error('no such layer: ' + url); }
      return answer.json();
    });
  }

  function mount(map, settings) {
    var words = settings.words, state = null, mode = null, adding = false, token = null, look = null;
    var base = null, partners = [], shapes = null, outlines = null, chosen = null, settled = false;

    // ---- the frame: a bar, and below it one half or two ----
    var frame = element('div', 'gapmap-compare'), bar = element('div', 'gapmap-bar');
    var pair = element('div', 'gapmap-pair'), container = map.getContainer();
    container.parentNode.insertBefore(frame, container);
    frame.appendChild(bar);
    frame.appendChild(pair);
    var foot = element('div', 'gapmap-strip');
    frame.appendChild(foot);
    var first = half('first', null), second = half('second', map), halves = [first, second];

    function half(name, given) {
      var made = { name: name, box: element('div', 'gapmap-half gapmap-half-' + name),
                   title: element('div', 'gapmap-half-title'), areas: [], shown: '', sites: [] };
      var room = made.room = element('div', 'gapmap-half-map');
      pair.appendChild(made.box);
      made.box.appendChild(made.title);
      made.box.appendChild(room);
      made.holder = given ? container : element('div');
      room.appendChild(made.holder);
      // The style of the frame gives the map the whole window.
      made.holder.style.setProperty('width', '100%', 'important');
      made.holder.style.setProperty('height', '100%', 'important');
      made.map = given || L.map(made.holder, {
        center: map.getCenter(), zoom: map.getZoom(), zoomSnap: 0.25, zoomDelta: 0.5, minZoom: 3,
        maxZoom: map.getMaxZoom(), scrollWheelZoom: false, attributionControl: false
      });
      made.holder.focus = function () {
        HTMLElement.prototype.focus.call(made.holder, { preventScroll: true });
      };
      made.holder.setAttribute('role', 'region');
      made.holder.setAttribute('aria-label', name === 'first' ? words.labelFirst : words.labelSecond);
      FIELDS.forEach(function (field, index) {
        var pane = made.map.createPane('compare-' + field);
        pane.style.zIndex = 410 + 10 * index;
        if ('areas sites handle'.indexOf(field) < 0) { pane.style.pointerEvents = 'none'; }
      });
      made.canvas = L.canvas({ pane: 'compare-areas', padding: 0.3 });
      ['outlines', 'circles', 'lines'].forEach(function (field) {
        made[field] = L.svg({ pane: 'compare-' + field, padding: 0.5 });
      });
      made.circleGroup = L.layerGroup().addTo(made.map);
      made.siteGroup = L.layerGroup().addTo(made.map);
      made.fills = window.gapmapFills(made.holder);
      if (settings.tiles) { L.tileLayer(settings.tiles, { maxZoom: 19 }).addTo(made.map); }
      L.control.scale({ position: 'bottomright', maxWidth: 110 }).addTo(made.map);
      made.legend = element('div', 'gapmap-strip');
      made.box.appendChild(made.legend);
      if (settings.notices.length) {
        var notices = element('div', 'gapmap-notices');
        settings.notices.forEach(function (text) { notices.appendChild(element('span', '', text)); });
        corner(made, 'topright', notices);
      }
      return made;
    }

    function corner(one, position, made) {
      var control = L.control({ position: position });
      control.onAdd = function () {
        L.DomEvent.disableClickPropagation(made);
        L.DomEvent.disableScrollPropagation(made);
        return made;
      };
      control.addTo(one.map);
    }

    // ---- what a hand says to the page: one small feature, never a shape ----
    var bridge = L.featureGroup().addTo(map), said = 0;
    function tell(kind, id, latlng) {
      said += 1;
      // Whoever changes something stays where it was changed.
      settled = true;
      var about = { kind: kind, id: id, click: Date.now() + said };
      if (latlng) { about.at = latlng.lat.toFixed(6) + ',' + latlng.lng.toFixed(6); }
      var word = { type: 'Feature', geometry: null, properties: about };
      frame.setAttribute('data-busy', '1');
      hint.textContent = words.counting;
      undoButton.disabled = redoButton.disabled = true;
      bridge.fire('click', {
        latlng: latlng || map.getCenter(), layer: { toGeoJSON: function () { return word; } }
      });
    }

    // ---- the bar ----
    var ways = element('div', 'gapmap-ways'), hint = element('div', 'gapmap-hint'), buttons = {};
    ways.setAttribute('role', 'group');
    ways.setAttribute('aria-label', words.ways);
    [['both', words.both], ['first', words.left], ['second', words.right],
      ['difference', words.difference]].forEach(function (way) {
      buttons[way[0]] = button('', way[1], function () { wanted = way[0]; arrange(); });
      ways.appendChild(buttons[way[0]]);
    });
    var addButton = button('', '+ ' + words.add, function () { setAdding(!adding); });
    var undoButton = button('', words.undo, function () { tell('undo', '', null); });
    var redoButton = button('', words.redo, function () { tell('redo', '', null); });
    [ways, addButton, hint, undoButton, redoButton].forEach(function (one) { bar.appendChild(one); });
    undoButton.disabled = redoButton.disabled = true;
    hint.setAttribute('aria-live', 'polite');

    var wanted = 'both';
    function setAdding(on) {
      adding = on;
      addButton.setAttribute('aria-pressed', String(on));
      frame.classList.toggle('gapmap-adding', on);
      if (on) {
        unchoose();
        // Where one puts a site down is the map that it changes.
        if (mode === 'first') { wanted = 'second'; arrange(); }
      }
      sayHint();
    }
    function sayHint() { hint.textContent = adding ? words.addHint : words.hint; }

    function isNarrow() { return frame.clientWidth > 0 && frame.clientWidth < NARROW_PX; }

    function arrange() {
      var narrow = isNarrow(), can = Boolean(state && state.difference), next = wanted;
      if (next === 'difference' && state && !can) { next = 'both'; }
      if (narrow && next === 'both') { next = 'second'; }
      if (!narrow && (next === 'first' || next === 'second')) { next = 'both'; }
      buttons.both.hidden = narrow;
      buttons.first.hidden = buttons.second.hidden = !narrow;
      buttons.difference.disabled = !can;
      buttons.difference.title = can || !state ? '' : state.whyNot;
      var before = visible(), changed = next !== mode;
      mode = next;
      frame.setAttribute('data-mode', mode);
      Object.keys(buttons).forEach(function (name) {
        buttons[name].setAttribute('aria-pressed', String(name === mode));
      });
      first.box.hidden = mode === 'second' || mode === 'difference';
      second.box.hidden = mode === 'first';
      if (mode === 'first') { unchoose(); }
      if (!changed) { return; }
      // What was hidden has stood still: it takes over what the other showed.
      var from = before, centre = from.map.getCenter(), zoom = from.map.getZoom();
      halves.forEach(function (one) {
        if (one.box.hidden) { return; }
        quietly(function () {
          one.map.invalidateSize({ animate: false, pan: false });
          if (settled) { one.map.setView(centre, zoom, { animate: false }); }
        });
      });
      if (!settled) { fit(); }
      draw();
    }
    function visible() { return mode === 'first' ? first : second; }

    // ---- both maps show the same ground ----
    var following = false;
    function quietly(act) {
      var before = following;
      following = true;
      try { act(); } finally { following = before; }
    }
    function follow(leader, other) {
      var shown = function () { return !other.box.hidden && !leader.box.hidden && !following; };
      leader.map.on('move', function () {
        if (!shown()) { return; }
        quietly(function () {
          if (leader.map.getZoom() !== other.map.getZoom()) { return; }
          // Moving the picture is enough while the hand moves; it is drawn anew when it rests.
          var centre = other.map.latLngToContainerPoint(leader.map.getCenter());
          var by = centre.subtract(other.map.getSize().divideBy(2)).round();
          if (by.x || by.y) { other.map.panBy(by, { animate: false, noMoveStart: true }); }
        });
      });
      leader.map.on('zoomanim', function (event) {
        if (!shown()) { return; }
        quietly(function () { other.map.setView(event.center, event.zoom, { animate: true }); });
      });
      leader.map.on('moveend zoomend', function () {
        if (!shown() || leader.map._animatingZoom || other.map._animatingZoom) { return; }
        var apart = other.map.latLngToContainerPoint(leader.map.getCenter())
          .distanceTo(other.map.getSize().divideBy(2));
        if (leader.map.getZoom() !== other.map.getZoom() || apart > 1) {
          quietly(function () {
            other.map.setView(leader.map.getCenter(), leader.map.getZoom(), { animate: false });
          });
        }
      });
      leader.map.on('dragstart', function () { settled = true; });
      leader.map.on('mousemove', function (event) {
        if (mode === 'both') { cross(other, event.latlng); }
      });
      leader.map.on('mouseout', function () { cross(other, null); });
      leader.map.on('click', function (event) {
        if (adding && leader === second) {
          setAdding(false);
          tell('add', '', event.latlng.wrap());
        } else if (adding) {
          hint.textContent = words.addOther;
        } else { unchoose(); }
      });
    }
    function cross(one, latlng) {
      if (!latlng) { if (one.cross) { one.cross.remove(); one.cross = null; } return; }
      if (!one.cross) {
        one.cross = L.marker(latlng, { pane: 'compare-cross', interactive: false, keyboard: false,
          icon: L.divIcon({ className: 'gapmap-site-box', html: element('div', 'gapmap-cross'),
                            iconSize: [20, 20] }) }).addTo(one.map);
      }
      one.cross.setLatLng(latlng);
    }
    follow(first, second);
    follow(second, first);

    // The style may come after the script: nothing can be fitted into a map of no height.
    function hasRoom(one) {
      var size = one.map.getSize();
      return !one.box.hidden && size.x > 80 && size.y > 80;
    }
    function fit() {
      if (!state) { return; }
      quietly(function () {
        halves.forEach(function (one) {
          if (hasRoom(one)) { one.map.fitBounds(state.view.bounds, { animate: false, padding: [6, 6] }); }
        });
      });
    }

    // ---- areas ----
    function coloursOf(one) {
      return mode === 'difference' && one === second ? state.difference : state[one.name];
    }
    function style(one, index) {
      var look = coloursOf(one), mark = look.classes.charAt(index), made = {
        color: '#ffffff', weight: one.map.getZoom() < 11 ? 0.25 : 0.6, opacity: 0.8, fillOpacity: 0.6
      };
      if (mark === 'x') { made.fillColor = one.fills.fill(null, '', true); made.fillOpacity = 1; }
      else if (mark === '-') { made.fillColor = '#eceef0'; made.fillOpacity = 0.55; }
      else if (mark === 'z') { made.fillColor = '#f6f6f4'; made.color = '#d5d8dc'; made.fillOpacity = 0.8; }
      else {
        var code = parseInt(mark, 36), hatch = (look.hatches || [])[code] || '';
        made.fillColor = one.fills.fill(look.colours[code], hatch, true);
        made.fillOpacity = settings.tiles ? 0.7 : 0.94;
      }
      return made;
    }
    function paint(one) {
      if (!state || !one.areas.length || one.box.hidden) { return; }
      var look = coloursOf(one), now = look.classes + look.colours.join();
      if (one.shown === now) { return; }
      one.shown = now;
      // One redraw of the canvas for all of them.
      one.areas.forEach(function (area, index) { area.setStyle(style(one, index)); });
      one.painted = (one.painted || 0) + 1;
      one.holder.setAttribute('data-painted', String(one.painted));
    }
    function addAreas(one) {
      one.areas = [];
      L.geoJSON(shapes, {
        renderer: one.canvas, pane: 'compare-areas',
        style: { color: '#ffffff', weight: 0.3, fillColor: '#e3e6e9', fillOpacity: 0.6 },
        onEachFeature: function (feature, layer) {
          var index = one.areas.length;
          one.areas.push(layer);
          layer.toGeoJSON = function () { return null; };
          layer.on('mousemove', function (event) { tip(one, event.latlng, areaLines(index)); });
          layer.on('mouseout', function () { tip(one, null); });
        }
      }).addTo(one.map);
      if (outlines) {
        L.geoJSON(outlines, { pane: 'compare-outlines', renderer: one.outlines, interactive: false,
          style: { color: '#2b3440', weight: 0.8, opacity: 0.5, fillOpacity: 0 } }).addTo(one.map);
      }
    }
    function tip(one, latlng, lines) {
      if (!latlng || adding) { if (one.tip) { one.tip.remove(); } return; }
      var box = element('div', 'gapmap-tip');
      lines.forEach(function (line, index) {
        if (line) { box.appendChild(element('div', index ? '' : 'gapmap-tip-title', line)); }
      });
      if (!one.tip) { one.tip = L.tooltip({ direction: 'top', offset: [0, -6], opacity: 1 }); }
      one.tip.setContent(box).setLatLng(latlng);
      if (!one.map.hasLayer(one.tip)) { one.tip.addTo(one.map); }
    }
    function people(number) {
      if (number > 0 && number < settings.small) { return '<' + settings.small; }
      return number.toLocaleString('en-US', { maximumFractionDigits: 0 });
    }
    function areaLines(index) {
      var about = shapes.features[index].properties;
      var place = about.k === null || !outlines ? null : outlines.features[about.k].properties.n;
      var lines = [place ? about.n + ' · ' + place : about.n];
      if (!state) { return lines; }
      halves.forEach(function (one) {
        var side = state[one.name], mark = side.classes.charAt(index), says;
        if (mark === '-') { says = words.outside; }
        else if (mark === 'x') { says = words.unknown; }
        else if (mark === 'z') { says = words.nobody; }
        else { says = people(side.gaps[index] || 0) + ' ' + side.unit + ' ' + words.outOfReach; }
        lines.push(side.name + ': ' + says);
      });
      return lines;
    }

    // ---- sites: those of the study, and what an imagined change makes of them ----
    function sitesOf(side) {
      var closed = {}, found = [];
      side.closed.forEach(function (id) { closed[id] = true; });
      base.forEach(function (site, index) {
        var to = side.moved[site.i], times = side.retimed[site.i];
        var partner = site.p === null ? null : partners[site.p];
        found.push({
          id: site.i, name: site.n, at: to ? L.latLng(to[1], to[0]) : L.latLng(site.y, site.x),
          from: to ? L.latLng(site.y, site.x) : null, partner: partner ? partner.n : words.noPartner,
          letter: partner ? partner.l : '?', colour: partner ? partner.c : '#5b6470',
          ink: partner ? partner.t : '#ffffff', times: times === undefined ? site.t : times,
          isRetimed: times !== undefined, isClosed: Boolean(closed[site.i]), isAdded: false,
          flag: closed[site.i] ? '0' : side.flags.charAt(index)
        });
      });
      side.added.forEach(function (site) {
        found.push({
          id: site.i, name: site.n, at: L.latLng(site.y, site.x), from: null, partner: site.p,
          letter: site.l, colour: site.c, ink: site.k, times: site.t, isRetimed: false,
          isClosed: false, isAdded: true, flag: site.f
        });
      });
      return found;
    }
    function lookOf(site) {
      if (site.isClosed) { return ' gapmap-closed'; }
      var look = site.flag === '1' ? '' : ' gapmap-site-hollow';
      if (site.flag === '?') { look += ' gapmap-site-unknown'; }
      if (site.isAdded) { look += ' gapmap-added'; }
      if (site.from) { look += ' gapmap-moved'; }
      if (site.isRetimed) { look += ' gapmap-retimed'; }
      return look;
    }
    function icon(site) {
      var dot = element('span', 'gapmap-site' + lookOf(site),
                        site.isClosed ? '\u00d7' : (site.flag === '?' ? '?' : site.letter));
      if (!site.isClosed && site.flag === '1') {
        dot.style.background = site.colour;
        dot.style.color = site.ink;
      }
      return L.divIcon({ className: 'gapmap-site-box', html: dot, iconSize: [18, 18] });
    }
    function standing(site) {
      if (site.isClosed) { return words.closed; }
      var says = [];
      if (site.isAdded) { says.push(words.added); }
      if (site.from) { says.push(words.moved); }
      if (site.isRetimed) { says.push(words.retimed); }
      if (site.flag === '0') { says.push(words.notCounting); }
      if (site.flag === '?') { says.push(words.notKnown); }
      return says.join(' · ');
    }
    function isChanged(site) { return site.isClosed || site.isAdded || site.from || site.isRetimed; }

    function drawSites(one) {
      if (!state || !base || one.box.hidden) { return; }
      var side = state[one.name];
      one.sites = sitesOf(side);
      one.siteGroup.clearLayers();
      one.circleGroup.clearLayers();
      var lettered = one.sites.length <= LETTERED_SITES_AT_MOST;
      var counted = one.sites.filter(function (site) { return site.flag === '1'; }).length;
      one.sites.forEach(function (site) {
        var dot = lettered || isChanged(site)
          ? L.marker(site.at, { pane: 'compare-sites', icon: icon(site), keyboard: false,
                                zIndexOffset: isChanged(site) ? 2000 : (site.flag === '1' ? 1000 : 0),
                                bubblingMouseEvents: false })
          : L.circleMarker(site.at, { pane: 'compare-sites', radius: 5, weight: 1.2,
              bubblingMouseEvents: false, color: site.flag === '1' ? '#ffffff' : '#7b828c',
              fillColor: site.flag === '1' ? site.colour : '#ffffff', fillOpacity: 0.95 });
        dot.toGeoJSON = function () { return null; };
        dot.on('mouseover', function () {
          tip(one, site.at, [site.name, site.partner, site.times, standing(site)]);
        });
        dot.on('mouseout', function () { tip(one, null); });
        dot.on('click', function (event) {
          if (adding && one === second) {
            setAdding(false);
            tell('add', '', event.latlng.wrap());
          } else if (one === second) { choose(site); } else {
            tip(one, site.at, [site.name, site.partner, site.times, standing(site), words.otherSide]);
          }
        });
        dot.addTo(one.siteGroup);
        drawCircle(one, side, site, counted);
      });
      one.holder.setAttribute('data-sites', String(one.sites.length));
    }
    function drawCircle(one, side, site, counted) {
      var inDifference = mode === 'difference', changed = isChanged(site);
      if (site.from) {
        L.polyline([site.from, site.at], { pane: 'compare-lines', renderer: one.lines, weight: 2,
          color: '#0b5cad', dashArray: '4 5', interactive: false }).addTo(one.circleGroup);
        var dot = element('span', 'gapmap-site gapmap-left-behind', site.letter);
        L.marker(site.from, { pane: 'compare-lines', interactive: false, keyboard: false,
          icon: L.divIcon({ className: 'gapmap-site-box', html: dot, iconSize: [18, 18] })
        }).addTo(one.circleGroup);
      }
      if (inDifference ? !changed : (site.flag !== '1' || counted > CIRCLES_AT_MOST) && !changed) { return; }
      if (site.flag !== '1' && !site.isClosed) { return; }
      L.circle(site.at, { radius: side.reach, pane: 'compare-circles', renderer: one.circles, fill: false,
        interactive: false, opacity: changed ? 0.95 : 0.45, weight: changed ? 2.2 : 1,
        color: site.isClosed ? '#8c510a' : (changed ? '#01665e' : '#1f2933'),
        dashArray: site.isClosed ? '5 6' : null }).addTo(one.circleGroup);
    }

    // ---- a site in the hand: what can be done with it, and a ring to drag it by ----
    function unchoose() {
      if (!chosen) { return; }
      var gone = chosen;
      chosen = null;
      gone.card.remove();
      gone.handle.remove();
      frame.removeAttribute('data-chosen');
    }
    function choose(site) {
      unchoose();
      tip(second, null);
      settled = true;
      var ring = element('div', 'gapmap-handle');
      var handle = L.marker(site.at, {
        pane: 'compare-handle', draggable: !site.isClosed, autoPan: true, keyboard: true, title: '',
        alt: words.handle, bubblingMouseEvents: false,
        icon: L.divIcon({ className: 'gapmap-site-box', html: ring, iconSize: [38, 38] })
      }).addTo(second.map);
      handle.toGeoJSON = function () { return null; };
      // Beside the map's middle, never over the site itself.
      var shown = card(site), at = second.map.latLngToContainerPoint(site.at);
      var half = second.map.getSize().divideBy(2);
      shown.classList.add(at.x > half.x ? 'gapmap-at-left' : 'gapmap-at-right');
      shown.classList.add(at.y > half.y ? 'gapmap-at-top' : 'gapmap-at-bottom');
      second.room.appendChild(shown);
      var circle = null, mine = chosen = { id: site.id, handle: handle, card: shown };
      frame.setAttribute('data-chosen', site.id);
      handle.on('dragstart', function () {
        shown.remove();
        circle = L.circle(site.at, { radius: state.second.reach, pane: 'compare-circles', weight: 2,
          renderer: second.circles, color: '#0b5cad', fill: false, interactive: false }).addTo(second.map);
      });
      handle.on('drag', function () { circle.setLatLng(handle.getLatLng()); });
      handle.on('dragend', function () {
        circle.remove();
        place(handle.getLatLng());
      });
      handle.on('keydown', function (event) {
        // By keys: arrows move the ring a few steps at a time, Enter puts the site there.
        var step = { ArrowLeft: [-6, 0], ArrowRight: [6, 0], ArrowUp: [0, -6], ArrowDown: [0, 6] }[
          event.originalEvent.key];
        if (event.originalEvent.key === 'Enter' && mine.isMoved) { place(handle.getLatLng()); }
        if (!step || site.isClosed) { return; }
        L.DomEvent.stop(event.originalEvent);
        var point = second.map.latLngToLayerPoint(handle.getLatLng()).add(step);
        handle.setLatLng(second.map.layerPointToLatLng(point));
        mine.isMoved = true;
        hint.textContent = words.enter;
      });
      function place(latlng) {
        unchoose();
        tell('move', site.id, latlng.wrap());
      }
    }
    function card(site) {
      var box = element('div', 'gapmap-site-card'), acts = element('div');
      var leave = button('gapmap-leave', '\u00d7', unchoose);
      leave.setAttribute('aria-label', words.leave);
      box.appendChild(leave);
      box.setAttribute('role', 'group');
      box.setAttribute('aria-label', site.name);
      box.appendChild(element('b', '', site.name));
      box.appendChild(element('p', '', site.partner));
      if (site.times) { box.appendChild(element('p', 'gapmap-quiet', site.times)); }
      if (standing(site)) { box.appendChild(element('p', 'gapmap-quiet', standing(site))); }
      function act(text, kind, isFirst) {
        acts.appendChild(button(isFirst ? 'gapmap-first' : '', text, function () {
          unchoose();
          tell(kind, site.id, site.at);
        }));
      }
      if (site.isClosed) {
        act(words.reopen, 'reopen', true);
      } else if (site.isAdded) {
        act(words.describe, 'edit', true);
        act(words.remove, 'close');
      } else {
        act(words.close, 'close', true);
        act(words.times, 'edit');
        if (site.from) { act(words.back, 'back'); }
        if (site.isRetimed) { act(words.timesBack, 'times'); }
      }
      box.appendChild(acts);
      if (!site.isClosed) { box.appendChild(element('p', 'gapmap-quiet', words.drag)); }
      return box;
    }

    // ---- furniture ----
    function drawTitle(one) {
      one.title.textContent = '';
      var side = state[one.name], inDifference = mode === 'difference' && one === second;
      one.title.appendChild(element('b', '', inDifference ? state.difference.name : side.name));
      one.title.appendChild(element('span', '', inDifference ? state.difference.line : side.line));
    }
    // Below the maps and never on them: what the colours say, and the marks of changed sites.
    function drawLegend(room, one) {
      var about = coloursOf(one).legend, marks = {};
      halves.forEach(function (each) {
        if (each.box.hidden) { return; }
        each.sites.forEach(function (site) {
          if (site.isClosed) { marks.closed = '\u00d7'; }
          if (site.isAdded) { marks.added = '+'; }
          if (site.from) { marks.moved = ' '; }
          if (site.isRetimed) { marks.retimed = ' '; }
          if (site.flag === '0' && !site.isClosed) { marks.notCounting = ' '; }
        });
      });
      var text = JSON.stringify([about, marks]);
      if (room.drawn === text) { return; }
      room.drawn = text;
      room.textContent = '';
      var title = element('span', 'gapmap-strip-title', about.title + ' ');
      title.appendChild(element('span', 'gapmap-per', about.per));
      room.appendChild(title);
      about.steps.forEach(function (step) {
        var row = element('span', 'gapmap-strip-step');
        row.appendChild(one.fills.swatch(step.c, step.h));
        row.appendChild(element('span', '', step.t));
        room.appendChild(row);
      });
      Object.keys(marks).forEach(function (name) {
        var row = element('span', 'gapmap-strip-step');
        var look = name === 'notCounting' ? 'site-hollow' : name;
        row.appendChild(element('span', 'gapmap-site gapmap-mark gapmap-' + look, marks[name]));
        row.appendChild(element('span', '', words[name]));
        room.appendChild(row);
      });
    }

    function draw() {
      if (!state) { return; }
      halves.forEach(function (one) {
        if (one.box.hidden) { return; }
        drawTitle(one);
        paint(one);
        drawSites(one);
      });
      var both = mode === 'both';
      var same = JSON.stringify(state.first.legend) === JSON.stringify(state.second.legend);
      foot.hidden = both && !same;
      if (!foot.hidden) { drawLegend(foot, visible()); }
      halves.forEach(function (one) {
        one.legend.hidden = !foot.hidden;
        if (foot.hidden) { drawLegend(one.legend, one); }
      });
      settle();
    }
    // A strip more or less changes how high the maps are.
    function settle() {
      halves.forEach(function (one) {
        if (!one.box.hidden) { quietly(function () { one.map.invalidateSize({ animate: false }); }); }
      });
    }

    function lost(error) {
      console.error('gapmap: part of the map is lost', error);
      frame.setAttribute('data-ready', 'lost');
      if (!frame.querySelector('.gapmap-lost')) { bar.appendChild(element('span', 'gapmap-lost', words.lost)); }
    }
    // A site that the page wants in the hand: it may not be drawn yet.
    var selected = null, wish = null;
    function grant() {
      if (wish === null || !base || second.box.hidden) { return; }
      var id = wish, found = second.sites.filter(function (site) { return site.id === id; })[0];
      wish = null;
      if (!found) { return; }
      if (!second.map.getBounds().contains(found.at)) {
        settled = true;
        second.map.setView(found.at, second.map.getZoom(), { animate: false });
      }
      choose(found);
    }

    function ready() {
      draw();
      grant();
      if (shapes && base) { frame.setAttribute('data-ready', '1'); }
    }
    Promise.all([fetchJson(settings.areas), settings.outlines ? fetchJson(settings.outlines) : null])
      .then(function (found) {
        shapes = found[0];
        outlines = found[1];
        halves.forEach(addAreas);
        ready();
      }).catch(lost);
    // The study's own sites: another list when somebody has brought one.
    var sitesUrl = null;
    function loadSites(url) {
      if (url === sitesUrl) { return; }
      sitesUrl = url;
      fetchJson(url).then(function (layer) {
        if (url !== sitesUrl) { return; }
        base = layer.sites;
        partners = layer.partners;
        ready();
      }).catch(lost);
    }

    api.show = function (next) {
      ['first', 'second'].forEach(function (name) { next[name].gaps = numbers(next[name].gaps); });
      state = next;
      frame.removeAttribute('data-busy');
      undoButton.disabled = !next.mayUndo;
      redoButton.disabled = !next.mayRedo;
      sayHint();
      unchoose();
      arrange();
      if (next.view.token !== token) {
        token = next.view.token;
        settled = false;
        fit();
      }
      if (next.look && next.look.token !== look && hasRoom(visible())) {
        look = next.look.token;
        settled = true;
        visible().map.fitBounds(next.look.bounds, { animate: false, maxZoom: 14.5, padding: [30, 30] });
      }
      draw();
      loadSites(next.sitesUrl);
      if (next.select && next.select.token !== selected) {
        selected = next.select.token;
        wish = next.select.id;
        grant();
      }
      frame.setAttribute('data-turn', String(next.turn));
      api.shownAt = performance.timeOrigin + performance.now();
    };

    document.addEventListener('keydown', function (event) {
      if (event.key === 'Escape') {
        if (adding) { setAdding(false); } else { unchoose(); }
      }
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z') {
        event.preventDefault();
        tell(event.shiftKey ? 'redo' : 'undo', '', null);
      }
    });
    // The page gives the frame its height after the maps are made, and a phone may be turned.
    var sized = new ResizeObserver(function () {
      arrange();
      settle();
      if (state && !settled) { fit(); }
    });
    [frame, first.room, second.room].forEach(function (one) { sized.observe(one); });
    halves.forEach(function (one) {
      one.map.on('zoomend', function () {
        one.holder.classList.toggle('gapmap-far', one.map.getZoom() < 11.5);
      });
      // Whoever has zoomed wants to stay there; a fit of our own is done quietly.
      one.map.on('zoomstart', function () { if (!following) { settled = true; } });
    });
    setAdding(false);
    arrange();
    api.first = first;
    api.second = second;
  }

  var api = window.gapmapCompare = {
    show: function () {},
    mount: function (map, settings) { api.map = map; mount(map, settings); }
  };
})();
