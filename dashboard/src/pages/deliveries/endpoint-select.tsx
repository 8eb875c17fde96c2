import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { take } from '../../api/client';
import { useApi } from '../../api/use-api';
import { clearButton } from '../../ui/clear-button';
import { useEndpoint } from './endpoint-names';
import { endpointOptions, isLabelOf } from './endpoint-options';

interface Props {
  value: string | undefined;
  onChange: (id: string | undefined) => void;
}

const SETTLED_MS = 250;
const MOST = 50;

/** One endpoint, found by its name or URL: the API searches, however many there are. */
export function EndpointSelect({ value, onChange }: Props) {
  const api = useApi();
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), SETTLED_MS);
  const chosen = useEndpoint(value);
  // What stands in the field once one is chosen is its name, and nothing to search for.
  const isLabel = chosen != null && isLabelOf(q, chosen);
  const query = q === '' || isLabel ? { limit: MOST } : { q, limit: MOST };
  const found = useQuery({
    queryKey: api.key('endpoints', 'options', query),
    queryFn: ({ signal }) => take(api.client.GET('/api/v1/webhooks', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
  return (
    <Select
      label="Endpoint"
      placeholder="Any endpoint"
      searchable
      clearable
      clearButtonProps={clearButton('Endpoint')}
      value={value ?? null}
      data={endpointOptions(found.data?.items ?? [], value, chosen)}
      searchValue={typed}
      onSearchChange={setTyped}
      // The API has found them already, by more than their names.
      filter={({ options }) => options}
      nothingFoundMessage={found.isError ? 'The endpoints could not be loaded' : 'No endpoint has this'}
      onChange={(id) => onChange(id ?? undefined)}
      maxDropdownHeight={320}
      comboboxProps={{ width: 300, position: 'bottom-start' }}
      w={{ base: '100%', xs: 220 }}
    />
  );
}
