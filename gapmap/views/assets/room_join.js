// The door of a board: a code and a name, and for whom where the code does not say. What was typed
// goes to the server and nowhere else; the token stays in this browser.
(function () {
  'use strict';
  if (window.gapmapJoin) { return; }
  var element = window.gapmapPanel.element, PREFIX = 'gapmap.board.';
  var OTHER = '\n', BY_ITSELF = { projector: 'Projector', public: 'Guest' };

  function stores() { return [window.sessionStorage, window.localStorage]; }
  // Of this tab first: on one laptop a facilitator and the projector may stand side by side.
  function remembered(board) {
    try {
      return stores().map(function (store) { return store.getItem(PREFIX + board); }).filter(Boolean)[0] || '';
    } catch (closed) { return ''; }
  }
  function remember(board, token, isHereOnly) {
    try {
      window.sessionStorage.setItem(PREFIX + board, token);
      if (!isHereOnly) { window.localStorage.setItem(PREFIX + board, token); }
    } catch (closed) { return; }
  }
  function forget(board) {
    try { stores().forEach(function (store) { store.removeItem(PREFIX + board); }); } catch (closed) { return; }
  }
  function codeInAddress() { return decodeURIComponent(window.location.hash.slice(1)).slice(0, 40); }
  function dropCode() { window.history.replaceState(null, '', window.location.pathname + window.location.search); }

  // told: root, board?, view?, why?, joined(answer)?
  function open(parent, told) {
    var box = parent.appendChild(element('main', 'gapmap-r-door')), form = box.appendChild(element('form'));
    form.appendChild(element('h1', '', 'Join the board'));
    var why = form.appendChild(element('p', 'gapmap-r-why', told.why || ''));
    why.setAttribute('role', 'alert');
    function field(label, about) {
      var line = form.appendChild(element('label', 'gapmap-r-field')), made = element('input');
      line.appendChild(element('span', '', label));
      Object.keys(about).forEach(function (key) { made.setAttribute(key, about[key]); });
      line.appendChild(made);
      return made;
    }
    var code = field('Code', { name: 'code', required: '', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', placeholder: 'XXXX-XXXX', maxlength: 40 });
    var name = field('Your name, as the others see it', { name: 'name', required: '', autocomplete: 'nickname', maxlength: 80 });
    var partner = field('Your organisation', { name: 'partner', maxlength: 80, autocomplete: 'organization' });
    partner.parentNode.hidden = true;
    // Those who sit at the table, to choose from: a name that is typed anew is soon another one.
    var known = partner.parentNode.insertBefore(element('select'), partner);
    partner.setAttribute('aria-label', 'Name of your organisation');
    known.hidden = true;
    function chosen() {
      var isOther = known.value === OTHER;
      partner.hidden = !isOther;
      partner.required = isOther;
      partner.value = isOther ? '' : known.value;
      if (isOther) { partner.focus(); }
    }
    known.addEventListener('change', chosen);
    function wanted(names) {
      partner.parentNode.hidden = false;
      if (!names.length || known.options.length) { partner.required = !partner.hidden; (known.options.length ? known : partner).focus(); return; }
      [['', 'Choose yours']].concat(names.map(function (one) { return [one, one]; }), [[OTHER, 'Another one…']]).forEach(function (one) {
        var option = known.appendChild(element('option', '', one[1]));
        option.value = one[0];
        option.disabled = !one[0];
      });
      known.value = '';
      known.hidden = false;
      known.required = partner.hidden = true;
      known.focus();
    }
    form.appendChild(element('p', 'gapmap-r-note', 'Only this name and the organisation are kept. You can have the name deleted when you leave.'));
    var send = form.appendChild(element('button', 'gapmap-r-button gapmap-r-main', 'Join'));
    send.type = 'submit';
    code.value = codeInAddress();
    // Who comes by a link has nothing to type but a name.
    code.parentNode.hidden = Boolean(code.value) && !told.why;

    function join() {
      send.disabled = true;
      why.textContent = '';
      fetch(told.root + 'board/join', { method: 'POST', cache: 'no-store',
        body: JSON.stringify({ code: code.value, name: name.value, partner: partner.value }) }).then(function (answer) {
        return answer.json();
      }).then(function (answer) {
        send.disabled = false;
        if (!answer.token) {
          if (/which partner/.test(answer.why)) {
            wanted(answer.partners || []);
          }
          if (partner.parentNode.hidden) { code.parentNode.hidden = false; }
          why.textContent = answer.why;
          return;
        }
        remember(answer.board, answer.token, Boolean(BY_ITSELF[told.view]));
        if (told.joined && answer.board === told.board) { dropCode(); box.remove(); told.joined(answer); return; }
        window.location.href = told.root + 'room/' + answer.board;
      }).catch(function () {
        send.disabled = false;
        why.textContent = 'The server does not answer. Try again in a moment.';
      });
    }
    form.addEventListener('submit', function (event) { event.preventDefault(); join(); });
    // A projector and a guest have no name to type.
    if (BY_ITSELF[told.view] && code.value && !told.why) { name.value = BY_ITSELF[told.view]; join(); } else { (code.value ? name : code).focus(); }
    return box;
  }
  window.gapmapJoin = { open: open, remembered: remembered, remember: remember, forget: forget, code: codeInAddress };
})();
