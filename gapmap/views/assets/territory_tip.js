// The tooltip of the territory map. Our own box and not Leaflet's, which leaves the screen of a
// phone.
(function () {
  'use strict';
  if (window.gapmapTerritoryTip) { return; }
  var element = window.gapmapPanel.element;

  window.gapmapTerritoryTip = function (territory) {
    var map = territory.map, container = territory.container, drawing = territory.drawing;
    var tip = container.appendChild(element('div', 'gapmap-t-tip'));

    function hide() { tip.style.display = 'none'; }
    // Lines about what is there, null where nothing is.
    function linesAt(point) {
      var site = territory.sites.near(point);
      if (site) { return site; }
      var row = territory.hand.under(point);
      if (row < 0) { return null; }
      var place = drawing.placeOf[row];
      return place < 0 ? [territory.features[row].properties.n, 'Not part of this question']
        : territory.words.about(place);
    }
    function show(point) {
      if (!drawing.holders) { return; }
      var lines = linesAt(point), box = element('div', 'gapmap-tip');
      if (!lines) { hide(); return; }
      lines.forEach(function (line, index) {
        box.appendChild(element('div', index ? '' : 'gapmap-tip-title', line));
      });
      tip.textContent = '';
      tip.appendChild(box);
      tip.style.display = 'block';
      var room = container.clientWidth - tip.offsetWidth - 6;
      var isHigh = point.y < tip.offsetHeight + 24;
      tip.style.left = Math.max(6, Math.min(point.x + 14, room)) + 'px';
      tip.style.top = (isHigh ? point.y + 18 : point.y - tip.offsetHeight - 12) + 'px';
    }
    hide();
    map.on('mousemove', function (event) {
      if (!drawing.stroke) { show(event.containerPoint); }
    });
    map.on('click', function (event) {
      if (territory.now.tool === 'move') { show(event.containerPoint); }
    });
    map.on('movestart zoomstart', hide);

    return { hide: hide };
  };
})();
