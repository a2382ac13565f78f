// A form is sent once: the second click of a double click, or a second Enter, comes before the page shows that the
// first one is under way. From then on the page itself says what can be sent.

/** A form that was sent is not sent again for so long, where the page is not drawn meanwhile. */
const PAUSE_MS = 500;

/** Looks after all forms from now on. */
export function sendOnce(): void {
  const sentAt = new WeakMap<EventTarget, number>();
  const stop = (event: Event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    // The browser counts the clicks of one place by the time at which they were made, however late they are looked at.
    if (button?.type === 'submit' && event.detail > 1) stop(event);
  }, true);
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!form) return;
    if (event.timeStamp - (sentAt.get(form) ?? -PAUSE_MS) < PAUSE_MS) {
      stop(event);
      return;
    }
    sentAt.set(form, event.timeStamp);
    // A task after a frame begins when that frame is painted.
    requestAnimationFrame(() => setTimeout(() => sentAt.delete(form)));
  }, true);
}
