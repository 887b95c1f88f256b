// Around the maps and never on them: what each is called, what its colours say, and the marks of
// changed sites.
(function () {
  'use strict';
  if (window.gapmapCompareLegend) { return; }
  var element = window.gapmapCompareParts.element;

  function marksOf(sites, marks) {
    sites.forEach(function (site) {
      if (site.isClosed) { marks.closed = '\u00d7'; }
      if (site.isAdded) { marks.added = '+'; }
      if (site.from) { marks.moved = ' '; }
      if (site.isRetimed) { marks.retimed = ' '; }
      if (site.flag === '0' && !site.isClosed) { marks.notCounting = ' '; }
    });
  }

  window.gapmapCompareLegend = function (compare, foot) {
    var words = compare.settings.words;

    function drawStrip(room, one) {
      var about = compare.areas.coloursOf(one).legend, marks = {};
      compare.halves.each(function (each) { marksOf(each.sites, marks); });
      var text = JSON.stringify([about, marks]);
      if (room.drawn === text) { return; }
      room.drawn = text;
      room.textContent = '';
      var title = element('span', 'gapmap-strip-title', about.title + ' ');
      title.appendChild(element('span', 'gapmap-per', about.per));
      room.appendChild(title);
      about.steps.forEach(function (step) {
        var row = element('span', 'gapmap-strip-step');
        row.appendChild(one.fills.swatch(step.c, step.h));
        row.appendChild(element('span', '', step.t));
        room.appendChild(row);
      });
      Object.keys(marks).forEach(function (name) {
        var row = element('span', 'gapmap-strip-step');
        var look = name === 'notCounting' ? 'site-hollow' : name;
        row.appendChild(element('span', 'gapmap-site gapmap-mark gapmap-' + look, marks[name]));
        row.appendChild(element('span', '', words[name]));
        room.appendChild(row);
      });
    }

    return {
      title: function (one) {
        var state = compare.state, side = state[one.name];
        var isDifference = compare.mode === 'difference' && one === compare.halves.second;
        var about = isDifference ? state.difference : side;
        one.title.textContent = '';
        one.title.appendChild(element('b', '', about.name));
        one.title.appendChild(element('span', '', about.line));
      },
      // One strip below both maps where their colours say the same, else one below each.
      draw: function () {
        var state = compare.state;
        var isSame = JSON.stringify(state.first.legend) === JSON.stringify(state.second.legend);
        foot.hidden = compare.mode === 'both' && !isSame;
        if (!foot.hidden) { drawStrip(foot, compare.visible()); }
        compare.halves.all.forEach(function (one) {
          one.legend.hidden = !foot.hidden;
          if (foot.hidden) { drawStrip(one.legend, one); }
        });
      }
    };
  };
})();
