import { Select } from '@mantine/core';
import type { DeliveryStatus } from '../../api/types';
import { oneOf } from '../../app/search';
import { FilterBar } from '../../ui/filter-bar';
import { deliveryStatusText } from '../../ui/status-badge';
import { TimeRangeInput } from '../../ui/time-range-input';
import { reasonOf } from '../dead-letters/reason';
import { PatternInput } from '../events/pattern-input';
import { EndpointSelect } from './endpoint-select';
import { type DeliverySearch, isFiltered, reasonsOf, STATUSES } from './search';

interface Props {
  value: DeliverySearch;
  onChange: (change: DeliverySearch) => void;
  /** Of a list whose deliveries all have one status: that one. */
  always?: DeliveryStatus;
  what?: string;
  /** Of a list whose deliveries all have one endpoint. */
  isOfOneEndpoint?: boolean;
}

export const NO_FILTER: DeliverySearch = {
  status: undefined,
  reason: undefined,
  event: undefined,
  endpoint: undefined,
  range: undefined,
  since: undefined,
  until: undefined,
};

/** Which deliveries; the list goes back to its first page with each change. */
export function DeliveryFilters({
  value,
  onChange,
  always,
  what = 'deliveries',
  isOfOneEndpoint = false,
}: Props) {
  const reasons = reasonsOf(always ?? value.status);
  return (
    <FilterBar what={what} isActive={isFiltered(value)} onClear={() => onChange(NO_FILTER)}>
      {always === undefined && (
        <Select
          label="Status"
          data={[
            { value: '', label: 'Any status' },
            ...STATUSES.map((status) => ({ value: status, label: deliveryStatusText(status) })),
          ]}
          value={value.status ?? ''}
          allowDeselect={false}
          onChange={(status) => onChange({ status: oneOf(status, STATUSES), reason: undefined })}
          w={{ base: '100%', xs: 150 }}
        />
      )}
      {reasons.length > 0 && (
        <Select
          label="Reason"
          data={[
            { value: '', label: 'Any reason' },
            ...reasons.map((reason) => ({ value: reason, label: reasonOf(reason).title })),
          ]}
          value={value.reason ?? ''}
          allowDeselect={false}
          onChange={(reason) => onChange({ reason: oneOf(reason, reasons) })}
          w={{ base: '100%', xs: 190 }}
        />
      )}
      <PatternInput value={value.event} onChange={(event) => onChange({ event })} />
      {!isOfOneEndpoint && (
        <EndpointSelect value={value.endpoint} onChange={(endpoint) => onChange({ endpoint })} />
      )}
      <TimeRangeInput value={value} onChange={onChange} />
    </FilterBar>
  );
}
