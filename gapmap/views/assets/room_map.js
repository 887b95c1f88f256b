// How a board looks on the map: partners by colour and letter, how far they are by pattern, open
// areas by who is out of reach there. Text that people wrote goes through textContent alone.
(function () {
  'use strict';
  if (window.gapmapRoomMap) { return; }

  var INK = '#0b1f33', LETTERS_AT_MOST = 4, NEARLY = 0.8;
  var OPEN = ['#f7f8f9', '#dfe3e8', '#bcc4cd', '#8f9aa6'], WAITING = '#d2550a', MARKED = '#0b5cad', SHOWN = '#f0a202';
  var element = window.gapmapPanel.element, looks = window.gapmapLooks;

  // A claim is lines over white, a commitment the full colour, an opened site dots, a verified one ticks.
  function stateFill(state, colour, ink) {
    if (state === 'committed') { return colour; }
    return looks.tile(state === 'claimed' ? 10 : 16, function (pen, size) {
      pen.fillStyle = state === 'claimed' ? '#ffffff' : colour;
      pen.fillRect(0, 0, size, size);
      pen.strokeStyle = pen.fillStyle = state === 'claimed' ? colour : ink;
      if (state === 'claimed') {
        pen.lineWidth = 4.6;
        [-size, 0, size].forEach(function (shift) {
          pen.beginPath(); pen.moveTo(shift - 3, size + 3); pen.lineTo(shift + size + 3, -3); pen.stroke();
        });
      } else if (state === 'opened') {
        [[4, 4], [12, 12]].forEach(function (at) { pen.beginPath(); pen.arc(at[0], at[1], 2, 0, 7); pen.fill(); });
      } else {
        pen.lineWidth = 1.9;
        pen.beginPath(); pen.moveTo(3, 8); pen.lineTo(6.5, 11.5); pen.lineTo(13, 4); pen.stroke();
      }
    });
  }
  // A split area is bands, one a part; what nobody holds of it is white.
  function sharedFill(colours) {
    var band = Math.max(4, Math.round(14 / colours.length));
    return looks.tile(band * colours.length, function (pen, size) {
      colours.forEach(function (colour, at) { pen.fillStyle = colour; pen.fillRect(band * at, 0, band, size); });
    });
  }

  // ways: map, settings, board, words, hand(), waiting() and shown() -> {place: true}
  window.gapmapRoomMap = function (ways) {
    var map = ways.map, settings = ways.settings, board = ways.board, container = map.getContainer();
    var features = null, shapes = null, outlines = [], layers = [], rows = [], placeOf = null;
    var border = null, links = [], letters = [], styles = [], fills = {}, placeOfGeoid = {};

    ['areas', 'outlines', 'borders', 'letters', 'hand'].forEach(function (name, index) {
      var pane = map.createPane('room-' + name);
      pane.style.zIndex = 410 + 10 * index;
      pane.style.pointerEvents = 'none';
    });
    var canvas = L.canvas({ pane: 'room-areas', padding: 0.15 }).addTo(map);
    var above = L.canvas({ pane: 'room-borders', padding: 0.15 }).addTo(map);
    var letterGroup = L.layerGroup().addTo(map);
    border = looks.borders(above).addTo(map);
    if (settings.tiles) { L.tileLayer(settings.tiles, { maxZoom: 19, attribution: '' }).addTo(map); }
    L.control.scale({ position: 'bottomleft', imperial: true, metric: true, maxWidth: 120 }).addTo(map);

    function fill(name, draw) { return fills[name] || (fills[name] = draw()); }
    function fillOf(place) {
      var hold = board.holds[place];
      if (hold.isShared) {
        var colours = hold.claims.map(function (one) { return one ? board.markOf[one.partner].c : '#ffffff'; });
        return ['shared' + colours, fill('shared' + colours, function () { return sharedFill(colours); })];
      }
      if (hold.partner) {
        var mark = board.markOf[hold.partner], name = hold.state + mark.c;
        return [name, fill(name, function () { return stateFill(hold.state, mark.c, mark.i); })];
      }
      var step = board.step(place);
      return ['open' + step, step < 0 ? fill('unknown', function () { return looks.nobody(true); }) : OPEN[step]];
    }
    function lineWeight() { return map.getZoom() < 11 ? 0.5 : map.getZoom() < 13 ? 0.9 : 1.2; }
    function style(place, waiting, hand, shown) {
      var found = fillOf(place), isMarked = hand.is(place), isWaiting = Boolean(waiting[place]), isShown = Boolean(shown[place]);
      var look = { name: [found[0], isMarked, isWaiting, isShown, lineWeight()].join(' '), stroke: true, opacity: 1, fillColor: found[1],
                   fillOpacity: settings.tiles ? 0.75 : 0.96, color: '#8592a0', weight: lineWeight(), dashArray: null };
      if (isShown) { look.color = SHOWN; look.weight = 4; }
      if (isMarked) { look.color = MARKED; look.weight = 3.2; }
      if (isWaiting) { look.color = WAITING; look.weight = 3.4; look.dashArray = '5 4'; look.fillColor = '#ffc9a3'; }
      return look;
    }
    function drawAreas() {
      var waiting = ways.waiting(), hand = ways.hand(), shown = ways.shown();
      for (var place = 0; place < rows.length; place += 1) {
        var look = style(place, waiting, hand, shown);
        if (styles[place] === look.name) { continue; }
        styles[place] = look.name;
        layers[rows[place]].setStyle(look);
        if (hand.is(place) || waiting[place] || shown[place]) { layers[rows[place]].bringToFront(); }
      }
    }
    function holder(place) {
      var hold = board.holds[place];
      return hold.isShared ? -2 : hold.partner ? board.partners.indexOf(hold.partner) : -1;
    }
    function drawBorders() {
      border.choose(function (one) {
        var here = holder(placeOf[one.row]), there = one.beside < 0 ? -3 : holder(placeOf[one.beside]);
        return here !== there && (here >= 0 || there >= 0 || here === -2 || there === -2);
      });
    }
    function middle(piece) {
      var x = 0, y = 0, best = null, least = Infinity;
      piece.forEach(function (place) {
        var at = shapes.inner[rows[place]];
        x += at[0] / piece.length;
        y += at[1] / piece.length;
      });
      piece.forEach(function (place) {
        var at = shapes.inner[rows[place]], far = Math.pow(at[0] - x, 2) + Math.pow(at[1] - y, 2);
        if (far < least) { least = far; best = at; }
      });
      return [best[1], best[0]];
    }
    function drawLetters() {
      var held = rows.map(function (_row, place) { return holder(place); }), by = {}, wanted = [];
      window.gapmapGround.pieces(held, links).forEach(function (piece) {
        var name = held[piece[0]];
        (by[name] = by[name] || []).push(piece);
      });
      Object.keys(by).forEach(function (name) {
        by[name].sort(function (one, other) { return other.length - one.length; });
        by[name].slice(0, LETTERS_AT_MOST).forEach(function (piece, rank) {
          var at = middle(piece), pixel = map.latLngToLayerPoint(at);
          var isFree = wanted.every(function (one) { return one.pixel.distanceTo(pixel) > 30; });
          if (rank === 0 || isFree) { wanted.push({ at: at, pixel: pixel, mark: board.markOf[board.partners[name]] }); }
        });
      });
      wanted.forEach(function (one, index) {
        var marker = letters[index];
        if (!marker) {
          marker = letters[index] = L.marker(one.at, { pane: 'room-letters', interactive: false, keyboard: false,
            icon: L.divIcon({ className: 'gapmap-r-letter-box', html: element('span', 'gapmap-r-face'), iconSize: [30, 30] }) }).addTo(letterGroup);
        }
        var face = marker.getElement().firstChild;
        face.textContent = one.mark.l;
        face.style.background = one.mark.c;
        face.style.color = one.mark.i;
        marker.setLatLng(one.at);
      });
      letters.splice(wanted.length).forEach(function (marker) { marker.remove(); });
    }

    // ---- the legend ----
    function swatch(paint) {
      var made = element('canvas', 'gapmap-r-swatch');
      made.width = 44; made.height = 28;
      made.setAttribute('aria-hidden', 'true');
      var pen = made.getContext('2d');
      pen.fillStyle = paint;
      pen.fillRect(0, 0, 44, 28);
      return made;
    }
    function legend() {
      var box = element('div', 'gapmap-r-key'), words = ways.words, mark = settings.marks[1], group = box;
      function begin(text) {
        group = box.appendChild(element('div', 'gapmap-r-key-group'));
        group.appendChild(element('div', 'gapmap-r-key-head', text));
      }
      function line(paint, text) {
        var row = group.appendChild(element('div', 'gapmap-r-step'));
        row.appendChild(swatch(paint));
        row.appendChild(element('span', '', text));
      }
      begin('In the partner’s colour');
      board.STATES.forEach(function (state) { line(stateFill(state, mark.c, mark.i), words.state(state)); });
      begin('Open, by ' + words.unit() + ' out of reach');
      var edges = board.steps;
      if (edges.length) {
        line(OPEN[0], 'nobody');
        line(OPEN[1], 'up to ' + words.people(edges[0]));
        if (edges[1] !== undefined) { line(OPEN[2], 'up to ' + words.people(edges[1])); }
        line(OPEN[edges.length + 1], words.people(edges[edges.length - 1]) + ' and more');
      } else { line(OPEN[0], 'nobody'); line(OPEN[1], 'some'); }
      if (board.facts.open.indexOf(null) >= 0) { line(looks.nobody(true), 'unknown'); }
      return box;
    }

    // ---- what lies under the hand ----
    var tip = container.appendChild(element('div', 'gapmap-r-tip'));
    tip.hidden = true;
    function lines(place) {
      var about = features[rows[place]].properties, words = ways.words, hold = board.holds[place];
      var where = about.k !== null && outlines[about.k] ? about.n + ' · ' + outlines[about.k] : about.n;
      var need = board.facts.need[place], open = board.facts.open[place], found = [where];
      if (!hold.isShared && !hold.partner) { found.push('Open'); }
      board.keys(features[rows[place]].id).forEach(function (key, index) {
        var claim = hold.claims[index], part = key.split('#')[1];
        if (!claim) { if (part) { found.push(part + ': open'); } return; }
        found.push((part ? part + ': ' : '') + board.markOf[claim.partner].l + ' · ' + claim.partner + ', ' + claim.state +
          ' since ' + words.when(claim.since) + (claim.due ? ', opens by ' + words.day(claim.due) : '') + (claim.group ? ', for ' + claim.group : ''));
      });
      found.push(need === null ? 'Need unknown' : words.people(need) + ' ' + words.unit() + (open === null ? '' : ', ' + words.people(open) + ' out of reach'));
      if (ways.waiting()[place]) { found.push('Waiting to be sent'); }
      return found;
    }
    function hover(place, point) { tell(place < 0 || !board.facts ? null : lines(place), point); }
    function tell(texts, point) {
      tip.hidden = !texts;
      if (tip.hidden) { return; }
      tip.textContent = '';
      texts.forEach(function (text, index) { tip.appendChild(element('div', index ? '' : 'gapmap-r-tip-title', text)); });
      var room = container.clientWidth - tip.offsetWidth - 6, isHigh = point.y < tip.offsetHeight + 24;
      tip.style.left = Math.max(6, Math.min(point.x + 14, room)) + 'px';
      tip.style.top = (isHigh ? point.y + 18 : point.y - tip.offsetHeight - 12) + 'px';
    }
    map.on('movestart zoomstart', function () { tip.hidden = true; });

    function draw() {
      if (!shapes || !board.facts) { return; }
      drawAreas();
      drawBorders();
      drawLetters();
      made.drawn += 1;
    }
    map.on('zoomend', function () { if (made.drawn) { drawAreas(); drawLetters(); } });
    function fetchJson(url) {
      return fetch(url).then(function (answer) {
        if (!answer.ok) { throw new Error('no such layer: ' + url); }
        return answer.json();
      });
    }
    // Where nearly all areas of a board are in one county, nobody has to read it in every name.
    function shorten() {
      var about = rows.map(function (row) { return features[row].properties; }), often = {};
      about.forEach(function (one) { var tail = (/,[^,]*$/.exec(one.n || '') || [''])[0]; often[tail] = (often[tail] || 0) + 1; });
      var most = Object.keys(often).sort(function (one, other) { return often[other] - often[one]; })[0] || '';
      if (!most || rows.length < 2 || often[most] < NEARLY * rows.length) { return; }
      about.forEach(function (one) { if (one.n.slice(-most.length) === most && one.n.length > most.length) { one.n = one.n.slice(0, -most.length); } });
    }
    function settle(facts) {
      rows = facts.rows;
      shorten();
      placeOf = new Int32Array(features.length).fill(-1);
      placeOfGeoid = {};
      rows.forEach(function (row, place) { placeOf[row] = place; placeOfGeoid[features[row].id] = place; });
      styles = [];
      layers.forEach(function (layer, row) {
        if (placeOf[row] < 0) { layer.setStyle({ stroke: true, color: '#ffffff', weight: 0.4, fillColor: '#e9edf0', fillOpacity: 0.7 }); }
      });
      var lines = shapes.borders(rows);
      made.drawn = 0;
      border.hold(lines);
      links = [];
      lines.forEach(function (one) { if (one.beside >= 0) { links.push(placeOf[one.row], placeOf[one.beside]); } });
      board.weigh(facts, rows.map(function (row) { return features[row].id; }));
    }
    var made = {
      drawn: 0,
      load: function () {
        var base = fetchJson(settings.areas).then(function (collection) {
          features = collection.features;
          shapes = window.gapmapGround.of(features);
          layers = features.map(function (feature) {
            var layer = L.GeoJSON.geometryToLayer(feature, {});
            L.setOptions(layer, { renderer: canvas, interactive: false, smoothFactor: 1 });
            return layer.addTo(map);
          });
        });
        var around = settings.outlines ? fetchJson(settings.outlines).then(function (collection) {
          outlines = collection.features.map(function (feature) { return feature.properties.n; });
          L.geoJSON(collection, { renderer: L.canvas({ pane: 'room-outlines', padding: 0.15 }), interactive: false,
            style: { color: '#26323f', weight: 1, opacity: 0.55, dashArray: '3 3', fill: false } }).addTo(map);
        }) : null;
        return Promise.all([base, around]);
      },
      weigh: function (url) { return fetchJson(url).then(settle); },
      draw: draw, hover: hover, tell: tell, legend: legend, lines: lines,
      inner: function (place) { return L.latLng(shapes.inner[rows[place]].slice().reverse()); },
      ground: function () { return shapes && board.facts ? { shapes: shapes, features: features, rows: rows, placeOf: placeOf } : null; },
      geoid: function (place) { return features[rows[place]].id; },
      place: function (geoid) {
        var place = placeOfGeoid[geoid];
        return place === undefined ? -1 : place;
      },
      names: function () {
        var found = {};
        features.forEach(function (one) { found[one.id] = one.properties.n; });
        return found;
      },
      placeName: function (geoid) {
        var place = placeOfGeoid[geoid], key = place === undefined ? null : features[rows[place]].properties.k;
        return key === null ? '' : outlines[key] || '';
      },
      area: function (place) { return features[rows[place]].properties; },
      outline: function (key) { return outlines[key] || ''; },
      pixel: function (geoid) {
        var row = features.findIndex(function (one) { return one.id === geoid; }), inner = shapes.inner[row];
        var at = map.latLngToContainerPoint([inner[1], inner[0]]);
        return [at.x, at.y];
      },
      letters: function () { return letters.length; }
    };
    return made;
  };
})();
