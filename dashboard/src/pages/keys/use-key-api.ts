import { getRouteApi } from '@tanstack/react-router';
import { type Api, useApi, useInstanceApi } from '../../api/use-api';

const route = getRouteApi('/app/t/$tenant/keys');

/** The tenant's keys, or for an operator who asked for that, all. */
export function useKeyApi(): Api {
  const { whole } = route.useSearch();
  const tenant = useApi();
  const instance = useInstanceApi();
  return whole ? instance : tenant;
}
