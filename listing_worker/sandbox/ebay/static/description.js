// The description: a rich editor, and a hidden textarea that takes its text over only when the editor loses focus.

import { $, on } from './core.js';

export function description(save) {
  const mirror = $('textarea[name="description"]');
  const frame = $('#se-rte-frame__summary');
  let editor = null;

  function takeOver() {
    if (mirror.value === editor.innerHTML) return;
    if (!editor.textContent.trim() && !editor.dataset.touched) return;
    mirror.value = editor.innerHTML;
    save({ description: mirror.value });
  }

  function wire() {
    editor = $('.se-rte-editor__rich', frame ? frame.contentDocument : document);
    if (!editor) return false;
    editor.addEventListener('input', () => (editor.dataset.touched = '1'));
    editor.addEventListener('focusout', takeOver);
    editor.addEventListener('paste', (e) => {
      e.preventDefault();
      editor.ownerDocument.execCommand('insertText', false, e.clipboardData.getData('text/plain'));
    });
    return true;
  }
  // The frame's document may come after the page's script.
  if (!wire()) frame.addEventListener('load', wire, { once: true });

  on('click', '[data-rte]', (tool) => editor.ownerDocument.execCommand(tool.dataset.rte));
  on('change', 'input[name="descriptionEditorMode"]', (mode) => {
    if (mode.checked) {
      if (editor.dataset.touched) mirror.value = editor.innerHTML;
    } else editor.innerHTML = mirror.value;
    (frame ?? editor).hidden = mode.checked;
    mirror.hidden = !mode.checked;
  });
  on('focusout', 'textarea[name="description"]', () => {
    editor.dataset.touched = '1';
    editor.innerHTML = mirror.value;
    save({ description: mirror.value });
  });
}
