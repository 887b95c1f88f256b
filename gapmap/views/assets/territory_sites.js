// Sites on the territory map: the partners' own stand out, by colour and letter.
(function () {
  'use strict';
  if (window.gapmapTerritorySites) { return; }

  var LETTERED_AT_MOST = 400, NEAR_PX = 10;
  var element = window.gapmapPanel.element;

  window.gapmapTerritorySites = function (territory) {
    var map = territory.map, drawing = territory.drawing, sites = [], partners = [];
    var canvas = L.canvas({ pane: 'territory-sites', padding: 0.15 });
    var group = L.layerGroup().addTo(map);

    function dotOf(own) {
      var dot = element('span', 'gapmap-site', own.l);
      dot.style.background = own.c;
      dot.style.color = own.i;
      return L.divIcon({ className: 'gapmap-site-box', html: dot, iconSize: [18, 18] });
    }
    function draw() {
      group.clearLayers();
      if (!territory.state) { return; }
      var by = {}, isLettered = sites.length <= LETTERED_AT_MOST;
      drawing.partners.forEach(function (one) { by[one.n] = one; });
      sites.forEach(function (site) {
        var own = site.p === null ? null : by[partners[site.p].n], at = [site.y, site.x];
        if (own && isLettered) {
          L.marker(at, { pane: 'territory-sites', interactive: false, keyboard: false,
                         icon: dotOf(own) }).addTo(group);
          return;
        }
        L.circleMarker(at, { renderer: canvas, pane: 'territory-sites', interactive: false,
          radius: own ? 5 : 3.2, weight: own ? 2 : 1, color: own ? '#0b1f33' : '#ffffff',
          fillColor: own ? own.c : '#4a5766', fillOpacity: own ? 1 : 0.75 }).addTo(group);
      });
    }
    return {
      draw: draw,
      hold: function (answer) {
        sites = answer.sites;
        partners = answer.partners;
        draw();
      },
      // Lines about the site that a hand means, null where there is none.
      near: function (point) {
        var best = null, least = NEAR_PX;
        sites.forEach(function (site) {
          var far = map.latLngToContainerPoint([site.y, site.x]).distanceTo(point);
          if (far < least) { least = far; best = site; }
        });
        if (!best) { return null; }
        return [best.n, best.p === null ? '' : partners[best.p].n, best.t].filter(Boolean);
      }
    };
  };
})();
