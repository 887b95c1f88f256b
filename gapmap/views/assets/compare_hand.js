// A site in the hand: a card that says what can be done with it, and a ring to drag it by.
(function () {
  'use strict';
  if (window.gapmapCompareHand) { return; }

  var STEPS_PX = { ArrowLeft: [-6, 0], ArrowRight: [6, 0], ArrowUp: [0, -6], ArrowDown: [0, 6] };
  var element = window.gapmapCompareParts.element, button = window.gapmapCompareParts.button;

  window.gapmapCompareHand = function (compare) {
    var frame = compare.frame, words = compare.settings.words, second = compare.halves.second;
    var chosen = null;

    function leave() {
      if (!chosen) { return; }
      var gone = chosen;
      chosen = null;
      gone.card.remove();
      gone.handle.remove();
      frame.removeAttribute('data-chosen');
    }
    function take(site) {
      leave();
      compare.areas.tip(second, null);
      compare.stay();
      var handle = handleOf(site), shown = cardBeside(site), circle = null;
      var mine = chosen = { handle: handle, card: shown };
      frame.setAttribute('data-chosen', site.id);
      handle.on('dragstart', function () {
        shown.remove();
        circle = L.circle(site.at, { radius: compare.state.second.reach, pane: 'compare-circles',
          weight: 2, renderer: second.circles, color: '#0b5cad', fill: false, interactive: false
        }).addTo(second.map);
      });
      handle.on('drag', function () { circle.setLatLng(handle.getLatLng()); });
      handle.on('dragend', function () {
        circle.remove();
        put(handle.getLatLng());
      });
      handle.on('keydown', function (event) {
        // By keys: arrows move the ring a few steps at a time, Enter puts the site there.
        var key = event.originalEvent.key, step = STEPS_PX[key];
        if (key === 'Enter' && mine.isMoved) { put(handle.getLatLng()); }
        if (!step || site.isClosed) { return; }
        L.DomEvent.stop(event.originalEvent);
        var point = second.map.latLngToLayerPoint(handle.getLatLng()).add(step);
        handle.setLatLng(second.map.layerPointToLatLng(point));
        mine.isMoved = true;
        compare.bar.hint(words.enter);
      });
      function put(latlng) {
        leave();
        compare.tell('move', site.id, latlng.wrap());
      }
    }
    function handleOf(site) {
      var ring = element('div', 'gapmap-handle');
      var handle = L.marker(site.at, {
        pane: 'compare-handle', draggable: !site.isClosed, autoPan: true, keyboard: true, title: '',
        alt: words.handle, bubblingMouseEvents: false,
        icon: L.divIcon({ className: 'gapmap-site-box', html: ring, iconSize: [38, 38] })
      }).addTo(second.map);
      handle.toGeoJSON = function () { return null; };
      return handle;
    }

    // ---- the card ----
    // Beside the map's middle, never over the site itself.
    function cardBeside(site) {
      var shown = card(site), at = second.map.latLngToContainerPoint(site.at);
      var half = second.map.getSize().divideBy(2);
      shown.classList.add(at.x > half.x ? 'gapmap-at-left' : 'gapmap-at-right');
      shown.classList.add(at.y > half.y ? 'gapmap-at-top' : 'gapmap-at-bottom');
      second.room.appendChild(shown);
      return shown;
    }
    function card(site) {
      var box = element('div', 'gapmap-site-card'), acts = element('div');
      var close = button('gapmap-leave', '\u00d7', leave), says = compare.sites.standing(site);
      close.setAttribute('aria-label', words.leave);
      box.appendChild(close);
      box.setAttribute('role', 'group');
      box.setAttribute('aria-label', site.name);
      box.appendChild(element('b', '', site.name));
      box.appendChild(element('p', '', site.partner));
      if (site.times) { box.appendChild(element('p', 'gapmap-quiet', site.times)); }
      if (says) { box.appendChild(element('p', 'gapmap-quiet', says)); }
      function act(text, kind, isFirst) {
        acts.appendChild(button(isFirst ? 'gapmap-first' : '', text, function () {
          leave();
          compare.tell(kind, site.id, site.at);
        }));
      }
      if (site.isClosed) {
        act(words.reopen, 'reopen', true);
      } else if (site.isAdded) {
        act(words.describe, 'edit', true);
        act(words.remove, 'close');
      } else {
        act(words.close, 'close', true);
        act(words.times, 'edit');
        if (site.from) { act(words.back, 'back'); }
        if (site.isRetimed) { act(words.timesBack, 'times'); }
      }
      box.appendChild(acts);
      if (!site.isClosed) { box.appendChild(element('p', 'gapmap-quiet', words.drag)); }
      return box;
    }

    return { take: take, leave: leave };
  };
})();
