// What painting needs to know of shapes: which area lies under a point, in a loop, beside another.
// Degrees throughout; nothing here is measured for anybody, it only finds what a hand means.
(function () {
  'use strict';
  if (window.gapmapGround) { return; }

  function ringsOf(geometry) {
    var kind = geometry ? geometry.type : '';
    if (kind === 'Polygon') { return geometry.coordinates; }
    if (kind === 'MultiPolygon') { return [].concat.apply([], geometry.coordinates); }
    return [];
  }

  function holds(rings, x, y) {
    var inside = false;
    for (var r = 0; r < rings.length; r += 1) {
      var ring = rings[r];
      for (var i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
        var xi = ring[i][0], yi = ring[i][1], xj = ring[j][0], yj = ring[j][1];
        if ((yi > y) !== (yj > y) && x < (xj - xi) * (y - yi) / (yj - yi) + xi) { inside = !inside; }
      }
    }
    return inside;
  }

  // The middle of the widest stretch of a level line through the shape: inside, whatever its form.
  function innerPoint(rings, box) {
    var best = null;
    [0.5, 0.37, 0.63].forEach(function (share) {
      var y = box[1] + share * (box[3] - box[1]) + 1e-7, crossings = [];
      rings.forEach(function (ring) {
        for (var i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
          var yi = ring[i][1], yj = ring[j][1];
          if ((yi > y) !== (yj > y)) {
            crossings.push((ring[j][0] - ring[i][0]) * (y - yi) / (yj - yi) + ring[i][0]);
          }
        }
      });
      crossings.sort(function (one, other) { return one - other; });
      for (var c = 0; c + 1 < crossings.length; c += 2) {
        var width = crossings[c + 1] - crossings[c];
        if (!best || width > best[2]) { best = [(crossings[c] + crossings[c + 1]) / 2, y, width]; }
      }
    });
    return best ? best.slice(0, 2) : [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  }

  function ground(features) {
    var rings = features.map(function (feature) { return ringsOf(feature.geometry); });
    var boxes = rings.map(function (all) {
      var box = [Infinity, Infinity, -Infinity, -Infinity];
      all.forEach(function (ring) {
        ring.forEach(function (at) {
          if (at[0] < box[0]) { box[0] = at[0]; }
          if (at[1] < box[1]) { box[1] = at[1]; }
          if (at[0] > box[2]) { box[2] = at[0]; }
          if (at[1] > box[3]) { box[3] = at[1]; }
        });
      });
      return box;
    });
    var inner = rings.map(function (all, row) { return innerPoint(all, boxes[row]); });

    // A grid of about one cell an area: a point asks a handful of shapes, not all of them.
    var all = [Infinity, Infinity, -Infinity, -Infinity];
    boxes.forEach(function (box) {
      if (box[0] > box[2]) { return; }
      all = [Math.min(all[0], box[0]), Math.min(all[1], box[1]),
             Math.max(all[2], box[2]), Math.max(all[3], box[3])];
    });
    var side = Math.max(1, Math.ceil(Math.sqrt(features.length))), cells = {}, points = {};
    function column(x) { return Math.floor((x - all[0]) / ((all[2] - all[0]) || 1) * side); }
    function line(y) { return Math.floor((y - all[1]) / ((all[3] - all[1]) || 1) * side); }
    function enter(store, name, row) { (store[name] = store[name] || []).push(row); }
    boxes.forEach(function (box, row) {
      if (box[0] > box[2]) { return; }
      for (var c = column(box[0]); c <= column(box[2]); c += 1) {
        for (var l = line(box[1]); l <= line(box[3]); l += 1) { enter(cells, c + ' ' + l, row); }
      }
      enter(points, column(inner[row][0]) + ' ' + line(inner[row][1]), row);
    });

    function at(x, y) {
      var near = cells[column(x) + ' ' + line(y)] || [];
      for (var n = 0; n < near.length; n += 1) {
        var row = near[n], box = boxes[row];
        if (x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3] && holds(rings[row], x, y)) {
          return row;
        }
      }
      return -1;
    }
    function within(west, south, east, north, take) {
      var last = Math.min(column(east), side), top = Math.min(line(north), side);
      for (var c = Math.max(column(west), 0); c <= last; c += 1) {
        for (var l = Math.max(line(south), 0); l <= top; l += 1) {
          (points[c + ' ' + l] || []).forEach(take);
        }
      }
    }
    function inLoop(loop) {
      var xs = loop.map(function (one) { return one[0]; });
      var ys = loop.map(function (one) { return one[1]; }), found = [];
      within(Math.min.apply(null, xs), Math.min.apply(null, ys), Math.max.apply(null, xs),
        Math.max.apply(null, ys), function (row) {
          if (holds([loop], inner[row][0], inner[row][1])) { found.push(row); }
        });
      return found;
    }

    // Borders between areas that count, as lines; the other side is -1 where nobody counts.
    function borders(counts) {
      var owner = {}, lines = [];
      function name(one, other) {
        var swapped = one[0] > other[0] || (one[0] === other[0] && one[1] > other[1]);
        return swapped ? other + ';' + one : one + ';' + other;
      }
      function eachEdge(row, visit) {
        rings[row].forEach(function (ring) {
          for (var i = 0; i + 1 < ring.length; i += 1) { visit(ring[i], ring[i + 1], i === 0); }
        });
      }
      counts.forEach(function (row) {
        eachEdge(row, function (one, other) { enter(owner, name(one, other), row); });
      });
      counts.forEach(function (row) {
        var open = null;
        eachEdge(row, function (one, other, isFirst) {
          var both = owner[name(one, other)], beside = both[0] === row ? both[1] : both[0];
          if (beside === undefined) { beside = -1; }
          if (beside >= 0 && beside < row) { open = null; return; }
          if (!open || isFirst || open.beside !== beside) {
            open = { row: row, beside: beside, line: [[one[1], one[0]]] };
            lines.push(open);
          }
          open.line.push([other[1], other[0]]);
        });
      });
      return lines;
    }

    return { at: at, within: within, inLoop: inLoop, borders: borders, inner: inner, boxes: boxes };
  }

  // Pieces of the same holder, by who lies beside whom; nobody's areas are in none.
  function pieces(holder, links) {
    var root = new Int32Array(holder.length), found = {};
    for (var i = 0; i < root.length; i += 1) { root[i] = i; }
    function top(one) {
      while (root[one] !== one) { root[one] = root[root[one]]; one = root[one]; }
      return one;
    }
    for (var p = 0; p + 1 < links.length; p += 2) {
      var one = links[p], other = links[p + 1];
      if (holder[one] >= 0 && holder[one] === holder[other]) { root[top(one)] = top(other); }
    }
    for (var a = 0; a < root.length; a += 1) {
      if (holder[a] >= 0) { (found[top(a)] = found[top(a)] || []).push(a); }
    }
    return Object.keys(found).map(function (name) { return found[name]; });
  }

  // 0 to 10 and 15 are "0-a,f".
  function packed(places) {
    var sorted = places.slice().sort(function (one, other) { return one - other; }), runs = [];
    sorted.forEach(function (place) {
      var last = runs[runs.length - 1];
      if (last && last[1] === place - 1) { last[1] = place; } else { runs.push([place, place]); }
    });
    return runs.map(function (run) {
      var first = run[0].toString(36);
      return run[0] === run[1] ? first : first + '-' + run[1].toString(36);
    }).join(',');
  }

  window.gapmapGround = { of: ground, pieces: pieces, packed: packed };
})();
