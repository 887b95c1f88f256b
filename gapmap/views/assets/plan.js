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
    var pins = L.layerGroup().addTo(map), legend = null;

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
      var notices = L.control({ position: 'topright' });
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
      }).bindTooltip(tip([pin.rank + ' · ' + pin.name].concat(pin.lines)),
        { direction: 'top', offset: [0, -14] }).addTo(pins);
      marker.on('drag', function (event) { circle.setLatLng(event.target.getLatLng()); });
      marker.on('dragend', function (event) {
        tell('move', pin.id, event.target.getLatLng().wrap());
      });
    }

    api.show = function (next) {
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
      if (next.keepsExisting) { siteGroup.addTo(map); } else { siteGroup.remove(); }
      if (!legend || container.getAttribute('data-legend') !== next.legend.title) {
        drawLegend(next.legend);
        container.setAttribute('data-legend', next.legend.title);
      }
      if (next.view.token !== token) {
        token = next.view.token;
        map.fitBounds(next.view.bounds, { animate: false, padding: [8, 8] });
      }
      container.setAttribute('data-pins', next.pins.map(function (pin) { return pin.id; }).join('|'));
    };
    // The page gives the frame its height after the map is made.
    var settled = false;
    new ResizeObserver(function () {
      map.invalidateSize({ animate: false });
      if (state && !settled) { map.fitBounds(state.view.bounds, { animate: false, padding: [8, 8] }); }
    }).observe(container);
    map.on('dragstart zoomstart', function (event) { if (event.originalEvent) { settled = true; } });
    map.on('dragstart', function () { settled = true; });
  }

  var api = window.gapmapPlan = {
    show: function () {},
    mount: function (map, settings) { api.map = map; mount(map, settings); }
  };
})();
