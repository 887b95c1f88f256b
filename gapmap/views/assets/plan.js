// The map of where to open next: areas by colour, sites faint, numbered pins with their reach.
// Text that people wrote reaches the page through textContent alone.
(function () {
  'use strict';
  if (window.gapmapPlan) { return; }

  var PIN = 'box-sizing:border-box;width:30px;height:30px;border-radius:50%;border:2.5px solid #fff;' +
    'color:#fff;font:700 15px/25px Arial,Helvetica,sans-serif;text-align:center;cursor:grab;' +
    'box-shadow:0 1px 5px rgba(11,31,51,.55)';
  var REFUSED = 'width:20px;height:20px;border-radius:50%;background:rgba(255,255,255,.9);' +
    'color:#6a3030;font:700 16px/19px Arial,Helvetica,sans-serif;text-align:center';

  function element(tag, name, text) {
    var made = document.createElement(tag);
    if (name) { made.className = name; }
    if (text !== undefined && text !== null) { made.textContent = String(text); }
    return made;
  }

  function tip(lines) {
    var box = element('div', 'gapmap-tip');
    lines.forEach(function (line, index) {
      box.appendChild(element('div', index ? '' : 'gapmap-tip-title', line));
    });
    return box;
  }

  function fetchJson(url) {
    return fetch(url).then(function (answer) {
      if (!answer.ok) { throw new Error('no such layer: ' + url); }
      return answer.json();
    });
  }

  function mount(map, settings) {
    var container = map.getContainer(), areas = [], state = null, token = null, shown = '';
    container.focus = function () {
      HTMLElement.prototype.focus.call(container, { preventScroll: true });
    };
    container.setAttribute('role', 'region');
    container.setAttribute('aria-label', settings.label);
    L.control.scale({ imperial: true, metric: true }).addTo(map);
    ['areas', 'outlines', 'sites', 'circles', 'pins'].forEach(function (name, index) {
      var pane = map.createPane('plan-' + name);
      pane.style.zIndex = 410 + 10 * index;
      if (name === 'outlines' || name === 'circles') { pane.style.pointerEvents = 'none'; }
    });
    if (settings.tiles) { L.tileLayer(settings.tiles, { maxZoom: 19, attribution: '' }).addTo(map); }
    var many = L.canvas({ pane: 'plan-areas', padding: 0.4 });
    var siteGroup = L.layerGroup().addTo(map), circles = L.layerGroup().addTo(map);
    var pins = L.layerGroup().addTo(map), legend = null, notices = null;
    // The pin in somebody's hand, the state that waits until it is let go, and what comes after.
    var hold = null, waitingState = null, landed = null, refocus = null;
    // Whether somebody has moved the map or a pin: then the map no longer looks by itself.
    var settled = false;

    // ---- what a hand says to the page: one small feature, never a shape ----
    var bridge = L.featureGroup().addTo(map), said = 0;
    function tell(kind, id, latlng) {
      said += 1;
      var word = { type: 'Feature', geometry: null, properties: { kind: kind, id: id,
        click: Date.now() + said, at: latlng.lat.toFixed(6) + ',' + latlng.lng.toFixed(6) } };
      bridge.fire('click', { latlng: latlng, layer: { toGeoJSON: function () { return word; } } });
    }

    function style(index) {
      var mark = state ? state.classes.charAt(index) : '-', code = parseInt(mark, 36);
      // Letters that are no class: outside the question, unknown, nobody there.
      var colour = 'x?-z'.indexOf(mark) < 0 && state ? state.colours[code] : null;
      return { color: '#ffffff', weight: 0.4, opacity: 0.8, fillColor: colour || '#eceef0',
               fillOpacity: settings.tiles ? 0.5 : (colour ? 0.72 : 0.7) };
    }

    function paint() {
      if (!state || !areas.length) { return; }
      var now = state.classes + state.colours.join();
      if (now !== shown) {
        areas.forEach(function (area, index) { area.setStyle(style(index)); });
        shown = now;
      }
    }

    var waiting = [
      fetchJson(settings.areas).then(function (shapes) {
        L.geoJSON(shapes, {
          renderer: many, interactive: false,
          onEachFeature: function (feature, layer) { areas.push(layer); }
        }).addTo(map);
        paint();
      }),
      fetchJson(settings.sites).then(function (layer) {
        layer.sites.forEach(function (site) {
          L.circleMarker([site.y, site.x], {
            pane: 'plan-sites', radius: 4, color: '#ffffff', weight: 1, fillColor: '#4a5766',
            fillOpacity: 0.65
          }).bindTooltip(tip([site.n, 'stands already']), { direction: 'top' }).addTo(siteGroup);
        });
      })
    ];
    if (settings.outlines) {
      waiting.push(fetchJson(settings.outlines).then(function (shapes) {
        L.geoJSON(shapes, { pane: 'plan-outlines', interactive: false,
          style: { color: '#5f6d7b', weight: 0.9, opacity: 0.7, fillOpacity: 0 } }).addTo(map);
      }));
    }
    Promise.all(waiting).then(function () {
      container.setAttribute('data-ready', '1');
    }).catch(function () {
      container.setAttribute('data-ready', 'lost');
      container.appendChild(element('div', 'gapmap-lost', settings.words.lost));
    });

    if (settings.notices.length) {
      notices = L.control({ position: 'topright' });
      notices.onAdd = function () {
        var box = element('div', 'gapmap-notices');
        settings.notices.forEach(function (text) { box.appendChild(element('span', '', text)); });
        return box;
      };
      notices.addTo(map);
    }

    function drawLegend(about) {
      if (legend) { legend.remove(); }
      legend = L.control({ position: 'bottomright' });
      legend.onAdd = function () {
        var box = element('details', 'gapmap-legend'), body = element('div', 'gapmap-legend-body');
        box.open = container.clientWidth > 520;
        box.appendChild(element('summary', '', about.title));
        body.appendChild(element('div', 'gapmap-per', about.per));
        about.steps.forEach(function (step) {
          var row = element('div', 'gapmap-step'), mark = element('span', 'gapmap-swatch');
          mark.style.cssText = 'width:18px;height:13px;border-radius:2px';
          mark.style.background = step.c;
          row.appendChild(mark);
          row.appendChild(element('span', '', step.t));
          body.appendChild(row);
        });
        [['#4a5766', 'stands already', '50%'], ['#0b5cad', 'suggested', '50%'],
          ['#1c7a3e', 'accepted', '50%']].forEach(function (kind) {
          var row = element('div', 'gapmap-step'), mark = element('span', 'gapmap-swatch');
          mark.style.cssText = 'width:12px;height:12px;margin:0 3px;border-radius:' + kind[2];
          mark.style.background = kind[0];
          row.appendChild(mark);
          row.appendChild(element('span', '', kind[1]));
          body.appendChild(row);
        });
        box.appendChild(body);
        L.DomEvent.disableClickPropagation(box);
        L.DomEvent.disableScrollPropagation(box);
        return box;
      };
      legend.addTo(map);
    }

    // ---- the figures on the map, and a pin in the hand ----
    var strip = element('div', 'gapmap-figures');
    strip.setAttribute('role', 'status');
    strip.hidden = true;
    var figures = L.control({ position: 'bottomleft' });
    figures.onAdd = function () { return strip; };
    figures.addTo(map);

    function drawFigures(rows) {
      strip.textContent = '';
      rows.forEach(function (row) {
        var line = element('div', 'gapmap-figure');
        line.appendChild(element('span', 'gapmap-figure-label', row.label));
        line.appendChild(element('strong', '', row.value));
        if (row.change) { line.appendChild(element('span', 'gapmap-figure-change', row.change)); }
        strip.appendChild(line);
      });
      strip.hidden = !rows.length;
    }

    function spot(latlng) {
      var place = latlng.wrap();
      return place.lat.toFixed(6) + ',' + place.lng.toFixed(6);
    }

    function take(pin, marker, circle, byKey) {
      if (hold && hold.marker === marker) { return; }
      if (hold) { putBack(); }
      // From now on the map stays where it is.
      settled = true;
      hold = { pin: pin, marker: marker, circle: circle, home: marker.getLatLng(), byKey: byKey,
        live: state.live, wanted: '', answered: '', isAsking: false, figures: null, timer: 0,
        isLetGo: false, target: L.circleMarker(marker.getLatLng(), { pane: 'plan-circles', radius: 7,
          color: '#0b1f33', weight: 2, dashArray: '3 3', fill: false, interactive: false }) };
    }

    // One question at a time: what is asked next is where the pin is by then.
    function follow() {
      var mine = hold;
      mine.circle.setLatLng(mine.marker.getLatLng());
      mine.wanted = spot(mine.marker.getLatLng());
      if (mine.isAsking || !mine.live || mine.wanted === mine.answered) { return; }
      var asked = mine.wanted;
      mine.isAsking = true;
      fetchJson(mine.live + '?pin=' + encodeURIComponent(mine.pin.id) + '&at=' + asked)
        .then(function (figures) {
          mine.isAsking = false;
          // Put back or landed meanwhile: a late answer changes nothing any more.
          if (hold !== mine) { return; }
          mine.answered = asked;
          mine.figures = figures;
          drawFigures(figures.figures);
          mine.target.setLatLng([figures.y, figures.x]).addTo(circles);
          mine.marker.setTooltipContent(tip(
            [mine.pin.rank + ' \u00b7 ' + figures.lines[0]]));
          container.setAttribute('data-moved', asked);
          if (mine.wanted !== asked) { follow(); } else if (mine.isLetGo) { land(); }
        }).catch(function () {
          mine.isAsking = false;
          if (hold === mine && mine.isLetGo) { land(); }
        });
    }

    function letGo() {
      hold.isLetGo = true;
      follow();
      if (!hold.isAsking) { land(); return; }
      // The page gets its turn even if no figures come.
      hold.timer = setTimeout(land, 250);
    }

    function land() {
      var mine = hold;
      hold = null;
      waitingState = null;
      clearTimeout(mine.timer);
      mine.target.remove();
      tell('move', mine.pin.id, mine.marker.getLatLng().wrap());
      refocus = mine.byKey ? mine.figures && mine.figures.id : null;
      landed = mine.figures;
      if (!mine.figures) { return; }
      var there = [mine.figures.y, mine.figures.x];
      mine.marker.setLatLng(there);
      mine.circle.setLatLng(there);
    }

    function putBack() {
      var mine = hold, next = waitingState;
      hold = waitingState = null;
      mine.target.remove();
      mine.marker.setLatLng(mine.home);
      mine.circle.setLatLng(mine.home);
      mine.marker.setTooltipContent(pinTip(mine.pin));
      drawFigures(state.figures);
      if (next) { api.show(next); }
    }

    function pinTip(pin) { return tip([pin.rank + ' \u00b7 ' + pin.name].concat(pin.lines)); }

    var STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

    function byKeys(pin, marker, circle) {
      var icon = marker.getElement();
      icon.setAttribute('aria-label', 'Suggestion ' + pin.rank + ', ' + pin.name + ', ' +
        pin.lines.join(', ') + '. Arrow keys move it, Enter lets it go, Escape puts it back.');
      icon.addEventListener('keydown', function (event) {
        var step = STEPS[event.key], mine = hold && hold.marker === marker;
        if (step) {
          take(pin, marker, circle, true);
          var size = event.shiftKey ? 40 : 10;
          var at = map.latLngToContainerPoint(marker.getLatLng()).add(
            [step[0] * size, step[1] * size]);
          marker.setLatLng(map.containerPointToLatLng(at));
          map.panInside(marker.getLatLng(), { padding: [40, 40], animate: false });
          follow();
        } else if (event.key === 'Enter' && mine) {
          letGo();
        } else if (event.key === 'Escape' && mine) {
          putBack();
        } else { return; }
        // The map itself would pan.
        event.preventDefault();
        event.stopPropagation();
      });
      icon.addEventListener('blur', function () {
        if (hold && hold.marker === marker && hold.byKey && !hold.isLetGo) { putBack(); }
      });
    }

    // ---- where the map looks: no pin lies under a legend, a notice or the figures ----
    var MARGIN = 8, PIN_RADIUS = 17, ROOM_WHILE_MOVING = 44;

    function boxes() {
      var frame = container.getBoundingClientRect();
      return ['.gapmap-legend', '.gapmap-notices', '.gapmap-figures', '.leaflet-control-zoom']
        .map(function (name) { return container.querySelector(name); })
        .filter(function (box) { return box && !box.hidden; })
        .map(function (box) {
          var at = box.getBoundingClientRect();
          // The figures grow by a line while a pin is moved.
          var more = box === strip && !hold ? ROOM_WHILE_MOVING : 0;
          return { left: at.left - frame.left, right: at.right - frame.left,
            top: at.top - frame.top - more, bottom: at.bottom - frame.top };
        });
    }

    function isUnder(point, box) {
      return point.x > box.left - PIN_RADIUS && point.x < box.right + PIN_RADIUS &&
        point.y > box.top - PIN_RADIUS && point.y < box.bottom + PIN_RADIUS;
    }

    // Until the styles have come, nothing stands where it will stand.
    function isStyled() {
      return getComputedStyle(strip).pointerEvents === 'none' &&
        getComputedStyle(strip.parentNode).position === 'absolute';
    }

    // Of all ways to leave room at the edges the one that shows most without covering a pin.
    function fit() {
      if (!isStyled()) {
        map.fitBounds(state.view.bounds, { animate: false, padding: [MARGIN, MARGIN] });
        setTimeout(function () { if (!settled) { fit(); } }, 40);
        return;
      }
      var size = map.getSize(), covers = boxes(), bounds = L.latLngBounds(state.view.bounds);
      var rooms = { left: [0], right: [0], top: [0], bottom: [0] };
      covers.forEach(function (box) {
        rooms[box.left < size.x / 2 ? 'left' : 'right'].push(
          box.left < size.x / 2 ? box.right : size.x - box.left);
        rooms[box.top < size.y / 2 ? 'top' : 'bottom'].push(
          box.top < size.y / 2 ? box.bottom : size.y - box.top);
      });
      var best = null;
      rooms.left.forEach(function (left) { rooms.right.forEach(function (right) {
        rooms.top.forEach(function (top) { rooms.bottom.forEach(function (bottom) {
          if (left + right > size.x - 80 || top + bottom > size.y - 80) { return; }
          var zoom = map.getBoundsZoom(bounds, false,
            L.point(left + right + 2 * MARGIN, top + bottom + 2 * MARGIN));
          var middle = map.project(bounds.getSouthWest(), zoom)
            .add(map.project(bounds.getNorthEast(), zoom)).divideBy(2)
            .add([(right - left) / 2, (bottom - top) / 2]);
          var hidden = state.pins.filter(function (pin) {
            var at = map.project([pin.y, pin.x], zoom).subtract(middle).add(size.divideBy(2));
            return covers.some(function (box) { return isUnder(at, box); });
          }).length;
          var lost = left + right + top + bottom;
          if (!best || hidden < best.hidden || (hidden === best.hidden &&
              (zoom > best.zoom || (zoom === best.zoom && lost < best.lost)))) {
            best = { hidden: hidden, zoom: zoom, lost: lost, middle: middle };
          }
        }); });
      }); });
      if (best) { map.setView(map.unproject(best.middle, best.zoom), best.zoom, { animate: false }); }
      container.setAttribute('data-fitted', '1');
    }

    // A pin that has just come must be seen; where somebody has moved the map it goes on from there.
    function uncover(fresh) {
      var covers = boxes();
      var hidden = fresh.filter(function (pin) {
        var at = map.latLngToContainerPoint([pin.y, pin.x]);
        return covers.some(function (box) { return isUnder(at, box); });
      });
      if (hidden.length && !settled) { fit(); return; }
      hidden.forEach(function (pin) {
        var at = map.latLngToContainerPoint([pin.y, pin.x]);
        var box = covers.find(function (one) { return isUnder(at, one); });
        if (!box) { return; }
        var isLow = box.bottom > map.getSize().y / 2;
        map.panBy([0, isLow ? at.y - box.top + PIN_RADIUS : at.y - box.bottom - PIN_RADIUS],
          { animate: false });
      });
    }

    function drawPin(pin, reach) {
      var colour = pin.accepted ? '#1c7a3e' : '#0b5cad';
      var circle = L.circle([pin.y, pin.x], { pane: 'plan-circles', radius: reach, color: colour,
        weight: 2, fillColor: colour, fillOpacity: 0.12, interactive: false }).addTo(circles);
      var face = element('div', 'gapmap-pin', pin.rank);
      face.style.cssText = PIN;
      face.style.background = colour;
      var marker = L.marker([pin.y, pin.x], {
        pane: 'plan-pins', draggable: true, autoPan: true, keyboard: true,
        title: '', alt: 'Suggestion ' + pin.rank,
        icon: L.divIcon({ className: 'gapmap-pin-box', html: face, iconSize: [30, 30] })
      }).bindTooltip(pinTip(pin), { direction: 'top', offset: [0, -14] }).addTo(pins);
      marker.on('dragstart', function () { take(pin, marker, circle, false); });
      marker.on('drag', function () { if (hold) { follow(); } });
      marker.on('dragend', function () { if (hold) { letGo(); } });
      byKeys(pin, marker, circle);
      if (pin.id === refocus) { marker.getElement().focus({ preventScroll: true }); }
    }

    // The page's own figures; where they are those that the hand has left, its change stays.
    function withChange(rows) {
      var left = landed ? landed.figures : [];
      return rows.map(function (row) {
        return left.find(function (one) {
          return one.label === row.label && one.value === row.value;
        }) || row;
      });
    }

    api.bounds = function () { return L.latLngBounds(state.view.bounds); };

    api.show = function (next) {
      // Nothing is taken out of somebody's hand; what comes waits until the pin is let go.
      if (hold) { waitingState = next; return; }
      var isByHand = landed !== null;
      var before = state ? state.pins.map(function (pin) { return pin.id; }) : [];
      state = next;
      paint();
      circles.clearLayers();
      pins.clearLayers();
      next.refused.forEach(function (one) {
        var face = element('div', 'gapmap-pin-refused', '\u00d7');
        face.style.cssText = REFUSED;
        L.marker([one.y, one.x], { pane: 'plan-pins', keyboard: false,
          icon: L.divIcon({ className: 'gapmap-pin-box', html: face, iconSize: [20, 20] })
        }).bindTooltip(tip([one.name]), { direction: 'top' }).addTo(pins);
      });
      next.pins.forEach(function (pin) { drawPin(pin, next.reach); });
      drawFigures(withChange(next.figures));
      landed = refocus = null;
      if (next.keepsExisting) { siteGroup.addTo(map); } else { siteGroup.remove(); }
      if (!legend || container.getAttribute('data-legend') !== next.legend.title) {
        drawLegend(next.legend);
        container.setAttribute('data-legend', next.legend.title);
      }
      if (next.view.token !== token) {
        token = next.view.token;
        fit();
      } else if (!isByHand) {
        uncover(next.pins.filter(function (pin) { return before.indexOf(pin.id) < 0; }));
      }
      container.setAttribute('data-pins', next.pins.map(function (pin) { return pin.id; }).join('|'));
    };
    // The page gives the frame its height after the map is made.
    new ResizeObserver(function () {
      map.invalidateSize({ animate: false });
      if (state && !settled) { fit(); }
    }).observe(container);
    map.on('dragstart zoomstart', function (event) { if (event.originalEvent) { settled = true; } });
    map.on('dragstart', function () { settled = true; });
    container.querySelector('.leaflet-control-zoom').addEventListener('click', function () {
      settled = true;
    });
  }

  var api = window.gapmapPlan = {
    show: function () {},
    bounds: function () { return null; },
    mount: function (map, settings) { api.map = map; mount(map, settings); }
  };
})();
