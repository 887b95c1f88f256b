// Beside the board's map: what is marked and what can be done with it, who holds how much, the areas
// by neighbourhood, and what was done last. Text that people wrote goes through textContent alone.
(function () {
  'use strict';
  if (window.gapmapRoomPanel) { return; }
  var element = window.gapmapPanel.element, parts = window.gapmapParts, button = parts.button;
  var LISTED_AT_MOST = 300, LOGGED = 15, SHOWN_PARTNERS = 9, MANY_PARTNERS = 6;
  var TOOLS = [['point', 'One by one'], ['brush', 'Brush'], ['place', 'Whole']];

  window.gapmapRoomPanel = function (room, body) {
    var board = room.board, words = room.words, opened = null, find = '';

    // ---- what is marked ----
    function marked() {
      var found = { places: room.hand.list(), open: [], mine: {}, others: {}, need: 0, reach: 0, unknown: 0 };
      board.STATES.forEach(function (state) { found.mine[state] = []; });
      found.places.forEach(function (place) {
        var hold = board.holds[place], need = board.facts.need[place], open = board.facts.open[place], geoid = room.paint.geoid(place);
        if (need === null || open === null) { found.unknown += 1; }
        found.need += need || 0;
        found.reach += open || 0;
        // Of an area that is split between several, only the parts that are meant.
        var keys = board.keys(geoid), into = hold.claims.map(function (claim) {
          return !claim ? found.open : claim.partner === room.partner() ? found.mine[claim.state]
            : found.others[claim.partner] = found.others[claim.partner] || [];
        });
        if (into.every(function (one) { return one === into[0]; })) { into[0].push(geoid); return; }
        into.forEach(function (one, at) { one.push(keys[at]); });
      });
      return found;
    }
    function tools(box) {
      var row = box.appendChild(element('div', 'gapmap-r-tools'));
      row.setAttribute('role', 'radiogroup');
      row.setAttribute('aria-label', 'How to mark ' + room.settings.words.areas);
      TOOLS.forEach(function (one) {
        if (one[0] === 'place' && !room.settings.outlines) { return; }
        var text = one[0] === 'place' ? 'Whole ' + room.settings.words.neighbourhood : one[1];
        row.appendChild(button(text, '', function () { room.hand.choose(one[0]); room.render(); },
          { role: 'radio', 'aria-checked': String(room.hand.tool() === one[0]), 'data-at': 'tool ' + one[0] }));
      });
    }
    function act(change) { room.act(change); room.form = null; room.hand.clear(); room.render(); }
    function actions(box, found, partner) {
      var row = box.appendChild(element('div', 'gapmap-r-row'));
      function add(text, name, work) { row.appendChild(button(text, name, work, { 'data-at': text })); }
      var held = [].concat.apply([], board.STATES.map(function (state) { return found.mine[state]; }));
      var may = board.isOpen() || room.leads();
      if (found.open.length && may) {
        add('Take ' + words.pieces(found.open), 'gapmap-r-main', function () {
          var change = { do: 'take', partner: partner, areas: found.open };
          if (room.options.group) { change.group = room.options.group; }
          if (room.options.hours) { change.hours = Number(room.options.hours); }
          act(change);
        });
      }
      if (found.mine.claimed.length && may) {
        add('Commit ' + words.pieces(found.mine.claimed) + '…', 'gapmap-r-main', function () { room.form = 'commit'; room.render(); });
      }
      if (found.mine.committed.length && may) {
        add('Opened: ' + words.pieces(found.mine.committed), '', function () {
          act({ do: 'advance', to: 'opened', partner: partner, areas: found.mine.committed });
        });
      }
      if (found.mine.opened.length && room.leads()) {
        add('Verify ' + words.pieces(found.mine.opened), '', function () {
          act({ do: 'advance', to: 'verified', partner: partner, areas: found.mine.opened });
        });
      }
      if (held.length && may) {
        add('Release ' + words.pieces(held), '', function () { act({ do: 'release', partner: partner, areas: held }); });
      }
      Object.keys(found.others).sort().forEach(function (other) {
        var areas = found.others[other];
        if (room.leads()) {
          add('Hand over ' + words.pieces(areas) + ' of ' + other, '', function () { act({ do: 'hand over', to: partner, areas: areas }); });
        } else {
          add('Ask ' + other + ' for ' + words.pieces(areas), '', function () { act({ do: 'ask', partner: partner, areas: areas }); });
        }
      });
      if (split.can()) { add('Split…', '', split.begin); }
      add('Mark none', '', function () { room.form = null; room.hand.clear(); });
      if (!may) { box.appendChild(element('p', 'gapmap-r-note', 'Claiming is closed. The facilitator opens it.')); }
    }
    function commitForm(box, found, partner) {
      var due = parts.input('date'), form = parts.form([parts.field('Opens by (day, if known)', due)],
        'Commit ' + words.pieces(found.mine.claimed), function () {
          var change = { do: 'advance', to: 'committed', partner: partner, areas: found.mine.claimed };
          if (due.value) { change.due = due.value; }
          act(change);
        }, function () { room.form = null; room.render(); });
      box.appendChild(form);
    }
    function takeOptions(box) {
      var fold = box.appendChild(element('details', 'gapmap-r-fold')), group = parts.input('text', { maxlength: 200 });
      fold.open = Boolean(room.options.group || room.options.hours);
      fold.appendChild(element('summary', '', 'On whose behalf, how long'));
      group.value = room.options.group;
      group.addEventListener('input', function () { room.options.group = group.value.trim(); });
      fold.appendChild(parts.field('For a group', group));
      var hold = element('select');
      [['', 'until released'], ['24', 'for a day unless committed'], ['168', 'for a week unless committed']].forEach(function (one) {
        var option = hold.appendChild(element('option', '', one[1]));
        option.value = one[0];
        option.selected = room.options.hours === one[0];
      });
      hold.addEventListener('change', function () { room.options.hours = hold.value; });
      fold.appendChild(parts.field('Held', hold));
    }
    var drawMarked = parts.section(body, 'marked', {
      sees: function () {
        // Whoever writes something down does one thing at a time.
        if (!room.may() || !board.facts || room.matters.draft) { return null; }
        return [marked(), room.partner(), room.hand.tool(), room.form, board.isOpen(), room.leads(), board.partners];
      },
      draw: function (box) {
        var found = marked(), partner = room.partner();
        box.classList.toggle('gapmap-r-some', found.places.length > 0);
        if (room.leads()) {
          var who = parts.choice(board.partners, partner, 'Acting for');
          who.setAttribute('data-at', 'who');
          who.addEventListener('change', function () { room.actFor(who.value); });
          box.appendChild(parts.field('Acting for', who));
        }
        if (!room.leads() && partner) {
          var me = box.appendChild(element('p', 'gapmap-r-name gapmap-r-acting'));
          if (board.markOf[partner]) { me.appendChild(parts.face(board.markOf[partner])); }
          me.appendChild(element('span', '', partner));
        }
        tools(box);
        if (!partner) { box.appendChild(element('p', 'gapmap-r-note', 'No partner is at this board yet.')); return; }
        if (!found.places.length) {
          box.appendChild(element('p', 'gapmap-r-note', 'Mark ' + room.settings.words.areas + ' on the map or in the list, then take them.'));
          return;
        }
        var said = words.areas(found.places.length) + ' marked: ' + words.people(found.need) + ' ' + words.unit() + ', ' + words.people(found.reach) + ' out of reach';
        box.appendChild(element('p', 'gapmap-r-sum', said + (found.unknown ? '; ' + words.areas(found.unknown) + ' unknown' : '')));
        if (room.form === 'split') { return; }
        // Its parts stand below, each with what can be done with it.
        if (found.places.length === 1 && board.holds[found.places[0]].claims.length > 1) {
          box.appendChild(element('div', 'gapmap-r-row')).appendChild(button('Mark none', '', function () { room.hand.clear(); }, { 'data-at': 'Mark none' }));
          return;
        }
        if (room.form === 'commit' && found.mine.claimed.length) { commitForm(box, found, partner); return; }
        actions(box, found, partner);
        if (found.open.length) { takeOptions(box); }
      }
    });

    var split = window.gapmapRoomSplit(room, body), matters = window.gapmapMattersPanel(room, body);

    // ---- what others ask of us ----
    var drawAsks = parts.section(body, 'asks', {
      sees: function () {
        var asks = board.asks().filter(function (one) {
          return room.may() && (room.leads() || one.holder === room.partner() || one.asker === room.partner());
        });
        return asks.length ? [asks, room.leads(), room.partner(), board.facts ? 1 : 0] : null;
      },
      draw: function (box) {
        box.appendChild(element('h2', '', 'Asked to be released'));
        this.sees()[0].forEach(function (ask) {
          var row = box.appendChild(element('div', 'gapmap-r-ask'));
          row.appendChild(element('p', '', ask.asker + ' asks ' + ask.holder + ' for ' + words.list(ask.areas.map(words.key)) + (ask.text ? ': ' + ask.text : '')));
          if (!room.leads() && ask.holder !== room.partner()) { row.appendChild(element('p', 'gapmap-r-note', 'Not answered yet.')); return; }
          var both = row.appendChild(element('div', 'gapmap-r-row'));
          both.appendChild(button('Hand over', 'gapmap-r-main', function () { room.act({ do: 'answer', id: ask.id, is_yes: true }); }));
          both.appendChild(button('Keep', '', function () { room.act({ do: 'answer', id: ask.id, is_yes: false }); }));
        });
      }
    });

    // ---- who holds how much ----
    function row(table, sum, name, mark) {
      var line = table.appendChild(element('tr'));
      var head = line.appendChild(element('th'));
      head.scope = 'row';
      var title = room.may() && mark ? button('', 'gapmap-r-name', function () { markAll(name); }, { 'data-at': 'sum ' + name, title: 'Mark all of ' + name }) : element('span', 'gapmap-r-name');
      if (mark) { title.appendChild(parts.face(mark)); }
      title.appendChild(element('span', '', room.view === 'projector' && mark ? words.brief(board.partners)(name) : name));
      head.appendChild(title);
      // From the back of a room nobody reads small print.
      if (mark && sum.areas && room.view !== 'projector') {
        head.appendChild(element('small', '', board.STATES.filter(function (state) { return sum[state]; }).map(function (state) {
          return words.number(sum[state]) + ' ' + state;
        }).join(', ')));
      }
      [words.number(sum.areas), words.people(sum.need), words.people(sum.open)].forEach(function (text) {
        line.appendChild(element('td', '', text));
      });
    }
    function markAll(name) {
      room.hand.clear();
      var all = [];
      board.holds.forEach(function (hold, place) {
        if (hold.claims.some(function (claim) { return claim && claim.partner === name; })) { all.push(place); }
      });
      room.hand.set(all, true);
    }
    var drawSums = parts.section(body, 'sums', {
      sees: function () { return board.facts ? [board.sums, board.rest, board.markOf, room.may()] : null; },
      draw: function (box) {
        box.appendChild(element('h2', '', 'Who holds how much'));
        var table = box.appendChild(element('table')), heads = table.appendChild(element('thead')).appendChild(element('tr'));
        ['Partner', room.settings.words.areas, board.facts.unit, 'out of reach'].forEach(function (text) { heads.appendChild(element('th', '', text)).scope = 'col'; });
        var rows = table.appendChild(element('tbody')), shown = board.partners;
        if (room.view === 'projector') {
          row(rows, board.rest, 'Open', null);
          shown = shown.filter(function (name) { return board.sums[name].areas; })
            .sort(function (one, other) { return board.sums[other].areas - board.sums[one].areas; }).slice(0, SHOWN_PARTNERS);
        }
        box.classList.toggle('gapmap-r-many', shown.length >= MANY_PARTNERS);
        shown.forEach(function (name) { row(rows, board.sums[name], name, board.markOf[name]); });
        if (room.view !== 'projector') { row(rows, board.rest, 'Open', null); }
        var left = board.partners.length - shown.length, held = board.partners.filter(function (name) { return board.sums[name].areas; }).length;
        if (left) { box.appendChild(element('p', 'gapmap-r-note', held > shown.length ? 'and ' + (held - shown.length) + ' more partners' : (left === 1 ? '1 partner holds' : left + ' partners hold') + ' nothing yet')); }
        var unknown = board.rest.unknown;
        board.partners.forEach(function (name) { unknown += board.sums[name].unknown; });
        if (unknown >= 0.5) { box.appendChild(element('p', 'gapmap-r-note', words.areas(unknown) + ' with unknown figures are in no sum of ' + words.unit() + '.')); }
        box.appendChild(element('p', 'gapmap-r-note', board.facts.question));
      }
    });
    var drawMatters = matters.lists(body);
    var drawKey = parts.section(body, 'legend', {
      sees: function () { return board.facts ? [board.steps, board.facts.unit, matters.key()] : null; },
      draw: function (box) { matters.legend(box.appendChild(room.paint.legend())); }
    });

    // ---- the areas by neighbourhood ----
    var finder = body.appendChild(element('div', 'gapmap-r-section gapmap-r-find')), wanted = parts.input('search', { placeholder: 'Find by name' });
    finder.appendChild(parts.field(room.settings.words.areas.replace(/^./, function (first) { return first.toUpperCase(); }), wanted));
    wanted.addEventListener('input', function () { find = wanted.value.trim().toLowerCase(); room.render(); });
    function groups() {
      var by = {};
      board.holds.forEach(function (hold, place) {
        var about = room.paint.area(place), name = about.k === null ? '' : room.paint.outline(about.k);
        if (find && (name + ' ' + about.n).toLowerCase().indexOf(find) < 0) { return; }
        var group = by[name] = by[name] || { name: name, places: [], free: 0, open: 0 };
        group.places.push(place);
        group.free += hold.claims.some(function (claim) { return !claim; }) ? 1 : 0;
        group.open += hold.claims.some(function (claim) { return !claim; }) ? board.facts.open[place] || 0 : 0;
      });
      return Object.keys(by).map(function (name) { return by[name]; }).sort(function (one, other) {
        return other.open - one.open || (one.name < other.name ? -1 : 1);
      });
    }
    function areaRow(list, place) {
      var hold = board.holds[place], about = room.paint.area(place), open = board.facts.open[place];
      var holder = hold.isShared ? 'several' : hold.partner ? hold.partner + ', ' + hold.state : 'open';
      var line = list.appendChild(element('li')), mark = hold.partner ? board.markOf[hold.partner] : null;
      var made = button('', 'gapmap-r-area', function () {
        room.hand.set([place], !room.hand.is(place));
        room.hand.point(place);
      }, { 'aria-pressed': String(room.hand.is(place)), 'data-at': 'area ' + place });
      if (!room.may()) { made.disabled = true; }
      if (mark) { made.appendChild(parts.face(mark)); }
      made.appendChild(element('span', 'gapmap-r-area-name', about.n));
      made.appendChild(element('small', '', holder + (room.waiting()[place] ? ', waiting' : '') + ' · ' + (open === null ? 'unknown' : words.people(open) + ' out of reach')));
      line.appendChild(made);
    }
    var drawList = parts.section(body, 'list', {
      sees: function () {
        if (!board.facts || room.view === 'projector') { return null; }
        return [find, opened, groups().map(function (one) { return [one.name, one.free, one.places.length]; }),
          opened === null && !find ? 0 : [board.holds, room.partner(), room.hand.list(), Object.keys(room.waiting())], room.may()];
      },
      draw: function (box) {
        var all = groups();
        all.forEach(function (group) {
          var isOpen = opened === group.name || (find && all.length <= 3) || all.length === 1;
          var head = button('', 'gapmap-r-place', function () { opened = isOpen ? null : group.name; room.render(); },
            { 'aria-expanded': String(Boolean(isOpen)), 'data-at': 'place ' + group.name });
          head.appendChild(element('span', '', group.name || 'In no ' + room.settings.words.neighbourhood));
          head.appendChild(element('small', '', group.free + ' of ' + group.places.length + ' open · ' + words.people(group.open) + ' out of reach there'));
          box.appendChild(head);
          if (!isOpen) { return; }
          if (room.may()) {
            var row = box.appendChild(element('div', 'gapmap-r-row'));
            var free = group.places.filter(function (place) { return !board.holds[place].partner && !board.holds[place].isShared; });
            // What one holds is marked to be committed, opened or let go.
            var ours = group.places.filter(function (place) { return board.holds[place].partner && board.holds[place].partner === room.partner(); });
            if (free.length) { row.appendChild(button('Mark the open ones', '', function () { room.hand.set(free, true); }, { 'data-at': 'mark ' + group.name })); }
            if (ours.length) { row.appendChild(button('Mark ours', '', function () { room.hand.set(ours, true); }, { 'data-at': 'ours ' + group.name })); }
          }
          var list = box.appendChild(element('ul'));
          group.places.slice(0, LISTED_AT_MOST).forEach(function (place) { areaRow(list, place); });
          if (group.places.length > LISTED_AT_MOST) { box.appendChild(element('p', 'gapmap-r-note', 'Find more by name.')); }
        });
        if (!all.length) { box.appendChild(element('p', 'gapmap-r-note', 'Nothing of that name.')); }
      }
    });

    // ---- what was done ----
    function undoable(event) {
      if (event.kind === 'create' || event.kind === 'expire' || !room.may()) { return false; }
      if (board.log.some(function (one) { return one.undoes === event.revision; })) { return false; }
      return room.leads() || (event.partner && event.partner === board.you.partner);
    }
    var drawLog = parts.section(body, 'log', {
      sees: function () { return board.log.length && !board.past && room.view !== 'projector' ? [board.log, room.may(), room.leads(), board.facts ? 1 : 0] : null; },
      draw: function (box) {
        box.appendChild(element('h2', '', 'What was done'));
        if (words.zone()) { box.appendChild(element('p', 'gapmap-r-note', words.zone())); }
        var list = box.appendChild(element('ol'));
        board.log.slice(-LOGGED).reverse().forEach(function (event) {
          var line = list.appendChild(element('li'));
          line.appendChild(element('time', '', words.when(event.at)));
          line.appendChild(element('span', '', room.said(event)));
          if (undoable(event)) {
            line.appendChild(button('Undo', 'gapmap-r-small', function () { room.act({ do: 'undo', revision: event.revision }); },
              { 'data-at': 'undo ' + event.revision, 'aria-label': 'Undo: ' + room.said(event) }));
          }
        });
      }
    });
    return { draw: function () {
      finder.hidden = room.view === 'projector' || !board.facts;
      [matters.draw, drawMarked, split.draw, matters.add, drawAsks, drawSums, drawMatters, drawKey, drawList, drawLog].forEach(function (draw) { draw(); });
    } };
  };
})();
