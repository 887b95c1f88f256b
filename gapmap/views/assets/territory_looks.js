// How territories look: the hatch of nobody's areas, padlocks over a colour, lines around the whole.
(function () {
  'use strict';
  if (window.gapmapLooks) { return; }

  function tile(size, draw) {
    var made = document.createElement('canvas'), sharp = window.devicePixelRatio > 1 ? 2 : 1;
    made.width = made.height = size * sharp;
    var pen = made.getContext('2d');
    pen.scale(sharp, sharp);
    draw(pen, size);
    var pattern = pen.createPattern(made, 'repeat');
    // Leaflet draws on a canvas that is scaled as often as the screen is sharp.
    if (pattern.setTransform) { pattern.setTransform(new DOMMatrix().scale(1 / sharp)); }
    return pattern;
  }
  function hatch(ink, width) {
    return function (pen, size) {
      pen.fillStyle = '#ffffff';
      pen.fillRect(0, 0, size, size);
      pen.strokeStyle = ink;
      pen.lineWidth = width;
      [-size, 0, size].forEach(function (shift) {
        pen.beginPath();
        pen.moveTo(shift - 2, size + 2);
        pen.lineTo(shift + size + 2, -2);
        pen.stroke();
      });
    };
  }
  function padlocks(colour, ink) {
    return function (pen, size) {
      pen.fillStyle = colour;
      pen.fillRect(0, 0, size, size);
      pen.fillStyle = pen.strokeStyle = ink;
      pen.lineWidth = 1.3;
      [[1, 1], [size / 2 + 1, size / 2 + 1]].forEach(function (at) {
        pen.fillRect(at[0], at[1] + 3.6, 6, 4.4);
        pen.beginPath();
        pen.arc(at[0] + 3, at[1] + 3.4, 1.9, Math.PI, 0);
        pen.stroke();
      });
    };
  }

  // Lines around territories: projected once a zoom, not once a stroke as Leaflet would.
  function borders(renderer) {
    var Border = L.Polyline.extend({
      hold: function (lines) {
        this._lines = lines;
        this._chosen = [];
        if (this._map) { this._reset(); this._renderer._requestRedraw(this); }
      },
      // Only where a line comes or goes is anything drawn again.
      choose: function (isChosen) {
        var dirty = null;
        this._chosen = (this._lines || []).filter(function (one) {
          var isOn = isChosen(one);
          if (isOn !== one.isOn) {
            one.isOn = isOn;
            if (one.box) { dirty = dirty ? dirty.extend(one.box) : L.bounds(one.box.min, one.box.max); }
          }
          return isOn;
        });
        this._update();
        if (this._map && dirty) { this._again(dirty); }
      },
      _again: function (dirty) {
        var whole = this._pxBounds;
        this._pxBounds = dirty;
        this.options.weight = 6;
        this._renderer._requestRedraw(this);
        this._pxBounds = whole;
      },
      _project: function () {
        var map = this._map, bounds = L.bounds([]);
        (this._lines || []).forEach(function (one) {
          one.drawn = L.LineUtil.simplify(one.line.map(function (at) { return map.latLngToLayerPoint(at); }), 0.6);
          one.box = L.bounds(one.drawn);
          bounds.extend(one.box);
        });
        this._pxBounds = bounds.isValid() ? bounds : L.bounds([0, 0], [0, 0]);
      },
      _update: function () {
        this._parts = (this._chosen || []).map(function (one) { return one.drawn; });
      },
      _updatePath: function () {
        var options = this.options, renderer = this._renderer, layer = this;
        var thin = this._map.getZoom() < 10.5 ? 0.7 : 1;
        [['#ffffff', 4.5 * thin, 0.9], ['#0b1f33', 2.2 * thin, 1]].forEach(function (look) {
          options.color = look[0];
          options.weight = look[1];
          options.opacity = look[2];
          renderer._updatePoly(layer, false);
        });
      }
    });
    return new Border([], { renderer: renderer, interactive: false });
  }

  var INK = '#0b1f33';
  window.gapmapLooks = {
    tile: tile,
    // A few areas of nobody's strike the eye; a map that is only begun must stay readable.
    nobody: function (isMild) { return isMild ? tile(7, hatch('#c3ccd5', 1)) : tile(9, hatch(INK, 2.4)); },
    locked: function (colour, ink) { return tile(18, padlocks(colour, ink)); },
    borders: borders
  };
})();
