import { ActionIcon, Button, Group, Input, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { nextId } from './draft';
import { type FieldsProps, fieldId } from './part';

const MOST = 20;

/** Headers of one's own, row by row. */
export function HeaderFields({ draft, set, faults }: FieldsProps) {
  const { headers } = draft;
  const put = (id: number, change: { name?: string; value?: string }) =>
    set({ headers: headers.map((row) => (row.id === id ? { ...row, ...change } : row)) });
  return (
    <Input.Wrapper
      component="fieldset"
      labelElement="div"
      label="Headers"
      description="Sent with every attempt. Whoever may read the endpoint sees them: credentials have their place below."
      error={faults.customHeaders}
      style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}
    >
      <Stack gap="xs" mt={6}>
        {headers.map(({ id, name, value }, index) => (
          <Group key={id} gap="xs" wrap="nowrap">
            <TextInput
              {...(index === 0 ? { id: fieldId('customHeaders') } : {})}
              aria-label={`Name of header ${index + 1}`}
              placeholder="X-Env"
              value={name}
              onChange={(event) => put(id, { name: event.currentTarget.value })}
              spellCheck={false}
              flex={2}
              miw={0}
            />
            <TextInput
              aria-label={`Value of header ${index + 1}`}
              placeholder="prod"
              value={value}
              onChange={(event) => put(id, { value: event.currentTarget.value })}
              spellCheck={false}
              flex={3}
              miw={0}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Remove header ${name || index + 1}`}
              onClick={() => set({ headers: headers.filter((row) => row.id !== id) })}
            >
              <IconTrash size={18} stroke={1.6} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => set({ headers: [...headers, { id: nextId(headers), name: '', value: '' }] })}
          disabled={headers.length >= MOST}
          style={{ alignSelf: 'flex-start' }}
        >
          Add a header
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}
