// The description: a rich editor, and a hidden textarea that takes its text over only when the editor loses focus.

import { $, on } from './core.js';

export function description(save) {
  const mirror = $('textarea[name="description"]');
  const frame = $('#se-rte-frame__summary');
  const doc = frame ? frame.contentDocument : document;
  const editor = $('.se-rte-editor__rich', doc);

  function takeOver() {
    if (mirror.value === editor.innerHTML) return;
    if (!editor.textContent.trim() && !editor.dataset.touched) return;
    mirror.value = editor.innerHTML;
    save({ description: mirror.value });
  }

  editor.addEventListener('input', () => (editor.dataset.touched = '1'));
  editor.addEventListener('focusout', takeOver);
  editor.addEventListener('paste', (e) => {
    e.preventDefault();
    doc.execCommand('insertText', false, e.clipboardData.getData('text/plain'));
  });
  on('click', '[data-rte]', (tool) => doc.execCommand(tool.dataset.rte));
  on('change', 'input[name="descriptionEditorMode"]', (mode) => {
    const rich = frame ?? editor;
    if (mode.checked) {
      if (editor.dataset.touched) mirror.value = editor.innerHTML;
    } else editor.innerHTML = mirror.value;
    rich.hidden = mode.checked;
    mirror.hidden = !mode.checked;
  });
  on('focusout', 'textarea[name="description"]', () => {
    editor.dataset.touched = '1';
    editor.innerHTML = mirror.value;
    save({ description: mirror.value });
  });
}
