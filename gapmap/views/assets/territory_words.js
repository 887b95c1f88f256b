// What the territory map says in words: about an area, and about what a hand has just done.
(function () {
  'use strict';
  if (window.gapmapTerritoryWords) { return; }
  var element = window.gapmapPanel.element, count = window.gapmapPanel.count;

  window.gapmapTerritoryWords = function (territory) {
    var drawing = territory.drawing, settings = territory.settings, words = settings.words;
    var spoken = document.body.appendChild(element('div', 'gapmap-t-said'));
    spoken.setAttribute('role', 'status');
    spoken.setAttribute('aria-live', 'polite');

    function tell(text) { spoken.textContent = text; }
    function areas(number) {
      return count(number) + ' ' + (number === 1 ? words.area : words.areas);
    }
    function people(number) {
      return number > 0 && Math.round(number) < settings.small && Math.round(number) >= 1
        ? '<' + settings.small : count(number);
    }
    return {
      tell: tell,
      done: function (stroke) {
        var what = areas(stroke.places.length), partner = stroke.partner;
        if (stroke.verb !== 'paint') {
          tell(what + (stroke.verb === 'lock' ? ' locked.' : ' unlocked.'));
          return;
        }
        drawing.count();
        if (partner < 0) {
          var left = areas(drawing.sums.left.areas);
          tell(what + ' taken from everybody. ' + left + ' are nobody’s.');
          return;
        }
        var load = drawing.sums[partner].load, target = drawing.targets[partner];
        tell(what + ' for ' + drawing.partners[partner].n + ', now ' + count(load) + ' ' +
          territory.state.unit + ', ' + window.gapmapPanel.signed(target ? load / target - 1 : 0) +
          ' off its share.');
      },
      // In lines: which area, whose, how much, and whether it is locked.
      about: function (place) {
        var about = territory.features[drawing.facts.rows[place]].properties;
        var holder = drawing.holders[place], load = drawing.loads[place];
        var whole = about.k === null ? null : territory.outlines[about.k];
        var partner = holder < 0 ? null : drawing.partners[holder];
        return [whole ? about.n + ' · ' + whole : about.n,
          partner ? partner.l + ' · ' + partner.n : 'Nobody’s',
          load === null ? 'Load unknown' : people(load) + ' ' + territory.state.unit,
          drawing.locks[place] ? 'Locked' : ''].filter(Boolean);
      }
    };
  };
})();
