// What hovering tells, in a note that stands over the page: at the volume, beside its neighbours and not over them, and
// never cut off where the picture's room ends.

const APART = 8; // px between a note and what it stands beside

function tell(tip, text, place, others, colours) {
  const [head, ...lines] = text.split("<br>");
  const bold = /^<b>(.*)<\/b>(.*)$/.exec(head);
  tip.replaceChildren(element("div"), ...lines.map((line) => element("div", line)));
  tip.firstChild.append(...(bold ? [element("b", bold[1]), bold[2]] : [head]));
  Object.assign(tip.style, { background: colours.bgcolor, borderColor: colours.bordercolor, color: colours.font.color });
  tip.hidden = false;
  const [left, top] = free(place, others, tip.offsetWidth, tip.offsetHeight);
  Object.assign(tip.style, { left: `${left}px`, top: `${top}px` });
  const there = tip.getBoundingClientRect(); // a page that moves its parts by a transform is not the window
  if (there.left !== left || there.top !== top) Object.assign(tip.style, { left: `${2 * left - there.left}px`, top: `${2 * top - there.top}px` });
}

// Over or under the volume, from its left edge, over its middle or to its right edge: the nearest place that is in the
// window and covers no other volume.
function free(place, others, width, height) {
  const middle = (place.left + place.right) / 2;
  let best = null;
  for (const at of [middle - width / 2, place.left, place.right - width]) {
    const left = Math.max(APART, Math.min(at, innerWidth - width - APART));
    const near = others.filter((other) => other.left < left + width + APART && other.right > left - APART);
    const over = Math.min(...near.map((other) => other.top)) - APART - height, under = Math.max(...near.map((other) => other.bottom)) + APART;
    for (const [top, far] of [[over, place.top - over - height], [under, under - place.bottom]]) {
      if (top >= APART && top + height <= innerHeight - APART && (!best || far < best.far)) best = { left, top, far };
    }
  }
  return best ? [best.left, best.top] : [Math.max(APART, Math.min(middle - width / 2, innerWidth - width - APART)), APART];
}
