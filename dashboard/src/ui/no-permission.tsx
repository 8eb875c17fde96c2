import { IconLock } from '@tabler/icons-react';
import { useSession } from '../session/hooks';
import { EmptyState } from './empty-state';

/** A page that the key's role may not see. */
export function NoPermission({ what, roles }: { what: string; roles: string }) {
  const { who } = useSession();
  return (
    <EmptyState icon={IconLock} title={`Your key may not ${what}`}>
      “{who.keyName}” is a key of the role <b>{who.role}</b>. This takes {roles}.
    </EmptyState>
  );
}
