// Under a picture that is wider than its room: all of it in a strip, the window of it that is seen, and what stands there.
// The strip is a slider: dragged, clicked, or moved by keys.

const STRIP = 26; // px, its height

function overview(room, plot, kept, place) {
  const [strip, sheet, frame, here] = [".strip", "canvas", ".seen", ".here"].map((name) => place.querySelector(name));
  let spots = [];
  const wide = () => room.scrollWidth > room.clientWidth + 4;
  // of the picture on the strip
  const share = () => strip.clientWidth / room.scrollWidth;

  function show() {
    place.hidden = !wide() || !plot._fullLayout?.xaxis; // solid volumes are not on one sheet, of which a strip could be shown
    plot.style.setProperty("--unseen", `${wide() ? Math.max(0, room.scrollWidth - room.clientWidth - room.scrollLeft) : 0}px`);
    if (place.hidden) return;
    Object.assign(frame.style, { left: `${room.scrollLeft * share()}px`, width: `${Math.max(10, room.clientWidth * share())}px` });
    const from = room.scrollLeft, to = from + room.clientWidth;
    const inside = spots.filter(([left, right]) => right > from && left < to);
    const [first, last] = [inside[0]?.[2], inside.at(-1)?.[2]];
    here.textContent = first === last ? (first ?? "") : `${first} … ${last}`;
    strip.setAttribute("aria-valuenow", Math.round((100 * from) / (room.scrollWidth - room.clientWidth)));
    strip.setAttribute("aria-valuetext", here.textContent);
  }

  // the volumes' faces as they are in the picture; of words and lines nothing would be left
  function draw() {
    show();
    if (place.hidden || !plot._fullLayout.xaxis) return;
    const { xaxis, yaxis } = plot._fullLayout, { volumes, outlines } = kept.meta;
    const across = (x) => xaxis._offset + xaxis.l2p(x);
    spots = Object.entries(volumes ?? {})
      .map(([step, [name]]) => { const xs = outlines[step][0].filter((x) => x !== null); return [across(Math.min(...xs)), across(Math.max(...xs)), name]; })
      .sort(([one], [other]) => one - other);
    const sharp = window.devicePixelRatio || 1, pen = sheet.getContext("2d");
    sheet.width = strip.clientWidth * sharp;
    sheet.height = STRIP * sharp;
    const [bottom, top] = yaxis.range;
    for (const { fillcolor, x, y } of kept.faces) {
      pen.beginPath();
      let open = false;
      for (let i = 0; i < x.length; i++) {
        if (x[i] === null) { open = false; continue; }
        pen[open ? "lineTo" : "moveTo"](across(x[i]) * share() * sharp, ((top - y[i]) / (top - bottom)) * sheet.height);
        open = true;
      }
      pen.fillStyle = fillcolor;
      pen.fill();
    }
    show();
  }

  const go = (left) => { room.scrollLeft = left; };
  const follow = (event) => go((event.clientX - strip.getBoundingClientRect().left) / share() - room.clientWidth / 2);
  strip.addEventListener("pointerdown", (event) => { strip.setPointerCapture(event.pointerId); follow(event); });
  strip.addEventListener("pointermove", (event) => { if (strip.hasPointerCapture(event.pointerId)) follow(event); });
  strip.addEventListener("keydown", (event) => {
    const { scrollLeft: now, clientWidth: page, scrollWidth: all } = room;
    const to = { ArrowRight: now + page / 4, ArrowLeft: now - page / 4, PageDown: now + page, PageUp: now - page, Home: 0, End: all }[event.key];
    if (to === undefined) return;
    go(to);
    event.preventDefault();
  });
  room.addEventListener("scroll", show, { passive: true });
  return draw;
}
