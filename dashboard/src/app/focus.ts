import type { AnyRouter } from '@tanstack/react-router';
import { focusHeading } from '../ui/focus';

/** After going to another page by a link, the keyboard and the screen reader are at its heading. */
export function focusHeadings(router: AnyRouter): () => void {
  return router.subscribe('onRendered', ({ fromLocation, toLocation, pathChanged }) => {
    // A hash leads to a place of its own; one that the skip link has left behind leads nowhere.
    if (fromLocation === undefined || !pathChanged || toLocation.hash !== '') return;
    focusHeading();
  });
}
