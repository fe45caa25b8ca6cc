// Continue in my browser: draws the pictures that come and sends what hands do. Nothing is kept, not even here.

import { csrf } from './app.js';

const place = /** @type {HTMLElement} */ (document.getElementById('live'));
const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById('screen'));
const drawing = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
const text = /** @type {HTMLInputElement} */ (document.getElementById('text'));
const elsewhere = /** @type {HTMLAnchorElement} */ (document.getElementById('elsewhere'));
const status = document.getElementById('status');
const COME_BACK = [4408, 1006, 1001, 1011, 1012]; // closing codes after which it is worth asking again

/** @type {WebSocket | null} */
let socket = null;
let over = false;
let tries = 0;
let until = Date.parse(place.dataset.until);

/** @param {string} state one of the data-… sentences of the page */
function stand(state) {
  place.dataset.state = state;
  status.textContent = place.dataset[state] ?? place.dataset.ended;
}

function connect() {
  const address = new URL(`/postings/${place.dataset.posting}/screen`, location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  socket = new WebSocket(address);
  socket.binaryType = 'blob';
  socket.onopen = () => socket.send(JSON.stringify({ csrf: csrf() }));
  socket.onmessage = (event) => (typeof event.data === 'string' ? told(JSON.parse(event.data)) : show(event.data));
  socket.onclose = (event) => {
    if (over) return;
    if (!COME_BACK.includes(event.code) || Date.now() > until) {
      end('ended');
      return;
    }
    stand(tries === 0 ? 'connecting' : 'lost');
    tries += 1;
    setTimeout(connect, Math.min(500 * tries, 4000));
  };
}

/** @param {{t: string, why?: string, until?: string, elsewhere?: string | null}} message */
function told(message) {
  if (message.t === 'welcome') {
    tries = 0;
    until = Date.parse(message.until);
    stand('open');
    elsewhere.hidden = !message.elsewhere;
    if (message.elsewhere) elsewhere.href = message.elsewhere;
  } else if (message.t === 'end') {
    end(message.why);
  }
}

/** @param {string} why */
function end(why) {
  over = true;
  stand(why in place.dataset ? why : 'ended');
  canvas.classList.add('over');
  for (const id of ['ways', 'typing', 'keys', 'larger', 'elsewhere']) document.getElementById(id).hidden = true;
  document.getElementById('over').hidden = false;
  if (why === 'done') setTimeout(() => location.assign(place.dataset.job), 1200);
}

/** @param {Blob} blob width and height of the page (two bytes each), then a JPEG */
async function show(blob) {
  const head = new DataView(await blob.slice(0, 4).arrayBuffer());
  const picture = await createImageBitmap(blob.slice(4));
  const [width, height] = [head.getUint16(0), head.getUint16(2)];
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
  }
  canvas.dataset.page = `${width}x${height}`;
  drawing.drawImage(picture, 0, 0);
  picture.close();
  canvas.dataset.shown = String(Number(canvas.dataset.shown ?? 0) + 1);
  send({ t: 'shown' });
}

/** @param {object} message */
function send(message) {
  if (socket?.readyState === WebSocket.OPEN && !over) socket.send(JSON.stringify(message));
}

// ---- mouse and touch ----

const BUTTONS = ['left', 'middle', 'right'];
/** @type {Map<number, {x: number, y: number, id: number}>} */
const fingers = new Map();
let clicks = 0;
let last = { at: 0, x: 0, y: 0 };
/** @type {object | null} */
let moved = null;

/** @param {{clientX: number, clientY: number}} event */
function at(event) {
  const box = canvas.getBoundingClientRect();
  const part = (value, size) => Math.min(1, Math.max(0, value / size));
  return { x: part(event.clientX - box.left, box.width), y: part(event.clientY - box.top, box.height) };
}

/** @param {KeyboardEvent | MouseEvent} event */
const mods = (event) => (event.altKey ? 1 : 0) | (event.ctrlKey ? 2 : 0) | (event.metaKey ? 4 : 0) | (event.shiftKey ? 8 : 0);

/** @param {PointerEvent} event @param {string} kind */
function mouse(event, kind) {
  const pressed = kind === 'mousePressed';
  const { x, y } = at(event);
  if (pressed) {
    clicks = event.timeStamp - last.at < 400 && Math.hypot(x - last.x, y - last.y) < 0.01 ? Math.min(clicks + 1, 3) : 1;
    last = { at: event.timeStamp, x, y };
  }
  const moving = kind === 'mouseMoved';
  const button = moving ? 'none' : BUTTONS[event.button] ?? 'none';
  return { t: 'mouse', e: kind, x, y, button, buttons: event.buttons, clicks: moving ? 0 : clicks, mods: mods(event) };
}

/** @param {string} kind */
const touch = (kind) => ({ t: 'touch', e: kind, points: [...fingers.values()].slice(0, 5) });

canvas.addEventListener('pointerdown', (event) => {
  event.preventDefault();
  canvas.focus({ preventScroll: true });
  canvas.setPointerCapture(event.pointerId);
  if (event.pointerType === 'touch') {
    fingers.set(event.pointerId, { ...at(event), id: event.pointerId % 0x7fffffff });
    send(touch('touchStart'));
  } else {
    send(mouse(event, 'mousePressed'));
  }
});
canvas.addEventListener('pointermove', (event) => {
  if (event.pointerType === 'touch') {
    if (!fingers.has(event.pointerId)) return;
    fingers.set(event.pointerId, { ...at(event), id: event.pointerId % 0x7fffffff });
    later(touch('touchMove'));
  } else {
    later(mouse(event, 'mouseMoved'));
  }
});
for (const [name, kind] of [['pointerup', 'touchEnd'], ['pointercancel', 'touchCancel']]) {
  canvas.addEventListener(name, (event) => {
    flush();
    if (event.pointerType === 'touch') {
      fingers.delete(event.pointerId);
      if (kind === 'touchCancel') fingers.clear();
      send(touch(kind));
    } else {
      send(mouse(event, 'mouseReleased'));
    }
  });
}
canvas.addEventListener('wheel', (event) => {
  event.preventDefault();
  const limit = (value) => Math.max(-5000, Math.min(5000, value * (event.deltaMode === 1 ? 16 : 1)));
  send({ t: 'mouse', e: 'mouseWheel', ...at(event), mods: mods(event), dx: limit(event.deltaX), dy: limit(event.deltaY) });
}, { passive: false });
canvas.addEventListener('contextmenu', (event) => event.preventDefault());

/** Of many moves in one frame only the last is sent. @param {object} message */
function later(message) {
  if (moved === null) requestAnimationFrame(flush);
  moved = message;
}
function flush() {
  if (moved !== null) send(moved);
  moved = null;
}

// ---- keys ----

/** @param {KeyboardEvent} event @param {string} kind */
function key(event, kind) {
  event.stopPropagation(); // the page's own keys are not meant
  if (event.key === 'Escape') {
    if (kind === 'keyDown') document.getElementById('done').focus();
    return;
  }
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'v') return; // comes as `paste`
  if (event.isComposing || event.key === 'Process' || event.key === 'Dead') return;
  event.preventDefault();
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  const written = event.key === 'Enter' ? '\r' : [...event.key].length === 1 && plain ? event.key : '';
  send({ t: 'key', e: kind, key: event.key.slice(0, 32), code: event.code.slice(0, 32), number: Math.min(event.keyCode, 255),
    text: kind === 'keyDown' ? written : '', mods: mods(event) });
}
canvas.addEventListener('keydown', (event) => key(event, 'keyDown'));
canvas.addEventListener('keyup', (event) => key(event, 'keyUp'));
document.addEventListener('paste', (event) => {
  if (document.activeElement === canvas) write(event.clipboardData?.getData('text') ?? '');
});

/** @param {string} words */
function write(words) {
  if (words) send({ t: 'text', text: words.slice(0, 2000) });
}

/** @param {string} name @param {number} number @param {string} written */
function stroke(name, number, written = '') {
  send({ t: 'key', e: 'keyDown', key: name, code: name, number, text: written });
  send({ t: 'key', e: 'keyUp', key: name, code: name, number });
}

// A phone has no keys to press on a picture: what is typed here goes to the field that was tapped.
document.getElementById('typing').addEventListener('submit', (event) => {
  event.preventDefault();
  write(text.value);
  text.value = '';
});
document.getElementById('enter').addEventListener('click', () => stroke('Enter', 13, '\r'));
document.getElementById('erase').addEventListener('click', () => stroke('Backspace', 8));
document.getElementById('done').addEventListener('click', () => send({ t: 'done' }));
document.getElementById('give-up').addEventListener('click', () => send({ t: 'give_up' }));

// Larger: taps still reach the page, and fingers move the picture instead of what it shows.
document.getElementById('larger').addEventListener('click', (event) => {
  const frame = canvas.parentElement;
  const large = frame.classList.toggle('large');
  event.currentTarget.setAttribute('aria-pressed', String(large));
  frame.scrollLeft = (frame.scrollWidth - frame.clientWidth) / 2;
});

// ---- time ----

function count() {
  const seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
  document.getElementById('left').textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
setInterval(count, 1000);
count();
connect();
