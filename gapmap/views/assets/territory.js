// The territory map: areas in their holder's colour, painted here and now; one message a stroke.
// This script brings the pieces together and hears what the page says. Text that people wrote
// reaches the page through textContent alone.
(function () {
  'use strict';
  if (window.gapmapTerritory) { return; }

  var ROOM_PX = 40, MANY_PARTNERS = 20;
  var element = window.gapmapPanel.element;

  function fetchJson(url) {
    return fetch(url).then(function (answer) {
      if (!answer.ok) { throw new Error('no such layer: ' + url); }
      return answer.json();
    });
  }

  function mount(map, settings) {
    var container = map.getContainer(), body = document.body, factsUrl = null;
    // What the pieces share: the shapes, the choice in the hand and what the page said last.
    var territory = {
      map: map, settings: settings, container: container, state: null,
      features: [], shapes: null, outlines: [],
      now: { tool: 'brush', verb: 'paint', size: 'small', partner: 0, undo: false, redo: false },
      stay: function () { settled = true; }
    };

    body.classList.add('gapmap-territory');
    container.focus = function () {
      HTMLElement.prototype.focus.call(container, { preventScroll: true });
    };
    container.setAttribute('role', 'region');
    container.setAttribute('aria-label', settings.label);
    map.doubleClickZoom.disable();
    map.boxZoom.disable();

    // ---- the pieces ----
    var drawing = territory.drawing = window.gapmapTerritoryDrawing({
      turned: function (place) { figure.restyle(place); },
      changed: function () { figure.soon(); },
      released: function () { territory.hand.clear(); },
      done: function (stroke) {
        territory.words.done(stroke);
        var verb = stroke.verb === 'paint' && stroke.partner < 0 ? 'erase' : stroke.verb;
        say(verb, verb === 'paint' ? stroke.partner : null, stroke.places);
      }
    });
    var figure = window.gapmapTerritoryFigure(territory, {
      counted: function () {
        tools.panel.figures(drawing.sums, drawing.sums.left, drawing.targets);
      },
      painted: function () { api.paintedAt = performance.now(); }
    });
    territory.words = window.gapmapTerritoryWords(territory);
    var sites = territory.sites = window.gapmapTerritorySites(territory);
    territory.tip = window.gapmapTerritoryTip(territory);
    territory.hand = window.gapmapTerritoryHand(territory);
    var tools = territory.tools = window.gapmapTerritoryTools(territory, {
      say: say, waiting: function () { return post.waiting(); }
    });
    var keys = territory.keys = window.gapmapTerritoryKeys(territory);

    // ---- what a hand says to the page: places in a list, never a shape ----
    var bridge = L.featureGroup().addTo(map), unsaved = null;
    var post = window.gapmapPost({
      say: function (word) {
        api.sent += 1;
        bridge.fire('click', {
          latlng: map.getCenter(), layer: { toGeoJSON: function () { return word; } }
        });
      },
      warn: function (isOn) {
        if (isOn && !unsaved) {
          unsaved = body.appendChild(element('div', 'gapmap-t-unsaved', settings.words.unsaved));
          unsaved.setAttribute('role', 'alert');
        } else if (!isOn && unsaved) { unsaved.remove(); unsaved = null; }
      }
    });
    function say(verb, partner, places) {
      post.add(territory.state.token, verb, partner, window.gapmapGround.packed(places));
      tools.show();
    }

    // ---- what the page says ----
    function readRecord() {
      drawing.read(territory.state);
      figure.draw();
      api.shownAt = performance.now();
    }
    function letGo() {
      drawing.drop();
      keys.leave();
    }
    function readFacts(asked) {
      return fetchJson(asked).then(function (facts) {
        if (asked !== territory.state.facts || !territory.shapes) { return; }
        letGo();
        factsUrl = asked;
        drawing.take(facts, territory.features.length);
        tools.panel.unknown(facts.loads.filter(function (one) { return one === null; }).length);
        post.forget();
        figure.part();
        readRecord();
        tools.show();
        container.setAttribute('data-ready', '1');
      });
    }
    function settle() {
      var state = territory.state;
      if (!state || !territory.shapes) { return; }
      if (factsUrl !== state.facts) { readFacts(state.facts).catch(lost); return; }
      // A late answer must not take back what has been painted since.
      if (!post.waiting()) { readRecord(); }
      tools.show();
    }
    var shownPartners = '';
    function meet(next) {
      var now = territory.now;
      container.classList.toggle('gapmap-t-many', next.partners.length > MANY_PARTNERS);
      figure.forget();
      letGo();
      now.partner = Math.min(now.partner, next.partners.length - 1);
      tools.panel.choose(now.partner);
      sites.draw();
      // Every colour may mean somebody else now.
      if (factsUrl === next.facts && drawing.holders) { drawing.blank(); }
    }
    api.show = function (next) {
      var state = territory.state, partners = JSON.stringify(
        next.partners.map(function (one) { return [one.n, one.c, one.l]; }));
      var isOther = partners !== shownPartners || (state && next.token !== state.token);
      territory.state = next;
      drawing.partners = next.partners;
      drawing.targets = next.partners.map(function (one) { return one.t; });
      if (isOther) { post.forget(); }
      post.heard(next.seen);
      tools.panel.about(next);
      if (isOther) {
        shownPartners = partners;
        meet(next);
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
        var box = container.appendChild(element('div', 'gapmap-lost', settings.words.lost));
        box.style.cssText = 'position:absolute;z-index:1200;left:8px;top:8px';
      }
    }
    fetchJson(settings.areas).then(function (collection) {
      territory.features = collection.features;
      territory.shapes = window.gapmapGround.of(collection.features);
      figure.hold(collection.features);
      settle();
    }).catch(lost);
    fetchJson(settings.sites).then(sites.hold).catch(lost);
    if (settings.outlines) {
      fetchJson(settings.outlines).then(function (collection) {
        territory.outlines = collection.features.map(function (one) { return one.properties.n; });
        figure.outline(collection);
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

    // ---- where the map looks: at all of it, until somebody has moved it ----
    var token = null, settled = false;
    function hasRoom() {
      return container.clientWidth >= ROOM_PX && container.clientHeight >= ROOM_PX;
    }
    function fit() {
      // Before the style has come there is no map to fit anything into.
      if (!hasRoom()) { return; }
      map.invalidateSize({ animate: false });
      map.fitBounds(territory.state.view.bounds, { animate: false, padding: [10, 10] });
    }
    map.on('dragstart', territory.stay);
    container.addEventListener('click', function (event) {
      if (event.target.closest && event.target.closest('.leaflet-control-zoom')) {
        territory.stay();
      }
    });
    // The page gives the frame its height after the map is made, and a phone may be turned.
    new ResizeObserver(function () {
      if (!hasRoom()) { return; }
      map.invalidateSize({ animate: false });
      if (territory.state && !settled) { fit(); }
    }).observe(container);

    // ---- what may be asked from outside ----
    function listed(array) { return array ? Array.prototype.slice.call(array) : null; }
    api.holders = function () { return listed(drawing.holders); };
    api.locks = function () { return listed(drawing.locks); };
    api.sums = function () { return drawing.sums; };
    api.waiting = post.waiting;
    api.pixel = function (geoid) {
      var row = territory.features.findIndex(function (feature) { return feature.id === geoid; });
      var inner = territory.shapes.inner[row];
      var at = map.latLngToContainerPoint([inner[1], inner[0]]);
      return [at.x, at.y];
    };
    territory.hand.ready();
  }

  var api = window.gapmapTerritory = {
    show: function () {},
    sent: 0,
    mount: function (map, settings) { api.map = map; mount(map, settings); }
  };
})();
