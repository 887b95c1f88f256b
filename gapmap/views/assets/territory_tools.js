// What is in the hand: the tool, what it does and for whom; and undo and redo beside it.
(function () {
  'use strict';
  if (window.gapmapTerritoryTools) { return; }
  var element = window.gapmapPanel.element, looks = window.gapmapLooks, SWATCH_PX = 30;

  function nobodySwatch() {
    var made = element('canvas');
    made.width = made.height = SWATCH_PX;
    made.style.borderRadius = '7px';
    var pen = made.getContext('2d');
    pen.fillStyle = looks.nobody(false);
    pen.fillRect(0, 0, SWATCH_PX, SWATCH_PX);
    return made;
  }

  // Ways: say(verb, partner, places) to the page, and waiting(), how much of it is unanswered.
  window.gapmapTerritoryTools = function (territory, ways) {
    var now = territory.now, drawing = territory.drawing, settings = territory.settings;

    function show() {
      var state = territory.state;
      now.undo = Boolean(state && (state.undo || ways.waiting()));
      now.redo = Boolean(state && (ways.waiting() ? drawing.isUndone() : state.redo));
      toolbar.show(now);
      territory.container.setAttribute('data-tool', now.tool);
      territory.hand.ready();
    }
    function choose(kind, name) {
      if (kind === 'step') { step(name); return; }
      drawing.cancel();
      now[kind] = name;
      if (kind === 'verb' && now.tool === 'move') { now.tool = 'brush'; }
      if (kind === 'tool' && name === 'move') { territory.keys.leave(); }
      show();
    }
    function step(verb) {
      if (!drawing.holders || drawing.stroke || !now[verb]) { return; }
      drawing.step(verb);
      ways.say(verb, null, []);
      territory.words.tell(verb === 'undo' ? 'Undone.' : 'Done again.');
    }
    function pick(index) {
      if (index >= drawing.partners.length) { return; }
      drawing.cancel();
      now.partner = Math.max(index, -1);
      now.verb = 'paint';
      if (now.tool === 'move') { now.tool = 'brush'; }
      panel.choose(now.partner);
      show();
      territory.words.tell(
        now.partner < 0 ? 'Erase.' : 'Paint for ' + drawing.partners[now.partner].n + '.');
    }
    function lockAll(index, isOn) {
      if (!drawing.holders) { return; }
      drawing.cancel();
      drawing.begin(-1, isOn ? 'lock' : 'unlock');
      for (var place = 0; place < drawing.holders.length; place += 1) {
        if (drawing.holders[place] === index) { drawing.change(place); }
      }
      drawing.end();
    }
    var body = document.body, words = settings.words;
    var toolbar = window.gapmapPanel.tools(body, words, Boolean(settings.outlines), choose);
    var panel = window.gapmapPanel.holders(body, words, {
      choose: pick, lockAll: lockAll, nobodySwatch: nobodySwatch });

    return { show: show, choose: choose, step: step, pick: pick, panel: panel };
  };
})();
