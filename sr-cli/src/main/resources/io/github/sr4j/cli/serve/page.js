// SPDX-License-Identifier: Apache-2.0
'use strict';

const $ = (id) => document.getElementById(id);
const LOUPE_ZOOM = 4;
const EXTENSIONS = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/tiff': 'tif',
  'image/bmp': 'bmp',
};

let job = null; // the address of the one in work
let abort = null; // ends its requests
let boundary = 0.5; // of the width, left of which the image is shown as it was
let urls = [];

function say(text, isWrong = false) {
  $('status').textContent = text;
  $('status').classList.toggle('wrong', isWrong);
}

function headers() {
  const token = $('token').value;
  return token ? {Authorization: `Bearer ${token}`} : {};
}

async function ask(address, options = {}) {
  const response = await fetch(address, {
    ...options,
    headers: {...headers(), ...options.headers},
  });
  if (response.status === 401) {
    $('tokenLabel').hidden = false;
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({detail: response.statusText}));
    throw new Error(problem.detail);
  }
  return response;
}

async function listModels() {
  const {models} = await (await ask('v1/models')).json();
  $('model').replaceChildren(
    ...models.map(({name, scale}) => new Option(`${name} (×${scale})`, name)));
}

async function begin(file, name) {
  await cancel();
  abort?.abort();
  abort = new AbortController();
  const {signal} = abort;
  forget();
  $('result').hidden = true;
  say('Uploading…');
  try {
    if ($('model').options.length === 0) {
      await listModels();
    }
    const query = new URLSearchParams({model: $('model').value, format: $('format').value});
    if ($('strip').checked) {
      query.set('strip', 'location');
    }
    const response = await ask(`v1/upscale?${query}`, {
      method: 'POST',
      body: file,
      headers: {Prefer: 'respond-async'},
      signal,
    });
    const started = await response.json();
    job = `v1/jobs/${started.id}`;
    $('progress').removeAttribute('value');
    $('work').hidden = false;
    say('Waiting for its turn…');
    const end = await follow(job, signal);
    if (end.state !== 'done') {
      throw new Error(end.problem.detail);
    }
    await show(file, name, end);
  } catch (failure) {
    if (failure.name !== 'AbortError') {
      say(failure.message, true);
    }
  } finally {
    if (abort?.signal === signal) {
      $('work').hidden = true;
    }
  }
}

/** Reads the events of a job, which a token in a header lets no EventSource do. */
async function follow(address, signal) {
  const response = await ask(`${address}/events`, {signal});
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let last = null;
  for (;;) {
    const {value, done} = await reader.read();
    if (done) {
      break;
    }
    text += value;
    const events = text.split('\n\n');
    text = events.pop();
    for (const event of events) {
      const data = event.split('\n').find((line) => line.startsWith('data: '));
      if (data) {
        last = JSON.parse(data.slice(6));
        progressed(last);
      }
    }
  }
  if (!last || !['done', 'failed', 'cancelled'].includes(last.state)) {
    throw new Error('The connection to the server was lost.');
  }
  return last;
}

function progressed(state) {
  if (state.state === 'running') {
    $('progress').value = state.tiles_done / state.tiles;
    const left = Math.ceil(state.remaining_seconds);
    say(`${state.tiles_done} of ${state.tiles} tiles` + (left > 0 ? `, about ${left} s left` : ''));
  }
}

async function cancel() {
  if (job === null) {
    return;
  }
  const address = job;
  job = null;
  abort?.abort();
  $('work').hidden = true;
  say('Cancelled.');
  await ask(address, {method: 'DELETE'}).catch(() => {});
}

async function show(file, name, end) {
  const response = await ask(`${job}/result`);
  const blob = await response.blob();
  await ask(job, {method: 'DELETE'});
  job = null;
  const type = (response.headers.get('Content-Type') ?? '').split(';')[0];
  const base = name.replace(/\.[^.]*$/, '');
  const before = URL.createObjectURL(file);
  const after = URL.createObjectURL(blob);
  urls = [before, after];
  $('download').href = after;
  $('download').download = `${base}-enlarged.${EXTENSIONS[type] ?? 'png'}`;
  const hasShown = await load($('after'), after);
  const hasBefore = await load($('before'), before);
  $('view').hidden = !hasShown;
  $('before').hidden = !hasBefore;
  $('line').hidden = !hasBefore;
  const size = hasShown ? `${$('after').naturalWidth} × ${$('after').naturalHeight} pixels` : '';
  $('caption').textContent = [
    size,
    hasShown ? '' : 'This browser shows no images of this format; the download has it.',
    ...end.notes.map((note) => `Note: ${note}.`),
  ].filter(Boolean).join(' ');
  $('result').hidden = false;
  arrange();
  say('Done.');
}

async function load(image, address) {
  image.src = address;
  try {
    await image.decode();
    return true;
  } catch {
    return false;
  }
}

function forget() {
  urls.forEach((url) => URL.revokeObjectURL(url));
  urls = [];
}

/** Gives both images the size of the enlarged one on the page, and moves the boundary. */
function arrange() {
  const {naturalWidth, naturalHeight} = $('after');
  if (naturalWidth === 0) {
    return;
  }
  const zoom = $('zoom').value;
  const room = $('view').clientWidth;
  const width = zoom === 'fit'
    ? Math.min(room, naturalWidth)
    : naturalWidth * Number(zoom) / window.devicePixelRatio;
  const height = width * naturalHeight / naturalWidth;
  for (const image of [$('after'), $('before')]) {
    image.style.width = `${width}px`;
    image.style.height = `${height}px`;
    image.style.imageRendering = zoom === '2' || zoom === '4' ? 'pixelated' : 'auto';
  }
  $('before').style.clipPath = `inset(0 ${100 - boundary * 100}% 0 0)`;
  $('line').style.left = `${boundary * width}px`;
  $('line').style.height = `${height}px`;
  $('view').setAttribute('aria-valuenow', Math.round(boundary * 100));
}

function moveTo(share) {
  boundary = Math.min(1, Math.max(0, share));
  arrange();
}

function place(event) {
  const box = $('after').getBoundingClientRect();
  return {x: event.clientX - box.left, y: event.clientY - box.top, box};
}

/** Draws the enlarged image around the pointer, four times as large. */
function magnify(event) {
  const glass = $('glass');
  const {x, y, box} = place(event);
  const isInside = x >= 0 && y >= 0 && x < box.width && y < box.height;
  glass.hidden = !$('loupe').checked || !isInside;
  if (glass.hidden) {
    return;
  }
  const perPixel = $('after').naturalWidth / box.width;
  const side = glass.width / LOUPE_ZOOM;
  const image = x / box.width < boundary && !$('before').hidden ? $('before') : $('after');
  const scale = image.naturalWidth / $('after').naturalWidth;
  const drawing = glass.getContext('2d');
  drawing.imageSmoothingEnabled = false;
  drawing.clearRect(0, 0, glass.width, glass.height);
  drawing.drawImage(
    image,
    (x * perPixel - side / 2) * scale, (y * perPixel - side / 2) * scale, side * scale, side * scale,
    0, 0, glass.width, glass.height);
  glass.style.left = `${x - glass.width / 2}px`;
  glass.style.top = `${y - glass.height / 2}px`;
}

$('file').addEventListener('change', () => {
  const [file] = $('file').files;
  if (file) {
    begin(file, file.name);
  }
});
document.addEventListener('paste', (event) => {
  const [file] = event.clipboardData.files;
  if (file) {
    begin(file, file.name || 'pasted.png');
  }
});
for (const type of ['dragover', 'dragleave', 'drop']) {
  document.addEventListener(type, (event) => {
    event.preventDefault();
    $('drop').classList.toggle('over', type === 'dragover');
    const file = event.dataTransfer?.files[0];
    if (type === 'drop' && file) {
      begin(file, file.name);
    }
  });
}
$('form').addEventListener('submit', (event) => event.preventDefault());
$('cancel').addEventListener('click', cancel);
$('zoom').addEventListener('change', arrange);
$('token').addEventListener('change', () => listModels().then(() => say(''), (e) => say(e.message, true)));
window.addEventListener('resize', arrange);
window.addEventListener('pagehide', () => {
  if (job !== null) {
    fetch(job, {method: 'DELETE', headers: headers(), keepalive: true});
  }
});

$('view').addEventListener('pointerdown', (event) => {
  $('view').setPointerCapture(event.pointerId);
  const {x, box} = place(event);
  moveTo(x / box.width);
});
$('view').addEventListener('pointermove', (event) => {
  if (event.buttons !== 0) {
    const {x, box} = place(event);
    moveTo(x / box.width);
  }
  magnify(event);
});
$('view').addEventListener('pointerleave', () => {
  $('glass').hidden = true;
});
$('view').addEventListener('keydown', (event) => {
  const steps = {ArrowLeft: -0.01, ArrowRight: 0.01, Home: -1, End: 1};
  if (event.key in steps) {
    event.preventDefault();
    moveTo(boundary + steps[event.key]);
  }
});

listModels().catch((failure) => say(failure.message, true));
