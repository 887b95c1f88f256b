// The two halves of the frame, a map in each, and what keeps both maps on the same ground.
(function () {
  'use strict';
  if (window.gapmapCompareHalves) { return; }

  var FIELDS = ['areas', 'outlines', 'circles', 'lines', 'sites', 'cross', 'handle'], ROOM_PX = 80;
  var element = window.gapmapCompareParts.element;

  // Ways: adds(), whether a site is about to be added; clicked(half, latlng), a hand on a map.
  window.gapmapCompareHalves = function (compare, pair, map, ways) {
    var settings = compare.settings, words = settings.words, container = map.getContainer();
    var following = false;

    // ---- one half: its title, its map, its legend ----
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
      made.holder.setAttribute(
        'aria-label', name === 'first' ? words.labelFirst : words.labelSecond);
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
      if (settings.notices.length) { notify(made); }
      return made;
    }
    function notify(one) {
      var notices = element('div', 'gapmap-notices'), control = L.control({ position: 'topright' });
      settings.notices.forEach(function (text) { notices.appendChild(element('span', '', text)); });
      control.onAdd = function () {
        L.DomEvent.disableClickPropagation(notices);
        L.DomEvent.disableScrollPropagation(notices);
        return notices;
      };
      control.addTo(one.map);
    }

    // ---- both maps show the same ground ----
    // What one map does because the other did is nobody's wish, and moves nothing again.
    function quietly(act) {
      var before = following;
      following = true;
      try { act(); } finally { following = before; }
    }
    function follow(leader, other) {
      function shown() { return !other.box.hidden && !leader.box.hidden && !following; }
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
      leader.map.on('dragstart', compare.stay);
      leader.map.on('mousemove', function (event) {
        if (compare.mode === 'both') { cross(other, event.latlng); }
      });
      leader.map.on('mouseout', function () { cross(other, null); });
      leader.map.on('click', function (event) { ways.clicked(leader, event.latlng); });
    }
    // Where the pointer is on the other map.
    function cross(one, latlng) {
      if (!latlng) { if (one.cross) { one.cross.remove(); one.cross = null; } return; }
      if (!one.cross) {
        one.cross = L.marker(latlng, { pane: 'compare-cross', interactive: false, keyboard: false,
          icon: L.divIcon({ className: 'gapmap-site-box', html: element('div', 'gapmap-cross'),
                            iconSize: [20, 20] }) }).addTo(one.map);
      }
      one.cross.setLatLng(latlng);
    }

    var first = half('first', null), second = half('second', map), all = [first, second];
    follow(first, second);
    follow(second, first);
    all.forEach(function (one) {
      one.map.on('zoomend', function () {
        one.holder.classList.toggle('gapmap-far', one.map.getZoom() < 11.5);
      });
      // Whoever has zoomed wants to stay there; a fit of our own is done quietly.
      one.map.on('zoomstart', function () { if (!following) { compare.stay(); } });
    });

    return {
      first: first,
      second: second,
      all: all,
      quietly: quietly,
      each: function (act) {
        all.forEach(function (one) { if (!one.box.hidden) { act(one); } });
      },
      // The style may come after the script: nothing can be fitted into a map of no height.
      hasRoom: function (one) {
        var size = one.map.getSize();
        return !one.box.hidden && size.x > ROOM_PX && size.y > ROOM_PX;
      }
    };
  };
})();
