// What lies on the board, in lists and cards beside the map: to read for everybody, with controls
// for whoever may change it. Text that people wrote goes through textContent alone.
(function () {
  'use strict';
  if (window.gapmapMattersPanel) { return; }
  var element = window.gapmapPanel.element, parts = window.gapmapParts, button = parts.button, LISTED = 200;
  var ADD = [['sites', 'Propose a site'], ['comments', 'Comment'], ['corrections', 'Correct the data'], ['activities', 'Who does what']];
  var LISTS = [['sites', 'Proposed sites', 'site proposed', 'sites proposed'], ['comments', 'Comments', 'comment', 'comments'],
               ['corrections', 'Corrections', 'correction', 'corrections'], ['activities', 'Who does what', 'task', 'tasks']];
  var ICONS = {
    sites: 'M12 22C9.5 16.5 4 12.5 4 8.5a8 8 0 0 1 16 0c0 4-5.5 8-8 13.5zM9.5 8.5a2.5 2.5 0 1 0 5 0 2.5 2.5 0 1 0-5 0',
    comments: 'M3 4h18v12H12l-5 5v-5H3z', corrections: 'M4 20l1-5L16 4l4 4L9 19zM14 6l4 4', activities: 'M9 6h12M9 12h12M9 18h12M3 6l1.5 1.5L7 5M3 12l1.5 1.5L7 11M3 18l1.5 1.5L7 17'
  };
  function icon(name) {
    var made = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    made.setAttribute('viewBox', '0 0 24 24');
    made.setAttribute('class', 'gapmap-r-icon');
    made.setAttribute('aria-hidden', 'true');
    line.setAttribute('d', ICONS[name]);
    made.appendChild(line);
    return made;
  }

  window.gapmapMattersPanel = function (room, body) {
    var board = room.board, words = room.words, matters = room.matters = window.gapmapMatters(room);
    var pins = window.gapmapMattersMap(room, matters), sites = window.gapmapRoomSites(room, matters), forms = window.gapmapMattersForms(room, matters, pins), opened = { sites: true, activities: true };
    var today = new Date().toLocaleDateString('en-CA');

    // ---- one thing ----
    function state(one) { return one.isGoing ? 'Being removed' : one.isWaiting ? 'Waiting to be sent' : ''; }
    function small(text, work, at) { return button(text, 'gapmap-r-small', work, { 'data-at': at }); }
    function controls(one) {
      var row = element('div', 'gapmap-r-row');
      if (!matters.isOurs(one)) { return row; }
      if (one.section === 'activities') {
        row.appendChild(small(one.value.is_done ? 'Not done yet' : 'Done', function () {
          matters.put(one.section, one.id, Object.assign({}, one.value, { is_done: !one.value.is_done }), board.revision, true);
        }, 'done ' + one.id));
      }
      row.appendChild(small('Change…', function () { forms.begin(one.section, {}, one); }, 'change ' + one.id));
      if (one.section === 'sites') { row.appendChild(small('Move…', function () { forms.move(one); room.render(); }, 'move ' + one.id)); }
      row.appendChild(small('Remove', function () { matters.remove(one); }, 'remove ' + one.id));
      return row;
    }
    function entry(list, one, isWhere) {
      var line = list.appendChild(element('li', 'gapmap-r-matter' + (one.isWaiting ? ' gapmap-r-unsent' : '') + (one.value.is_done ? ' gapmap-r-done' : '')));
      line.appendChild(parts.face(matters.mark(one.value.partner)));
      var said = line.appendChild(element('div', 'gapmap-r-said-text'));
      said.appendChild(element(one.section === 'comments' ? 'p' : 'b', '', matters.text(one)));
      lines(one, isWhere).forEach(function (text) { said.appendChild(element('small', '', text)); });
      if (state(one)) { said.appendChild(element('small', 'gapmap-r-unsent-word', state(one))); }
      said.appendChild(controls(one));
      return said;
    }
    function lines(one, isWhere) {
      var value = one.value, who = matters.who(value.partner);
      if (one.section === 'sites') { return [who].concat(matters.siteLines(value)); }
      if (one.section === 'activities') {
        var isLate = value.due && !value.is_done && value.due < today;
        return [[who, value.where, value.due ? (isLate ? 'was due ' : 'by ') + words.day(value.due) : '', value.is_done ? 'done' : ''].filter(Boolean).join(' · '), value.note || ''].filter(Boolean);
      }
      return [who + (isWhere ? ', on ' + matters.subject(value.subject) : ''), value.note || ''].filter(Boolean);
    }

    // What is said of a decision stands below it.
    matters.said = function (ids) { return [room.may(), room.leads(), board.markOf, ids.map(matters.about)]; };
    matters.under = function (parent, id) {
      if (room.may()) { parent.appendChild(button('Comment…', 'gapmap-r-small', function () { forms.begin('comments', { subject: id }); }, { 'data-at': 'comment ' + id })); }
      var said = matters.about(id), list = said.length ? parent.appendChild(element('ul', 'gapmap-r-under')) : null;
      said.forEach(function (one) { entry(list, one, false); });
    };

    // ---- what was chosen on the map ----
    function implied() {
      var list = room.hand.list(), geoid = list.length === 1 ? room.paint.geoid(list[0]) : null;
      return geoid && about([geoid]).length ? { kind: 'areas', id: geoid } : null;
    }
    function about(geoids) {
      return geoids.reduce(function (all, geoid) {
        var keys = [geoid].concat(board.keys(geoid));
        return all.concat(matters.about(geoid), keys.length > 2 ? keys.slice(1).reduce(function (more, key) { return more.concat(matters.about(key)); }, []) : []);
      }, []);
    }
    function card() {
      if (room.view === 'projector' || !board.facts) { return null; }
      var chosen = matters.chosen || implied();
      if (!chosen) { return null; }
      if (chosen.kind === 'sites') {
        var site = matters.find('sites', chosen.id);
        return site ? { kind: 'sites', one: site, said: matters.about(site.id) } : null;
      }
      if (chosen.kind === 'today') {
        var now = matters.today(chosen.id);
        return now ? { kind: 'today', one: now, said: matters.about(now.id) } : null;
      }
      return { kind: 'areas', ids: chosen.id.split(' '), said: about(chosen.id.split(' ')), isImplied: !matters.chosen };
    }
    var seen = null, drawCard = parts.section(body, 'card', {
      sees: function () { var now = card(); return now && !matters.draft ? [now, board.markOf, room.may(), room.leads()] : null; },
      draw: function (box) {
        var now = card(), list = element('ul'), key = '', id = matters.chosen ? matters.chosen.id : null;
        if (id && id !== seen) { window.requestAnimationFrame(function () { box.scrollIntoView({ block: 'nearest' }); }); }
        seen = id;
        var head = box.appendChild(element('div', 'gapmap-r-card-head'));
        if (now.kind === 'sites') {
          head.appendChild(element('h2', '', 'Proposed site'));
          entry(list, now.one, false);
          key = now.one.id;
        } else if (now.kind === 'today') {
          head.appendChild(element('h2', '', 'A site of today'));
          var told = list.appendChild(element('li', 'gapmap-r-matter')).appendChild(element('div', 'gapmap-r-said-text'));
          told.appendChild(element('b', '', now.one.name));
          sites.lines(now.one).slice(1).forEach(function (text) { told.appendChild(element('small', '', text)); });
          key = now.one.id;
        } else {
          head.appendChild(element('h2', '', 'Said about ' + words.list(now.ids.map(words.key))));
          key = now.ids.length === 1 ? now.ids[0] : '';
        }
        if (!now.isImplied) { head.appendChild(small('Close', function () { matters.choose(null); }, 'card close')); }
        now.said.forEach(function (one) { entry(list, one, now.kind === 'areas' && now.ids.length > 1); });
        box.appendChild(list);
        if (!room.may() || !key) { return; }
        var row = now.kind === 'sites' ? list.querySelector('.gapmap-r-row') : box.appendChild(element('div', 'gapmap-r-row'));
        row.appendChild(small(now.kind === 'sites' ? 'Comment…' : 'Comment on it…', function () { forms.begin('comments', { subject: key }); }, 'card comment'));
        if (now.kind !== 'sites') { row.appendChild(small('Correct the data…', function () { forms.begin('corrections', { subject: key }); }, 'card correct')); }
      }
    });

    // ---- what can be put there ----
    // Whoever marks an area while writing means that one.
    var before = [], kept = null;
    function follow() {
      var now = room.hand.list(), draft = matters.draft, added = now.filter(function (place) { return before.indexOf(place) < 0; });
      before = now;
      // What was marked only to say what is meant is not marked for anything else.
      if (draft && !kept) { kept = now; }
      if (!draft && kept) { var had = kept; kept = null; room.hand.set(now.filter(function (place) { return had.indexOf(place) < 0; }), false); }
      if (draft && 'subject' in draft.values && added.length && (draft.section === 'comments' || draft.section === 'corrections')) {
        draft.values.subject = room.paint.geoid(added[added.length - 1]);
        if (draft.section === 'corrections') { draft.values.found = ''; }
      }
    }
    var drawAdd = parts.section(body, 'add', {
      sees: function () {
        if (!room.may() || !board.facts) { return null; }
        var draft = matters.draft;
        follow();
        // The one that was tapped; what is chosen in the form itself redraws nothing.
        var subject = draft && matters.today(draft.values.subject) ? draft.values.subject : '';
        return draft ? [draft.section, draft.id, draft.values.latitude !== undefined, subject, room.hand.list().slice(0, 12)] : [];
      },
      draw: function (box) {
        box.classList.toggle('gapmap-r-writing', Boolean(matters.draft));
        if (matters.draft) { forms.draw(box); return; }
        box.appendChild(element('h2', '', 'Put on the board'));
        var grid = box.appendChild(element('div', 'gapmap-r-add-grid'));
        ADD.forEach(function (one) {
          var made = button('', '', function () {
            var list = room.hand.list();
            forms.begin(one[0], one[0] === 'comments' || one[0] === 'corrections' ? { subject: list.length ? room.paint.geoid(list[0]) : '' } : {});
          }, { 'data-at': 'add ' + one[0] });
          made.appendChild(icon(one[0]));
          made.appendChild(document.createTextNode(one[1]));
          grid.appendChild(made);
        });
      }
    });

    // ---- all of it ----
    function order(section) {
      var all = matters.of(section);
      if (section !== 'activities') { return all; }
      return all.slice().sort(function (one, other) {
        return Number(Boolean(one.value.is_done)) - Number(Boolean(other.value.is_done)) || (one.value.due || '9999').localeCompare(other.value.due || '9999');
      });
    }
    function show(one) {
      var place = -1;
      if (one.section === 'sites') { matters.choose('sites', one.id); pins.show([one.value.latitude, one.value.longitude]); return; }
      var site = matters.find('sites', one.value.subject || ''), now = matters.today(one.value.subject);
      if (site) { show(site); return; }
      if (now) { matters.choose('today', now.id); pins.show([now.lat, now.lng]); return; }
      place = room.paint.place((one.value.subject || '').split('#')[0]);
      if (place >= 0) { matters.choose('areas', room.paint.geoid(place)); pins.show(room.paint.inner(place)); }
    }
    function isSomewhere(one) {
      return one.section === 'sites' || Boolean(one.value.subject && (room.paint.place(one.value.subject.split('#')[0]) >= 0 || matters.find('sites', one.value.subject) || matters.today(one.value.subject)));
    }
    function lay(parent, section, title) {
      var all = order(section), fold = parent.appendChild(element('details', 'gapmap-r-fold gapmap-r-heap'));
      fold.open = Boolean(opened[section]);
      fold.addEventListener('toggle', function () { opened[section] = fold.open; });
      var head = fold.appendChild(element('summary', '', title)), done = all.filter(function (one) { return one.value.is_done; }).length;
      head.appendChild(element('b', 'gapmap-r-number', all.length));
      if (done) { head.appendChild(element('small', '', done + ' done')); }
      var list = fold.appendChild(element('ul'));
      all.slice(0, LISTED).forEach(function (one) {
        var said = entry(list, one, true);
        if (!isSomewhere(one)) { return; }
        var row = said.lastChild;
        row.insertBefore(button('Show', 'gapmap-r-small gapmap-r-show', function () { show(one); }, { 'data-at': 'show ' + one.id, 'aria-label': 'Show on the map: ' + matters.text(one) }), row.firstChild);
      });
      if (all.length > LISTED) { fold.appendChild(element('p', 'gapmap-r-note', 'and ' + (all.length - LISTED) + ' more')); }
    }
    function counted(section) { var found = matters.byArea(); return Object.keys(found).some(function (geoid) { return found[geoid][section]; }); }
    function all() { return LISTS.map(function (one) { return matters.of(one[0]); }); }
    // From the back row: how much there is of each, and where the pins belong.
    function counts(box, found) {
      var row = box.appendChild(element('div', 'gapmap-r-counts'));
      LISTS.forEach(function (one, at) {
        if (!found[at].length) { return; }
        var made = row.appendChild(element('span', 'gapmap-r-counted'));
        made.appendChild(icon(one[0]));
        made.appendChild(element('b', '', found[at].length));
        made.appendChild(element('span', '', found[at].length === 1 ? one[2] : one[3]));
      });
    }
    return {
      add: function () { drawCard(); drawAdd(); },
      lists: function (parent) {
        return parts.section(parent, 'matters', {
          sees: function () {
            var found = board.facts ? all() : [];
            return found.some(function (one) { return one.length; }) ? [found, room.view, room.may(), room.leads(), board.markOf, Object.keys(board.state.decisions)] : null;
          },
          draw: function (box) {
            var found = all();
            if (room.view === 'projector') { counts(box, found); return; }
            LISTS.forEach(function (one, at) { if (found[at].length) { lay(box, one[0], one[1]); } });
          }
        });
      },
      // What the map shows beside the areas, for its legend.
      key: function () { return [Boolean(matters.of('sites').length), counted('comments'), counted('corrections'), (board.facts.sites || []).length, sites.isOn(), room.view]; },
      legend: function (whole) {
        var mark = room.settings.marks[1], box = element('div', 'gapmap-r-key-group');
        function line(sign, text, of) {
          var row = (of || box).appendChild(element('div', 'gapmap-r-step'));
          row.appendChild(element('span', 'gapmap-r-sign')).appendChild(sign);
          row.appendChild(element('span', '', text));
          return row;
        }
        var found = board.facts.sites || [];
        box.appendChild(element('div', 'gapmap-r-key-head', 'On the map'));
        if (found.length) {
          var row = line(element('i', 'gapmap-r-dot'), 'Today’s sites');
          if (found.some(function (one) { return one.because; })) { line(element('i', 'gapmap-r-dot gapmap-r-hollow'), 'not counted'); }
          if (room.view !== 'projector') {
            var label = element('label', 'gapmap-r-switch'), turn = label.appendChild(parts.input('checkbox', { role: 'switch', 'data-at': 'sites of today', 'aria-label': 'Show today’s sites' }));
            turn.checked = sites.isOn();
            turn.addEventListener('change', function () { sites.turn(turn.checked); });
            row.appendChild(label);
          }
        }
        if (matters.of('sites').length) { line(pins.drop({ l: mark.l, c: mark.c, i: mark.i }), 'Proposed site'); }
        if (counted('comments')) { line(pins.bubble(1, false), 'Comments'); }
        if (counted('corrections')) { line(pins.bubble(1, true), 'Corrections'); }
        if (box.children.length > 1) { whole.appendChild(box); }
      },
      draw: function () { sites.draw(); pins.draw(); }
    };
  };
})();
