// Areas of the two maps: a colour for each, and a tooltip that has the figures of both.
(function () {
  'use strict';
  if (window.gapmapCompareAreas) { return; }
  var element = window.gapmapCompareParts.element;

  window.gapmapCompareAreas = function (compare) {
    var settings = compare.settings, words = settings.words, shapes = null, outlines = null;

    // The right map shows the difference, where that is what is looked at.
    function coloursOf(one) {
      var isDifference = compare.mode === 'difference' && one === compare.halves.second;
      return isDifference ? compare.state.difference : compare.state[one.name];
    }
    function style(one, index) {
      var look = coloursOf(one), mark = look.classes.charAt(index), made = {
        color: '#ffffff', weight: one.map.getZoom() < 11 ? 0.25 : 0.6, opacity: 0.8,
        fillOpacity: 0.6
      };
      if (mark === 'x') {
        made.fillColor = one.fills.fill(null, '', true);
        made.fillOpacity = 1;
      } else if (mark === '-') {
        made.fillColor = '#eceef0';
        made.fillOpacity = 0.55;
      } else if (mark === 'z') {
        made.fillColor = '#f6f6f4';
        made.color = '#d5d8dc';
        made.fillOpacity = 0.8;
      } else {
        var code = parseInt(mark, 36), hatch = (look.hatches || [])[code] || '';
        made.fillColor = one.fills.fill(look.colours[code], hatch, true);
        made.fillOpacity = settings.tiles ? 0.7 : 0.94;
      }
      return made;
    }
    function paint(one) {
      if (!compare.state || !one.areas.length || one.box.hidden) { return; }
      var look = coloursOf(one), now = look.classes + look.colours.join();
      if (one.shown === now) { return; }
      one.shown = now;
      // One redraw of the canvas for all of them.
      one.areas.forEach(function (area, index) { area.setStyle(style(one, index)); });
      one.painted = (one.painted || 0) + 1;
      one.holder.setAttribute('data-painted', String(one.painted));
    }
    function add(one) {
      one.areas = [];
      L.geoJSON(shapes, {
        renderer: one.canvas, pane: 'compare-areas',
        style: { color: '#ffffff', weight: 0.3, fillColor: '#e3e6e9', fillOpacity: 0.6 },
        onEachFeature: function (feature, layer) {
          var index = one.areas.length;
          one.areas.push(layer);
          layer.toGeoJSON = function () { return null; };
          layer.on('mousemove', function (event) { tip(one, event.latlng, linesAbout(index)); });
          layer.on('mouseout', function () { tip(one, null); });
        }
      }).addTo(one.map);
      if (outlines) {
        L.geoJSON(outlines, { pane: 'compare-outlines', renderer: one.outlines, interactive: false,
          style: { color: '#2b3440', weight: 0.8, opacity: 0.5, fillOpacity: 0 } }).addTo(one.map);
      }
    }

    // ---- the tooltip, of sites too ----
    function tip(one, latlng, lines) {
      if (!latlng || compare.adding) { if (one.tip) { one.tip.remove(); } return; }
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
    function linesAbout(index) {
      var about = shapes.features[index].properties;
      var place = about.k === null || !outlines ? null : outlines.features[about.k].properties.n;
      var lines = [place ? about.n + ' · ' + place : about.n];
      if (!compare.state) { return lines; }
      compare.halves.all.forEach(function (one) {
        var side = compare.state[one.name], mark = side.classes.charAt(index), says;
        if (mark === '-') { says = words.outside; }
        else if (mark === 'x') { says = words.unknown; }
        else if (mark === 'z') { says = words.nobody; }
        else { says = people(side.gaps[index] || 0) + ' ' + side.unit + ' ' + words.outOfReach; }
        lines.push(side.name + ': ' + says);
      });
      return lines;
    }

    return {
      coloursOf: coloursOf,
      paint: paint,
      tip: tip,
      isThere: function () { return shapes !== null; },
      hold: function (areas, places) {
        shapes = areas;
        outlines = places;
        compare.halves.all.forEach(add);
      }
    };
  };
})();
