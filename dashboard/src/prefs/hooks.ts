import { useSyncExternalStore } from 'react';
import { type Zone, zoneStore } from './zone';

export function useZone(): Zone {
  return useSyncExternalStore(zoneStore.subscribe, zoneStore.get);
}
