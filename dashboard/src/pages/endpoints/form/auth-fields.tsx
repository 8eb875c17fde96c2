import { Group, PasswordInput, Select, Stack, TextInput } from '@mantine/core';
import { oneOf } from '../../../app/search';
import { type FieldsProps, field, fieldId } from './part';

const KINDS = ['none', 'keep', 'bearer', 'basic'] as const;

/** What is sent as `Authorization`: given, and never shown again. */
export function AuthFields({ draft, set, faults, isNew }: FieldsProps) {
  const { auth } = draft;
  const isKept = !isNew && auth === 'keep';
  return (
    <Stack gap="xs">
      <Select
        {...(auth === 'bearer' || auth === 'basic'
          ? { id: `${fieldId('auth')}-kind` }
          : field('auth', faults))}
        label="Authorization"
        description={
          isKept
            ? 'It has credentials. They are kept sealed and never shown.'
            : 'Credentials for the receiver, kept sealed and never shown.'
        }
        data={[
          { value: 'none', label: 'None' },
          ...(isNew ? [] : [{ value: 'keep', label: 'As it is' }]),
          { value: 'bearer', label: 'Bearer token' },
          { value: 'basic', label: 'User name and password' },
        ]}
        value={auth}
        onChange={(chosen) => set({ auth: oneOf(chosen, KINDS) ?? 'none' })}
        allowDeselect={false}
        maw={280}
      />
      {auth === 'bearer' && (
        <PasswordInput
          {...field('auth', faults)}
          label="Token"
          value={draft.bearer}
          onChange={(event) => set({ bearer: event.currentTarget.value })}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': 'Show the token' }}
        />
      )}
      {auth === 'basic' && (
        <Group gap="xs" align="flex-start" grow>
          <TextInput
            {...field('auth', faults)}
            label="User name"
            value={draft.username}
            onChange={(event) => set({ username: event.currentTarget.value })}
            autoComplete="off"
          />
          <PasswordInput
            label="Password"
            value={draft.password}
            onChange={(event) => set({ password: event.currentTarget.value })}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
          />
        </Group>
      )}
    </Stack>
  );
}
