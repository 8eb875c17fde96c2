import { Select } from '@mantine/core';
import { oneOf } from '../../app/search';
import { FilterBar } from '../../ui/filter-bar';
import { deliveryStatusText } from '../../ui/status-badge';
import { TimeRangeInput } from '../../ui/time-range-input';
import { PatternInput } from '../events/pattern-input';
import { EndpointSelect } from './endpoint-select';
import { type DeliverySearch, isFiltered, STATUSES } from './search';

interface Props {
  value: DeliverySearch;
  onChange: (change: DeliverySearch) => void;
  /** Of a list whose deliveries all have one status. */
  withoutStatus?: boolean;
  what?: string;
}

export const NO_FILTER: DeliverySearch = {
  status: undefined,
  event: undefined,
  endpoint: undefined,
  range: undefined,
  since: undefined,
  until: undefined,
};

/** Which deliveries; the list goes back to its first page with each change. */
export function DeliveryFilters({ value, onChange, withoutStatus = false, what = 'deliveries' }: Props) {
  return (
    <FilterBar what={what} isActive={isFiltered(value)} onClear={() => onChange(NO_FILTER)}>
      {!withoutStatus && (
        <Select
          label="Status"
          data={[
            { value: '', label: 'Any status' },
            ...STATUSES.map((status) => ({ value: status, label: deliveryStatusText(status) })),
          ]}
          value={value.status ?? ''}
          allowDeselect={false}
          onChange={(status) => onChange({ status: oneOf(status, STATUSES) })}
          w={{ base: '100%', xs: 150 }}
        />
      )}
      <PatternInput value={value.event} onChange={(event) => onChange({ event })} />
      <EndpointSelect value={value.endpoint} onChange={(endpoint) => onChange({ endpoint })} />
      <TimeRangeInput value={value} onChange={onChange} />
    </FilterBar>
  );
}
