// The picture at another input: got while somebody points at that input, and drawn with the click that chooses it. The page
// follows when the server has answered, which brings the figure that stands by then.

const MOST_FIGURES = 12;
const figures = new Map(); // by their keys: each a text or the promise of one, the oldest first
let ahead = null; // the picture that this is for: its node, what is kept of it, and how it is drawn anew

function remember(key, figure) {
  figures.delete(key);
  figures.set(key, figure);
  if (figures.size > MOST_FIGURES) figures.delete(figures.keys().next().value);
}

// Key and address of the figure that is asked for where something happened, if any is.
function asked({ target }) {
  if (!ahead?.plot.isConnected) return [];
  const { where, at } = ahead.kept.data.ahead;
  return at?.[target.closest?.(`${where} button`)?.textContent.trim()] ?? [];
}

function get(event) {
  const [key, address] = asked(event);
  if (!key || figures.has(key)) return;
  const coming = fetch(address).then((answer) => (answer.ok ? answer.text() : null)).catch(() => null);
  remember(key, coming);
  coming.then((figure) => (figure === null ? figures.delete(key) : remember(key, figure)));
}

for (const pointed of ["pointerover", "pointerdown", "focusin"]) document.addEventListener(pointed, get, { passive: true });

document.addEventListener("click", (event) => {
  const [key] = asked(event);
  if (!key) return;
  const { kept, redraw } = ahead;
  const show = (figure) => {
    if (!figure || kept.wanted !== key || figure === kept.figure) return;
    kept.early.push(figure);
    kept.data = { ...kept.data, figure };
    redraw();
  };
  kept.wanted = key;
  setTimeout(async () => show(await figures.get(key))); // first the click goes on its way to the server
}, true); // a button keeps a click to itself

// What the server sent; and of a figure that somebody was quicker than, the one that stands in its place.
function arrived(data, kept) {
  kept.wanted = null;
  if (data.ahead.key) remember(data.ahead.key, data.figure);
  const at = kept.early.indexOf(data.figure), overtaken = at >= 0 && at < kept.early.length - 1;
  kept.early = overtaken ? kept.early.slice(at + 1) : [];
  return overtaken ? { ...data, figure: kept.early.at(-1) } : data;
}
