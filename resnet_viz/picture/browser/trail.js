// The way from the whole network to what is shown: each name but the last is a way back.
function trail(nav, names, go) {
  const way = names.join("\n");
  nav.hidden = names.length === 0;
  if (nav.dataset.way === way) return; // what has the focus keeps it
  nav.dataset.way = way;
  nav.querySelector("ol").replaceChildren(...names.map((name, number) => {
    const last = number === names.length - 1, stop = document.createElement(last ? "span" : "button"), item = document.createElement("li");
    stop.textContent = name;
    if (last) stop.setAttribute("aria-current", "location");
    else Object.assign(stop, { type: "button", onclick: () => go(number) });
    item.append(stop);
    return item;
  }));
}
