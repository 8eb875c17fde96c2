/** To the page's heading: where somebody is who came to it, or whose place on it is gone. */
export function focusHeading(): void {
  const heading = document.querySelector('h1[tabindex="-1"]');
  if (heading instanceof HTMLElement) heading.focus({ preventScroll: true });
}

/** To the first field that is marked as wrong, once the marks are drawn. */
export function focusFirstFault(form: HTMLFormElement | null): void {
  requestAnimationFrame(() => {
    const first = form?.querySelector('[aria-invalid="true"], input[type="datetime-local"]:invalid');
    if (first instanceof HTMLElement) first.focus();
  });
}
