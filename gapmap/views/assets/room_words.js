// What the board says in words: figures, times, and why something was refused.
(function () {
  'use strict';
  if (window.gapmapRoomWords) { return; }

  var STATES = { claimed: 'Claimed', committed: 'Committed', opened: 'Opened', verified: 'Verified' };
  var CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
  var CLOCK_S = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  var DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
  var NAMED = 3;

  window.gapmapRoomWords = function (settings, board, nameOf) {
    var count = window.gapmapPanel.count, words = settings.words, made = {};
    made.state = function (state) { return STATES[state] || state; };
    // A part of a split area is a part of one.
    made.number = function (number) {
      var whole = Math.round(number * 10) / 10;
      return whole % 1 ? whole.toFixed(1) : count(whole);
    };
    made.areas = function (number) { return made.number(number) + ' ' + (Math.abs(number - 1) < 0.05 ? words.area : words.areas); };
    made.people = function (number) {
      if (number === null || number === undefined) { return 'unknown'; }
      return number > 0 && Math.round(number) >= 1 && Math.round(number) < settings.small ? '<' + settings.small : count(number);
    };
    made.unit = function () { return board.facts ? board.facts.unit : ''; };
    made.time = function (when) { return CLOCK_S.format(new Date(when)); };
    // A time of another day says which.
    made.when = function (text) {
      var at = new Date(text), isToday = at.toDateString() === new Date().toDateString();
      return (isToday ? '' : DAY.format(at) + ', ') + CLOCK.format(at);
    };
    made.day = function (text) { return DAY.format(new Date(text + 'T12:00:00')); };
    made.list = function (names) {
      if (names.length <= NAMED) {
        return names.length < 2 ? names.join('') : names.slice(0, -1).join(', ') + ' and ' + names[names.length - 1];
      }
      return names.slice(0, NAMED).join(', ') + ' and ' + (names.length - NAMED) + ' more';
    };
    made.key = function (key) {
      var at = key.indexOf('#'), geoid = at < 0 ? key : key.slice(0, at);
      return nameOf(geoid) + (at < 0 ? '' : ' (' + key.slice(at + 1) + ')');
    };
    made.left = function (seconds) {
      var whole = Math.max(0, Math.ceil(seconds)), minutes = Math.floor(whole / 60);
      return minutes + ':' + String(whole % 60).padStart(2, '0');
    };

    // Who holds it, by the name of the area and not by its number.
    made.refused = function (answer) {
      var held = (answer.conflicts || []).filter(function (one) { return one.holder; });
      if (answer.code !== 'conflict' || !held.length || held.length !== answer.conflicts.length) { return answer.why; }
      if (held.length === 1) {
        var one = held[0];
        return made.key(one.key) + ' is held by ' + one.holder + (one.group ? ', for ' + one.group : '') +
          (one.since ? ', ' + one.state + ' since ' + made.when(one.since) : '') + '. Nothing was changed. Choose another, or ask for it.';
      }
      var by = {};
      held.forEach(function (one) { (by[one.holder] = by[one.holder] || []).push(made.key(one.key)); });
      return held.length + ' of these are held by others. ' + Object.keys(by).map(function (holder) {
        return holder + ': ' + made.list(by[holder]);
      }).join('; ') + '. Nothing was changed.';
    };
    made.waiting = function (change) {
      var number = change.areas ? made.areas(change.areas.length) : '';
      return { take: 'Take ' + number, release: 'Release ' + number, advance: made.state(change.to) + ': ' + number,
               ask: 'Ask for ' + number, answer: 'Answer', decide: 'Decision', undo: 'Undo', put: 'Note',
               'hand over': 'Hand over ' + number, claiming: 'Claiming', scenario: 'Partners', title: 'Title' }[change.do] || change.do;
    };
    return made;
  };
})();
