const LAST = 'hookyard.tenant';

/** What an id of a tenant looks like. */
export const TENANT_ID = /^[a-z0-9_-]{1,63}$/;

/** The tenant that an operator looked at last in this tab. */
export function lastTenant(): string | null {
  const id = sessionStorage.getItem(LAST);
  return id !== null && TENANT_ID.test(id) ? id : null;
}

export function rememberTenant(id: string): void {
  sessionStorage.setItem(LAST, id);
}

export function forgetTenant(): void {
  sessionStorage.removeItem(LAST);
}
