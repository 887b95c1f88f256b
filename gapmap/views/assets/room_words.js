// What the board says in words: figures, times, and why something was refused.
(function () {
  'use strict';
  if (window.gapmapRoomWords) { return; }

  var STATES = { claimed: 'Claimed', committed: 'Committed', opened: 'Opened', verified: 'Verified' };
  var LAID = { sites: 'Proposed site', comments: 'Comment', corrections: 'Correction', activities: 'Who does what' };
  var DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
  var NAMED = 3, SAID_AREAS = 5;

  // A browser may not know the study's time zone: then times are its own, and none is named.
  function known(zone) {
    try { new Intl.DateTimeFormat('en-GB', { timeZone: zone }); return zone || undefined; } catch (unknown) { return undefined; }
  }

  window.gapmapRoomWords = function (settings, board, nameOf) {
    var zone = known(settings.zone);
    function clock(about) { return new Intl.DateTimeFormat('en-GB', Object.assign({ timeZone: zone }, about)); }
    var hours = clock({ hour: '2-digit', minute: '2-digit' }), seconds = clock({ timeStyle: 'medium' });
    var date = clock({ day: 'numeric', month: 'short' }), whole = clock({ dateStyle: 'short' });
    var count = window.gapmapPanel.count, words = settings.words, made = {};
    made.state = function (state) { return STATES[state] || state; };
    // A part of a split area is a part of one.
    made.number = function (number) {
      var whole = Math.round(number * 10) / 10;
      return whole % 1 ? whole.toFixed(1) : count(whole);
    };
    made.areas = function (number) { return made.number(number) + ' ' + (Math.abs(number - 1) < 0.05 ? words.area : words.areas); };
    // Keys of areas and of parts of them.
    made.pieces = function (keys) {
      var parts = keys.filter(function (key) { return key.indexOf('#') >= 0; }).length, whole = keys.length - parts;
      var said = parts ? parts + (parts === 1 ? ' part' : ' parts') : '';
      return whole || !parts ? made.areas(whole) + (said ? ' and ' + said : '') : said;
    };
    made.people = function (number) {
      if (number === null || number === undefined) { return 'unknown'; }
      return number > 0 && Math.round(number) >= 1 && Math.round(number) < settings.small ? '<' + settings.small : count(number);
    };
    made.unit = function () { return board.facts ? board.facts.unit : ''; };
    made.time = function (when) { return seconds.format(new Date(when)); };
    // A time of another day says which.
    made.when = function (text) {
      var at = new Date(text), isToday = whole.format(at) === whole.format(new Date());
      return (isToday ? '' : date.format(at) + ', ') + hours.format(at);
    };
    // Whose times these are; empty where they are the browser's own.
    made.zone = function () { return zone ? 'Times are those of ' + zone + '.' : ''; };
    made.day = function (text) { return DAY.format(new Date(text + 'T12:00:00')); };
    made.list = function (names) {
      if (names.length <= NAMED) {
        return names.length < 2 ? names.join('') : names.slice(0, -1).join(', ') + ' and ' + names[names.length - 1];
      }
      return names.slice(0, NAMED).join(', ') + ' and ' + (names.length - NAMED) + ' more';
    };
    // What every name begins with tells none from another: for where there is little room.
    made.brief = function (names) {
      var split = names.map(function (name) { return name.split(' '); }), shared = 0;
      while (names.length > 1 && split.every(function (one) { return one.length > shared + 1 && one[shared] === split[0][shared]; })) { shared += 1; }
      return function (name) { return names.indexOf(name) < 0 ? name : name.split(' ').slice(shared).join(' '); };
    };
    made.key = function (key) {
      var at = key.indexOf('#'), geoid = at < 0 ? key : key.slice(0, at);
      return nameOf(geoid) + (at < 0 ? '' : ' (' + key.slice(at + 1) + ')');
    };
    // What a table would say: how many and in which neighbourhoods, or the one by its name.
    function told(geoids, count, placeOf) {
      if (count <= 2) { return geoids.map(nameOf).join(' and '); }
      var often = {};
      geoids.forEach(function (geoid) { var place = placeOf(geoid); if (place) { often[place] = (often[place] || 0) + 1; } });
      var places = Object.keys(often).sort(function (one, other) { return often[other] - often[one] || (one < other ? -1 : 1); });
      var listed = places.length > NAMED ? places.slice(0, NAMED).join(', ') + ' and elsewhere' : made.list(places);
      return made.areas(count) + (listed ? ' in ' + listed : '');
    }
    // What was done, for the log and for the back row. Who is the person, or the partner where persons are not named.
    made.said = function (event, placeOf) {
      var text = event.said, all = event.areas || [], shown = all.slice(0, SAID_AREAS).join(', ');
      var named = event.area_count > SAID_AREAS ? shown + ' and ' + (event.area_count - SAID_AREAS) + ' more' : shown;
      if (named && text.indexOf(named) >= 0) { text = text.replace(named, function () { return told(all, event.area_count, placeOf); }); }
      Object.keys(board.state.parts).forEach(function (geoid) {
        board.keys(geoid).forEach(function (key) { text = text.split(key).join(made.key(key)); });
      });
      text = text.replace(/[0-9A-Za-z]{5,}/g, function (word) { return nameOf(word); });
      var who = event.author || (event.partner && text.indexOf(event.partner) < 0 ? event.partner : '');
      return who ? who + ': ' + text : text.replace(/^./, function (first) { return first.toUpperCase(); });
    };
    made.left = function (seconds) {
      var whole = Math.max(0, Math.ceil(seconds)), minutes = Math.floor(whole / 60);
      return minutes + ':' + String(whole % 60).padStart(2, '0');
    };

    function named(answer) {
      var now = board.now();
      return (answer.conflicts || []).reduce(function (text, one) {
        var about = ['sites', 'comments', 'corrections', 'activities'].map(function (section) { return now[section][one.key]; }).filter(Boolean)[0];
        return about ? text.split(one.key).join('“' + (about.name || about.what || about.text || about.should_be) + '”') : text;
      }, answer.why);
    }
    // Who holds it, by the name of the area and not by its number.
    made.refused = function (answer) {
      var held = (answer.conflicts || []).filter(function (one) { return one.holder; });
      if (answer.code !== 'conflict' || !held.length || held.length !== answer.conflicts.length) { return named(answer); }
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
      var number = change.areas ? made.pieces(change.areas) : '';
      if (change.do === 'put' || change.do === 'remove') { return (change.do === 'put' ? '' : 'Remove: ') + (LAID[change.section] || change.section); }
      return { take: 'Take ' + number, release: 'Release ' + number, advance: made.state(change.to) + ': ' + number,
               ask: 'Ask for ' + number, answer: 'Answer', decide: 'Decision', undo: 'Undo', split: 'Split', rejoin: 'Rejoin',
               'hand over': 'Hand over ' + number, claiming: 'Claiming', scenario: 'Partners', title: 'Title' }[change.do] || change.do;
    };
    return made;
  };
})();
