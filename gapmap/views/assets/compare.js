// Two maps that pan together, one of them drawn from what somebody imagines; or one map of what
// becomes different. This script brings the pieces together and hears what the page says. Text
// that people wrote reaches the page through textContent alone.
(function () {
  'use strict';
  if (window.gapmapCompare) { return; }

  var element = window.gapmapCompareParts.element, fetchJson = window.gapmapCompareParts.fetchJson;

  function mount(map, settings) {
    var words = settings.words, container = map.getContainer(), settled = false;
    // ---- the frame: a bar, and below it one half or two ----
    var frame = element('div', 'gapmap-compare'), pair = element('div', 'gapmap-pair');
    container.parentNode.insertBefore(frame, container);
    // What the pieces share: what the page said last, and what is looked at.
    var compare = {
      settings: settings, frame: frame, state: null, mode: null, adding: false, tell: tell,
      visible: function () { return compare.mode === 'first' ? first : second; },
      // Whoever moves the maps or changes something stays where that was.
      stay: function () { settled = true; }
    };
    var bar = compare.bar = window.gapmapCompareBar(frame, words, {
      chosen: arrange,
      added: function () { setAdding(!compare.adding); },
      stepped: function (kind) { tell(kind, '', null); }
    });
    frame.appendChild(pair);
    var foot = frame.appendChild(element('div', 'gapmap-strip'));
    var halves = compare.halves = window.gapmapCompareHalves(compare, pair, map, {
      clicked: function (one, latlng) {
        if (!compare.adding) { hand.leave(); return; }
        if (one === second) { addAt(latlng); } else { bar.hint(words.addOther); }
      }
    });
    var first = halves.first, second = halves.second;
    var areas = compare.areas = window.gapmapCompareAreas(compare);
    var sites = compare.sites = window.gapmapCompareSites(compare, {
      clicked: function (one, site, latlng) {
        if (one !== second) {
          areas.tip(one, site.at, sites.linesAbout(site).concat(words.otherSide));
        } else if (compare.adding) { addAt(latlng); } else { hand.take(site); }
      }
    });
    var hand = window.gapmapCompareHand(compare);
    var legend = window.gapmapCompareLegend(compare, foot);

    // ---- what a hand says to the page: one small feature, never a shape ----
    var bridge = L.featureGroup().addTo(map), said = 0;
    function tell(kind, id, latlng) {
      said += 1;
      compare.stay();
      var about = { kind: kind, id: id, click: Date.now() + said };
      if (latlng) { about.at = latlng.lat.toFixed(6) + ',' + latlng.lng.toFixed(6); }
      var word = { type: 'Feature', geometry: null, properties: about };
      frame.setAttribute('data-busy', '1');
      bar.hint(words.counting);
      bar.steps(false, false);
      bridge.fire('click', {
        latlng: latlng || map.getCenter(), layer: { toGeoJSON: function () { return word; } }
      });
    }
    function setAdding(on) {
      compare.adding = on;
      bar.adding(on);
      frame.classList.toggle('gapmap-adding', on);
      if (on) {
        hand.leave();
        // Where one puts a site down is the map that it changes.
        if (compare.mode === 'first') { bar.want('second'); }
      }
      sayHint();
    }
    function sayHint() { bar.hint(compare.adding ? words.addHint : words.hint); }
    function addAt(latlng) {
      setAdding(false);
      tell('add', '', latlng.wrap());
    }

    // ---- which maps there are to see, and where they look ----
    function arrange() {
      var next = bar.mode(compare.state), from = compare.visible(), isOther = next !== compare.mode;
      compare.mode = next;
      frame.setAttribute('data-mode', next);
      first.box.hidden = next === 'second' || next === 'difference';
      second.box.hidden = next === 'first';
      if (next === 'first') { hand.leave(); }
      if (!isOther) { return; }
      // What was hidden has stood still: it takes over what the other showed.
      var centre = from.map.getCenter(), zoom = from.map.getZoom();
      halves.each(function (one) {
        halves.quietly(function () {
          one.map.invalidateSize({ animate: false, pan: false });
          if (settled) { one.map.setView(centre, zoom, { animate: false }); }
        });
      });
      if (!settled) { fit(); }
      draw();
    }
    function fit() {
      var state = compare.state;
      if (!state) { return; }
      halves.quietly(function () {
        halves.all.filter(halves.hasRoom).forEach(function (one) {
          one.map.fitBounds(state.view.bounds, { animate: false, padding: [6, 6] });
        });
      });
    }
    function draw() {
      if (!compare.state) { return; }
      halves.each(function (one) {
        legend.title(one);
        areas.paint(one);
        sites.draw(one);
      });
      legend.draw();
      settle();
    }
    // A strip more or less changes how high the maps are.
    function settle() {
      halves.each(function (one) {
        halves.quietly(function () { one.map.invalidateSize({ animate: false }); });
      });
    }

    // ---- layers ----
    function lost(error) {
      console.error('gapmap: part of the map is lost', error);
      frame.setAttribute('data-ready', 'lost');
      bar.lost();
    }
    function ready() {
      draw();
      grant();
      if (areas.isThere() && sites.isThere()) { frame.setAttribute('data-ready', '1'); }
    }
    Promise.all([
      fetchJson(settings.areas), settings.outlines ? fetchJson(settings.outlines) : null
    ]).then(function (found) {
      areas.hold(found[0], found[1]);
      ready();
    }).catch(lost);
    // The study's own sites: another list when somebody has brought one.
    var sitesUrl = null;
    function loadSites(url) {
      if (url === sitesUrl) { return; }
      sitesUrl = url;
      fetchJson(url).then(function (layer) {
        if (url !== sitesUrl) { return; }
        sites.hold(layer);
        ready();
      }).catch(lost);
    }
    // A site that the page wants in the hand: it may not be drawn yet.
    var selected = null, wish = null;
    function grant() {
      if (wish === null || !sites.isThere() || second.box.hidden) { return; }
      var id = wish, found = second.sites.filter(function (site) { return site.id === id; })[0];
      wish = null;
      if (!found) { return; }
      if (!second.map.getBounds().contains(found.at)) {
        compare.stay();
        second.map.setView(found.at, second.map.getZoom(), { animate: false });
      }
      hand.take(found);
    }

    // ---- what the page says ----
    var token = null, look = null;
    api.show = function (next) {
      ['first', 'second'].forEach(function (name) {
        next[name].gaps = window.gapmapCompareParts.numbers(next[name].gaps);
      });
      compare.state = next;
      frame.removeAttribute('data-busy');
      bar.steps(next.mayUndo, next.mayRedo);
      sayHint();
      hand.leave();
      arrange();
      if (next.view.token !== token) {
        token = next.view.token;
        settled = false;
        fit();
      }
      if (next.look && next.look.token !== look && halves.hasRoom(compare.visible())) {
        look = next.look.token;
        compare.stay();
        compare.visible().map.fitBounds(
          next.look.bounds, { animate: false, maxZoom: 14.5, padding: [30, 30] });
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
        if (compare.adding) { setAdding(false); } else { hand.leave(); }
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
      if (compare.state && !settled) { fit(); }
    });
    [frame, first.room, second.room].forEach(function (one) { sized.observe(one); });
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
