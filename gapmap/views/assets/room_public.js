// A board looked at by its public link: no code, no name, and nothing is kept in this browser, where
// somebody may be at the same board by their own name.
(function () {
  'use strict';
  if (window.gapmapRoomPublic) { return; }
  var element = window.gapmapPanel.element, FIRST_MS = 1000, LONGEST_MS = 30000;

  // begin(token): connects. Returns what opens the board, and what opens it again after an end.
  window.gapmapRoomPublic = function (settings, begin) {
    var delay = FIRST_MS, sign = null;
    function tell(heading, text) {
      if (!sign) {
        sign = document.body.appendChild(element('main', 'gapmap-r-door gapmap-r-told-only')).appendChild(element('form'));
        sign.appendChild(element('h1'));
        sign.appendChild(element('p'));
      }
      sign.firstChild.textContent = heading;
      sign.lastChild.textContent = text;
    }
    function hide() { if (sign) { sign.parentNode.remove(); sign = null; } }
    function later() {
      window.setTimeout(open, delay * (0.5 + Math.random() / 2));
      delay = Math.min(2 * delay, LONGEST_MS);
    }
    function open() {
      fetch(settings.root + 'public/' + settings.public + '/pass', { method: 'POST', cache: 'no-store' }).then(function (answer) {
        if (answer.status === 404 || answer.status === 410) { return answer.text().then(function (text) { tell('This link is over', text); }); }
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.json().then(function (told) { hide(); begin(told.token); });
      }).catch(function () { tell('Not connected', 'The server does not answer. This page tries again by itself.'); later(); });
    }
    return { open: open, again: later };
  };
})();
