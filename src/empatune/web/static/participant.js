// The participant page: a disc that grows and warms from a baseline ring. It only shows.
import { Link } from "/static/link.js";

const EASE_MS = 100; // time constant: 95 % of the way after 300 ms
const SETTLED = 0.002;
const INK = "#e9e2d6";
const GROUND = "#1b1917";
const RING = "#7d7568";
const COOL = [98, 132, 156];
const NEUTRAL = [172, 163, 150];
const WARM = [246, 184, 92];

const canvas = document.getElementById("field");
const context = canvas.getContext("2d", { alpha: false });
const words = document.getElementById("instruction");

const target = { value: 0, shown: 0, fixation: 1, elapsed: 0 };
const now = { ...target };
let pending = null;
let frame = 0;
let before = 0;
let over = false;

function blend(a, b, share) {
  return a.map((channel, i) => Math.round(channel + (b[i] - channel) * share));
}

function colourOf(value, alpha) {
  const share = Math.abs(value) ** 0.7;
  const colour = blend(NEUTRAL, value < 0 ? COOL : WARM, share);
  return `rgba(${colour.join(",")},${alpha})`;
}

function drawDisc(x, y, baseline) {
  const radius = baseline * (1 + 0.75 * now.value);
  const glow = context.createRadialGradient(x, y, 0, x, y, radius * 1.08);
  glow.addColorStop(0, colourOf(now.value, now.shown));
  glow.addColorStop(0.86, colourOf(now.value, now.shown));
  glow.addColorStop(1, colourOf(now.value, 0));
  context.fillStyle = glow;
  context.beginPath();
  context.arc(x, y, radius * 1.08, 0, 2 * Math.PI);
  context.fill();
  context.globalAlpha = now.shown;
  context.strokeStyle = now.value > 0 ? "#4a4239" : RING;
  context.lineWidth = Math.max(2, baseline / 60);
  context.beginPath();
  context.arc(x, y, baseline, 0, 2 * Math.PI);
  context.stroke();
  context.globalAlpha = 1;
}

function drawFixation(x, y, size) {
  context.strokeStyle = now.shown > 0.5 ? GROUND : INK;
  context.globalAlpha = now.fixation;
  context.lineWidth = Math.max(3, size / 5);
  context.beginPath();
  context.moveTo(x - size, y);
  context.lineTo(x + size, y);
  context.moveTo(x, y - size);
  context.lineTo(x, y + size);
  context.stroke();
  context.globalAlpha = 1;
}

function drawElapsed(width, height) {
  const length = width * 0.16;
  const thick = Math.max(2, height / 300);
  const [x, y] = [(width - length) / 2, height * 0.94];
  context.fillStyle = "#2a2724";
  context.fillRect(x, y, length, thick);
  context.fillStyle = "#5f584e";
  context.fillRect(x, y, length * now.elapsed, thick);
}

function draw() {
  const { width, height } = canvas;
  const unit = Math.min(width, height);
  context.fillStyle = GROUND;
  context.fillRect(0, 0, width, height);
  const [x, y] = [width / 2, height * 0.55];
  if (now.shown > SETTLED) drawDisc(x, y, unit * 0.165);
  if (now.fixation > SETTLED) drawFixation(x, y, unit * 0.014);
  if (now.elapsed > SETTLED) drawElapsed(width, height);
}

function ease(passed_ms) {
  const share = 1 - Math.exp(-passed_ms / EASE_MS);
  let moving = false;
  for (const name of Object.keys(now)) {
    const way = target[name] - now[name];
    moving ||= Math.abs(way) > SETTLED;
    now[name] = Math.abs(way) > SETTLED ? now[name] + way * share : target[name];
  }
  return moving;
}

function tick(time) {
  frame = 0;
  const moving = ease(Math.min(64, before ? time - before : 16));
  before = moving ? time : 0;
  draw();
  if (pending !== null) {
    link.drawn(pending);
    pending = null;
  }
  if (moving) request();
}

function request() {
  frame ||= requestAnimationFrame(tick);
}

function say(text, still) {
  if (words.textContent !== text) words.textContent = text;
  words.classList.toggle("still", still);
}

function show(message) {
  const running = message.state === "running";
  over = message.state === "finished";
  if (message.show && target.shown === 0) now.value = 0; // starts from the ring, not from the past
  target.shown = message.show ? 1 : 0;
  if (message.show) target.value = message.value;
  target.fixation = message.state === "finished" ? 0 : 1;
  target.elapsed = running ? message.elapsed : 0;
  if (target.elapsed < now.elapsed) now.elapsed = target.elapsed; // a new block starts at once
  say(message.instruction, !running);
  pending = message.update;
  request();
}

function rest() {
  pending = null;
  if (over) return; // the thanks stay when the server has gone
  Object.assign(target, { shown: 0, fixation: 1, elapsed: 0 });
  say("", true);
  request();
}

function resize() {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(window.innerWidth * scale);
  canvas.height = Math.round(window.innerHeight * scale);
  request();
}

async function stayAwake() {
  try {
    if (!document.hidden) await navigator.wakeLock?.request("screen");
  } catch {
    // Not every browser lets a page keep the screen on; the page works without.
  }
}

window.addEventListener("resize", resize);
window.addEventListener("click", () => document.documentElement.requestFullscreen?.().catch(() => {}));
document.addEventListener("visibilitychange", stayAwake);
const link = new Link("participant", { onMessage: show, onLost: rest });
resize();
stayAwake();
