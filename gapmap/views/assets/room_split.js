// One area between several: split into parts with names, each part held by itself, and joined again.
// Text that people wrote goes through textContent alone.
(function () {
  'use strict';
  if (window.gapmapRoomSplit) { return; }
  var element = window.gapmapPanel.element, parts = window.gapmapParts, button = parts.button, AT_MOST = 12;
  var NEXT = { claimed: 'committed', committed: 'opened', opened: 'verified' }, SAYS = { committed: 'Commit', opened: 'Opened', verified: 'Verify' };

  window.gapmapRoomSplit = function (room, body) {
    var board = room.board, words = room.words, names = null, isNew = false;

    function only() {
      var list = room.hand.list();
      return room.may() && board.facts && list.length === 1 && !room.matters.draft ? room.paint.geoid(list[0]) : null;
    }
    function claims(geoid) { return board.keys(geoid).map(function (key) { return [key, board.state.claims[key] || null]; }); }
    function mayNow() { return board.isOpen() || room.leads(); }
    // Of an open area only the facilitator says how it is cut up.
    function isOurs(geoid) {
      return mayNow() && (room.leads() || claims(geoid).every(function (one) { return one[1] && one[1].partner === room.partner(); }));
    }
    function mayRejoin(geoid) {
      var held = claims(geoid).map(function (one) { return one[1] ? one[1].partner : ''; });
      return held.every(function (one) { return one === held[0]; }) && isOurs(geoid);
    }
    function clear() { names = null; room.form = null; room.render(); }

    function form(box, geoid) {
      box.appendChild(element('h2', '', 'Split ' + words.key(geoid) + ' into parts'));
      var fields = names.map(function (name, at) {
        var made = parts.input('text', { maxlength: 80, required: '', 'data-at': 'part ' + at, autocomplete: 'off' });
        made.value = name;
        made.addEventListener('input', function () { names[at] = made.value; made.setCustomValidity(''); });
        return parts.field('Part ' + (at + 1), made);
      });
      if (names.length < AT_MOST) {
        fields.push(button('Another part', 'gapmap-r-small', function () { names.push(''); room.render(); }, { 'data-at': 'part more' }));
      }
      var made = parts.form(fields, 'Split', function () {
        var given = names.map(function (name) { return name.trim(); }), again = given.findIndex(function (name, at) { return given.indexOf(name) < at; });
        var wrong = again >= 0 ? again : given.findIndex(function (name) { return name.indexOf('#') >= 0; });
        if (wrong >= 0) {
          var input = made.querySelectorAll('input')[wrong];
          input.setCustomValidity(again >= 0 ? 'Each part needs a name of its own.' : 'A name without #.');
          input.reportValidity();
          return;
        }
        if (room.act({ do: 'split', area: geoid, parts: given })) { clear(); }
      }, clear);
      box.appendChild(made);
      if (isNew) {
        isNew = false;
        window.requestAnimationFrame(function () { var first = made.querySelector('input'); if (first) { first.focus(); first.select(); } });
      }
    }
    function part(list, key, claim) {
      var line = list.appendChild(element('li', 'gapmap-r-matter')), name = key.slice(key.indexOf('#') + 1), partner = room.partner();
      line.appendChild(claim ? parts.face(board.markOf[claim.partner]) : element('span', 'gapmap-r-face gapmap-r-nobody'));
      var said = line.appendChild(element('div', 'gapmap-r-said-text')), row = element('div', 'gapmap-r-row');
      said.appendChild(element('b', '', name));
      said.appendChild(element('small', '', claim ? claim.partner + ', ' + claim.state + (claim.due ? ', opens by ' + words.day(claim.due) : '') : 'open'));
      function add(text, change) {
        row.appendChild(button(text, 'gapmap-r-small', function () { room.act(Object.assign({ partner: partner, areas: [key] }, change)); },
          { 'data-at': text + ' ' + key, 'aria-label': text + ': ' + name }));
      }
      if (isWaiting(key)) { said.appendChild(element('small', 'gapmap-r-unsent-word', 'Waiting to be sent')); return; }
      if (!partner) { return; }
      if (!claim && mayNow()) { add('Take', { do: 'take' }); }
      if (claim && claim.partner === partner && mayNow()) {
        var next = NEXT[claim.state];
        if (next && (next !== 'verified' || room.leads())) { add(SAYS[next], { do: 'advance', to: next }); }
        add('Release', { do: 'release' });
      }
      if (claim && claim.partner !== partner) {
        if (room.leads()) { row.appendChild(button('Hand over to ' + partner, 'gapmap-r-small', function () { room.act({ do: 'hand over', to: partner, areas: [key] }); })); } else { add('Ask for it', { do: 'ask' }); }
      }
      said.appendChild(row);
    }
    function isWaiting(key) {
      return room.unanswered().some(function (message) { return ((message.change || {}).areas || []).indexOf(key) >= 0; });
    }
    var draw = parts.section(body, 'parts', {
      sees: function () {
        var geoid = only();
        if (!geoid || (room.form !== 'split' && board.keys(geoid).length < 2)) { return null; }
        if (room.form === 'split') { return [geoid, names.length]; }
        return [geoid, claims(geoid), claims(geoid).map(function (one) { return isWaiting(one[0]); }), room.partner(), room.leads(), board.isOpen(), board.markOf];
      },
      draw: function (box) {
        var geoid = only();
        if (room.form === 'split') { form(box, geoid); return; }
        box.appendChild(element('h2', '', words.key(geoid) + ' is split into ' + board.keys(geoid).length + ' parts'));
        var list = box.appendChild(element('ul'));
        claims(geoid).forEach(function (one) { part(list, one[0], one[1]); });
        if (mayRejoin(geoid)) {
          box.appendChild(element('div', 'gapmap-r-row')).appendChild(button('Rejoin the parts', 'gapmap-r-small', function () { room.act({ do: 'rejoin', area: geoid }); }, { 'data-at': 'rejoin' }));
        }
      }
    });
    return {
      // Whether the one marked area can be split now, and the form for it.
      can: function () { var geoid = only(); return Boolean(geoid) && board.keys(geoid).length < 2 && isOurs(geoid); },
      begin: function () { names = ['north', 'south']; isNew = true; room.form = 'split'; room.render(); },
      draw: function () { if (room.form === 'split' && !only()) { room.form = names = null; } draw(); }
    };
  };
})();
