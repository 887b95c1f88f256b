// The areas of eligibility: shapes of their own, fetched when somebody first asks for this map.
(function () {
  'use strict';
  if (window.gapmapEligibility) { return; }

  // tools: what the map lends; see where map.js calls this.
  window.gapmapEligibility = function (map, tools) {
    var shapes = [], rows = {}, url = null, now = null, renderer = null, group = L.layerGroup().addTo(map);
    var container = map.getContainer(), words = tools.words;
    var pane = map.createPane('gapmap-eligibility');
    pane.style.zIndex = 412; pane.style.display = 'none';

    function style(row) {
      var mark = shapes[row].about.c, isKnown = mark !== 'x';
      return { color: isKnown ? '#ffffff' : '#b9bcc2', opacity: 0.8, weight: tools.lineWeight(), fillOpacity: 0.94,
               fillColor: tools.fills.fill(isKnown ? now.colours[parseInt(mark, 36)] : null, '',
                                           renderer instanceof L.Canvas) };
    }
    function lines(row) {
      var about = shapes[row].about;
      var route = words.routes[about.c === 'x' ? words.routes.length - 1 : parseInt(about.c, 36)];
      var said = [about.n, route];
      if (about.w !== null) { said.push(tools.people(about.w) + ' ' + words.people); }
      if (about.s !== null) { said.push(about.s + ' ' + words.eligible); }
      if (about.b) {
        said.push(about.a + ' ' + words.together.replace('{}', about.b.length - 1));
      }
      return said.concat(now.notices);
    }

    function clear() {
      group.clearLayers(); shapes = []; rows = {};
      if (renderer) { map.removeLayer(renderer); renderer = null; }
      container.removeAttribute('data-eligibility');
    }
    function add(collection) {
      clear();
      var make = collection.features.length < tools.canvasFrom ? L.svg : L.canvas;
      renderer = make({ pane: 'gapmap-eligibility', padding: 0.5 });
      collection.features.forEach(function (feature, row) {
        var shape = L.GeoJSON.geometryToLayer(feature, {});
        L.setOptions(shape, { pane: 'gapmap-eligibility', renderer: renderer, smoothFactor: 1.1,
                              bubblingMouseEvents: false });
        shape.about = feature.properties; shape.geoid = feature.id;
        shape.toGeoJSON = function () { return null; };
        shapes.push(shape); rows[feature.id] = row;
        shape.setStyle(style(row));
        shape.on('mousemove', function (event) { tools.showTip(event.latlng, lines(row)); });
        shape.on('mouseout', tools.hideTip);
        shape.on('click', function (event) { tools.asked(event.latlng, feature.id, lines(row), event); });
        shape.addTo(group);
      });
      container.setAttribute('data-eligibility', String(shapes.length));
      tools.drawn();
    }
    map.on('zoomend', function () {
      if (now) { shapes.forEach(function (shape) { shape.setStyle({ weight: tools.lineWeight() }); }); }
    });

    return {
      shapes: function () { return shapes; },
      isShown: function () { return Boolean(now); },
      // What the state says of it, or null for another map.
      show: function (next) {
        now = next;
        pane.style.display = next ? '' : 'none';
        map.getPane('gapmap-areas').style.display = next ? 'none' : '';
        container.toggleAttribute('data-lawful', Boolean(next));
        if (!next || next.url === url) { return; }
        var asked = url = next.url;
        tools.fetchJson(asked).then(function (collection) {
          // Somebody may have gone on to another map by now: then it comes from the browser's store.
          if (now && asked === url) { add(collection); } else { url = null; }
        }).catch(function (problem) { url = null; tools.say(problem); });
      },
      // The area and, if it is open by averaging, those that it is averaged with.
      setOf: function (geoid) {
        var row = now && geoid ? rows[geoid] : undefined;
        if (row === undefined) { return []; }
        var others = (shapes[row].about.b || []).filter(function (other) { return other !== row; });
        return [row].concat(others).map(function (member) { return shapes[member]; });
      }
    };
  };
})();
