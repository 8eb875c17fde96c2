import { Select, Stack, Text, TextInput } from '@mantine/core';
import type { ApiError } from '../../api/error';
import type { Role } from '../../api/types';
import { oneOf } from '../../app/search';
import { TERM_WORDS, TERMS, type Term } from './expiry';
import { RightsTable } from './rights-table';
import { ROLES, roleText } from './role';

export interface Draft {
  name: string;
  role: Role;
  term: Term;
  day: string;
}

interface Props {
  draft: Draft;
  onChange: (draft: Draft) => void;
  /** What may be chosen from. */
  roles: readonly Role[];
  error: ApiError | null;
  /** Somebody tried to send it. */
  isAsked: boolean;
  now: number;
}

/** What a key is called, what it may, and until when. */
export function KeyFields({ draft, onChange, roles, error, isAsked, now }: Props) {
  const { name, role, term, day } = draft;
  const nameFault = isAsked && name.trim() === '' ? 'Say who or what uses it.' : undefined;
  const isPast = day !== '' && Date.parse(`${day}T23:59:59.999`) <= now;
  const dayFault = isPast ? 'Choose a day to come.' : isAsked && day === '' ? 'Choose a day.' : undefined;
  return (
    <Stack>
      <TextInput
        label="Name"
        description="Who or what uses it: it stands in the audit log with all that the key does."
        placeholder="checkout service"
        value={name}
        onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
        error={nameFault ?? error?.field('/name')}
        maxLength={200}
        required
        data-autofocus
        autoFocus
      />
      <Select
        label="Role"
        description={ROLES.find((one) => one.role === role)?.may}
        data={roles.map((value) => ({ value, label: roleText(value) }))}
        value={role}
        allowDeselect={false}
        disabled={roles.length === 1}
        onChange={(value) => {
          const next = oneOf(value, roles);
          if (next !== undefined) onChange({ ...draft, role: next });
        }}
        error={error?.field('/role')}
      />
      {roles.length > 1 && <RightsTable roles={roles} chosen={role} />}
      <Select
        label="Ends"
        data={TERMS.map((value) => ({ value, label: TERM_WORDS[value] }))}
        value={term}
        allowDeselect={false}
        onChange={(value) => {
          const next = oneOf(value, TERMS);
          if (next !== undefined) onChange({ ...draft, term: next });
        }}
        error={error?.field('/expiresAt')}
      />
      {term === 'at' && (
        <TextInput
          type="date"
          label="Last day"
          value={day}
          onChange={(event) => onChange({ ...draft, day: event.currentTarget.value })}
          error={dayFault}
          required
        />
      )}
      {term === 'never' && (
        <Text size="xs" c="dimmed">
          It is valid until somebody revokes it. For people, choose an end.
        </Text>
      )}
    </Stack>
  );
}
