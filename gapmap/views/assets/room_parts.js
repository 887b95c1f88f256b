// Pieces of which the board's panels are made; a piece is made anew only when what it shows changed.
(function () {
  'use strict';
  if (window.gapmapParts) { return; }
  var element = window.gapmapPanel.element, STAY_MS = 9000;

  function button(text, name, act, about) {
    var made = element('button', 'gapmap-r-button ' + (name || ''), text);
    made.type = 'button';
    made.addEventListener('click', act);
    Object.keys(about || {}).forEach(function (key) { made.setAttribute(key, about[key]); });
    return made;
  }
  // Whoever is at a control when its piece is made anew is at the same one afterwards.
  function section(parent, name, look) {
    var box = parent.appendChild(element('section', 'gapmap-r-section gapmap-r-' + name)), shown = null;
    box.hidden = true;
    return function () {
      var seen = look.sees();
      var key = seen === null ? null : JSON.stringify(seen);
      if (key === shown) { return; }
      shown = key;
      var held = box.contains(document.activeElement) ? document.activeElement.getAttribute('data-at') : null;
      var top = box.scrollTop;
      box.textContent = '';
      box.hidden = key === null;
      if (key === null) { return; }
      look.draw(box);
      box.scrollTop = top;
      var again = held ? box.querySelector('[data-at="' + CSS.escape(held) + '"]') : null;
      if (again) { again.focus({ preventScroll: true }); }
    };
  }
  function face(mark) {
    var made = element('span', 'gapmap-r-face', mark.l);
    made.style.background = mark.c;
    made.style.color = mark.i;
    made.setAttribute('aria-hidden', 'true');
    return made;
  }
  function field(label, control) {
    var made = element('label', 'gapmap-r-field');
    made.appendChild(element('span', '', label));
    made.appendChild(control);
    return made;
  }
  function input(kind, about) {
    var made = element(kind === 'area' ? 'textarea' : 'input');
    if (kind !== 'area') { made.type = kind; }
    Object.keys(about || {}).forEach(function (key) { made.setAttribute(key, about[key]); });
    return made;
  }
  function choice(options, chosen, label) {
    var made = element('select');
    made.setAttribute('aria-label', label);
    options.forEach(function (text) {
      var one = element('option', '', text);
      one.value = text;
      one.selected = text === chosen;
      made.appendChild(one);
    });
    return made;
  }
  function form(fields, says, act, cancel) {
    var made = element('form', 'gapmap-r-form');
    fields.forEach(function (one) { made.appendChild(one); });
    var row = made.appendChild(element('div', 'gapmap-r-row'));
    var send = row.appendChild(element('button', 'gapmap-r-button gapmap-r-main', says));
    send.type = 'submit';
    if (cancel) { row.appendChild(button('Cancel', '', cancel)); }
    made.addEventListener('submit', function (event) { event.preventDefault(); act(); });
    return made;
  }
  // What somebody must not miss: a refusal stays until it is closed, the rest goes by itself.
  function toasts(parent) {
    var box = parent.appendChild(element('div', 'gapmap-r-toasts'));
    box.setAttribute('role', 'status');
    box.setAttribute('aria-live', 'polite');
    return function (text, isWrong) {
      var one = box.appendChild(element('div', 'gapmap-r-toast' + (isWrong ? ' gapmap-r-wrong' : '')));
      if (isWrong) { one.setAttribute('role', 'alert'); }
      one.appendChild(element('span', '', text));
      one.appendChild(button('Close', '', function () { one.remove(); }));
      while (box.children.length > 3) { box.firstChild.remove(); }
      if (!isWrong) { window.setTimeout(function () { one.remove(); }, STAY_MS); }
    };
  }
  window.gapmapParts = { button: button, section: section, face: face, field: field, input: input, choice: choice, form: form, toasts: toasts };
})();
