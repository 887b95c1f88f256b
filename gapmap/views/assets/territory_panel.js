// Tools above the map and, beside it, who holds how much: the list of partners is the palette, and
// its bars follow every stroke. Text that people wrote reaches the page through textContent alone.
(function () {
  'use strict';
  if (window.gapmapPanel) { return; }

  var SPACE = 'http://www.w3.org/2000/svg';
  var SHAPES = {
    move: 'M12 3v18M3 12h18M12 3l-3 3M12 3l3 3M12 21l-3-3M12 21l3-3M3 12l3-3M3 12l3 3M21 12l-3-3M21 12l-3 3',
    brush: 'M20 4c-5 2-9 6-11 9l2 2c3-2 7-6 9-11zM8 14c-3 0-3 3-5 5 3 1 7 0 7-3z',
    lasso: 'M12 5c5 0 9 2 9 5s-4 5-9 5-9-2-9-5 4-5 9-5zM6 14c-2 2-1 4 1 4s2 2 1 3',
    place: 'M3 6l6-2 6 2 6-2v14l-6 2-6-2-6 2zM9 4v14M15 6v14',
    paint: 'M6 21V4h12l-3 4 3 4H6',
    lock: 'M6 11h12v9H6zM8 11V8a4 4 0 0 1 8 0v3',
    unlock: 'M6 11h12v9H6zM8 11V7a4 4 0 0 1 7.5-2',
    small: 'M12 10a2 2 0 1 0 .01 0z',
    middle: 'M12 7a5 5 0 1 0 .01 0z',
    large: 'M12 3a9 9 0 1 0 .01 0z',
    undo: 'M9 6L4 11l5 5M4 11h10a6 5 0 0 1 0 9h-3',
    redo: 'M15 6l5 5-5 5M20 11H10a6 5 0 0 0 0 9h3'
  };

  function element(tag, name, text) {
    var made = document.createElement(tag);
    if (name) { made.className = name; }
    if (text !== undefined && text !== null) { made.textContent = String(text); }
    return made;
  }
  function icon(name) {
    var box = document.createElementNS(SPACE, 'svg'), path = document.createElementNS(SPACE, 'path');
    box.setAttribute('viewBox', '0 0 24 24');
    box.setAttribute('aria-hidden', 'true');
    path.setAttribute('d', SHAPES[name]);
    box.appendChild(path);
    return box;
  }
  var WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  function count(number) { return WHOLE.format(number); }
  function signed(share) {
    var text = Math.abs(100 * share).toFixed(1);
    return (text === '0.0' ? '±' : share > 0 ? '+' : '−') + text + '%';
  }

  // Arrow keys go through a set of choices, Tab passes it by: as screen readers expect.
  function roving(box) {
    box.addEventListener('keydown', function (event) {
      var step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step || event.target.getAttribute('role') !== 'radio') { return; }
      var all = Array.prototype.slice.call(box.querySelectorAll('[role=radio]:not([disabled])'));
      var next = all[(all.indexOf(event.target) + step + all.length) % all.length];
      event.preventDefault();
      event.stopPropagation();
      next.click();
      next.focus();
    });
  }
  function check(one, isOn) {
    one.setAttribute('aria-checked', String(isOn));
    one.tabIndex = isOn ? 0 : -1;
  }

  // ---- the tools ----
  function tools(host, words, hasPlaces, choose) {
    var box = element('div', 'gapmap-t-tools'), sets = {};
    box.setAttribute('role', 'toolbar');
    box.setAttribute('aria-label', 'Tools');
    function button(kind, name, label, key) {
      var made = element('button', 'gapmap-t-tool');
      made.type = 'button';
      made.dataset.name = name;
      made.title = label + ' (' + key + ')';
      made.setAttribute('aria-label', label);
      made.setAttribute('aria-keyshortcuts', key);
      made.appendChild(icon(name));
      made.addEventListener('click', function () { choose(kind, name); });
      return made;
    }
    function set(kind, label, isWorded, entries) {
      var group = element('div', 'gapmap-t-toolset');
      group.setAttribute('role', 'radiogroup');
      group.setAttribute('aria-label', label);
      sets[kind] = entries.map(function (entry) {
        var made = button(kind, entry[0], entry[1], entry[2]);
        made.setAttribute('role', 'radio');
        if (isWorded) { made.appendChild(element('b', '', entry[3])); }
        group.appendChild(made);
        return made;
      });
      roving(group);
      box.appendChild(group);
      return group;
    }
    set('tool', 'Tool', true, [
      ['move', 'Move the map', 'V', 'Move'], ['brush', 'Brush: drag over ' + words.areas, 'B', 'Brush'],
      ['lasso', 'Lasso: draw a loop around ' + words.areas, 'L', 'Lasso'],
      ['place', 'Take a whole ' + words.neighbourhood, 'N',
        words.neighbourhood.charAt(0).toUpperCase() + words.neighbourhood.slice(1)]
    ].filter(function (entry) { return hasPlaces || entry[0] !== 'place'; }));
    set('verb', 'What the tool does', true, [
      ['paint', 'Give to the partner chosen', 'P', 'Give'],
      ['lock', 'Lock: nobody changes it', 'K', 'Lock'], ['unlock', 'Unlock', 'U', 'Unlock']]);
    var sizes = set('size', 'Size of the brush', false, [
      ['small', 'Small brush', '['], ['middle', 'Middle brush', '='], ['large', 'Large brush', ']']]);
    var steps = element('div', 'gapmap-t-toolset');
    var undo = button('step', 'undo', 'Undo', 'Control+Z');
    var redo = button('step', 'redo', 'Redo', 'Control+Shift+Z');
    steps.appendChild(undo);
    steps.appendChild(redo);
    box.appendChild(steps);
    host.appendChild(box);
    return {
      show: function (now) {
        Object.keys(sets).forEach(function (kind) {
          sets[kind].forEach(function (one) { check(one, one.dataset.name === now[kind]); });
        });
        sizes.style.display = now.tool === 'brush' ? '' : 'none';
        undo.disabled = !now.undo;
        redo.disabled = !now.redo;
      }
    };
  }

  // ---- the palette ----
  function holders(host, words, acts) {
    var box = element('div', 'gapmap-t-holders'), head = element('div', 'gapmap-t-holders-head');
    var list = element('div'), rows = [], nobody = null, shape = '', tolerance = 0, unit = '';
    var title = element('span'), gaps = element('small');
    list.style.display = 'contents';
    list.setAttribute('role', 'radiogroup');
    list.setAttribute('aria-label', 'Who gets what you paint');
    roving(list);
    box.appendChild(head);
    box.appendChild(list);
    host.appendChild(box);

    function row(index, name, letter, colour, ink) {
      var line = element('div', 'gapmap-t-row'), made = element('button', 'gapmap-t-holder');
      var face = element('span', 'gapmap-t-face', letter), text = element('span');
      text.style.minWidth = '0';
      made.type = 'button';
      made.setAttribute('role', 'radio');
      if (colour) { face.style.background = colour; face.style.color = ink; }
      var head = element('div', 'gapmap-t-title'), figures = element('div', 'gapmap-t-figures');
      var title = element('span', 'gapmap-t-name', name), broken = element('span', 'gapmap-t-broken');
      head.appendChild(title);
      head.appendChild(broken);
      var load = element('span'), off = element('span', 'gapmap-t-off');
      made.title = name + (index < 9 ? ' (key ' + (index < 0 ? 0 : index + 1) + ')' : '');
      text.appendChild(head);
      figures.appendChild(load);
      figures.appendChild(off);
      var parts = { line: line, made: made, face: face, title: title, load: load,
                    off: off, broken: broken };
      if (index >= 0) {
        var bar = element('div', 'gapmap-t-balance');
        ['band', 'held', 'goal'].forEach(function (part) {
          parts[part] = bar.appendChild(element('i', 'gapmap-t-' + part));
        });
        parts.held.style.background = colour;
        text.appendChild(bar);
      }
      text.appendChild(figures);
      made.appendChild(face);
      made.appendChild(text);
      made.addEventListener('click', function () { acts.choose(index); });
      line.appendChild(made);
      if (index >= 0) {
        var lock = parts.lock = element('button', 'gapmap-t-lock');
        lock.type = 'button';
        lock.appendChild(icon('lock'));
        lock.addEventListener('click', function () {
          acts.lockAll(index, lock.getAttribute('aria-pressed') !== 'true');
        });
        line.appendChild(lock);
      }
      list.appendChild(line);
      return parts;
    }

    function rebuild(partners) {
      list.textContent = '';
      rows = partners.map(function (one, index) { return row(index, one.n, one.l, one.c, one.i); });
      nobody = row(-1, 'Nobody', '', null, null);
      nobody.line.className += ' gapmap-t-nobody';
      nobody.face.appendChild(acts.nobodySwatch());
    }

    return {
      about: function (state) {
        var now = JSON.stringify(state.partners);
        if (now !== shape) { shape = now; rebuild(state.partners); }
        tolerance = state.tolerance;
        unit = state.unit;
        title.textContent = unit.charAt(0).toUpperCase() + unit.slice(1);
        head.textContent = '';
        head.appendChild(title);
        head.appendChild(element('small', '', 'Each partner against its share, ± ' +
          (100 * tolerance).toFixed(tolerance < 0.0995 && (1000 * tolerance) % 10 > 0.01 ? 1 : 0) + '%'));
        head.appendChild(gaps);
      },
      unknown: function (number) {
        gaps.textContent = number ? 'Not known for ' + WHOLE.format(number) + ' ' +
          (number === 1 ? words.area : words.areas) + ', which count as 0' : '';
      },
      choose: function (index) {
        rows.forEach(function (one, place) { check(one.made, place === index); });
        if (nobody) { check(nobody.made, index < 0); }
        var chosen = index < 0 ? nobody : rows[index];
        if (chosen && chosen.line.scrollIntoView && box.scrollWidth > box.clientWidth + 4) {
          chosen.line.scrollIntoView({ block: 'nearest', inline: 'nearest' });
        }
      },
      // held: one {load, areas, locked, pieces} a partner; left: the same of nobody's.
      figures: function (held, left, targets) {
        var widest = 1 + 1.6 * tolerance;
        held.forEach(function (one, place) {
          if (targets[place] > 0) { widest = Math.max(widest, Math.min(one.load / targets[place], 2)); }
        });
        widest = Math.max(widest, 1.15);
        held.forEach(function (one, place) {
          var parts = rows[place], target = targets[place];
          var share = target > 0 ? one.load / target : 0, off = share - 1;
          var isOff = Math.abs(off) > tolerance + 1e-9;
          parts.held.style.width = 100 * Math.min(share / widest, 1) + '%';
          parts.band.style.left = 100 * Math.max(1 - tolerance, 0) / widest + '%';
          parts.band.style.width = 100 * (Math.min(1 + tolerance, widest) - Math.max(1 - tolerance, 0)) / widest + '%';
          parts.goal.style.left = 100 / widest + '%';
          parts.load.textContent = count(one.load) + ' of ' + count(target);
          parts.broken.textContent = one.pieces > 1 ? one.pieces + ' pieces' : '';
          parts.off.textContent = (isOff ? (off > 0 ? '▲ ' : '▼ ') : '✓ ') + signed(off);
          parts.off.dataset.off = isOff ? '1' : '0';
          parts.made.setAttribute('aria-label', parts.title.textContent + ': ' + count(one.load) + ' of ' +
            count(target) + ' ' + unit + ', ' + signed(off) + (isOff ? ', outside the tolerance' : '') +
            ', ' + one.areas + ' ' + (one.areas === 1 ? words.area : words.areas) +
            (one.pieces > 1 ? ', in ' + one.pieces + ' pieces' : ''));
          var locked = one.areas > 0 && one.locked === one.areas;
          var lock = parts.lock, state = locked ? 'true' : one.locked ? 'mixed' : 'false';
          lock.disabled = one.areas === 0;
          lock.setAttribute('aria-pressed', state);
          lock.title = (locked ? 'Unlock' : 'Lock') + ' all that ' + parts.title.textContent + ' holds' +
            (state === 'mixed' ? ' (' + one.locked + ' of ' + one.areas + ' locked)' : '');
          lock.setAttribute('aria-label', lock.title);
        });
        nobody.line.dataset.some = left.areas ? '1' : '0';
        nobody.title.textContent = left.areas
          ? 'Nobody: ' + WHOLE.format(left.areas) + ' ' + (left.areas === 1 ? words.area : words.areas)
          : 'Nobody (erase)';
        nobody.load.textContent = left.areas ? count(left.load) + ' left over' : 'everything is somebody’s';
        nobody.made.setAttribute('aria-label', 'Erase. ' + nobody.title.textContent + ', ' + nobody.load.textContent);
      }
    };
  }

  window.gapmapPanel = { tools: tools, holders: holders, element: element, count: count, signed: signed };
})();
