// What can be taken away from a board: minutes, what changed, due dates. Each is a plain link, so that
// phones and keyboards know what to do with it; a link carries a ticket for that paper alone, good for
// minutes, and is renewed for as long as the list is open. A public link needs none.
(function () {
  'use strict';
  if (window.gapmapRoomPapers) { return; }
  var element = window.gapmapPanel.element, parts = window.gapmapParts;
  var DAY_MS = 86400000, AGAIN_MS = 10000, DIGEST = 'digest.txt', PAGE = 'minutes.html', FEED = 'changes.atom', FOLLOWED = [FEED, 'calendar.ics'];

  function dayOf(at) {
    return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map(function (one) { return String(one).padStart(2, '0'); }).join('-');
  }

  window.gapmapRoomPapers = function (room, body) {
    var board = room.board, settings = room.settings, isOpen = false, papers = null, why = '', goodUntil = 0, timer = null;
    var since = dayOf(new Date(Date.now() - 7 * DAY_MS)), withNames = true;

    function isHere() { return board.you && room.view !== 'projector' && !settings.framed; }
    function hasNames() { return board.you.role !== 'viewer'; }
    function renew() {
      window.clearTimeout(timer);
      if (!isOpen || document.hidden) { return; }
      room.ask('papers/tickets', '{}').then(function (text) {
        var answer = JSON.parse(text);
        if (!answer.papers) { throw new Error(answer.why); }
        papers = answer.papers;
        why = '';
        goodUntil = Date.now() + 1000 * answer.good_for_s;
        timer = window.setTimeout(renew, 400 * answer.good_for_s);
      }).catch(function (error) {
        why = error instanceof TypeError || error instanceof SyntaxError ? 'The server does not answer. It is asked again in a moment.' : error.message;
        timer = window.setTimeout(renew, AGAIN_MS);
      }).then(room.render);
    }
    // A laptop that slept has links that are over.
    document.addEventListener('visibilitychange', function () { if (goodUntil && Date.now() > goodUntil - 60000) { renew(); } });

    function address(paper) {
      if (settings.public) { return settings.root + 'public/' + settings.public + '/' + paper.name; }
      var query = new URLSearchParams({ ticket: paper.ticket });
      if (paper.name === DIGEST) { query.set('since', since); }
      if (hasNames() && !withNames) { query.set('names', 'no'); }
      return settings.root + 'board/' + settings.board + '/papers/' + paper.name + '?' + query;
    }
    function link(list, paper) {
      var made = list.appendChild(element('li')).appendChild(element('a', 'gapmap-r-button gapmap-r-paper'));
      made.href = address(paper);
      made.setAttribute('data-at', 'paper ' + paper.name);
      if (paper.name === PAGE) { made.target = '_blank'; made.rel = 'noopener'; } else { made.download = ''; }
      made.appendChild(element('span', '', paper.title));
      made.appendChild(element('small', '', paper.about));
      made.addEventListener('click', function (event) {
        if (settings.public || Date.now() < goodUntil) { return; }
        event.preventDefault();
        renew();
        room.say('This link was too old. It is made anew: press it again.');
      });
    }
    function follow(box) {
      box.appendChild(element('p', 'gapmap-r-note', 'To follow this board, give these addresses to a feed reader and to a calendar:'));
      settings.papers.forEach(function (paper) {
        if (FOLLOWED.indexOf(paper.name) < 0) { return; }
        var shown = parts.input('text', { readonly: '' });
        shown.value = new URL(address(paper), document.baseURI).href;
        shown.addEventListener('focus', function () { shown.select(); });
        box.appendChild(parts.field(paper.title, shown));
      });
    }
    function choices(box) {
      var from = parts.input('date', { 'data-at': 'papers since' });
      from.value = since;
      from.addEventListener('change', function () { if (from.value) { since = from.value; room.render(); } });
      box.appendChild(parts.field('“What changed” begins with', from));
      if (!hasNames()) { return; }
      var line = box.appendChild(element('label', 'gapmap-r-tick')), tick = line.appendChild(parts.input('checkbox', { 'data-at': 'papers names' }));
      tick.checked = withNames;
      tick.addEventListener('change', function () { withNames = tick.checked; room.render(); });
      line.appendChild(element('span', '', 'With the names of people'));
    }

    return parts.section(body, 'papers', {
      sees: function () { return isHere() ? [settings.public || papers, why, since, withNames, board.you.role] : null; },
      draw: function (box) {
        var fold = box.appendChild(element('details', 'gapmap-r-fold')), head = fold.appendChild(element('summary', '', 'Take away'));
        head.setAttribute('data-at', 'papers');
        fold.open = isOpen;
        fold.addEventListener('toggle', function () {
          if (isOpen === fold.open) { return; }
          isOpen = fold.open;
          if (!settings.public) { renew(); }
        });
        if (why) { fold.appendChild(element('p', 'gapmap-r-note', why)); }
        var shown = settings.public ? settings.papers : papers;
        if (!shown) { fold.appendChild(element('p', 'gapmap-r-note', 'A moment…')); return; }
        var list = fold.appendChild(element('ul', 'gapmap-r-papers-list'));
        shown.forEach(function (paper) { if (paper.name !== FEED) { link(list, paper); } });
        if (settings.public) { follow(fold); } else { choices(fold); }
      }
    });
  };
})();
