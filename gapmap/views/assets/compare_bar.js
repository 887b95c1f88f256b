// The bar above the two maps: which of them to see, adding a site, a step back and forth, and one
// line that says what to do next.
(function () {
  'use strict';
  if (window.gapmapCompareBar) { return; }

  var NARROW_PX = 700;
  var element = window.gapmapCompareParts.element, button = window.gapmapCompareParts.button;

  // Ways: chosen(), another way of looking is wanted; added(on), the button for a new site;
  // stepped(kind), undo or redo.
  window.gapmapCompareBar = function (frame, words, ways) {
    var bar = frame.appendChild(element('div', 'gapmap-bar')), buttons = {}, wanted = 'both';
    var group = element('div', 'gapmap-ways'), hint = element('div', 'gapmap-hint');
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', words.ways);
    [['both', words.both], ['first', words.left], ['second', words.right],
      ['difference', words.difference]].forEach(function (way) {
      buttons[way[0]] = button('', way[1], function () { wanted = way[0]; ways.chosen(); });
      group.appendChild(buttons[way[0]]);
    });
    var add = button('', '+ ' + words.add, function () { ways.added(); });
    var undo = button('', words.undo, function () { ways.stepped('undo'); });
    var redo = button('', words.redo, function () { ways.stepped('redo'); });
    [group, add, hint, undo, redo].forEach(function (one) { bar.appendChild(one); });
    undo.disabled = redo.disabled = true;
    hint.setAttribute('aria-live', 'polite');

    function isNarrow() { return frame.clientWidth > 0 && frame.clientWidth < NARROW_PX; }

    return {
      // What is wanted, as far as this window and this comparison have it.
      mode: function (state) {
        var narrow = isNarrow(), can = Boolean(state && state.difference), next = wanted;
        if (next === 'difference' && state && !can) { next = 'both'; }
        if (narrow && next === 'both') { next = 'second'; }
        if (!narrow && (next === 'first' || next === 'second')) { next = 'both'; }
        buttons.both.hidden = narrow;
        buttons.first.hidden = buttons.second.hidden = !narrow;
        buttons.difference.disabled = !can;
        buttons.difference.title = can || !state ? '' : state.whyNot;
        Object.keys(buttons).forEach(function (name) {
          buttons[name].setAttribute('aria-pressed', String(name === next));
        });
        return next;
      },
      want: function (mode) { wanted = mode; ways.chosen(); },
      hint: function (text) { hint.textContent = text; },
      adding: function (on) { add.setAttribute('aria-pressed', String(on)); },
      steps: function (mayUndo, mayRedo) {
        undo.disabled = !mayUndo;
        redo.disabled = !mayRedo;
      },
      lost: function () {
        if (!bar.querySelector('.gapmap-lost')) {
          bar.appendChild(element('span', 'gapmap-lost', words.lost));
        }
      }
    };
  };
})();
