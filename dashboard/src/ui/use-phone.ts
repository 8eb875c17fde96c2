import { useMediaQuery } from '@mantine/hooks';

/** Whether there is only the room of a phone, as the styles have it. */
export function useIsPhone(): boolean {
  return useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
}
