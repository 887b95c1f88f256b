// The line to a shared board: one socket a tab, polling where sockets are blocked, and what is done
// meanwhile kept and sent again under the same name until it is answered. Nothing is drawn here.
(function () {
  'use strict';
  if (window.gapmapLine) { return; }

  var FIRST_MS = 500, LONGEST_MS = 15000, PING_MS = 20000, PONG_MS = 10000, WAKE_PONG_MS = 3000;
  var POLL_MS = 4000, TRY_SOCKET_MS = 30000, FAILURES = 2, AGAIN_MS = 1500, BUSY_MS = 5000;
  var OPEN_MS = 8000, KEPT_AT_MOST = 300;

  function randomName() {
    var numbers = new Uint32Array(4);
    window.crypto.getRandomValues(numbers);
    return Array.prototype.map.call(numbers, function (one) { return one.toString(36); }).join('-');
  }

  // ways: root, board, token, view, heard(message), status(line), settled(entry, answer), ended(code, why)
  window.gapmapLine = function (ways) {
    var socket = null, status = 'connecting', updated = null, offset = 0, revision = null;
    var failures = 0, delay = FIRST_MS, timers = {}, isOver = false, isSlow = false, pinged = 0;
    var memory = 'gapmap.waiting.' + ways.board, box = remembered();
    var address = new URL(ways.root + 'board/' + ways.board + '/', document.baseURI).href;

    // ---- what is not answered yet: it outlasts a reload of the tab ----
    function remembered() {
      try {
        var kept = JSON.parse(window.sessionStorage.getItem(memory) || '[]');
        return kept.filter(function (one) { return one && one.message && one.message.id; });
      } catch (broken) { return []; }
    }
    function remember() {
      var kept = box.filter(function (one) { return one.message.kind === 'do'; });
      try { window.sessionStorage.setItem(memory, JSON.stringify(kept)); } catch (full) { return; }
    }
    function later(name, wait, work) {
      window.clearTimeout(timers[name]);
      timers[name] = window.setTimeout(work, wait);
    }
    function tell(next) {
      status = next || status;
      ways.status({ status: status, updated: updated, waiting: box });
    }

    // ---- what arrives ----
    function hear(text) {
      var message = JSON.parse(text);
      updated = Date.now();
      if (message.now) { offset = Date.parse(message.now) - updated; }
      if (message.kind === 'done' || message.kind === 'refused') { answered(message); return; }
      if (message.kind === 'pong') { window.clearTimeout(timers.pong); }
      ways.heard(message);
      tell();
    }
    function answered(answer) {
      var entry = box.filter(function (one) { return one.message.id === answer.id; })[0];
      if (!entry) { return; }
      if (answer.kind === 'refused' && answer.again) {
        entry.isSent = false;
        later('again', AGAIN_MS, flush);
        tell();
        return;
      }
      box.splice(box.indexOf(entry), 1);
      remember();
      ways.settled(entry, answer);
      tell();
    }
    // Whoever is told that a message is none of ours would be told so for ever.
    function giveUpSent(why) {
      box.filter(function (one) { return one.isSent; }).forEach(function (one) {
        answered({ kind: 'refused', id: one.message.id, code: 'request', why: why, conflicts: [] });
      });
    }

    // What this tab has already, and whether it is the wall that the board is projected on.
    function question() {
      var query = [];
      if (revision !== null) { query.push('revision=' + revision); }
      if (ways.view === 'projector') { query.push('view=projector'); }
      return query.length ? '?' + query.join('&') : '';
    }

    // ---- the socket ----
    function connect() {
      window.clearTimeout(timers.connect);
      if (isOver || socket) { return; }
      var url = address.replace(/^http/, 'ws') + 'live' + question();
      var mine, isOpen = false;
      try { mine = new WebSocket(url, ['gapmap.1', 'token.' + ways.token]); } catch (blocked) { failed(); return; }
      socket = mine;
      if (!isSlow) { tell(updated ? 'cut' : 'connecting'); }
      // A line that is swallowed and not refused never opens and never closes.
      later('open', OPEN_MS, function () { if (socket === mine && !isOpen) { drop(); failed(); } });
      mine.onopen = function () {
        isOpen = true;
        window.clearTimeout(timers.open);
        box.forEach(function (one) { one.isSent = false; });
      };
      mine.onmessage = function (event) {
        if (socket !== mine) { return; }
        if (status !== 'live') {
          failures = 0;
          delay = FIRST_MS;
          isSlow = false;
          window.clearTimeout(timers.poll);
          status = 'live';
          later('ping', PING_MS, ping);
        }
        hear(event.data);
        flush();
      };
      mine.onclose = function (event) {
        if (socket !== mine) { return; }
        socket = null;
        window.clearTimeout(timers.open);
        closed(event.code, event.reason, isOpen);
      };
    }
    function closed(code, why, wasOpen) {
      window.clearTimeout(timers.ping);
      window.clearTimeout(timers.pong);
      if (code === 4401 || code === 4404) {
        isOver = true;
        tell('closed');
        ways.ended(code, why);
        return;
      }
      if (code === 4400 || code === 4413) { giveUpSent('The server could not read this. Reload the page.'); }
      if (code === 4429) { delay = Math.max(delay, BUSY_MS); }
      if (wasOpen) { if (!isSlow) { tell('cut'); } again(); } else { failed(); }
    }
    function failed() {
      failures += 1;
      if (!isSlow) { tell('cut'); }
      if (failures >= FAILURES && !timers.isPolling) { poll(); }
      again();
    }
    function again() {
      var wait = isSlow ? TRY_SOCKET_MS : delay * (0.5 + Math.random() / 2);
      delay = Math.min(2 * delay, LONGEST_MS);
      later('connect', wait, connect);
    }
    function drop() {
      var old = socket;
      socket = null;
      window.clearTimeout(timers.ping);
      window.clearTimeout(timers.pong);
      if (old) { old.onclose = old.onmessage = old.onopen = null; old.close(); }
    }
    function cut() { drop(); tell('cut'); delay = FIRST_MS; again(); }
    function ping() {
      if (!socket || socket.readyState !== WebSocket.OPEN) { return; }
      socket.send('{"kind":"ping"}');
      later('pong', pinged ? WAKE_PONG_MS : PONG_MS, cut);
      pinged = 0;
      later('ping', PING_MS, ping);
    }
    // A laptop that wakes up has a socket that looks open; a browser may know that the line is gone.
    function wake() {
      if (isOver || document.hidden) { return; }
      if (socket && socket.readyState === WebSocket.OPEN) { pinged = 1; ping(); } else { delay = FIRST_MS; connect(); }
    }
    function offline() { if (!isOver) { isSlow = false; window.clearTimeout(timers.poll); cut(); } }

    // ---- polling ----
    function request(path, body) {
      return fetch(address + path, { method: body ? 'POST' : 'GET', cache: 'no-store', body: body,
        headers: { Authorization: 'Bearer ' + ways.token } }).then(function (answer) { return answer.text(); });
    }
    function poll() {
      if (isOver || status === 'live') { return; }
      timers.isPolling = true;
      request('since' + question()).then(function (text) {
        timers.isPolling = false;
        if (isOver || status === 'live') { return; }
        var message = JSON.parse(text);
        if (message.kind === 'refused') {
          if (message.code === 'closed') { isOver = true; drop(); tell('closed'); ways.ended(4401, message.why); return; }
          throw new Error(message.why);
        }
        isSlow = true;
        status = 'slow';
        hear(text);
        flush();
        later('poll', POLL_MS * (0.8 + Math.random() * 0.4), poll);
      }).catch(function () {
        timers.isPolling = false;
        if (isOver || status === 'live') { return; }
        isSlow = false;
        tell('cut');
        later('poll', POLL_MS * (0.8 + Math.random() * 0.4), poll);
      });
    }

    // ---- what is sent ----
    function flush() {
      var isOpen = socket && socket.readyState === WebSocket.OPEN;
      if (isOpen && status === 'live') {
        box.forEach(function (one) {
          if (one.isSent) { return; }
          one.isSent = true;
          socket.send(JSON.stringify(one.message));
        });
        return;
      }
      if (status !== 'slow') { return; }
      // One after the other, so that they keep their order.
      var next = box[0];
      if (!next || next.isAsked) { return; }
      next.isAsked = true;
      request('do', JSON.stringify(next.message)).then(function (text) {
        next.isAsked = false;
        hear(text);
        if (box[0] !== next) { flush(); later('poll', 100, poll); }
      }).catch(function () { next.isAsked = false; });
    }

    window.addEventListener('online', wake);
    window.addEventListener('offline', offline);
    window.addEventListener('pageshow', wake);
    document.addEventListener('visibilitychange', wake);
    window.setInterval(tell.bind(null, null), 1000);
    connect();

    return {
      // Kept until it is answered, whatever happens to the line.
      send: function (message, about) {
        if (box.length >= KEPT_AT_MOST) { return null; }
        var entry = { message: Object.assign({ id: randomName() }, message), about: about || {}, isSent: false };
        box.push(entry);
        remember();
        flush();
        tell();
        return entry;
      },
      // Of the moment only: where somebody's map is matters no more a second later.
      hint: function (message) {
        if (status !== 'live' || !socket || socket.readyState !== WebSocket.OPEN) { return; }
        socket.send(JSON.stringify(Object.assign({ id: randomName() }, message)));
      },
      has: function (number) { revision = number; },
      anew: function () { revision = null; cut(); },
      ask: request,
      end: function () { isOver = true; drop(); Object.keys(timers).forEach(function (name) { window.clearTimeout(timers[name]); }); },
      cut: cut,
      waiting: function () { return box; },
      clock: function () { return Date.now() + offset; }
    };
  };
})();
