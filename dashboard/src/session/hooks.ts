import { useMemo, useSyncExternalStore } from 'react';
import type { Permission, WhoAmI } from '../api/types';
import { may, type Session, session } from './store';

export function useSessionState(): Session {
  return useSyncExternalStore(session.subscribe, session.get);
}

export interface SignedIn {
  key: string;
  who: WhoAmI;
  isOperator: boolean;
  /** Whether the key's role may: what it may not is not shown. */
  can: (permission: Permission) => boolean;
}

/** Who is signed in. Only for what is shown behind the sign-in. */
export function useSession(): SignedIn {
  const state = useSessionState();
  return useMemo(() => {
    if (state.state !== 'in') {
      // The last render of a page that is about to go: nothing is asked with it.
      return { key: '', who: NOBODY, isOperator: false, can: () => false };
    }
    return {
      key: state.key,
      who: state.who,
      isOperator: state.who.role === 'operator',
      can: (permission) => may(state, permission),
    };
  }, [state]);
}

const NOBODY: WhoAmI = {
  keyId: '',
  keyName: '',
  role: 'viewer',
  tenantId: null,
  permissions: [],
  version: '',
};
