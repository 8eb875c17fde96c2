interface Where {
  origin: string;
  /** To be named in a header: an operator's key is of no tenant. */
  tenant: string | null;
}

/** The first things one does, as one types them. */
export function commands({ origin, tenant }: Where): { endpoint: string; publish: string; look: string } {
  const headers = [
    `  -H "Authorization: Bearer $HOOKYARD_KEY"`,
    ...(tenant === null ? [] : [`  -H 'X-Tenant-Id: ${tenant}'`]),
  ];
  const post = (path: string, body: unknown) =>
    [
      `curl ${origin}/api/v1/${path}`,
      ...headers,
      `  -H 'Content-Type: application/json'`,
      `  -d '${JSON.stringify(body)}'`,
    ].join(' \\\n');
  return {
    endpoint: post('webhooks', { name: 'Orders', url: 'https://example.com/webhooks', events: ['order.*'] }),
    publish: post('events', { event: 'order.created', data: { id: 42 } }),
    look: [`curl ${origin}/api/v1/deliveries`, ...headers].join(' \\\n'),
  };
}
