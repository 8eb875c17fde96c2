import { useBlocker } from '@tanstack/react-router';
import { ConfirmDialog } from '../../ui/confirm-dialog';

/** Asks before what was typed and not saved is left. Gives the dialog to draw. */
export function useLeaveGuard(isDirty: boolean): React.ReactNode {
  const { status, proceed, reset } = useBlocker({
    // Signing out, or another part of the same page, is no leaving.
    shouldBlockFn: ({ current, next }) =>
      isDirty && next.pathname !== current.pathname && next.pathname !== '/sign-in',
    enableBeforeUnload: isDirty,
    withResolver: true,
  });
  return (
    <ConfirmDialog
      opened={status === 'blocked'}
      onClose={() => reset?.()}
      title="Leave without saving?"
      consequences={['What you changed here is lost.']}
      action="Leave"
      onConfirm={() => proceed?.()}
    />
  );
}
