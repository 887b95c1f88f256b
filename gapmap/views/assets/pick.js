// The map on which a person picks the place of one address: shapes by URL, a pin, a click.
// Text that people wrote reaches the page through textContent alone.
(function () {
  'use strict';
  if (window.gapmapPick) { return; }

  function named(text) {
    var made = document.createElement('div');
    made.className = 'gapmap-tip';
    made.textContent = String(text);
    return made;
  }

  function fetchJson(url) {
    return fetch(url).then(function (answer) {
      if (!answer.ok) { throw new Error('no such layer: ' + url); }
      return answer.json();
    });
  }

  function mount(map, settings) {
    var container = map.getContainer(), pin = null, guess = null, token = null;
    container.focus = function () {
      HTMLElement.prototype.focus.call(container, { preventScroll: true });
    };
    container.setAttribute('role', 'region');
    container.setAttribute('aria-label', settings.label);
    container.style.cursor = 'crosshair';
    map.fitBounds(settings.bounds, { animate: false });
    L.control.scale({ imperial: true, metric: true }).addTo(map);

    ['areas', 'outlines', 'sites', 'pin'].forEach(function (name, index) {
      map.createPane('pick-' + name).style.zIndex = 410 + 10 * index;
    });
    if (settings.tiles) {
      L.tileLayer(settings.tiles, { maxZoom: 19, attribution: '' }).addTo(map);
    }

    function place(latlng) {
      if (!pin) {
        pin = L.circleMarker(latlng, {
          pane: 'pick-pin', radius: 9, color: '#0b5cad', weight: 4, fillColor: '#ffffff',
          fillOpacity: 1, interactive: false
        }).addTo(map);
      }
      pin.setLatLng(latlng);
      container.setAttribute('data-pin', latlng.lat.toFixed(5) + ',' + latlng.lng.toFixed(5));
    }

    map.on('click', function (event) { place(event.latlng.wrap()); });

    var waiting = [
      fetchJson(settings.areas).then(function (shapes) {
        L.geoJSON(shapes, {
          pane: 'pick-areas', interactive: false,
          style: { color: '#c3cbd3', weight: 0.5, fillColor: '#f3f5f7',
                   fillOpacity: settings.tiles ? 0.15 : 1 }
        }).addTo(map);
      })
    ];
    settings.outlines.forEach(function (url) {
      waiting.push(fetchJson(url).then(function (shapes) {
        L.geoJSON(shapes, {
          pane: 'pick-outlines',
          // A point among them is no outline.
          filter: function (feature) { return !/Point/.test((feature.geometry || {}).type); },
          style: { color: '#5f6d7b', weight: 0.9, fillOpacity: 0 },
          onEachFeature: function (feature, layer) {
            var name = feature.properties.n;
            if (name) { layer.bindTooltip(named(name), { sticky: true, direction: 'top' }); }
          }
        }).addTo(map);
      }));
    });
    waiting.push(fetchJson(settings.sites).then(function (layer) {
      layer.sites.forEach(function (site) {
        L.circleMarker([site.y, site.x], {
          pane: 'pick-sites', radius: 4, color: '#ffffff', weight: 1, fillColor: '#4a5766',
          fillOpacity: 1
        }).bindTooltip(named(site.n), { direction: 'top' }).addTo(map);
      });
    }));
    Promise.all(waiting).then(function () {
      container.setAttribute('data-ready', '1');
    }).catch(function () {
      container.setAttribute('data-ready', 'lost');
    });

    // The style and the frame's height come after the map is made.
    new ResizeObserver(function () { map.invalidateSize({ animate: false }); }).observe(container);

    api.show = function (state) {
      if (state.pin) {
        place(L.latLng(state.pin[0], state.pin[1]));
      } else if (pin) {
        pin.remove();
        pin = null;
        container.removeAttribute('data-pin');
      }
      if (guess) { guess.remove(); guess = null; }
      if (state.guess) {
        guess = L.circleMarker(state.guess, {
          pane: 'pick-pin', radius: 7, color: '#b35c00', weight: 3, dashArray: '3 4',
          fillOpacity: 0, interactive: false
        }).addTo(map);
      }
      if (state.token !== token) {
        token = state.token;
        var at = state.pin || state.guess;
        var study = L.latLngBounds(settings.bounds);
        if (at && study.pad(0.1).contains(at)) {
          map.setView(at, Math.max(map.getZoom(), 14), { animate: false });
        } else {
          // A place far away is shown together with the study that it should lie in.
          map.fitBounds(at ? study.extend(at) : study, { animate: false });
        }
      }
      container.setAttribute('data-row', String(state.token));
    };
  }

  var api = window.gapmapPick = {
    show: function () {},
    mount: function (map, settings) { api.map = map; mount(map, settings); }
  };
})();
