// A step of the tour in the browser: its heading comes into view and has the focus, and Back goes to the step before.
// What is shown stands in the element before this script, which the page runs anew with each step.

(() => {
  const { step } = document.currentScript.previousElementSibling.dataset;
  const before = window.stepOfTheTour;
  window.stepOfTheTour = step;
  if (before !== undefined && before !== step) {
    const heading = document.querySelector(".st-key-step_head h2");
    if (heading) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
      heading.scrollIntoView();
    }
  }

  // Streamlit notes every change of the address as a place to go back to. Within a step an answer or another network is
  // none: whoever goes back wants the step before, and keeps the answers.
  if (history.pushState.bySteps) return;
  const place = (url) => {
    const { pathname, searchParams } = new URL(url, location.href);
    return /\/learn\/?$/.test(pathname) ? ["part", "lesson", "task"].map((name) => searchParams.get(name)).join("|") : null;
  };
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const to = url && place(url);
    if (to && to === place(location.href)) history.replaceState(state, title, url);
    else push(state, title, url);
  };
  history.pushState.bySteps = true;
})();
