// Sites of the two maps: those of the study, and what an imagined change makes of them.
(function () {
  'use strict';
  if (window.gapmapCompareSites) { return; }

  var LETTERED_AT_MOST = 400, CIRCLES_AT_MOST = 1500;
  var element = window.gapmapCompareParts.element;

  function lookOf(site) {
    if (site.isClosed) { return ' gapmap-closed'; }
    var look = site.flag === '1' ? '' : ' gapmap-site-hollow';
    if (site.flag === '?') { look += ' gapmap-site-unknown'; }
    if (site.isAdded) { look += ' gapmap-added'; }
    if (site.from) { look += ' gapmap-moved'; }
    if (site.isRetimed) { look += ' gapmap-retimed'; }
    return look;
  }
  function boxed(dot) {
    return L.divIcon({ className: 'gapmap-site-box', html: dot, iconSize: [18, 18] });
  }
  function icon(site) {
    var dot = element('span', 'gapmap-site' + lookOf(site),
                      site.isClosed ? '\u00d7' : (site.flag === '?' ? '?' : site.letter));
    if (!site.isClosed && site.flag === '1') {
      dot.style.background = site.colour;
      dot.style.color = site.ink;
    }
    return boxed(dot);
  }
  function isChanged(site) {
    return site.isClosed || site.isAdded || site.from || site.isRetimed;
  }

  // Ways: clicked(half, site, latlng), a hand on a site.
  window.gapmapCompareSites = function (compare, ways) {
    var words = compare.settings.words, base = null, partners = [];

    function sitesOf(side) {
      var closed = {}, found = [];
      side.closed.forEach(function (id) { closed[id] = true; });
      base.forEach(function (site, index) {
        var to = side.moved[site.i], times = side.retimed[site.i];
        var partner = site.p === null ? null : partners[site.p];
        found.push({
          id: site.i, name: site.n, at: to ? L.latLng(to[1], to[0]) : L.latLng(site.y, site.x),
          from: to ? L.latLng(site.y, site.x) : null,
          partner: partner ? partner.n : words.noPartner,
          letter: partner ? partner.l : '?', colour: partner ? partner.c : '#5b6470',
          ink: partner ? partner.t : '#ffffff', times: times === undefined ? site.t : times,
          isRetimed: times !== undefined, isClosed: Boolean(closed[site.i]), isAdded: false,
          flag: closed[site.i] ? '0' : side.flags.charAt(index)
        });
      });
      side.added.forEach(function (site) {
        found.push({
          id: site.i, name: site.n, at: L.latLng(site.y, site.x), from: null, partner: site.p,
          letter: site.l, colour: site.c, ink: site.k, times: site.t, isRetimed: false,
          isClosed: false, isAdded: true, flag: site.f
        });
      });
      return found;
    }
    function standing(site) {
      if (site.isClosed) { return words.closed; }
      var says = [];
      if (site.isAdded) { says.push(words.added); }
      if (site.from) { says.push(words.moved); }
      if (site.isRetimed) { says.push(words.retimed); }
      if (site.flag === '0') { says.push(words.notCounting); }
      if (site.flag === '?') { says.push(words.notKnown); }
      return says.join(' · ');
    }
    function linesAbout(site) { return [site.name, site.partner, site.times, standing(site)]; }

    function marker(site) {
      return L.marker(site.at, {
        pane: 'compare-sites', icon: icon(site), keyboard: false, bubblingMouseEvents: false,
        zIndexOffset: isChanged(site) ? 2000 : (site.flag === '1' ? 1000 : 0)
      });
    }
    function point(site) {
      return L.circleMarker(site.at, {
        pane: 'compare-sites', radius: 5, weight: 1.2, bubblingMouseEvents: false,
        color: site.flag === '1' ? '#ffffff' : '#7b828c', fillOpacity: 0.95,
        fillColor: site.flag === '1' ? site.colour : '#ffffff'
      });
    }
    function draw(one) {
      if (!compare.state || !base || one.box.hidden) { return; }
      var side = compare.state[one.name], tip = compare.areas.tip;
      one.sites = sitesOf(side);
      one.siteGroup.clearLayers();
      one.circleGroup.clearLayers();
      var isLettered = one.sites.length <= LETTERED_AT_MOST;
      var counted = one.sites.filter(function (site) { return site.flag === '1'; }).length;
      one.sites.forEach(function (site) {
        var dot = isLettered || isChanged(site) ? marker(site) : point(site);
        dot.toGeoJSON = function () { return null; };
        dot.on('mouseover', function () { tip(one, site.at, linesAbout(site)); });
        dot.on('mouseout', function () { tip(one, null); });
        dot.on('click', function (event) { ways.clicked(one, site, event.latlng); });
        dot.addTo(one.siteGroup);
        drawReach(one, side, site, counted);
      });
      one.holder.setAttribute('data-sites', String(one.sites.length));
    }
    // How far it reaches, and where it was before it was moved.
    function drawReach(one, side, site, counted) {
      var changed = isChanged(site), isDifference = compare.mode === 'difference';
      if (site.from) {
        L.polyline([site.from, site.at], { pane: 'compare-lines', renderer: one.lines, weight: 2,
          color: '#0b5cad', dashArray: '4 5', interactive: false }).addTo(one.circleGroup);
        var dot = element('span', 'gapmap-site gapmap-left-behind', site.letter);
        L.marker(site.from, { pane: 'compare-lines', interactive: false, keyboard: false,
                              icon: boxed(dot) }).addTo(one.circleGroup);
      }
      // Of the difference only what makes it; of very many sites only what is new.
      if ((isDifference || counted > CIRCLES_AT_MOST) && !changed) { return; }
      if (site.flag !== '1' && !site.isClosed) { return; }
      L.circle(site.at, { radius: side.reach, pane: 'compare-circles', renderer: one.circles,
        fill: false, interactive: false, opacity: changed ? 0.95 : 0.45, weight: changed ? 2.2 : 1,
        color: site.isClosed ? '#8c510a' : (changed ? '#01665e' : '#1f2933'),
        dashArray: site.isClosed ? '5 6' : null }).addTo(one.circleGroup);
    }

    return {
      draw: draw,
      standing: standing,
      linesAbout: linesAbout,
      isThere: function () { return base !== null; },
      hold: function (layer) {
        base = layer.sites;
        partners = layer.partners;
      }
    };
  };
})();
