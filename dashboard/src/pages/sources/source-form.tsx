import { PasswordInput, Radio, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { asApiError } from '../../api/error';
import { oneOf } from '../../app/search';
import { ErrorState } from '../../ui/error-state';
import { focusFirstFault } from '../../ui/focus';
import { FormActions } from '../../ui/form-actions';
import { type Draft, faults } from './draft';
import { HmacFields } from './hmac-fields';
import { KIND_HINT, KIND_TEXT, KINDS } from './kind';

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

/** Who sends here and how that is known to be them. */
export function SourceForm({ before, isNew, action, what, error, isBusy, onSend, onClose }: Props) {
  const [draft, setDraft] = useState(before);
  const [isAsked, setAsked] = useState(false);
  const wrong = faults(draft);
  const refused = error === null ? null : asApiError(error);
  const shown = isAsked ? wrong : {};
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
        {isNew && (
          <Radio.Group
            label="Who sends"
            value={draft.kind}
            onChange={(value) => setDraft({ ...draft, kind: oneOf(value, KINDS) ?? draft.kind })}
          >
            <Stack gap="xs" mt={4}>
              {KINDS.map((kind) => (
                <Radio key={kind} value={kind} label={KIND_TEXT[kind]} description={KIND_HINT[kind]} />
              ))}
            </Stack>
          </Radio.Group>
        )}
        <TextInput
          label="Name"
          placeholder="Our repositories"
          value={draft.name}
          onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
          error={shown.name ?? refused?.field('/name')}
          maxLength={200}
          required
          data-autofocus
          autoFocus
        />
        <TextInput
          label="Requests a minute"
          description="More than that in any minute are answered 429, at all nodes together."
          inputMode="numeric"
          value={draft.perMinute}
          onChange={(event) => setDraft({ ...draft, perMinute: event.currentTarget.value })}
          error={shown.perMinute ?? refused?.field('/perMinute')}
          required
        />
        {isNew && (
          <PasswordInput
            label="Secret"
            description="Only where the sender made one already: left out, one is made, and shown once."
            value={draft.secret}
            onChange={(event) => setDraft({ ...draft, secret: event.currentTarget.value.trim() })}
            error={shown.secret ?? refused?.field('/secret')}
            autoComplete="off"
            maxLength={128}
            visibilityToggleButtonProps={{ 'aria-label': 'Show the secret' }}
          />
        )}
        {draft.kind === 'generic-hmac' && <HmacFields draft={draft} onChange={setDraft} faults={shown} />}
        {refused !== null && <ErrorState error={refused} what={what} />}
        <FormActions action={action} isBusy={isBusy} onClose={onClose} />
      </Stack>
    </form>
  );
}
