import type { AnyRouter } from '@tanstack/react-router';

/** After going to another page by a link, the keyboard and the screen reader are at its heading. */
export function focusHeadings(router: AnyRouter): () => void {
  return router.subscribe('onRendered', ({ fromLocation, pathChanged, hashChanged }) => {
    if (fromLocation === undefined || !pathChanged || hashChanged) return;
    const heading = document.querySelector('h1[tabindex="-1"]');
    if (heading instanceof HTMLElement) heading.focus({ preventScroll: true });
  });
}
