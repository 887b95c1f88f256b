// What the scripts of the two maps are made of: elements, buttons, packed figures.
(function () {
  'use strict';
  if (window.gapmapCompareParts) { return; }

  function element(tag, name, text) {
    var made = document.createElement(tag);
    if (name) { made.className = name; }
    if (text !== undefined && text !== null) { made.textContent = String(text); }
    return made;
  }

  window.gapmapCompareParts = {
    element: element,
    button: function (name, text, act) {
      var made = element('button', name, text);
      made.type = 'button';
      made.addEventListener('click', act);
      return made;
    },
    // Whole numbers in base 36; nothing between two blanks is none.
    numbers: function (packed) {
      return packed ? packed.split(' ').map(function (text) {
        return text === '' ? 0 : parseInt(text, 36);
      }) : [];
    },
    fetchJson: function (url) {
      return fetch(url).then(function (answer) {
        if (!answer.ok) { throw new Error('no such layer: ' + url); }
        return answer.json();
      });
    }
  };
})();
