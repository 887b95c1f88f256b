// What lies on a board beside claims, as this tab knows it: with what it has sent and what is not
// answered yet, and in words. Nothing is drawn here.
(function () {
  'use strict';
  if (window.gapmapMatters) { return; }
  var SHORT = 60, WHOLE = { l: '•', c: '#3b4754', i: '#ffffff' };

  window.gapmapMatters = function (room) {
    var board = room.board, words = room.words, settings = room.settings, matters = { draft: null, chosen: null };
    var kept = {}, refused = [], byHand = {}, mealName = {}, dayName = {};
    settings.meals.forEach(function (one) { mealName[one[0]] = one[1]; });
    settings.days.forEach(function (one) { dayName[one[0]] = one[1]; });

    // ---- what there is ----
    // Named by when it was made, so that a list keeps its order in every tab.
    function newId() {
      var number = new Uint32Array(1);
      window.crypto.getRandomValues(number);
      return 'm' + Math.floor(room.clock()).toString(36) + '-' + number[0].toString(36);
    }
    // Read many times while a board is drawn: put together once for each state of it.
    matters.of = function (section) {
      var waiting = board.past ? '' : room.unanswered().map(function (one) { return one.id; }).join();
      if (kept.state !== board.state || kept.revision !== board.revision || kept.waiting !== waiting) {
        kept = { state: board.state, revision: board.revision, waiting: waiting, of: {} };
      }
      return kept.of[section] || (kept.of[section] = gather(section));
    };
    function gather(section) {
      var found = {};
      Object.keys(board.state[section] || {}).forEach(function (id) {
        found[id] = { id: id, section: section, value: board.state[section][id], isWaiting: false, isGoing: false };
      });
      // What waits is on its way to the board as it is now, and not to the one that was.
      (board.past ? [] : room.unanswered()).forEach(function (message) {
        var change = message.change || {};
        if (change.section !== section) { return; }
        if (change.do === 'put') { found[change.id] = { id: change.id, section: section, value: change.value, isWaiting: true, isGoing: false }; }
        if (change.do === 'remove' && found[change.id]) { found[change.id].isWaiting = found[change.id].isGoing = true; }
      });
      return Object.keys(found).sort().reverse().map(function (id) { return found[id]; });
    }
    matters.find = function (section, id) { return matters.of(section).filter(function (one) { return one.id === id; })[0] || null; };
    // Of whoever may change it: its own partner, and the facilitator.
    matters.isOurs = function (one) {
      return room.may() && !one.isWaiting && (room.leads() || Boolean(one.value.partner && one.value.partner === board.you.partner));
    };
    matters.mark = function (partner) { return (partner && board.markOf[partner]) || WHOLE; };
    matters.who = function (partner) { return partner || 'The whole table'; };
    matters.about = function (key) {
      return ['comments', 'corrections'].reduce(function (all, section) {
        return all.concat(matters.of(section).filter(function (one) { return one.value.subject === key; }));
      }, []);
    };
    // What is said of an area or of a part of it, by area.
    matters.byArea = function () {
      var found = {};
      ['comments', 'corrections'].forEach(function (section) {
        matters.of(section).forEach(function (one) {
          var geoid = (one.value.subject || '').split('#')[0];
          if (!geoid || !room.paint.ground() || room.paint.place(geoid) < 0) { return; }
          var here = found[geoid] = found[geoid] || { comments: 0, corrections: 0, isWaiting: false };
          here[section] += 1;
          here.isWaiting = here.isWaiting || one.isWaiting;
        });
      });
      return found;
    };
    matters.today = function (id) {
      return ((board.facts && board.facts.sites) || []).filter(function (one) { return one.id === id; })[0] || null;
    };

    // ---- what is done to it ----
    // What is moved or ticked off needs no form when it is refused: nothing was typed.
    matters.put = function (section, id, value, seen, isByHand) {
      if (isByHand) { byHand[id] = true; } else { delete byHand[id]; }
      return room.act({ do: 'put', section: section, id: id || newId(), value: value }, id ? seen : undefined);
    };
    matters.remove = function (one) { return room.act({ do: 'remove', section: one.section, id: one.id }); };
    matters.begin = function (section, values, one) {
      matters.draft = { section: section, id: one ? one.id : null, seen: one ? board.revision : undefined,
                        values: Object.assign({}, one ? one.value : {}, values || {}) };
      room.render();
    };
    matters.end = function () { matters.draft = refused.shift() || null; room.render(); };
    matters.choose = function (kind, id) {
      var same = matters.chosen && kind && matters.chosen.kind === kind && matters.chosen.id === id;
      matters.chosen = !kind || same ? null : { kind: kind, id: id };
      room.pointed();
      room.render();
    };
    // What whoever leads has chosen is named on every map that follows.
    matters.pointed = function () { return matters.chosen && matters.chosen.kind !== 'areas' ? [matters.chosen.id] : []; };
    matters.isNamed = function (id) {
      var follow = board.room.follow, isTheirs = follow && (!board.you || follow.leader !== board.you.member);
      return Boolean(matters.chosen && matters.chosen.id === id) || Boolean(isTheirs && (follow.view.selection || []).indexOf(id) >= 0);
    };
    // What was typed and then refused is not lost: its form is there again.
    room.answered = function (message, answer) {
      var change = message.change || {};
      if (answer.kind !== 'refused' || change.do !== 'put' || byHand[change.id] || !board.now()[change.section]) { return; }
      refused.push({ section: change.section, id: board.now()[change.section][change.id] ? change.id : null, seen: board.revision, values: change.value });
      if (!matters.draft) { matters.end(); }
    };

    // ---- in words ----
    function short(text) { return text.length > SHORT ? text.slice(0, SHORT - 1) + '…' : text; }
    matters.subject = function (key) {
      if (!key) { return 'the whole board'; }
      var site = matters.find('sites', key), decision = (board.state.decisions || {})[key], today = matters.today(key);
      if (site) { return site.value.name; }
      if (decision) { return 'the decision “' + short(decision.text) + '”'; }
      return today ? today.name : words.key(key);
    };
    matters.days = function (days) {
      var rows = settings.days.map(function (one) { return one[0]; }), at = days.map(function (one) { return rows.indexOf(one); })
        .filter(function (one) { return one >= 0; }).sort(function (one, other) { return one - other; }), runs = [];
      at.forEach(function (one) {
        var last = runs[runs.length - 1];
        if (last && last[last.length - 1] === one - 1) { last.push(one); } else { runs.push([one]); }
      });
      return runs.map(function (run) {
        var names = run.map(function (one) { return dayName[rows[one]]; });
        return run.length > 2 ? names[0] + '–' + names[names.length - 1] : names.join(', ');
      }).join(', ');
    };
    matters.meals = function (meals) {
      return settings.meals.filter(function (one) { return meals.indexOf(one[0]) >= 0; }).map(function (one, at) {
        return at ? one[1] : one[1].replace(/^./, function (first) { return first.toUpperCase(); });
      }).join(', ');
    };
    // Nothing is said of what nobody said.
    matters.siteLines = function (site) {
      var dates = site.first_day || site.last_day ? (site.first_day ? words.day(site.first_day) : '') + '–' + (site.last_day ? words.day(site.last_day) : '') : '';
      var served = [site.meals ? matters.meals(site.meals) : '', site.days ? matters.days(site.days) : '', dates].filter(Boolean).join(' · ');
      return [site.kind || '', served, site.note || ''].filter(Boolean);
    };
    matters.text = function (one) {
      var value = one.value;
      if (one.section === 'sites') { return value.name; }
      if (one.section === 'activities') { return value.what; }
      if (one.section === 'comments') { return value.text; }
      return value.field + ': ' + (value.found ? value.found + ' → ' : '') + value.should_be;
    };
    return matters;
  };
})();
