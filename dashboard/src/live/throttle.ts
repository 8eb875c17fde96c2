/** Calls at most once in `ms`: at once after a rest, and once more at the end of a busy time. */
export function throttle(call: () => void, ms: number): { run: () => void; cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAgain = false;
  const rest = () => {
    timer = setTimeout(() => {
      timer = undefined;
      if (!isAgain) return;
      isAgain = false;
      rest();
      call();
    }, ms);
  };
  return {
    run() {
      if (timer !== undefined) {
        isAgain = true;
        return;
      }
      rest();
      call();
    },
    cancel() {
      clearTimeout(timer);
      timer = undefined;
      isAgain = false;
    },
  };
}
