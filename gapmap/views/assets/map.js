// The gap map: shapes by URL once, then only colours and numbers.
// Text that people wrote reaches the page through textContent alone.
(function () {
  'use strict';
  if (window.gapmap) { return; }

  var LETTERED_SITES_AT_MOST = 400;
  var CIRCLES_AT_MOST = 1500;
  var calm = window.matchMedia && matchMedia('(prefers-reduced-motion: reduce)').matches;

  function element(tag, name, text) {
    var made = document.createElement(tag);
    if (name) { made.className = name; }
    if (text !== undefined && text !== null) { made.textContent = String(text); }
    return made;
  }

  function grouped(number) {
    return number.toLocaleString('en-US', { maximumFractionDigits: 0 });
  }

  function numbers(packed) {
    return packed ? packed.split(' ').map(function (text) {
      return text === '' ? null : parseInt(text, 36);
    }) : [];
  }

  function fetchJson(url) {
    // A page that must open without a server carries its layers inside itself.
    if (typeof url === 'object') { return Promise.resolve(url); }
    return fetch(url).then(function (answer) {
      if (!answer.ok) { throw new Error('no such layer: ' + url); }
      return answer.json();
    });
  }

  function mount(map, settings) {
    var areas = [], outlines = [], sites = [], partners = [], state = null, shown = {};
    var words = settings.words, tip = null, ring = null, sitesUrl = null, siteMarkers = [];
    var view = { token: null }, chosen = { token: null }, userMoved = false;
    var layers = { circles: true, sites: true };
    var container = map.getContainer(), fills = window.gapmapFills(container);
    // A few people are not a figure to be exact about; nothing is summed from what is shown.
    function people(number) { return number > 0 && number < settings.small ? '<' + settings.small : grouped(number); }
    // Leaflet takes the focus on every press; the page must not jump to the map for it.
    container.focus = function () {
      HTMLElement.prototype.focus.call(container, { preventScroll: true });
    };
    container.setAttribute('role', 'region');
    container.setAttribute('aria-label', settings.label);

    ['areas', 'context', 'outlines', 'circles', 'highlight', 'candidates', 'sites'].forEach(function (name, index) {
      var pane = map.createPane('gapmap-' + name);
      pane.style.zIndex = 410 + 10 * index;
      if (name !== 'areas' && name !== 'sites' && name !== 'candidates') { pane.style.pointerEvents = 'none'; }
    });
    var renderers = {
      areas: settings.renderer === 'canvas'
        ? L.canvas({ pane: 'gapmap-areas', padding: 0.4 })
        : L.svg({ pane: 'gapmap-areas', padding: 0.6 }),
      outlines: L.svg({ pane: 'gapmap-outlines', padding: 0.6 }),
      circles: L.svg({ pane: 'gapmap-circles', padding: 0.6 }),
      highlight: L.svg({ pane: 'gapmap-highlight', padding: 0.6 })
    };
    var outlineGroup = L.layerGroup().addTo(map), circleGroup = L.layerGroup().addTo(map);
    var highlightGroup = L.layerGroup().addTo(map), siteGroup = L.layerGroup().addTo(map);

    // ---- what a click says to the page: one small feature, never a shape ----
    var bridge = L.featureGroup().addTo(map), clicks = 0;
    function spotText(at) {
      at = L.latLng(at);
      return at.lat.toFixed(5) + ',' + at.lng.toFixed(5);
    }
    function tell(kind, id, latlng) {
      clicks += 1;
      var word = { type: 'Feature', properties: { kind: kind, id: id, click: Date.now() + clicks },
                   geometry: null };
      if (latlng) { word.properties.at = spotText(latlng); }
      bridge.fire('click', { latlng: latlng, layer: { toGeoJSON: function () { return word; } } });
    }

    renderers.areas.addTo(map);
    var isCanvas = settings.renderer === 'canvas';

    function style(index) {
      var mark = state ? state.classes.charAt(index) : '?';
      var line = { color: '#ffffff', opacity: 0.75, weight: lineWeight() };
      if (mark === 'x') { line.fillColor = fills.fill(null, '', isCanvas); line.fillOpacity = 1; line.color = '#b9bcc2'; }
      else if (mark === '-') { line.fillColor = '#eceef0'; line.fillOpacity = 0.55; }
      else if (mark === 'z') { line.fillColor = '#f6f6f4'; line.fillOpacity = 0.8; line.color = '#d5d8dc'; }
      else if (mark === '?') { line.fillColor = '#e3e6e9'; line.fillOpacity = 0.6; }
      else {
        var code = parseInt(mark, 36);
        line.fillColor = fills.fill(state.colours[code], state.hatches[code], isCanvas);
        line.fillOpacity = tiles && tiles._map ? 0.72 : 0.94;
      }
      return line;
    }
    function lineWeight() { return map.getZoom() < 11 ? 0.25 : (map.getZoom() < 13 ? 0.6 : 1); }

    function repaint(everything) {
      if (!state || !areas.length) { return; }
      var before = shown.classes, colours = state.colours.concat(state.hatches).join();
      var all = everything || !before || shown.colours !== colours;
      for (var i = 0; i < areas.length; i += 1) {
        if (all || before.charAt(i) !== state.classes.charAt(i)) { areas[i].setStyle(style(i)); }
      }
      shown = { classes: state.classes, colours: colours };
      api.painted += 1;
      api.paintedAt = performance.timeOrigin + performance.now();
      container.setAttribute('data-painted', String(api.painted));
      container.setAttribute('data-rev', state.rev);
    }

    // ---- tooltips ----
    function showTip(latlng, lines) {
      var box = element('div', 'gapmap-tip');
      lines.forEach(function (line, index) {
        if (line) { box.appendChild(element('div', index ? '' : 'gapmap-tip-title', line)); }
      });
      if (!tip) { tip = L.tooltip({ direction: 'top', offset: [0, -6], opacity: 1 }); }
      tip.setContent(box).setLatLng(latlng);
      if (!map.hasLayer(tip)) { tip.addTo(map); }
    }
    function hideTip() { if (tip && map.hasLayer(tip)) { map.removeLayer(tip); } }

    function areaLines(index) {
      var about = areas[index].about, mark = state ? state.classes.charAt(index) : '?';
      var place = about.k === null || !outlines[about.k] ? '' : outlines[about.k].about.n;
      var lines = [place ? about.n + ' · ' + place : about.n];
      if (!state || mark === '?') { return lines; }
      if (mark === '-') { return lines.concat([words.outside]); }
      if (mark === 'x') { return lines.concat([words.unknown]); }
      var over = state.needs[index], need = over === undefined ? about.w[state.measure] : over;
      var gap = state.gaps[index] || 0;
      if (!need) { return lines.concat([words.nobody]); }
      var margin = state.moes[index] ? ' ± ' + grouped(state.moes[index]) : '';
      lines.push(people(need) + margin + ' ' + state.unit);
      lines.push(gap ? people(gap) + ' ' + words.outOfReach : words.allInReach);
      var near = state.near[index] || 0;
      lines.push(near ? grouped(near) + ' ' + (near === 1 ? words.site : words.sites) + ' ' + words.inReach
                      : words.noSite);
      return lines;
    }
    // '1' counts, '0' does not, '?' may: its list does not say whether it serves then.
    function flagOf(site) { return state ? state.siteFlags.charAt(site.index) : '1'; }
    var standing = { 1: '', 0: words.notCounting, '?': words.notKnown };
    var looks = { 1: '', 0: ' gapmap-site-hollow', '?': ' gapmap-site-hollow gapmap-site-unknown' };
    function siteLines(site) {
      return [site.n, site.p === null ? words.noPartner : partners[site.p].n,
              site.t, standing[flagOf(site)]];
    }

    // ---- shapes ----
    function addAreas(collection) {
      collection.features.forEach(function (feature, index) {
        var shape = L.GeoJSON.geometryToLayer(feature, {});
        L.setOptions(shape, { pane: 'gapmap-areas', renderer: renderers.areas, smoothFactor: 1.1,
                              bubblingMouseEvents: false });
        shape.setStyle(style(index));
        shape.about = feature.properties; shape.geoid = feature.id;
        shape.toGeoJSON = function () { return null; };
        shape.on('mousemove', function (event) { showTip(event.latlng, areaLines(index)); });
        shape.on('mouseout', hideTip);
        shape.on('click', function (event) {
          // A finger has no hover, so it gets the figures here; a mouse has seen them.
          var pointer = event.originalEvent && event.originalEvent.pointerType;
          if (pointer === 'touch') { showTip(event.latlng, areaLines(index)); } else { hideTip(); }
          if (state && state.classes.charAt(index) === '-') { return; }
          mark('area', index, false);
          tell('area', feature.id, event.latlng);
        });
        areas.push(shape.addTo(map));
      });
      repaint(true);
      api.ready = performance.timeOrigin + performance.now();
      container.setAttribute('data-areas', String(areas.length));
    }

    function addOutlines(collection) {
      collection.features.forEach(function (feature) {
        var shape = L.GeoJSON.geometryToLayer(feature, {});
        L.setOptions(shape, { pane: 'gapmap-outlines', renderer: renderers.outlines,
                              interactive: false, fill: false, color: '#2b3440',
                              weight: 1, opacity: 0.55, smoothFactor: 1.1 });
        shape.about = feature.properties; shape.id = feature.id;
        outlines.push(shape.addTo(outlineGroup));
      });
      container.setAttribute('data-neighbourhoods', String(outlines.length));
    }

    // ---- sites ----
    function siteIcon(site) {
      var flag = flagOf(site);
      var partner = site.p === null ? { c: '#5b6470', l: '?', t: '#ffffff' } : partners[site.p];
      var dot = element('span', 'gapmap-site' + looks[flag], flag === '?' ? '?' : partner.l);
      if (flag === '1') { dot.style.background = partner.c; dot.style.color = partner.t; }
      return L.divIcon({ className: 'gapmap-site-box', html: dot, iconSize: [18, 18] });
    }
    function drawSites() {
      siteGroup.clearLayers(); siteMarkers = [];
      var lettered = sites.length <= LETTERED_SITES_AT_MOST;
      sites.forEach(function (site, index) {
        site.index = index;
        var at = [site.y, site.x], dot;
        if (lettered) {
          dot = L.marker(at, { pane: 'gapmap-sites', icon: siteIcon(site), keyboard: false,
                               bubblingMouseEvents: false });
        } else {
          dot = L.circleMarker(at, { pane: 'gapmap-sites', radius: 5, weight: 1.2,
                                     bubblingMouseEvents: false });
        }
        dot.toGeoJSON = function () { return null; };
        dot.on('mouseover', function () { showTip(at, siteLines(site)); });
        dot.on('mouseout', hideTip);
        dot.on('click', function () {
          showTip(at, siteLines(site)); mark('site', index, false); tell('site', site.i, at);
        });
        siteMarkers.push(dot.addTo(siteGroup));
      });
      container.setAttribute('data-sites', String(sites.length));
      styleSites();
    }
    function styleSites() {
      if (!state) { return; }
      siteMarkers.forEach(function (dot, index) {
        var site = sites[index], flag = state.siteFlags.charAt(index);
        if (dot.setIcon) {
          if (dot.flag !== flag) { dot.setIcon(siteIcon(site)); }
          dot.setZIndexOffset(flag === '1' ? 1000 : 0);
        } else {
          var counts = flag === '1', partner = site.p === null ? { c: '#5b6470' } : partners[site.p];
          dot.setStyle({ color: counts ? '#ffffff' : '#7b828c', fillColor: counts ? partner.c : '#ffffff',
                         fillOpacity: 0.95, opacity: 1 });
          if (counts) { dot.bringToFront(); }
        }
        dot.flag = flag;
      });
      drawCircles();
    }
    function drawCircles() {
      var wanted = state && layers.circles ? state.siteFlags + state.reach : '';
      if (circleGroup.drawn === wanted + sitesUrl) { return; }
      circleGroup.drawn = wanted + sitesUrl;
      circleGroup.clearLayers();
      if (!wanted) { return; }
      var counted = sites.filter(function (site) { return flagOf(site) === '1'; });
      if (counted.length > CIRCLES_AT_MOST) { return; }
      counted.forEach(function (site) {
        L.circle([site.y, site.x], { radius: state.reach, pane: 'gapmap-circles', fill: false,
          renderer: renderers.circles, interactive: false, color: '#1f2933', weight: 1, opacity: 0.5
        }).addTo(circleGroup);
      });
    }

    // ---- layers that are only looked at: fetched when somebody switches them on ----
    var extras = (settings.extras || []).map(function (extra) {
      return { title: extra.title, role: extra.role, url: extra.url, group: null };
    });
    function drawExtra(extra, collection) {
      var isContext = extra.role === 'context';
      return L.geoJSON(collection, {
        pane: isContext ? 'gapmap-context' : 'gapmap-candidates', interactive: !isContext,
        bubblingMouseEvents: false,
        renderer: isContext ? L.svg({ pane: 'gapmap-context', padding: 0.6 }) : undefined,
        style: { color: '#3c6e47', weight: 1.2, opacity: 0.9, fillColor: '#7fb08a', fillOpacity: 0.25 },
        pointToLayer: function (feature, at) {
          return isContext
            ? L.circleMarker(at, { pane: 'gapmap-context', radius: 3, color: '#3c6e47' })
            : L.marker(at, { pane: 'gapmap-candidates', keyboard: false, icon: L.divIcon({
              className: 'gapmap-site-box', html: element('span', 'gapmap-candidate'), iconSize: [12, 12] }) });
        },
        onEachFeature: function (feature, shape) {
          var about = feature.properties;
          shape.toGeoJSON = function () { return null; };
          if (isContext) { return; }
          shape.on('mouseover click', function () {
            showTip(shape.getLatLng(), [about.n || '', about.k || '', extra.title]);
          });
          shape.on('mouseout', hideTip);
        }
      });
    }
    function switchExtra(extra, on) {
      extra.on = on;
      if (!on) { if (extra.group) { map.removeLayer(extra.group); } return; }
      if (extra.group) { extra.group.addTo(map); return; }
      fetchJson(extra.url).then(function (collection) {
        if (extra.group) { return; }
        extra.group = drawExtra(extra, collection);
        if (extra.on) { extra.group.addTo(map); }
      }).catch(say);
    }

    // ---- where an open site may be: areas of their own in place of those of need ----
    function asked(at, geoid, lines, event) {
      var pointer = event && event.originalEvent && event.originalEvent.pointerType;
      if (pointer === 'touch' && lines) { showTip(at, lines); } else { hideTip(); }
      mark('at', geoid || '', false, at);
      tell('at', spotText(at), at);
    }
    var lawful = window.gapmapEligibility(map, {
      fetchJson: fetchJson, fills: fills, showTip: showTip, hideTip: hideTip, lineWeight: lineWeight,
      people: people, words: words, canvasFrom: settings.canvasFrom, asked: asked, say: say,
      drawn: function () { select(); }
    });

    // ---- selection ----
    function mark(kind, index, fly, spot) {
      highlightGroup.clearLayers(); ring = null;
      container.setAttribute('data-selected', kind ? kind + ':' + index : '');
      container.removeAttribute('data-set');
      function stroke(source, colour, weight) {
        var copy = L.polygon(source.getLatLngs(), { pane: 'gapmap-highlight', fill: false,
          renderer: renderers.highlight, interactive: false, color: colour, weight: weight,
          opacity: 1, smoothFactor: 1.1 });
        copy.addTo(highlightGroup); return copy;
      }
      function both(source, weight) {
        stroke(source, '#ffffff', weight + 3); return stroke(source, '#0b1f33', weight);
      }
      var bounds = null;
      if (kind === 'area' && areas[index]) {
        var place = areas[index].about.k;
        if (place !== null && outlines[place]) { both(outlines[place], 1.5); }
        ring = both(areas[index], 3); bounds = areas[index].getBounds();
      } else if (kind === 'neighbourhood' && outlines[index]) {
        ring = both(outlines[index], 3); bounds = outlines[index].getBounds();
      } else if (kind === 'site' && sites[index]) {
        var at = L.latLng(sites[index].y, sites[index].x);
        [['#ffffff', 6], ['#0b1f33', 3]].forEach(function (look) {
          ring = L.circleMarker(at, { pane: 'gapmap-highlight', renderer: renderers.highlight,
            interactive: false, radius: 14, fill: false, color: look[0], weight: look[1] })
            .addTo(highlightGroup);
        });
        if (state) {
          L.circle(at, { pane: 'gapmap-highlight', renderer: renderers.highlight, fill: false,
            interactive: false, radius: state.reach, color: '#0b1f33', weight: 2, dashArray: '5 5' })
            .addTo(highlightGroup);
        }
        bounds = at.toBounds(state ? 2.4 * state.reach : 1500);
      } else if (kind === 'at' && spot) {
        var members = lawful.setOf(index);
        members.forEach(function (member, place) { both(member, place ? 2 : 3.5); });
        container.setAttribute('data-set', String(members.length));
        bounds = L.latLng(spot).toBounds(1500);
        members.forEach(function (member) { bounds.extend(member.getBounds()); });
        [['#ffffff', 10], ['#0b1f33', 6]].forEach(function (look) {
          ring = L.circleMarker(spot, { pane: 'gapmap-highlight', renderer: renderers.highlight,
            interactive: false, radius: look[1] - 1, stroke: false, fillOpacity: 1, fillColor: look[0] })
            .addTo(highlightGroup);
        });
        L.circleMarker(spot, { pane: 'gapmap-highlight', renderer: renderers.highlight, radius: 2,
          interactive: false, stroke: false, fillOpacity: 1, fillColor: '#ffffff' }).addTo(highlightGroup);
      }
      if (fly && bounds) {
        var room = { neighbourhood: 0.7, area: 2, site: 0.5, at: 0.6 }[kind];
        hideTip();
        map.flyToBounds(bounds.pad(room), { duration: calm ? 0 : 0.7, animate: !calm,
                                                maxZoom: kind === 'at' ? 13 : 14.5 });
      }
    }
    function select() {
      var wish = state && state.selected;
      if (!wish || !wish.kind) {
        if (highlightGroup.getLayers().length) { mark('', -1, false); hideTip(); }
        chosen = { token: wish ? wish.token : null }; return;
      }
      if (wish.kind === 'area' && !areas.length) { return; }
      if (wish.kind === 'neighbourhood' && !outlines.length) { return; }
      if (wish.kind === 'site' && !sites.length) { return; }
      var fly = wish.fly && chosen.token !== wish.token;
      mark(wish.kind, wish.index, fly, wish.spot);
      chosen = { token: wish.token };
    }

    // ---- view ----
    var fitted = null;
    function fit(animate) {
      fitted = map.getSize();
      var bounds = L.latLngBounds(state.view.bounds);
      if (animate && !calm) { map.flyToBounds(bounds, { duration: 0.7, padding: [8, 8] }); }
      else { map.fitBounds(bounds, { animate: false, padding: [8, 8] }); }
      userMoved = false;
    }
    function look() {
      if (!state || view.token === state.view.token) { return; }
      var first = view.token === null;
      view.token = state.view.token;
      if (first || !(state.selected && state.selected.fly && state.selected.token !== chosen.token)) {
        fit(!first);
      }
    }
    map.on('dragstart zoomstart', function () { userMoved = true; });
    if (window.ResizeObserver) {
      new ResizeObserver(function () {
        map.invalidateSize({ animate: false });
        // The style may come after the first paint, and a phone may be turned. Compared with the
        // size last fitted, for Leaflet may have taken note of the new size before we did.
        if (state && !userMoved && fitted && !map.getSize().equals(fitted)) { fit(false); }
      }).observe(container);
    }
    map.on('zoomend', function () {
      container.classList.toggle('gapmap-far', map.getZoom() < 11.5);
      if (shown.line !== lineWeight()) {
        repaint(true); shown.line = lineWeight();
      }
    });
    map.on('click', function (event) {
      hideTip();
      if (lawful.isShown()) { asked(event.latlng, '', null, event); }
    });
    container.addEventListener('keydown', function (event) {
      userMoved = true;
      if (event.key === 'Escape') { mark('', -1, false); hideTip(); tell('none', '', null); }
    });

    // ---- base map, only if somebody set one up; gone without a word if it does not answer ----
    var tiles = null;
    if (settings.tiles) {
      tiles = L.tileLayer(settings.tiles.url, { maxZoom: 19, attribution: '' });
      var arrived = false;
      tiles.on('tileload', function () { arrived = true; });
      tiles.on('tileerror', function () {
        if (!arrived && map.hasLayer(tiles)) { map.removeLayer(tiles); repaint(true); }
      });
      tiles.addTo(map);
    }

    // ---- furniture ----
    L.control.scale({ position: 'bottomright', maxWidth: 140 }).addTo(map);
    function corner(position, made) {
      var control = L.control({ position: position });
      control.onAdd = function () {
        L.DomEvent.disableClickPropagation(made); L.DomEvent.disableScrollPropagation(made);
        return made;
      };
      return control.addTo(map);
    }
    var notices = element('div', 'gapmap-notices');
    corner('topright', notices);
    function drawNotices() {
      notices.textContent = '';
      settings.notices.concat(state.lawful ? state.lawful.notices : []).forEach(function (text) {
        notices.appendChild(element('span', '', text));
      });
    }
    var legend = element('details', 'gapmap-legend'), keyBox = element('details', 'gapmap-legend gapmap-key');
    legend.open = container.clientWidth > 480 && container.clientHeight > 300;
    keyBox.open = container.clientWidth > 820 && container.clientHeight > 380;
    corner('bottomleft', legend);
    corner('topright', keyBox);
    var sourceLine = element('div', 'gapmap-sources', settings.sources);
    sourceLine.title = settings.sources;
    corner('bottomright', sourceLine);

    function toggle(label, isOn, change) {
      var line = element('label', 'gapmap-toggle'), box = element('input');
      box.type = 'checkbox'; box.checked = isOn;
      box.addEventListener('change', function () { change(box.checked); });
      line.appendChild(box); line.appendChild(element('span', '', label));
      return line;
    }
    function show(layer, on) { if (on) { layer.addTo(map); } else { map.removeLayer(layer); } }
    function drawLegend() {
      if (!state) { return; }
      legend.textContent = '';
      legend.appendChild(element('summary', '', state.legend.title));
      legend.appendChild(element('div', 'gapmap-per', state.legend.per));
      var scale = element('div', 'gapmap-legend-body');
      state.legend.steps.forEach(function (step) {
        var line = element('div', 'gapmap-step');
        line.appendChild(fills.swatch(step.c, step.h)); line.appendChild(element('span', '', step.t)); scale.appendChild(line);
      });
      legend.appendChild(scale);
      drawKey();
    }
    function drawKey() {
      var standings = ['0', '?'].filter(function (flag) {
        return sites.length && state.siteFlags.indexOf(flag) >= 0;
      });
      var content = [sitesUrl, standings.join(), partners.length].join(' ');
      if (keyBox.drawn === content) { return; }
      keyBox.drawn = content;
      keyBox.textContent = '';
      keyBox.appendChild(element('summary', '', words.key));
      var used = element('div', 'gapmap-legend-body');
      partners.forEach(function (partner) {
        var line = element('div', 'gapmap-step');
        var dot = element('span', 'gapmap-site', partner.l);
        dot.style.background = partner.c; dot.style.color = partner.t;
        line.appendChild(dot); line.appendChild(element('span', '', partner.n)); used.appendChild(line);
      });
      standings.forEach(function (flag) {
        var line = element('div', 'gapmap-step');
        line.appendChild(element('span', 'gapmap-site' + looks[flag], flag === '?' ? '?' : ' '));
        line.appendChild(element('span', '', standing[flag])); used.appendChild(line);
      });
      keyBox.appendChild(used);
      var toggles = element('div', 'gapmap-toggles');
      toggles.appendChild(toggle(words.circles, layers.circles, function (on) {
        layers.circles = on; drawCircles();
      }));
      toggles.appendChild(toggle(words.sitesToggle, layers.sites, function (on) {
        layers.sites = on; show(siteGroup, on);
      }));
      extras.forEach(function (extra) {
        toggles.appendChild(toggle(extra.title, Boolean(extra.on), function (on) {
          switchExtra(extra, on);
        }));
      });
      if (tiles) {
        toggles.appendChild(toggle(words.baseMap, map.hasLayer(tiles), function (on) {
          show(tiles, on); repaint(true);
        }));
      }
      keyBox.appendChild(toggles);
    }

    function apply(next) {
      next.gaps = numbers(next.gaps); next.near = numbers(next.near); next.moes = numbers(next.moes);
      state = next;
      look(); lawful.show(state.lawful); repaint(false); styleSites(); drawLegend(); drawNotices(); select();
      if (state.sitesUrl !== sitesUrl) {
        sitesUrl = state.sitesUrl;
        var asked = sitesUrl;
        fetchJson(asked).then(function (answer) {
          if (asked !== sitesUrl) { return; }
          sites = answer.sites; partners = answer.partners; circleGroup.drawn = null;
          drawSites(); drawLegend(); select();
        }).catch(say);
      }
    }

    function say() {
      if (!container.querySelector('.gapmap-lost')) {
        corner('topleft', element('div', 'gapmap-notices gapmap-lost', words.lost));
      }
    }
    fetchJson(settings.geometry).then(function (collection) { addAreas(collection); select(); }).catch(say);
    if (settings.outlines) {
      fetchJson(settings.outlines).then(function (collection) { addOutlines(collection); select(); }).catch(say);
    }

    var api = { map: map, apply: apply, painted: 0, paintedAt: 0, ready: 0, mark: mark,
                areas: areas, outlines: outlines, lawful: lawful, siteList: function () { return sites; } };
    api.born = performance.timeOrigin + performance.now();
    window.gapmap.api = api;
    return api;
  }

  window.gapmap = { mount: mount, apply: function (state) {
    if (window.gapmap.api) { window.gapmap.api.apply(state); }
  } };
})();
