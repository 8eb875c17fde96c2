import { SegmentedControl } from '@mantine/core';
import { useApi } from '../api/use-api';
import { useSession } from '../session/hooks';

interface Props {
  /** What is listed, as in "Keys". */
  what: string;
  isWhole: boolean;
  onChange: (isWhole: boolean) => void;
}

/** For operators: what is of this tenant, or of all of them and of none. */
export function ScopeSwitch({ what, isWhole, onChange }: Props) {
  const { tenant } = useApi();
  const { isOperator } = useSession();
  if (!isOperator) return null;
  return (
    <SegmentedControl
      size="xs"
      style={{ alignSelf: 'flex-start' }}
      aria-label={`${what} of`}
      value={isWhole ? 'whole' : 'tenant'}
      onChange={(value) => onChange(value === 'whole')}
      data={[
        { value: 'tenant', label: tenant },
        { value: 'whole', label: 'Whole instance' },
      ]}
    />
  );
}
