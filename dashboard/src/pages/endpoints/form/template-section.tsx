import { ActionIcon, Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { type Draft, nextId, type TemplateRow } from './draft';
import { type FieldsProps, field, fieldId } from './part';
import { Section } from './section';
import { TemplatePreview } from './template-preview';

const MOST = 50;
const MONO = {
  input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.8125rem' },
} as const;

/** What a message says, or what a body looks like instead of the usual one. */
export function TemplateSection({ draft, set, faults, isNew }: FieldsProps) {
  const isHttp = draft.kind === 'http';
  const isUsed = draft.template.trim() !== '' || draft.templates.length > 0;
  return (
    <Section
      title={isHttp ? 'Body by template' : 'Message'}
      about={
        isHttp
          ? 'Gives the body another shape, for a receiver that wants its own. It writes JSON.'
          : 'Without a template there is a good message for every event. A template that begins with { writes the whole message as JSON, every other one its text.'
      }
      key={isHttp ? 'http' : 'message'}
      summary={summaryOf(draft, isHttp, isUsed)}
      isOpenAtFirst={!isHttp || (!isNew && isUsed)}
      isWrong={faults.template !== undefined || faults.templates !== undefined}
    >
      <Textarea
        {...field('template', faults)}
        label="Template"
        description={
          isHttp
            ? 'Jinja: {{ data.order.id | json }} prints a value as JSON. Empty: the usual body.'
            : 'Jinja: {{ data.name }} prints a value. Empty: the default message.'
        }
        placeholder={isHttp ? '{ "id": {{ data.id | json }} }' : 'Order {{ data.order.id }} is paid'}
        value={draft.template}
        onChange={(event) => set({ template: event.currentTarget.value })}
        autosize
        minRows={3}
        maxRows={20}
        spellCheck={false}
        styles={MONO}
      />
      <Rows draft={draft} set={set} faults={faults} isNew={isNew} />
      <TemplatePreview
        kind={draft.kind}
        template={draft.template}
        templates={draft.templates}
        patterns={draft.events}
      />
    </Section>
  );
}

function Rows({ draft, set, faults }: FieldsProps) {
  const { templates } = draft;
  const put = (id: number, change: Partial<TemplateRow>) =>
    set({ templates: templates.map((row) => (row.id === id ? { ...row, ...change } : row)) });
  return (
    <Stack gap="xs">
      {templates.map(({ id, pattern, template }, index) => (
        <Stack
          key={id}
          gap={6}
          component="fieldset"
          style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}
        >
          <Group gap="xs" align="flex-end" wrap="nowrap">
            <TextInput
              {...(index === 0 ? { id: fieldId('templates') } : {})}
              label={`For events of ${index === 0 ? 'this' : 'that'} type or pattern`}
              placeholder="github.push"
              value={pattern}
              onChange={(event) => put(id, { pattern: event.currentTarget.value })}
              spellCheck={false}
              flex={1}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={`Remove the template for ${pattern || 'no pattern yet'}`}
              onClick={() => set({ templates: templates.filter((row) => row.id !== id) })}
            >
              <IconTrash size={18} stroke={1.6} aria-hidden />
            </ActionIcon>
          </Group>
          <Textarea
            aria-label={`Template for ${pattern || 'no pattern yet'}`}
            value={template}
            onChange={(event) => put(id, { template: event.currentTarget.value })}
            autosize
            minRows={2}
            maxRows={16}
            spellCheck={false}
            styles={MONO}
          />
        </Stack>
      ))}
      {faults.templates !== undefined && (
        <Text size="xs" c="var(--mantine-color-error)">
          {faults.templates}
        </Text>
      )}
      <Button
        variant="default"
        size="xs"
        leftSection={<IconPlus size={16} aria-hidden />}
        disabled={templates.length >= MOST}
        onClick={() =>
          set({ templates: [...templates, { id: nextId(templates), pattern: '', template: '' }] })
        }
        style={{ alignSelf: 'flex-start' }}
      >
        Another for some event types
      </Button>
    </Stack>
  );
}

function summaryOf({ templates }: Draft, isHttp: boolean, isUsed: boolean): string {
  if (!isUsed) return isHttp ? 'None: the body as chosen under “Request”.' : 'The default message.';
  return templates.length === 0
    ? 'One template for all events.'
    : `Templates, ${templates.length} by event type.`;
}
