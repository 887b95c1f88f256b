// Walking through what was done: the board as it was after any of its changes, on the same map, and
// back to now with one key. What was is asked for piece by piece; nothing on the board is changed by
// looking at it. Text that people wrote goes through textContent alone.
(function () {
  'use strict';
  if (window.gapmapRoomHistory) { return; }
  var element = window.gapmapPanel.element, parts = window.gapmapParts, button = parts.button;
  // As many as the server tells at once.
  var BLOCK = 200, KEPT_STATES = 24;

  // room: board, words, map, say, said, act, ask, redraw, settle and who may do what; top: where the
  // list goes; below: where the steps go; ways: looked() when it is another state, strayed() when a
  // hand chose it
  window.gapmapRoomHistory = function (room, top, below, ways) {
    var board = room.board, words = room.words, map = room.map;
    var wanted = null, shown = null, told = null, isLed = false, isAsking = false, before = null, ours = null, from = null;
    var states = [], blocks = {}, block = 0, version = 0, asked = {}, wasFor = '';

    function head() { return board.revision || 0; }
    function isOpen() { return wanted !== null; }

    // ---- which state ----
    // The frame is lower with the steps below it: what was in it stays in it, and comes back as it was.
    function enter() {
      var frame = map.getBounds();
      before = { center: map.getCenter(), zoom: map.getZoom() };
      document.body.classList.add('gapmap-r-past');
      room.settle();
      map.invalidateSize({ animate: false });
      place(frame, before);
    }
    function place(frame, view) {
      if (frame) { map.fitBounds(frame, { animate: false }); } else { map.setView(view.center, view.zoom, { animate: false }); }
      ours = { center: map.getCenter(), zoom: map.getZoom() };
    }
    // A map stands on whole pixels: it is never quite where it was put.
    function isWhereWePutIt() {
      return ours && ours.zoom === map.getZoom() && map.latLngToContainerPoint(ours.center).distanceTo(map.getSize().divideBy(2)) < 3;
    }
    function go(revision, about) {
      revision = Math.max(1, Math.min(head(), Math.round(revision)));
      if (isOpen() && wanted === revision && (about || {}).id === (told || {}).id) { return; }
      if (!isOpen()) { enter(); }
      wanted = revision;
      told = about || null;
      fetchWanted();
      room.render();
    }
    function remembered(revision) { return states.filter(function (one) { return one.revision === revision; })[0]; }
    // One question at a time: while a slider is drawn along, only where it is by then is asked for.
    function fetchWanted() {
      var known = remembered(wanted);
      if (known) { show(known); return; }
      if (isAsking) { return; }
      isAsking = true;
      var mine = wanted;
      room.ask('past?revision=' + mine).then(function (text) {
        isAsking = false;
        var answer = JSON.parse(text);
        if (answer.kind !== 'past') { throw new Error(answer.why); }
        states = states.concat([answer]).slice(-KEPT_STATES);
        if (!isOpen()) { return; }
        // Passed by already: the map follows the hand all the same.
        show(answer);
        if (wanted !== mine) { fetchWanted(); }
      }).catch(function (error) {
        isAsking = false;
        if (!isOpen()) { return; }
        if (wanted !== mine) { fetchWanted(); return; }
        if (shown) { wanted = shown.revision; } else { back(); }
        room.say('What was at that time did not arrive: ' + (error.message || 'the server does not answer') + ' Try again.', true);
        room.render();
      });
    }
    function show(past) {
      shown = past;
      board.show(past);
      if (wanted === past.revision) { block = Math.floor((wanted - 1) / BLOCK); }
      room.redraw();
      ways.looked();
    }
    function back() {
      if (!isOpen()) { return; }
      var isOurs = isWhereWePutIt(), isHere = strip.contains(document.activeElement);
      wanted = shown = told = ours = null;
      isLed = false;
      board.show(null);
      document.body.classList.remove('gapmap-r-past');
      map.invalidateSize({ animate: false });
      if (isOurs) { map.setView(before.center, before.zoom, { animate: false }); }
      // Whoever held the steps is where they came from, and not nowhere.
      if (isHere && from) { from.focus({ preventScroll: true }); }
      from = null;
      room.redraw();
      ways.looked();
    }
    function own(revision, about) { isLed = false; ways.strayed(); go(revision, about); }
    // Where a decision was made: its map, and the board that everybody had before them.
    function decided(id) {
      var one = board.now().decisions[id];
      return one ? { id: id, text: one.text, keys: (one.geoids || []).concat((one.view || {}).selection || []) } : null;
    }
    function showDecision(id) {
      var one = board.now().decisions[id], view = one.view || {};
      own(one.on_revision, decided(id));
      if (one.view) { place(view.bounds, { center: [view.lat, view.lng], zoom: view.zoom }); }
      ways.looked();
    }
    function marks() {
      if (!shown || shown.revision !== wanted) { return []; }
      return told ? told.keys : shown.areas;
    }

    // ---- what was done ----
    function fetchBlock() {
      var mine = block, known = blocks[mine], full = Math.min(BLOCK, head() - mine * BLOCK);
      if (asked[mine] || (known && known.length >= full)) { return; }
      asked[mine] = true;
      room.ask('log?after=' + mine * BLOCK).then(function (text) {
        asked[mine] = false;
        var answer = JSON.parse(text);
        if (answer.kind !== 'log') { throw new Error(answer.why); }
        blocks[mine] = answer.events.slice(0, BLOCK);
        version += 1;
        room.render();
      }).catch(function () { asked[mine] = false; });
    }
    function heard(message) {
      // After a long cut nobody knows what of it was undone meanwhile.
      if (message.kind === 'snapshot') { blocks = {}; version += 1; }
      (message.events || []).forEach(function (event) {
        var last = blocks[Math.floor((event.revision - 1) / BLOCK)];
        if (last && last.length === (event.revision - 1) % BLOCK) { last.push(event); version += 1; }
        var undone = event.undoes ? (blocks[Math.floor((event.undoes - 1) / BLOCK)] || [])[(event.undoes - 1) % BLOCK] : null;
        if (undone) { undone.undone_by = event.revision; version += 1; }
      });
    }
    function mayUndo(event) {
      if (event.kind === 'create' || event.kind === 'expire' || event.undone_by || !room.mayNow()) { return false; }
      return room.leadsNow() || Boolean(event.partner && event.partner === board.you.partner);
    }
    var drawList = parts.section(top, 'history', {
      sees: function () {
        return isOpen() && !isLed && room.view !== 'projector' ? [block, version, Math.ceil(head() / BLOCK), room.mayNow(), room.leadsNow()] : null;
      },
      draw: function (box) {
        var known = blocks[block], first = block * BLOCK + 1, last = Math.min(head(), first + BLOCK - 1);
        box.appendChild(element('h2', '', 'Changes ' + words.number(first) + ' to ' + words.number(last) + ' of ' + words.number(head())));
        var row = box.appendChild(element('div', 'gapmap-r-row'));
        function turn(text, to, name) { row.appendChild(button(text, 'gapmap-r-small', function () { block = to; fetchBlock(); room.render(); }, { 'data-at': name })); }
        if (last < head()) { turn('Later', block + 1, 'later'); }
        if (block > 0) { turn('Earlier', block - 1, 'earlier'); }
        row.hidden = !row.children.length;
        if (!known) { box.appendChild(element('p', 'gapmap-r-note', 'Coming…')); return; }
        var list = box.appendChild(element('ol'));
        known.slice().reverse().forEach(function (event) {
          var line = list.appendChild(element('li', event.undone_by ? 'gapmap-r-undone' : '')), text = room.said(event);
          line.setAttribute('data-revision', event.revision);
          var made = line.appendChild(button('', 'gapmap-r-step-to', function () { own(event.revision); }, { 'data-at': 'to ' + event.revision }));
          made.appendChild(element('time', '', words.when(event.at)));
          made.appendChild(element('span', '', text + (event.undone_by ? ' (undone by change ' + words.number(event.undone_by) + ')' : '')));
          if (mayUndo(event)) {
            line.appendChild(button('Undo', 'gapmap-r-small', function () { room.act({ do: 'undo', revision: event.revision }); },
              { 'data-at': 'undo then ' + event.revision, 'aria-label': 'Undo: ' + text }));
          }
        });
        wasFor = '';
      }
    });
    function markStep(box) {
      var now = wanted + ' ' + version + ' ' + block;
      if (wasFor === now) { return; }
      wasFor = now;
      Array.prototype.forEach.call(box.querySelectorAll('li'), function (line) {
        var isHere = Number(line.getAttribute('data-revision')) === wanted;
        if (isHere) { line.setAttribute('aria-current', 'step'); } else { line.removeAttribute('aria-current'); }
        if (isHere) { scrollTo(line); }
      });
    }
    // Only the list moves, and not the page around it.
    function scrollTo(line) {
      var list = line.parentNode, at = line.offsetTop - list.offsetTop;
      if (at < list.scrollTop || at + line.offsetHeight > list.scrollTop + list.clientHeight) { list.scrollTop = at - list.clientHeight / 3; }
    }

    // ---- the steps below the map: made once, so that a slider in a hand stays the same one ----
    var strip = below.appendChild(element('section', 'gapmap-r-walk'));
    strip.setAttribute('aria-label', 'The board as it was');
    var steps = strip.appendChild(element('div', 'gapmap-r-walk-steps'));
    function step(text, label, to) {
      return steps.appendChild(button(text, '', function () { own(to()); }, { 'aria-label': label, title: label }));
    }
    var toFirst = step('«', 'The first change', function () { return 1; });
    var toBefore = step('◀', 'One change before', function () { return wanted - 1; });
    var slider = steps.appendChild(parts.input('range', { min: 1, step: 1, 'aria-label': 'Which change' }));
    var toNext = step('▶', 'One change on', function () { return wanted + 1; });
    var toLast = step('»', 'The last change', head);
    slider.addEventListener('input', function () { own(Number(slider.value)); });
    var said = strip.appendChild(element('div', 'gapmap-r-walk-said')), when = said.appendChild(element('b')), what = said.appendChild(element('span'));
    when.setAttribute('role', 'status');
    var acts = strip.appendChild(element('div', 'gapmap-r-walk-acts'));
    var isForAll = acts.appendChild(element('span', '', 'Everybody sees this.'));
    var toAll = acts.appendChild(button('Show to everybody', '', function () { ways.lead(); }));
    var toNow = acts.appendChild(button('Back to now', 'gapmap-r-main', function () { ways.strayed(); back(); }, { title: 'Escape' }));
    toNow.appendChild(element('kbd', '', 'Esc'));
    document.addEventListener('keydown', function (event) {
      if (event.key !== 'Escape' || !isOpen() || room.view === 'projector') { return; }
      event.preventDefault();
      event.stopPropagation();
      ways.strayed();
      back();
    }, true);
    function moment(text) {
      var at = words.when(text);
      return at.indexOf(', ') < 0 ? 'at ' + at : 'on ' + at.replace(', ', ' at ');
    }
    function drawStrip() {
      strip.hidden = !isOpen();
      if (strip.hidden) { return; }
      slider.max = head();
      if (Number(slider.value) !== wanted) { slider.value = wanted; }
      var isHere = shown && shown.revision === wanted;
      var text = (isHere ? 'As it was ' + moment(shown.event.at) : 'Coming…') + ', change ' + words.number(wanted) + ' of ' + words.number(head());
      if (when.textContent !== text) { when.textContent = text; }
      slider.setAttribute('aria-valuetext', text);
      var other = isHere && isOtherQuestion() ? ' The figures are those of today’s question.' : '';
      what.textContent = told ? 'When it was decided: ' + told.text + other : isHere ? room.said(shown.event) + other : '';
      toFirst.disabled = toBefore.disabled = wanted <= 1;
      toNext.disabled = toLast.disabled = wanted >= head();
      toAll.hidden = !room.leadsNow() || ways.isLeading();
      isForAll.hidden = !ways.isLeading();
    }
    function isOtherQuestion() {
      var then = (shown.state.about || {}).scenario || {}, now = board.now().about.scenario || {};
      return JSON.stringify([then.query, then.what_if]) !== JSON.stringify([now.query, now.what_if]);
    }

    return {
      draw: function () {
        if (shown && shown.revision === wanted) { fetchBlock(); }
        drawStrip();
        drawList();
        if (isOpen() && room.view !== 'projector') { markStep(top); }
      },
      isOpen: isOpen,
      open: function () {
        if (isOpen()) { ways.strayed(); back(); return; }
        from = document.activeElement;
        own(head());
        drawStrip();
        slider.focus({ preventScroll: true });
      },
      showDecision: showDecision,
      heard: heard,
      // What was shown, so that who follows is shown the same; null is now.
      revision: function () { return isOpen() ? wanted : null; },
      marks: marks,
      decision: function () { return told ? told.id : null; },
      // Goes where whoever leads is, and back to now with them.
      along: function (revision, decision) {
        if (!revision) { back(); return; }
        isLed = true;
        go(revision, decision ? decided(decision) : null);
      },
      // Nobody leads any more: who was led is back, who walks alone goes on.
      letGo: function () { if (isLed) { back(); } },
      settled: function (message, answer) {
        if (isOpen() && answer.kind === 'done' && message.change && message.change.do === 'undo') {
          back();
          room.say('Undone. This is the board as it is now.');
        }
      }
    };
  };
})();
