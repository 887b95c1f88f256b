// On a phone the lists are long: what they hold, to get there with one touch.
(function () {
  'use strict';
  if (window.gapmapRoomJump) { return; }
  var parts = window.gapmapParts;
  var PLACES = [['Find', '.gapmap-r-find'], ['Who holds', '.gapmap-r-sums'], ['Sites', '.gapmap-r-matters'], ['Decided', '.gapmap-r-decisions'],
    ['Papers', '.gapmap-r-papers']];

  window.gapmapRoomJump = function (room, nav, lists) {
    nav.className = 'gapmap-r-jump';
    nav.setAttribute('aria-label', 'Parts of the lists');
    // There is no room for it in the bar of a phone.
    var walk = nav.appendChild(parts.button('History', '', function () { room.history.open(); }));
    var jumps = PLACES.map(function (one) {
      var made = nav.insertBefore(parts.button(one[0], '', function () { go(find(one[1])); }), one[0] === 'Papers' ? null : walk);
      return { button: made, at: one[1] };
    });
    function go(there) {
      // What is marked stays in sight above the lists, and must not cover what was asked for.
      var above = lists.querySelector('.gapmap-r-marked:not([hidden])'), first = there.querySelector('button, summary, a');
      lists.scrollTop += there.getBoundingClientRect().top - lists.getBoundingClientRect().top - (above ? above.offsetHeight : 0);
      if (first) { first.focus({ preventScroll: true }); }
    }
    function find(at) {
      var there = lists.querySelector(at);
      return there && !there.hidden ? there : null;
    }
    return { draw: function () {
      jumps.forEach(function (one) { one.button.hidden = !find(one.at); });
      walk.setAttribute('aria-pressed', String(room.history.isOpen()));
      nav.hidden = room.board.revision === null || !document.body.classList.contains('gapmap-r-narrow');
    } };
  };
})();
