// Every change goes to the draft: one PUT at a time, changes that come meanwhile travel together in the next one.

import { $ } from './core.js';

export class Autosave {
  constructor(state, onAnswer) {
    this.url = `/lstng/api/listing_draft/${state.draftId}?mode=${state.mode}`;
    this.onAnswer = onAnswer;
    this.waiting = {};
    this.running = null;
    this.timer = 0;
  }

  /** Notes a change; text that is still being typed waits a moment for more. */
  save(changes, { soon = false } = {}) {
    Object.assign(this.waiting, changes);
    $('.autosave').textContent = 'Saving…';
    clearTimeout(this.timer);
    if (soon) this.timer = setTimeout(() => this.flush(), 250);
    else this.flush();
  }

  /** Resolves when everything noted so far has been answered. */
  async flush() {
    clearTimeout(this.timer);
    if (this.running) {
      await this.running;
      return this.flush();
    }
    if (!Object.keys(this.waiting).length) return undefined;
    const changes = this.waiting;
    this.waiting = {};
    this.running = this.send(changes).finally(() => (this.running = null));
    await this.running;
    return this.flush();
  }

  async send(changes) {
    const note = $('.autosave');
    try {
      const answer = await fetch(this.url, {
        method: 'PUT',
        credentials: 'include',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ changes }),
      });
      const body = await answer.json();
      const more = Object.keys(this.waiting).length > 0;
      note.textContent = !answer.ok ? "We couldn't save your changes" : more ? 'Saving…' : 'Draft saved';
      this.onAnswer(body, changes);
    } catch {
      note.textContent = "We couldn't save your changes";
    }
  }
}
