// Going in and out in place: the picture that is left and the one that comes are zoomed together, so that the volume one
// goes into grows until it is the new picture, or the picture shrinks until it is the volume that one came out of.

const JOURNEY = 340; // ms
const MOST_NODES = 8000; // of a picture that is copied for it

// What is left, to be laid over what comes; nothing where somebody wants no motion, or it would not be smooth.
function leaving(room, plot) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || !plot._fullLayout?.xaxis) return null;
  if (plot.getElementsByTagName("*").length > MOST_NODES) return null;
  const copy = plot.querySelector(".svg-container").cloneNode(true);
  copy.querySelector(".modebar-container")?.remove();
  for (const node of copy.querySelectorAll("[clip-path]")) node.removeAttribute("clip-path"); // it names the new picture's
  return { copy, from: room.scrollLeft };
}

// The rectangle of an outline within what is seen of the room, in pixels.
function seen(room, plot, [xs, ys]) {
  const { xaxis, yaxis } = plot._fullLayout;
  const across = xs.filter((x) => x !== null).map((x) => xaxis._offset + xaxis.l2p(x) - room.scrollLeft);
  const down = ys.filter((y) => y !== null).map((y) => yaxis._offset + yaxis.l2p(y));
  return { left: Math.min(...across), right: Math.max(...across), top: Math.min(...down), bottom: Math.max(...down) };
}

// Both ways: ``part`` is where in the outer picture the inner one is, undefined where nobody knows.
function travel(room, plot, left, inward, part) {
  const { clientWidth: width, clientHeight: height } = room;
  const { left: west, right: east, top: north, bottom: south } = part ?? { left: width / 3, right: (2 * width) / 3, top: height / 3, bottom: (2 * height) / 3 };
  const times = Math.min(6, width / Math.max(1, east - west), height / Math.max(1, south - north));
  const [x, y] = [(west + east) / 2, (north + south) / 2];
  const close = (shift) => `translate(${width / 2 - shift}px, ${height / 2}px) scale(${times}) translate(${shift - x}px, ${-y}px)`;
  const far = (shift) => `translate(${x - shift}px, ${y}px) scale(${1 / times}) translate(${shift - width / 2}px, ${-height / 2}px)`;
  const sheet = document.createElement("div");
  sheet.className = "left";
  sheet.setAttribute("aria-hidden", "true");
  Object.assign(left.copy.style, { position: "absolute", left: `${-left.from}px`, top: 0, transformOrigin: "0 0" });
  sheet.append(left.copy);
  room.after(sheet);
  plot.style.transformOrigin = "0 0";
  room.style.overflow = "hidden"; // a picture that is larger for a moment needs no scroll bar
  const timing = { duration: JOURNEY, easing: "cubic-bezier(0.3, 0, 0.2, 1)", fill: "both" };
  const over = left.copy.animate([{ transform: "none", opacity: 1 }, { transform: inward ? close(-left.from) : far(-left.from), opacity: 0 }], timing);
  const come = plot.animate([{ transform: inward ? far(-room.scrollLeft) : close(-room.scrollLeft), opacity: 0 }, { transform: "none", opacity: 1 }], { ...timing, fill: "none" });
  over.onfinish = over.oncancel = () => sheet.remove();
  come.onfinish = come.oncancel = () => { room.style.overflow = ""; };
}
