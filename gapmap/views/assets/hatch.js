// Fills that read without colour: lines over a ground, the same on SVG, on canvas and on paper.
(function () {
  'use strict';
  if (window.gapmapFills) { return; }

  var SPACE = 'http://www.w3.org/2000/svg', TILE = 8;
  var RISING = 'M-2 2L2 -2M-2 10L10 -2M6 10L10 6', FALLING = 'M-2 6L2 10M-2 -2L10 10M6 -2L10 2';
  var KINDS = {
    unknown: { path: RISING, ink: '#8a8f98', width: 1.6 },
    lines: { path: FALLING, ink: '#5a4a1c', width: 0.9 },
    cross: { path: RISING + FALLING, ink: '#33150a', width: 1.2 },
    dots: { path: 'M4 4h0.01', ink: '#5b6470', width: 2.4 }
  };
  var UNKNOWN_GROUND = '#f4f4f2';

  function made(tag, attributes) {
    var one = document.createElementNS(SPACE, tag);
    Object.keys(attributes).forEach(function (name) { one.setAttribute(name, attributes[name]); });
    return one;
  }

  window.gapmapFills = function (container) {
    // A holder of its own: patterns inside a layer that is hidden would vanish with it.
    var holder = made('svg', { width: 0, height: 0, 'aria-hidden': 'true' }), drawn = {}, tiles = {};
    holder.style.position = 'absolute';
    container.appendChild(holder);

    function onPage(kind, ground) {
      var id = 'gapmap-' + kind + '-' + ground.replace('#', ''), look = KINDS[kind];
      if (!drawn[id]) {
        drawn[id] = made('pattern', { id: id, patternUnits: 'userSpaceOnUse', width: TILE, height: TILE });
        drawn[id].appendChild(made('rect', { width: TILE, height: TILE, fill: ground }));
        drawn[id].appendChild(made('path', { d: look.path, stroke: look.ink, 'stroke-width': look.width,
                                             'stroke-linecap': 'round', fill: 'none' }));
        holder.appendChild(drawn[id]);
      }
      return 'url(#' + id + ')';
    }
    function onCanvas(kind, ground) {
      var name = kind + ground, look = KINDS[kind];
      if (!tiles[name]) {
        var tile = document.createElement('canvas');
        tile.width = tile.height = TILE;
        var pen = tile.getContext('2d');
        pen.fillStyle = ground; pen.fillRect(0, 0, TILE, TILE);
        pen.strokeStyle = look.ink; pen.lineWidth = look.width; pen.lineCap = 'round';
        pen.stroke(new Path2D(look.path));
        tiles[name] = pen.createPattern(tile, 'repeat');
      }
      return tiles[name];
    }
    // No colour is the hatch of what is not known.
    function fill(colour, hatch, isCanvas) {
      if (colour && !hatch) { return colour; }
      return (isCanvas ? onCanvas : onPage)(hatch || 'unknown', colour || UNKNOWN_GROUND);
    }
    // A drawing and not a background, which browsers leave out on paper.
    function swatch(colour, hatch) {
      var box = made('svg', { width: 22, height: 14, 'class': 'gapmap-swatch', 'aria-hidden': 'true' });
      box.appendChild(made('rect', { x: 0.5, y: 0.5, width: 21, height: 13, rx: 2, stroke: '#14202e',
                                     'stroke-opacity': 0.3, fill: fill(colour, hatch, false) }));
      return box;
    }
    return { fill: fill, swatch: swatch };
  };
})();
