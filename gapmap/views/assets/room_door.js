// How to join with a telephone: a square to point the camera at, and a code to type. Shown large on
// the projector and small to a facilitator, for as long as a facilitator shows it.
(function () {
  'use strict';
  if (window.gapmapRoomDoor) { return; }
  var element = window.gapmapPanel.element, parts = window.gapmapParts, SVG = 'http://www.w3.org/2000/svg';

  function square(told) {
    var made = document.createElementNS(SVG, 'svg');
    function add(name, about) {
      var one = made.appendChild(document.createElementNS(SVG, name));
      Object.keys(about).forEach(function (key) { one.setAttribute(key, about[key]); });
    }
    made.setAttribute('viewBox', '0 0 ' + told.size + ' ' + told.size);
    made.setAttribute('class', 'gapmap-r-square');
    made.setAttribute('shape-rendering', 'crispEdges');
    made.setAttribute('role', 'img');
    made.setAttribute('aria-label', 'QR code of the link to join');
    add('rect', { width: told.size, height: told.size, fill: '#fff' });
    add('path', { d: told.path, fill: '#000' });
    return made;
  }

  window.gapmapRoomDoor = function (room, top, body) {
    var told = null, isAsking = false, isOver = false;
    function isWanted() { return Boolean(room.board.room.door) && !room.settings.public && (room.view === 'projector' || room.leadsNow()); }
    function ask() {
      if (told || isAsking || isOver) { return; }
      isAsking = true;
      room.ask('door', '{}').then(function (text) {
        var answer = JSON.parse(text);
        isAsking = false;
        if (!answer.path) { throw new Error(answer.why); }
        told = answer;
        room.render();
      }).catch(function (error) {
        isAsking = false;
        isOver = true;
        room.say('How to join did not arrive: ' + (error.message || 'the server does not answer.') + ' Hide it and show it again.', true);
      });
    }
    function draw(box) {
      if (!told) { box.appendChild(element('p', 'gapmap-r-note', 'Coming…')); return; }
      var words = element('div', 'gapmap-r-joining');
      words.appendChild(element('h2', '', 'Join with your phone'));
      words.appendChild(element('p', '', 'Point its camera at the square, or open'));
      words.appendChild(element('p', 'gapmap-r-where', told.door.replace(/^https?:\/\//, '')));
      words.appendChild(element('p', '', 'and type this code:'));
      words.appendChild(element('p', 'gapmap-r-code', told.code));
      if (told.is_here_only) {
        words.appendChild(element('p', 'gapmap-r-why', 'This address is known to this computer only. Open the app by the address that it has in your network, and show this again.'));
      }
      box.appendChild(square(told));
      box.appendChild(words);
    }
    var aside = parts.section(top, 'door-aside', { sees: function () { return isWanted() && room.view !== 'projector' ? [told] : null; }, draw: draw });
    var wall = parts.section(body, 'door-wall', { sees: function () { return isWanted() && room.view === 'projector' ? [told] : null; }, draw: draw });
    return function () {
      if (isWanted()) { ask(); } else { told = null; isOver = false; }
      aside();
      wall();
    };
  };
})();
