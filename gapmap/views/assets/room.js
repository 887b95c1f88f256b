// A shared board in one tab: the line, the map, the panels, and which of them a view has.
(function () {
  'use strict';
  if (window.gapmapRoom) { return; }
  var VIEWS = ['facilitator', 'partner', 'projector', 'phone', 'public'], LOOKING = ['projector', 'public'];
  var NARROW_PX = 700, LOG_BACK = 40;
  var element = window.gapmapPanel.element, parts = window.gapmapParts, join = window.gapmapJoin;

  function mount(map, settings) {
    var body = document.body, container = map.getContainer(), line = null, token = null, door = null;
    var board = window.gapmapBoard(settings.marks), paint = null, hand = null, factsOf = null, isReady = false, isSettled = false;
    var nameOfGeoid = {}, isDue = false, changed = { areas: true };
    var room = { settings: settings, map: map, board: board, view: '', form: null, lead: null, options: { group: '', hours: '' } };

    body.classList.add('gapmap-room');
    body.classList.toggle('gapmap-r-framed', settings.framed);
    container.focus = function () { HTMLElement.prototype.focus.call(container, { preventScroll: true }); };
    container.setAttribute('role', 'region');
    container.setAttribute('aria-label', settings.label);

    // ---- the page around the map ----
    var bar = element('header', 'gapmap-r-bar'), side = element('aside', 'gapmap-r-side');
    side.setAttribute('aria-label', 'The board in lists');
    body.insertBefore(bar, body.firstChild);
    body.appendChild(side);
    var title = bar.appendChild(element('h1', 'gapmap-r-title'));
    var claiming = bar.appendChild(element('span', 'gapmap-r-chip'));
    var gap = bar.appendChild(element('span', 'gapmap-r-gap'));
    var here = bar.appendChild(element('span', 'gapmap-r-here'));
    var walk = bar.appendChild(parts.button('History', 'gapmap-r-small gapmap-r-to-history', function () { history.open(); }));
    var waitingBox = bar.appendChild(element('span', 'gapmap-r-waiting'));
    var status = bar.appendChild(element('span', 'gapmap-r-status'));
    var dot = status.appendChild(element('i')), statusText = status.appendChild(element('b')), statusTime = status.appendChild(element('small'));
    statusText.setAttribute('role', 'status');
    var say = parts.toasts(body), ticker = body.appendChild(element('footer', 'gapmap-r-ticker'));
    var spoken = body.appendChild(element('div', 'gapmap-r-spoken'));
    spoken.setAttribute('role', 'status');
    spoken.setAttribute('aria-live', 'polite');
    function whisper(text) { spoken.textContent = text; }

    // ---- what the panels ask of the room ----
    room.say = say;
    room.leadsNow = function () { return Boolean(board.you && board.you.may_lead) && LOOKING.indexOf(room.view) < 0; };
    room.mayNow = function () { return Boolean(board.you && board.you.may_write) && LOOKING.indexOf(room.view) < 0; };
    // Nothing is done to what was.
    room.leads = function () { return !board.past && room.leadsNow(); };
    room.may = function () { return !board.past && room.mayNow(); };
    room.partner = function () {
      if (!room.leads()) { return board.you ? board.you.partner : ''; }
      return board.partners.indexOf(room.acting) >= 0 ? room.acting : board.you.partner || board.partners[0] || '';
    };
    room.actFor = function (name) { room.acting = name; room.render(); };
    room.clock = function () { return line ? line.clock() : Date.now(); };
    room.act = function (change, seen) {
      var entry = line.send(seen === undefined ? { kind: 'do', change: change } : { kind: 'do', seen: seen, change: change });
      if (!entry) { say('Too much is waiting to be sent. It was not kept: try again when the line is back.', true); return false; }
      if (line.state && line.state !== 'live') { say('The line is down: this is kept and sent as soon as it is back.'); }
      changed.areas = true;
      room.render();
      return true;
    };
    room.unanswered = function () { return line ? line.waiting().map(function (one) { return one.message; }) : []; };
    room.command = function (command) { line.send(Object.assign({ kind: 'room' }, command)); };
    room.hint = function (message) { line.hint(message); };
    room.waiting = function () {
      var found = {};
      (line ? line.waiting() : []).forEach(function (one) {
        ((one.message.change || {}).areas || []).forEach(function (key) {
          var place = paint.place(key.split('#')[0]);
          if (place >= 0) { found[place] = true; }
        });
      });
      return found;
    };
    room.said = function (event) {
      return words.said(event, function (geoid) { return paint.placeName(geoid); });
    };
    room.redraw = function () { changed.areas = true; room.render(); };
    room.ask = function (path, content) { return line ? line.ask(path, content) : Promise.reject(new Error('You are not at the board.')); };
    room.settle = function () { isSettled = true; };
    room.render = function () {
      if (isDue) { return; }
      isDue = true;
      window.requestAnimationFrame(function () { isDue = false; draw(); });
    };

    var words = room.words = window.gapmapRoomWords(settings, board, function (geoid) { return nameOfGeoid[geoid] || geoid; });
    hand = room.hand = window.gapmapRoomHand({ map: map,
      ground: function () { return paint ? paint.ground() : null; },
      may: room.may,
      changed: function () { changed.areas = true; if (lead) { lead.sayView(); } room.render(); },
      told: function (place, number) {
        var text = paint.lines(place).join(', ');
        whisper(number ? text + (hand.is(place) ? ', marked' : ', not marked') : text);
      },
      hover: function (place, point) { if (paint) { paint.hover(place, point); } } });
    paint = room.paint = window.gapmapRoomMap({ map: map, settings: settings, board: board, words: words,
      hand: function () { return hand; }, waiting: function () { return room.waiting(); },
      shown: function () { return lead ? shownPlaces() : {}; } });
    var top = side.appendChild(element('div')), middle = side.appendChild(element('div')), foot = side.appendChild(element('div'));
    var jump = window.gapmapRoomJump(room, top.appendChild(element('nav')), side);
    var history = room.history = window.gapmapRoomHistory(room, top.appendChild(element('div')), body, {
      looked: function () { lead.sayView(); },
      strayed: function () { lead.stray(); },
      lead: function () { lead.takeLead(); },
      isLeading: function () { return lead.isLeading(); }
    });
    function shownPlaces() {
      var found = lead.shown();
      history.marks().forEach(function (key) {
        var place = paint.place(key.split('#')[0]);
        if (place >= 0) { found[place] = true; }
      });
      return found;
    }
    var decided = element('div'), lead = window.gapmapRoomLead(room, top, decided, gap), panel = window.gapmapRoomPanel(room, middle);
    // Before the long list, where a table finds it.
    middle.insertBefore(decided, middle.querySelector('.gapmap-r-find'));
    var drawDoor = window.gapmapRoomDoor(room, top, body), drawPapers = window.gapmapRoomPapers(room, foot);
    var drawPeople = parts.section(foot, 'people', {
      sees: function () { return board.you && LOOKING.indexOf(room.view) < 0 ? [board.presence.people, board.you] : null; },
      draw: function (box) {
        box.appendChild(element('h2', '', 'Here now'));
        var people = board.presence.people || [], list = box.appendChild(element('p', ''));
        list.textContent = people.map(function (one) { return (one.name || 'somebody') + (one.partner ? ' (' + one.partner + ')' : ''); }).join(', ') ||
          board.presence.count + ' here';
        box.appendChild(element('p', 'gapmap-r-note', 'You are ' + (board.you.name || 'nobody by name') + (board.you.partner ? ', for ' + board.you.partner : '') + ', ' + board.you.role + '.'));
        if (!board.you.name) { return; }
        box.appendChild(button('Leave and delete my name'));
      }
    });
    function button(text) { return parts.button(text, 'gapmap-r-small', leave, { 'data-at': 'leave' }); }
    function leave() {
      line.ask('leave', '{"forget":true}').then(function () { ended(4401, 'You have left the board.'); }).catch(function () {
        say('The server does not answer. Try again when the line is back.', true);
      });
    }

    // ---- drawing ----
    function drawBar() {
      var text = board.title() || settings.words.study;
      if (title.textContent !== text) { title.textContent = text; document.title = text; }
      claiming.hidden = board.revision === null;
      claiming.textContent = board.isOpen() ? 'Claiming is open' : 'Claiming is closed';
      claiming.classList.toggle('gapmap-r-closed', !board.isOpen());
      here.hidden = board.revision === null;
      here.textContent = board.presence.count + ' here';
      walk.hidden = board.revision === null || room.view === 'projector';
      walk.setAttribute('aria-pressed', String(history.isOpen()));
      var last = board.log[board.log.length - 1];
      ticker.textContent = last ? room.said(last) : '';
      ticker.hidden = room.view !== 'projector' || !last || history.isOpen();
      var isNarrow = room.view === 'phone' || window.innerWidth < NARROW_PX;
      body.classList.toggle('gapmap-r-narrow', isNarrow && room.view !== 'projector');
      body.classList.toggle('gapmap-r-projector', room.view === 'projector');
      body.classList.toggle('gapmap-r-told', !ticker.hidden);
      body.setAttribute('data-view', room.view);
    }
    function draw() {
      if (changed.areas) { board.count(); }
      drawBar();
      if (changed.areas && isReady) { paint.draw(); }
      changed.areas = false;
      history.draw();
      lead.draw();
      panel.draw();
      drawDoor();
      drawPapers();
      drawPeople();
      jump.draw();
      container.setAttribute('data-revision', String(board.revision));
      container.setAttribute('data-marked', String(hand.list().length));
      if (isReady) { container.setAttribute('data-ready', '1'); }
      api.drawnAt = performance.timeOrigin + performance.now();
    }
    function showStatus(now) {
      var text = { connecting: 'Connecting', live: 'Live', slow: 'Live, every few seconds', cut: 'Reconnecting', closed: 'Not connected' }[now.status];
      if (statusText.textContent !== text) { statusText.textContent = text; }
      statusTime.textContent = now.updated ? 'last update ' + words.time(now.updated) : '';
      status.setAttribute('data-status', now.status);
      dot.setAttribute('aria-hidden', 'true');
      if (line) { line.state = now.status; }
      var kept = now.waiting.filter(function (one) { return one.message.kind === 'do'; });
      // What is answered in a moment is not worth a word.
      waitingBox.hidden = !kept.length || (now.status === 'live' && now.waiting.length < 1);
      waitingBox.textContent = kept.length ? kept.length + ' waiting to be sent' : '';
      waitingBox.title = kept.map(function (one) { return words.waiting(one.message.change); }).join('\n');
    }

    // ---- what arrives ----
    function heard(message) {
      var what = board.hear(message);
      if (what === 'gap') { line.anew(); return; }
      if (!what) { return; }
      line.has(board.revision);
      history.heard(message);
      if (message.kind === 'snapshot') { lookBack(); }
      if (what !== 'around') { changed.areas = true; weigh(); }
      if (message.room || message.kind === 'room') { changed.areas = true; if (isReady) { lead.goAlong(); } }
      if (message.presence || message.kind === 'presence' || message.kind === 'you') { changed.areas = true; }
      room.render();
    }
    function lookBack() {
      line.ask('log?after=' + Math.max(0, board.revision - LOG_BACK)).then(function (text) {
        board.remember(JSON.parse(text).events);
        room.render();
      }).catch(function () { room.render(); });
    }
    function weigh() {
      var scenario = board.now().about.scenario || {}, asked = JSON.stringify([scenario.query, scenario.what_if]);
      if (asked === factsOf) { return; }
      factsOf = asked;
      loaded.then(function () { return paint.weigh(settings.root + 'room/' + settings.board + '/facts'); }).then(function () {
        Object.assign(nameOfGeoid, paint.names());
        board.count();
        isReady = changed.areas = true;
        fit();
        lead.goAlong();
        room.render();
      }).catch(function () {
        factsOf = null;
        lost();
      });
    }
    function lost() {
      if (container.querySelector('.gapmap-lost')) { return; }
      container.appendChild(element('div', 'gapmap-lost', 'Part of the map did not arrive. Reload the page.'));
    }
    function settled(entry, answer) {
      changed.areas = true;
      if (answer.kind === 'refused') { say(words.refused(answer), true); }
      history.settled(entry.message, answer);
      if (room.answered) { room.answered(entry.message, answer); }
      room.render();
    }
    function ended(code, why) {
      if (line) { line.end(); line = null; }
      token = null;
      if (opening) { opening.again(); return; }
      join.forget(settings.board);
      openDoor(code === 4404 ? 'There is no such board any more.' : why || 'Join again with a code.');
    }

    // ---- coming in ----
    function openDoor(why) {
      if (door) { door.remove(); }
      door = join.open(body, { root: settings.root, board: settings.board, view: room.view, why: why, joined: function (answer) {
        door = null;
        tellPage(answer.token);
        begin(answer.token);
      } });
    }
    var opening = settings.public ? window.gapmapRoomPublic(settings, begin) : null;
    function begin(given) {
      token = given;
      if (door) { door.remove(); door = null; }
      if (line) { line.end(); }
      line = window.gapmapLine({ root: settings.root, board: settings.board, token: given, view: room.view,
        heard: heard, status: showStatus, settled: settled, ended: ended });
      api.line = line;
    }
    function enter(told) {
      var view = VIEWS.indexOf(told.view) >= 0 ? told.view : '';
      room.view = view;
      room.render();
      var given = told.token || (settings.framed || !join.code() ? join.remembered(settings.board) : '');
      if (given && given === token) { return; }
      if (!given) { if (!door && !line) { openDoor(''); } return; }
      if (told.token) { join.remember(settings.board, given); } else { tellPage(given); }
      begin(given);
    }
    // The page around the frame hands out codes: it has to know who looks on.
    var bridge = L.featureGroup().addTo(map);
    function tellPage(given) {
      if (!settings.framed) { return; }
      bridge.fire('click', { latlng: map.getCenter(), layer: { toGeoJSON: function () {
        return { type: 'Feature', geometry: null, properties: { kind: 'token', id: given } };
      } } });
    }

    // ---- the map in its place ----
    function fit() {
      if (isSettled || !board.facts || container.clientWidth < 40 || container.clientHeight < 40) { return; }
      map.invalidateSize({ animate: false });
      map.fitBounds(board.facts.bounds, { animate: false, padding: [12, 12] });
    }
    new ResizeObserver(function () {
      if (container.clientWidth < 40 || container.clientHeight < 40) { return; }
      map.invalidateSize({ animate: false });
      fit();
      room.render();
    }).observe(container);
    map.on('dragstart', function () { isSettled = true; });
    container.addEventListener('click', function (event) {
      if (event.target.closest && event.target.closest('.leaflet-control-zoom')) { isSettled = true; }
    });
    if (settings.notices.length) {
      var notices = L.control({ position: 'topright' });
      notices.onAdd = function () {
        var box = element('div', 'gapmap-notices');
        settings.notices.forEach(function (text) { box.appendChild(element('span', '', text)); });
        return box;
      };
      notices.addTo(map);
    }
    var loaded = paint.load().then(function () {
      var ground = paint.names();
      Object.keys(ground).forEach(function (geoid) { nameOfGeoid[geoid] = ground[geoid]; });
    });
    loaded.catch(lost);

    Object.assign(api, { map: map, board: board, room: room, enter: enter, pixel: paint.pixel, hand: hand, paint: paint });
    if (api.told) { enter(api.told); }
    var asks = new URLSearchParams(window.location.search).get('view');
    if (opening) { room.view = asks === 'projector' ? asks : 'public'; opening.open(); } else if (!settings.framed) { enter({ token: '', view: asks }); }
    room.render();
  }

  // A page that frames the map may speak before the map is there.
  var api = window.gapmapRoom = { told: null, enter: function (told) { api.told = told; }, mount: mount };
})();
