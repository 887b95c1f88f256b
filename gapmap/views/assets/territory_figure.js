// The picture of a drawing: areas in their holder's colour, a letter on each piece, lines around
// territories. Leaflet's panes for everything else on this map are made here too.
(function () {
  'use strict';
  if (window.gapmapTerritoryFigure) { return; }

  var PANES = ['areas', 'outlines', 'borders', 'sites', 'letters', 'hand'];
  var LETTERS_AT_MOST = 5, APART_PX = 30, BORDERS_MS = 60, MANY_SHARE = 0.3, INK = '#0b1f33';
  var element = window.gapmapPanel.element, looks = window.gapmapLooks;

  // Ways: counted(), the sums are those of what is drawn; painted(), a frame of it is on the map.
  window.gapmapTerritoryFigure = function (territory, ways) {
    var map = territory.map, settings = territory.settings, container = territory.container;
    var drawing = territory.drawing, layers = [], letters = [], fillOf = {}, isMild = false;

    PANES.forEach(function (name, index) {
      var pane = map.createPane('territory-' + name);
      pane.style.zIndex = 410 + 10 * index;
      pane.style.pointerEvents = 'none';
    });
    var canvas = L.canvas({ pane: 'territory-areas', padding: 0.15 }).addTo(map);
    var above = L.canvas({ pane: 'territory-borders', padding: 0.15 }).addTo(map);
    var border = looks.borders(above).addTo(map), letterGroup = L.layerGroup().addTo(map);
    if (settings.tiles) {
      L.tileLayer(settings.tiles, { maxZoom: 19, attribution: '' }).addTo(map);
    }
    L.control.scale({ position: 'bottomleft', imperial: true, metric: true, maxWidth: 120 })
      .addTo(map);

    // ---- areas ----
    function fill(name, draw) { return fillOf[name] || (fillOf[name] = draw()); }
    function fillOfNobody(isLocked) {
      if (isLocked) {
        return fill('aside', function () { return looks.locked('#ffffff', '#5b6470'); });
      }
      return isMild ? fill('many', function () { return looks.nobody(true); })
        : fill('nobody', function () { return looks.nobody(false); });
    }
    function lineWeight() { return map.getZoom() < 11 ? 0.4 : map.getZoom() < 13 ? 0.7 : 1; }
    function styleOf(place) {
      if (place < 0) {
        return { stroke: true, color: '#ffffff', weight: 0.4, opacity: 0.8, fillColor: '#e6eaee',
                 fillOpacity: settings.tiles ? 0.35 : 0.8 };
      }
      var holder = drawing.holders[place], isLocked = Boolean(drawing.locks[place]);
      var look = { stroke: true, color: '#ffffff', opacity: 0.85, weight: lineWeight(),
                   fillOpacity: settings.tiles ? 0.72 : 0.92 };
      if (holder < 0) {
        look.fillColor = fillOfNobody(isLocked);
        look.color = isMild ? '#8a96a3' : INK;
        look.opacity = 1;
        look.weight = isMild ? 0.6 : 1;
      } else {
        var one = drawing.partners[holder];
        look.fillColor = isLocked
          ? fill(one.c, function () { return looks.locked(one.c, one.i); }) : one.c;
        // A padlock is too large for a small area: its line says it too.
        if (isLocked) { look.color = INK; look.weight = 1.2; }
      }
      return look;
    }
    function restyle(place) { layers[drawing.facts.rows[place]].setStyle(styleOf(place)); }

    // ---- letters ----
    function middle(piece) {
      var x = 0, y = 0, best = null, least = Infinity, inner = territory.shapes.inner;
      piece.forEach(function (place) {
        var at = inner[drawing.facts.rows[place]];
        x += at[0] / piece.length;
        y += at[1] / piece.length;
      });
      var narrow = Math.cos(y * Math.PI / 180);
      piece.forEach(function (place) {
        var at = inner[drawing.facts.rows[place]];
        var far = Math.pow((at[0] - x) * narrow, 2) + Math.pow(at[1] - y, 2);
        if (far < least) { least = far; best = at; }
      });
      return [best[1], best[0]];
    }
    function spot(piece) {
      var at = middle(piece);
      return { holder: drawing.holders[piece[0]], at: at, pixel: map.latLngToLayerPoint(at) };
    }
    function letterAt(at) {
      var icon = L.divIcon({ className: 'gapmap-t-letter-box', iconSize: [28, 28],
                             html: element('span', 'gapmap-t-letter') });
      return L.marker(at, { pane: 'territory-letters', interactive: false, keyboard: false,
                            icon: icon }).addTo(letterGroup);
    }
    function drawLetters(pieces) {
      var by = drawing.partners.map(function () { return []; }), wanted = [], rest = [];
      pieces.forEach(function (piece) { by[drawing.holders[piece[0]]].push(piece); });
      by.forEach(function (all) {
        all.sort(function (one, other) { return other.length - one.length; });
        all.slice(0, LETTERS_AT_MOST).forEach(function (piece, rank) {
          (rank ? rest : wanted).push(piece);
        });
      });
      // Every holder's largest piece has its letter; smaller ones where there is room for it.
      wanted = wanted.map(spot);
      rest.map(spot).forEach(function (one) {
        var isFree = wanted.every(function (other) {
          return other.pixel.distanceTo(one.pixel) > APART_PX;
        });
        if (isFree) { wanted.push(one); }
      });
      wanted.forEach(function (one, index) {
        var partner = drawing.partners[one.holder];
        var marker = letters[index] = letters[index] || letterAt(one.at);
        var face = marker.getElement().firstChild;
        face.textContent = partner.l;
        face.style.background = partner.c;
        face.style.color = partner.i;
        marker.setLatLng(one.at);
      });
      letters.splice(wanted.length).forEach(function (marker) { marker.remove(); });
    }

    // ---- figures and borders ----
    function drawFigures() {
      drawing.count();
      var sums = drawing.sums, holders = drawing.holders;
      if (isMild !== sums.left.areas > MANY_SHARE * holders.length) {
        isMild = !isMild;
        for (var place = 0; place < holders.length; place += 1) {
          if (holders[place] < 0) { restyle(place); }
        }
      }
      var pieces = window.gapmapGround.pieces(holders, drawing.facts.links);
      pieces.forEach(function (piece) { sums[holders[piece[0]]].pieces += 1; });
      ways.counted();
      drawLetters(pieces);
      container.setAttribute('data-unassigned', String(sums.left.areas));
    }
    function drawBorders() {
      var holders = drawing.holders, placeOf = drawing.placeOf;
      border.choose(function (one) {
        var here = holders[placeOf[one.row]];
        var there = one.beside < 0 ? -2 : holders[placeOf[one.beside]];
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
        if (!drawing.holders) { return; }
        drawFigures();
        // Lines around territories cost most: under the hand they may come a little later.
        if (!drawing.stroke || performance.now() - borderedAt > BORDERS_MS) { drawBorders(); }
        ways.painted();
      });
    }
    map.on('zoomend', function () {
      container.classList.toggle('gapmap-far', map.getZoom() < 11.5);
      if (!drawing.holders) { return; }
      drawing.facts.rows.forEach(function (row, place) { layers[row].setStyle(styleOf(place)); });
      drawFigures();
    });

    return {
      restyle: restyle,
      soon: soon,
      draw: function () { drawFigures(); drawBorders(); },
      // Every colour may mean somebody else now.
      forget: function () { fillOf = {}; },
      hold: function (features) {
        layers = features.map(function (feature) {
          var layer = L.GeoJSON.geometryToLayer(feature, {});
          L.setOptions(layer, { renderer: canvas, interactive: false, smoothFactor: 1 });
          layer.setStyle(styleOf(-1));
          return layer.addTo(map);
        });
      },
      // Another question, other areas: those outside it are quiet.
      part: function () {
        border.hold(territory.shapes.borders(drawing.facts.rows));
        layers.forEach(function (layer, row) {
          if (drawing.placeOf[row] < 0) { layer.setStyle(styleOf(-1)); }
        });
      },
      outline: function (collection) {
        var pen = L.canvas({ pane: 'territory-outlines', padding: 0.15 });
        L.geoJSON(collection, { renderer: pen, interactive: false, style: {
          color: '#26323f', weight: 1, opacity: 0.6, dashArray: '3 3', fill: false } }).addTo(map);
      }
    };
  };
})();
