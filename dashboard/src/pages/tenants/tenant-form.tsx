import { Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { asApiError } from '../../api/error';
import { ErrorState } from '../../ui/error-state';
import { focusFirstFault } from '../../ui/focus';
import { FormActions } from '../../ui/form-actions';
import { type Draft, faults } from './draft';

interface Props {
  before: Draft;
  isNew: boolean;
  action: string;
  what: string;
  error: unknown;
  isBusy: boolean;
  onSend: (draft: Draft) => void;
  onClose: () => void;
}

/** Who a tenant is and how much it may. */
export function TenantForm({ before, isNew, action, what, error, isBusy, onSend, onClose }: Props) {
  const [draft, setDraft] = useState(before);
  const [isAsked, setAsked] = useState(false);
  const wrong = faults(draft, isNew);
  const refused = error === null ? null : asApiError(error);
  const field = (key: keyof Draft, pointer: string) => ({
    value: draft[key],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) =>
      setDraft({ ...draft, [key]: event.currentTarget.value }),
    error: (isAsked ? wrong[key] : undefined) ?? refused?.field(pointer),
    autoComplete: 'off',
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (Object.keys(wrong).length === 0) onSend(draft);
        else focusFirstFault(event.currentTarget);
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          maxLength={200}
          required
          data-autofocus
          autoFocus
          {...field('name', '/name')}
        />
        {isNew && (
          <TextInput
            label="Id"
            description="It stands in addresses and cannot be changed. Made when left out."
            placeholder="acme"
            spellCheck={false}
            {...field('id', '/id')}
          />
        )}
        <TextInput
          label="Deliveries a second"
          description="To all its endpoints together, over all nodes. Nothing: as much as each endpoint allows."
          inputMode="numeric"
          {...field('rate', '/maxDeliveriesPerSecond')}
        />
        <TextInput
          label="Endpoints"
          description="As many as it may have. Nothing: as many as the configuration says."
          inputMode="numeric"
          {...field('endpoints', '/maxEndpoints')}
        />
        <TextInput
          label="Endpoints for each of its users"
          description="As many as one userId may have. Nothing: as many as the configuration says."
          inputMode="numeric"
          {...field('perUser', '/maxEndpointsPerUser')}
        />
        {refused !== null && <ErrorState error={refused} what={what} />}
        <FormActions action={action} isBusy={isBusy} onClose={onClose} />
      </Stack>
    </form>
  );
}
