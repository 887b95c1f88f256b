// What a meeting needs beside the board: who leads whose map, a timer, a show of hands, decisions.
(function () {
  'use strict';
  if (window.gapmapRoomLead) { return; }
  var element = window.gapmapPanel.element, parts = window.gapmapParts, button = parts.button;
  var HANDS = [['for', 'For'], ['against', 'Against'], ['abstained', 'Abstain']], SAY_VIEW_MS = 350;

  window.gapmapRoomLead = function (room, body, decided, bar) {
    var board = room.board, words = room.words, map = room.map, isAlone = false, isOurs = false, wasLeading = false, saidAt = 0, due = null, asked;

    // ---- whose map it is ----
    function follow() { return board.room.follow || null; }
    function isLeading() { return Boolean(follow() && board.you && follow().leader === board.you.member); }
    // Known only to those who may read names.
    function isAway() {
      var people = board.presence.people || [];
      return people.length > 0 && people.every(function (one) { return one.member !== follow().leader; });
    }
    function view() {
      var at = map.getCenter();
      // How large the map is here: a smaller one shows the same from further away.
      var size = map.getSize();
      var marked = room.history.isOpen() ? room.history.marks() : room.hand.list().map(room.paint.geoid), then = room.history.revision();
      var found = { lat: at.lat, lng: at.lng, zoom: map.getZoom(), mode: 'board ' + size.x + ' ' + size.y, selection: marked.concat(room.matters ? room.matters.pointed() : []).slice(0, 400) };
      if (then) { found.revision = then; }
      if (then && room.history.decision()) { found.decision = room.history.decision(); }
      return found;
    }
    // A decision keeps the map as whoever writes it down sees it.
    function frozen() {
      var frame = map.getBounds(), seen = view();
      seen.selection = seen.selection.filter(function (key) { return room.paint.place(key.split('#')[0]) >= 0; });
      return Object.assign(seen, { bounds: [[Math.max(-90, frame.getSouth()), frame.getWest()], [Math.min(90, frame.getNorth()), frame.getEast()]] });
    }
    function takeLead() { room.command({ do: 'lead', view: view() }); }
    function sayView() {
      if (!isLeading() || isOurs) { return; }
      window.clearTimeout(due);
      due = window.setTimeout(function () {
        saidAt = Date.now();
        if (isLeading()) { room.hint({ kind: 'room', do: 'view', view: view() }); }
      }, Math.max(0, SAY_VIEW_MS - (Date.now() - saidAt)));
    }
    function goAlong() {
      if (!follow() || isLeading() || isAlone) { return; }
      var seen = follow().view;
      isOurs = true;
      room.history.along(seen.revision || null, seen.decision);
      map.setView([seen.lat, seen.lng], seen.zoom + further(seen.mode), { animate: false });
      isOurs = false;
    }
    function further(mode) {
      var theirs = /^board (\d+) (\d+)$/.exec(mode || ''), mine = map.getSize();
      if (!theirs || !mine.x || !mine.y) { return 0; }
      var share = Math.min(mine.x / Math.max(1, theirs[1]), mine.y / Math.max(1, theirs[2]));
      return Math.floor(4 * Math.max(-3, Math.min(3, Math.log2(share)))) / 4;
    }
    map.on('moveend', sayView);
    room.pointed = sayView;
    // Whoever takes the map in hand looks around alone until they come back.
    map.on('dragstart', function () { stray(); });
    map.getContainer().addEventListener('wheel', function (event) { if (event.ctrlKey || event.metaKey) { stray(); } });
    map.getContainer().addEventListener('click', function (event) {
      if (event.target.closest && event.target.closest('.leaflet-control-zoom')) { stray(); }
    });
    function stray() { if (follow() && !isLeading() && !isAlone && room.view !== 'projector') { isAlone = true; room.render(); } }

    var drawFollow = parts.section(body, 'follow', {
      sees: function () { return follow() && room.view !== 'projector' ? [follow().leader, follow().name, isAlone, isLeading(), isAway()] : null; },
      draw: function (box) {
        var who = follow().name || 'the facilitator';
        if (isLeading()) { box.appendChild(element('p', '', 'Everybody follows your map.')); return; }
        box.appendChild(element('p', '', (isAlone ? 'You look around alone.' : 'You follow the map of ' + who + '.') + (isAway() ? ' ' + who + ' is not here now.' : '')));
        box.appendChild(isAlone ? button('Follow ' + who, 'gapmap-r-main', function () { isAlone = false; goAlong(); room.render(); })
          : button('Look around alone', '', function () { isAlone = true; room.render(); }));
      }
    });

    // ---- a show of hands ----
    function mine() {
      var hands = board.room.hands, me = board.you && board.you.member;
      var found = hands && (hands.answers || []).filter(function (one) { return one.member === me; })[0];
      return found ? found.answer : null;
    }
    var drawHands = parts.section(body, 'hands', {
      sees: function () { return board.room.hands ? [board.room.hands, mine(), room.may(), room.leads()] : null; },
      draw: function (box) {
        var hands = board.room.hands, row = element('div', 'gapmap-r-row gapmap-r-hand');
        box.appendChild(element('h2', '', 'Show of hands' + (hands.is_open ? '' : ', closed')));
        box.appendChild(element('p', 'gapmap-r-question', hands.question));
        HANDS.forEach(function (one) {
          var text = one[1] + ' ' + hands.counts[one[0]], mayAnswer = hands.is_open && room.may();
          row.appendChild(mayAnswer ? button(text, '', function () {
            room.command({ do: 'hand', answer: mine() === one[0] ? null : one[0], of: hands.id });
          }, { 'aria-pressed': String(mine() === one[0]), 'data-at': one[0] }) : element('span', 'gapmap-r-count', text));
        });
        box.appendChild(row);
        if (!room.leads()) { return; }
        var lead = box.appendChild(element('div', 'gapmap-r-row'));
        if (hands.is_open) { lead.appendChild(button('Close', '', function () { room.command({ do: 'end hands' }); })); }
        lead.appendChild(button('Write it down as a decision…', 'gapmap-r-main', function () { open('decide'); }));
        lead.appendChild(button('Put away', '', function () { room.command({ do: 'clear hands' }); }));
      }
    });

    // A question is put above the lists: who reads further down would not see it.
    function callToHands() {
      var hands = board.room.hands, lists = body.closest('.gapmap-r-side'), at = document.activeElement;
      if ((hands && hands.id) === asked) { return; }
      var isNew = asked !== undefined && hands && hands.is_open;
      asked = board.room.version < 0 ? undefined : hands && hands.id;
      if (!isNew || room.view === 'projector') { return; }
      if (at && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName) && lists.contains(at) && at.value) { room.say('A show of hands: ' + hands.question); return; }
      lists.scrollTop = 0;
    }

    // ---- what only a facilitator does ----
    var goTo = '';
    function open(name) {
      var was = room.lead;
      room.lead = was === name ? null : name;
      goTo = room.lead ? 'form input, form textarea' : '[data-at="' + was + '"]';
      room.render();
    }
    // A form that opens is seen and can be typed in; where it was asked for is gone back to.
    function arrive() {
      var box = body.querySelector('.gapmap-r-lead'), there = goTo ? box.querySelector(goTo) : null, lists = box.closest('.gapmap-r-side'), form = box.querySelector('form');
      goTo = '';
      if (there) { there.focus({ preventScroll: true }); }
      if (!form) { return; }
      var below = form.getBoundingClientRect().bottom - lists.getBoundingClientRect().bottom + 12;
      if (below > 0) { lists.scrollTop += below; }
    }
    function timerButtons(row) {
      var timer = board.room.timer;
      if (!timer) { row.appendChild(button('Timer…', '', function () { open('timer'); }, { 'data-at': 'timer' })); return; }
      var isPaused = timer.left_s !== null && timer.left_s !== undefined;
      row.appendChild(button(isPaused ? 'Go on with the timer' : 'Pause the timer', '', function () { room.command({ do: isPaused ? 'resume' : 'pause' }); }, { 'data-at': 'timer' }));
      row.appendChild(button('Stop the timer', '', function () { room.command({ do: 'stop' }); }));
    }
    var forms = {
      timer: function (box) {
        var minutes = parts.input('number', { min: 1, max: 600, step: 1, required: '' }), label = parts.input('text', { maxlength: 80 });
        minutes.value = 5;
        box.appendChild(parts.form([parts.field('Minutes', minutes), parts.field('What for', label)], 'Start the timer', function () {
          room.command({ do: 'timer', seconds: Math.round(60 * Number(minutes.value)), label: label.value.trim() });
          open(null);
        }, function () { open(null); }));
      },
      hands: function (box) {
        var question = parts.input('area', { rows: 2, maxlength: 400, required: '' });
        box.appendChild(parts.form([parts.field('Question', question)], 'Ask for hands', function () {
          room.command({ do: 'ask hands', question: question.value.trim() });
          open(null);
        }, function () { open(null); }));
      },
      decide: function (box) {
        var hands = board.room.hands, text = parts.input('area', { rows: 3, maxlength: 2000, required: '' }), by = parts.input('date');
        text.value = hands ? hands.question : '';
        box.appendChild(parts.form([parts.field('Decision', text), parts.field('Done by (day, if known)', by)], 'Write it down', function () {
          var change = { do: 'decide', text: text.value.trim(), areas: room.hand.list().map(room.paint.geoid),
                         view: frozen(), on_revision: board.revision };
          if (by.value) { change.due = by.value; }
          if (board.room.hands) {
            var counts = board.room.hands.counts;
            change.hands = { for_count: counts.for, against_count: counts.against, abstained_count: counts.abstained };
          }
          room.act(change);
          open(null);
        }, function () { open(null); }));
        box.appendChild(element('p', 'gapmap-r-note', 'It keeps the map and the board as they are now' + (hands ? ', the count of hands' : '') + ' and the ' +
          room.settings.words.areas + ' that are marked when it is written down.'));
      },
      partner: function (box) {
        var name = parts.input('text', { maxlength: 80, required: '' });
        box.appendChild(parts.form([parts.field('Name of the partner', name)], 'Add to the board', function () {
          var scenario = Object.assign({}, board.state.about.scenario || {}), given = name.value.trim();
          if (given && board.partners.indexOf(given) < 0) {
            scenario.partners = board.partners.concat([given]);
            room.act({ do: 'scenario', scenario: scenario });
          }
          open(null);
        }, function () { open(null); }));
      }
    };
    var drawLead = parts.section(body, 'lead', {
      sees: function () {
        return room.leads() ? [board.isOpen(), board.room.timer, isLeading(), follow() && follow().name, room.lead, board.room.door] : null;
      },
      draw: function (box) {
        box.appendChild(element('h2', '', 'Lead the table'));
        var row = box.appendChild(element('div', 'gapmap-r-row'));
        row.appendChild(button(board.isOpen() ? 'Close claiming' : 'Open claiming', '', function () {
          room.act({ do: 'claiming', is_open: !board.isOpen() });
        }, { 'data-at': 'claiming' }));
        row.appendChild(button(isLeading() ? 'Let everybody go' : 'Lead all on my map', '', function () {
          if (isLeading()) { room.command({ do: 'let go' }); } else { takeLead(); }
        }, { 'data-at': 'lead' }));
        timerButtons(row);
        row.appendChild(button('Show of hands…', '', function () { open('hands'); }, { 'data-at': 'hands' }));
        row.appendChild(button('Decide…', '', function () { open('decide'); }, { 'data-at': 'decide' }));
        row.appendChild(button(board.room.door ? 'Hide how to join' : 'Show how to join', '', function () {
          room.command({ do: board.room.door ? 'hide door' : 'show door' });
        }, { 'data-at': 'door', 'aria-pressed': String(Boolean(board.room.door)) }));
        row.appendChild(button('Add a partner…', '', function () { open('partner'); }, { 'data-at': 'partner' }));
        if (room.lead && forms[room.lead]) { forms[room.lead](box); }
      }
    });
    var drawDecisions = parts.section(decided, 'decisions', {
      sees: function () { return Object.keys(board.now().decisions).length ? [board.now().decisions, room.view === 'projector', room.matters.said(Object.keys(board.now().decisions))] : null; },
      draw: function (box) {
        box.appendChild(element('h2', '', 'Decided'));
        var list = box.appendChild(element('ul'));
        var decisions = board.now().decisions;
        Object.keys(decisions).sort(function (one, other) { return decisions[other].on_revision - decisions[one].on_revision; })
          .forEach(function (id) {
            var one = decisions[id];
            var said = [one.due ? 'by ' + words.day(one.due) : '', one.geoids && one.geoids.length ? words.areas(one.geoids.length) : '',
              one.hands ? (one.hands.for_count || 0) + ' for, ' + (one.hands.against_count || 0) + ' against' : ''].filter(Boolean).join(' · ');
            var line = list.appendChild(element('li'));
            line.appendChild(element('span', '', one.text));
            line.appendChild(element('small', '', said));
            if (room.view !== 'projector' && one.on_revision) {
              line.appendChild(button('Show as it was', 'gapmap-r-small', function () { room.history.showDecision(id); }, { 'aria-label': 'Show as it was: ' + one.text }));
            }
            if (room.view !== 'projector') { room.matters.under(line, id); }
          });
      }
    });

    // ---- the clock ----
    var clock = bar.appendChild(element('span', 'gapmap-r-timer'));
    clock.setAttribute('role', 'timer');
    // A long name of it gives way, the time never.
    var clockFor = clock.appendChild(element('span', 'gapmap-r-timer-for')), clockTime = clock.appendChild(element('span'));
    function tick() {
      var timer = board.room.timer;
      clock.hidden = !timer;
      if (!timer) { return; }
      var isPaused = timer.left_s !== null && timer.left_s !== undefined;
      var left = isPaused ? timer.left_s : (Date.parse(timer.ends) - room.clock()) / 1000;
      var text = (left <= 0 ? 'time is up' : words.left(left)) + (isPaused ? ' (paused)' : ''), label = timer.label ? timer.label + ' ' : '';
      if (clockFor.textContent !== label) { clockFor.textContent = label; }
      if (clockTime.textContent !== text) { clockTime.textContent = text; }
      clock.classList.toggle('gapmap-r-over', left <= 0);
    }
    window.setInterval(tick, 250);

    return {
      draw: function () {
        if (!follow()) { isAlone = false; room.history.letGo(); }
        if (wasLeading && follow() && !isLeading()) { room.say((follow().name || 'Another facilitator') + ' leads the map now. You follow it.'); }
        wasLeading = isLeading();
        callToHands();
        [drawFollow, drawHands, drawLead, drawDecisions].forEach(function (draw) { draw(); });
        if (goTo) { arrive(); }
        tick();
      },
      goAlong: goAlong,
      stray: stray,
      takeLead: takeLead,
      isLeading: isLeading,
      sayView: sayView,
      // What the one who leads points at.
      shown: function () {
        var found = {};
        if (follow() && !isLeading()) {
          (follow().view.selection || []).forEach(function (key) {
            var place = room.paint.place(key);
            if (place >= 0) { found[place] = true; }
          });
        }
        return found;
      }
    };
  };
})();
