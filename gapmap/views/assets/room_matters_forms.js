// What is typed for the board: a proposed site, a comment, a correction, who does what. One form at
// a time; what was typed so far is kept beside it, so that it outlasts a redrawing.
(function () {
  'use strict';
  if (window.gapmapMattersForms) { return; }
  var element = window.gapmapPanel.element, parts = window.gapmapParts, button = parts.button;
  var AREAS_OFFERED = 12, FIELDS_OF_AREA = ['need', 'name', 'neighbourhood', 'who lives there'];
  var FIELDS_OF_SITE = ['open or closed', 'name', 'address', 'place on the map', 'kind', 'meals and days', 'dates', 'who runs it'];
  var DONE_BY = ['Transport', 'Outreach', 'Meals vendor', 'Measurement', 'Staff and volunteers', 'Permits'];

  // marks: the pins of the map, which ask for a place
  window.gapmapMattersForms = function (room, matters, pins) {
    var board = room.board, words = room.words, settings = room.settings, lists = 0;

    // ---- pieces ----
    function typed(kind, name, about) {
      var made = parts.input(kind, Object.assign({ 'data-at': 'draft ' + name }, about));
      made.value = matters.draft.values[name] || '';
      made.addEventListener('input', function () { matters.draft.values[name] = made.value; });
      return made;
    }
    // What is usual is offered; anything else can be typed.
    function offered(name, options, about) {
      var box = element('span', 'gapmap-r-offered'), made = box.appendChild(typed('text', name, about)), list = box.appendChild(element('datalist'));
      list.id = 'gapmap-list-' + (lists += 1);
      made.setAttribute('list', list.id);
      options.forEach(function (text) { list.appendChild(element('option')).value = text; });
      return box;
    }
    function chips(label, name, options) {
      var box = element('fieldset', 'gapmap-r-chips'), chosen = matters.draft.values[name] || [];
      box.appendChild(element('legend', '', label));
      options.forEach(function (one) {
        var made = button(one[1], 'gapmap-r-pick', function () {
          var now = (matters.draft.values[name] || []).slice(), at = now.indexOf(one[0]);
          if (at < 0) { now.push(one[0]); } else { now.splice(at, 1); }
          matters.draft.values[name] = now;
          made.setAttribute('aria-pressed', String(at < 0));
        }, { 'aria-pressed': String(chosen.indexOf(one[0]) >= 0), 'data-at': name + ' ' + one[0] });
        box.appendChild(made);
      });
      return box;
    }
    function select(label, name, options) {
      var made = element('select');
      made.setAttribute('data-at', 'draft ' + name);
      options.forEach(function (one) {
        var option = made.appendChild(element('option', '', one[1]));
        option.value = one[0];
        option.selected = one[0] === (matters.draft.values[name] || '');
      });
      made.addEventListener('change', function () { matters.draft.values[name] = made.value; });
      return parts.field(label, made);
    }
    // A facilitator writes down what anybody says; everybody else speaks for themselves.
    function whose(label) {
      if (!room.leads()) { return []; }
      return [select(label, 'partner', [['', 'The whole table']].concat(board.partners.map(function (one) { return [one, one]; })))];
    }
    function both(one, other) {
      var row = element('div', 'gapmap-r-both');
      row.appendChild(one);
      row.appendChild(other);
      return row;
    }
    function marked() { return room.hand.list().slice(0, AREAS_OFFERED).map(room.paint.geoid); }
    function subjects() {
      var found = [], subject = matters.draft.values.subject || '';
      function offer(key) { if (found.every(function (one) { return one[0] !== key; })) { found.push([key, matters.subject(key)]); } }
      if (subject) { offer(subject); }
      marked().forEach(function (geoid) {
        offer(geoid);
        if (board.keys(geoid).length > 1) { board.keys(geoid).forEach(offer); }
      });
      return { found: found, offer: offer };
    }

    // ---- what each asks for ----
    var forms = {
      sites: { title: 'Propose a site', change: 'Change the proposed site', says: 'Put it on the map', fields: function () {
        return [parts.field('Name', typed('text', 'name', { maxlength: 80, required: '', autocomplete: 'off' }))].concat(whose('Who would open it'), [
          chips('Meals', 'meals', settings.meals), chips('Days', 'days', settings.days),
          both(parts.field('First day', typed('date', 'first_day')), parts.field('Last day', typed('date', 'last_day'))),
          parts.field('Kind', offered('kind', settings.kinds, { maxlength: 200 })),
          parts.field('Note', typed('area', 'note', { rows: 2, maxlength: 4000 })),
          element('p', 'gapmap-r-note', 'What is left empty stays unknown.')]);
      } },
      comments: { title: 'Comment', change: 'Change the comment', says: 'Put it on the board', fields: function () {
        var about = subjects();
        about.offer('');
        matters.of('sites').forEach(function (one) { about.offer(one.id); });
        Object.keys(board.state.decisions).forEach(about.offer);
        return [select('About', 'subject', about.found)].concat(whose('Who says it'), [
          parts.field('Comment', typed('area', 'text', { rows: 3, maxlength: 4000, required: '' }))]);
      } },
      corrections: { title: 'Correct the data', change: 'Change the correction', says: 'Put it on the board', fields: correction },
      activities: { title: 'Who does what', change: 'Change the activity', says: 'Put it on the board', fields: function () {
        var places = marked().map(matters.subject), hoods = room.hand.list().map(function (place) { return room.paint.area(place).k; })
          .filter(function (one, at, all) { return one !== null && all.indexOf(one) === at; }).map(room.paint.outline);
        return [parts.field('What', offered('what', DONE_BY, { maxlength: 80, required: '' }))].concat(whose('Who does it'), [
          parts.field('Where', offered('where', hoods.concat(places), { maxlength: 200 })),
          parts.field('Done by (day, if known)', typed('date', 'due')),
          parts.field('Note', typed('area', 'note', { rows: 2, maxlength: 4000 }))]);
      } }
    };
    // What the data says of it now, so that nobody has to look it up.
    function foundNow(subject, field) {
      var today = matters.today(subject), place = room.paint.place((subject || '').split('#')[0]);
      if (today) { return { name: today.name, kind: today.kind, 'meals and days': today.times, 'who runs it': today.partner }[field] || ''; }
      if (place < 0) { return ''; }
      var need = board.facts.need[place], about = room.paint.area(place);
      return { need: need === null ? 'unknown' : words.people(need) + ' ' + words.unit(), name: about.n,
               neighbourhood: about.k === null ? '' : room.paint.outline(about.k) }[field] || '';
    }
    function correction() {
      var about = subjects(), values = matters.draft.values, isSite = Boolean(matters.today(values.subject) || matters.find('sites', values.subject || ''));
      if (!about.found.length) { about.offer(''); }
      if (!values.found) { values.found = foundNow(values.subject, values.field); }
      var found = typed('text', 'found', { maxlength: 200 }), field = offered('field', isSite ? FIELDS_OF_SITE : FIELDS_OF_AREA.concat(FIELDS_OF_SITE), { maxlength: 200, required: '' });
      function look() {
        var said = foundNow(values.subject, values.field);
        if (said) { found.value = values.found = said; }
      }
      field.addEventListener('input', look);
      var subject = select('About', 'subject', about.found);
      subject.addEventListener('change', look);
      return [subject, parts.field('What is wrong', field), parts.field('The data says', found),
        parts.field('It should be', typed('text', 'should_be', { maxlength: 200, required: '' }))].concat(whose('Who says it'), [
        parts.field('How you know', typed('area', 'note', { rows: 2, maxlength: 4000 }))]);
    }

    // ---- what is sent ----
    function value() {
      var found = {};
      Object.keys(matters.draft.values).forEach(function (name) {
        var one = matters.draft.values[name];
        if (typeof one === 'string') { one = one.trim(); }
        // Nothing chosen is nothing known.
        if (one === '' || one === null || one === undefined || (Array.isArray(one) && !one.length)) { return; }
        found[name] = one;
      });
      return found;
    }
    function send() {
      var draft = matters.draft;
      if (!matters.put(draft.section, draft.id, value(), draft.seen)) { return; }
      pins.settled();
      matters.end();
    }
    function placing(box) {
      var row = element('div', 'gapmap-r-row'), list = room.hand.list();
      box.appendChild(element('p', 'gapmap-r-ask-place', 'Tap the place on the map.'));
      function put(at) { pins.settled(); take(at); }
      if (list.length === 1) {
        row.appendChild(button('In ' + words.key(room.paint.geoid(list[0])), '', function () { put(room.paint.inner(list[0])); }, { 'data-at': 'put area' }));
      }
      row.appendChild(button('In the middle of the map', '', function () { put(room.map.getCenter()); }, { 'data-at': 'put middle' }));
      row.appendChild(button('Cancel', '', pins.cancel, { 'data-at': 'put cancel' }));
      box.appendChild(row);
    }
    function take(at) {
      if (!matters.draft) { return; }
      matters.draft.values = pins.moved(matters.draft.values, at);
      room.render();
      isNew = true;
    }
    var isNew = false;
    return {
      begin: function (section, values, one) {
        var given = Object.assign({}, values);
        if (!one && given.partner === undefined) { given.partner = room.leads() && section !== 'sites' && section !== 'activities' ? '' : room.partner(); }
        pins.settled();
        isNew = true;
        matters.begin(section, given, one);
        if (section === 'sites' && matters.draft.values.latitude === undefined) { pins.ask('Tap where the site would be', take); }
      },
      // The site that is there already gets another place.
      move: function (one) {
        var seen = board.revision;
        pins.ask('Tap where “' + one.value.name + '” should be', function (at) { matters.put('sites', one.id, pins.moved(one.value, at), seen, true); });
      },
      draw: function (box) {
        var draft = matters.draft, form = forms[draft.section];
        box.appendChild(element('h2', '', draft.id ? form.change : form.title));
        if (draft.section === 'sites' && draft.values.latitude === undefined) { placing(box); } else {
          box.appendChild(parts.form(form.fields(), draft.id ? 'Save' : form.says, send, function () { pins.settled(); matters.end(); }));
        }
        if (!isNew) { return; }
        isNew = false;
        window.requestAnimationFrame(function () {
          var first = box.querySelector('input, textarea') || box.querySelector('button');
          box.scrollIntoView({ block: 'nearest' });
          if (first && (draft.section !== 'sites' || draft.values.latitude !== undefined)) { first.focus({ preventScroll: true }); }
        });
      }
    };
  };
})();
