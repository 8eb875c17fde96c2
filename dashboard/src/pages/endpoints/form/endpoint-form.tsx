import { Alert, Anchor, Button, Group, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { asApiError } from '../../../api/error';
import { ErrorState } from '../../../ui/error-state';
import { inert } from '../../../ui/inert';
import { useEndpointDefaults } from '../queries';
import type { FieldName } from './body';
import { check, type Faults, FIELD_NAMES, faultsOf, LABELS } from './check';
import type { Draft } from './draft';
import { EventsSection } from './events-section';
import { FilterSection } from './filter-section';
import { GivingUpSection } from './giving-up-section';
import { PaceSection } from './pace-section';
import { fieldId } from './part';
import { RequestSection } from './request-section';
import { RetriesSection } from './retries-section';
import classes from './section.module.css';
import { TemplateSection } from './template-section';
import { WhereSection } from './where-section';

interface Props {
  draft: Draft;
  onChange: (draft: Draft) => void;
  isNew: boolean;
  onSave: () => void;
  /** What the button does. */
  action: string;
  isBusy: boolean;
  /** What became of the last try to save. */
  error: unknown;
  /** Beside the button. */
  children?: React.ReactNode;
  /** Nothing is to be saved. */
  isIdle?: boolean;
}

/** An endpoint, new or there already: one form for both. */
export function EndpointForm(props: Props) {
  const { draft, onChange, isNew, onSave, action, isBusy, error, children, isIdle = false } = props;
  // What was wrong when somebody last wanted to save; a field is right again once it is changed.
  const [tried, setTried] = useState<Faults>({});
  const [answered, setAnswered] = useState<{ error: unknown; changed: ReadonlySet<string> }>();
  const summary = useRef<HTMLDivElement>(null);
  const usual = useEndpointDefaults();
  const problem = error ? asApiError(error) : undefined;
  const { faults: refused, rest } =
    problem?.status === 422 ? faultsOf(problem, draft) : { faults: {}, rest: [] };
  const touched = answered?.error === error ? answered?.changed : undefined;
  const faults: Faults = { ...without(refused, touched), ...tried };
  const wrong = FIELD_NAMES.filter((name) => faults[name] !== undefined);
  const set = (change: Partial<Draft>) => {
    const next = { ...draft, ...change };
    onChange(next);
    const now = check(next, isNew);
    setTried((before) => keep(before, now));
    if (error) setAnswered({ error, changed: new Set([...(touched ?? []), ...fieldsIn(change)]) });
  };
  const save = () => {
    const now = check(draft, isNew);
    setTried(now);
    if (Object.keys(now).length === 0) onSave();
    else requestAnimationFrame(() => summary.current?.focus());
  };
  const part = { draft, set, faults, isNew, usual };
  return (
    <form
      noValidate
      aria-label={isNew ? 'New endpoint' : 'Settings of the endpoint'}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) save();
      }}
    >
      <Stack gap={0}>
        <WhereSection {...part} />
        <EventsSection {...part} />
        <FilterSection {...part} />
        <TemplateSection {...part} />
        <RequestSection {...part} />
        <PaceSection {...part} />
        <RetriesSection {...part} />
        <GivingUpSection {...part} />
      </Stack>
      <Stack gap="sm" pt="md" className={classes.end ?? ''}>
        <div ref={summary} tabIndex={-1} style={{ outline: 'none' }}>
          {wrong.length > 0 && <Wrong names={wrong} faults={faults} />}
          {rest.length > 0 && (
            <Alert color="red" variant="outline" role="alert">
              <List size="sm">
                {rest.map((line) => (
                  <List.Item key={line}>{inert(line)}</List.Item>
                ))}
              </List>
            </Alert>
          )}
        </div>
        {problem && problem.status !== 422 && problem.status !== 412 && (
          <ErrorState error={problem} what="It was not saved" />
        )}
        <Group gap="sm">
          <Button type="submit" loading={isBusy} disabled={isIdle}>
            {action}
          </Button>
          {children}
        </Group>
      </Stack>
    </form>
  );
}

function Wrong({ names, faults }: { names: readonly FieldName[]; faults: Faults }) {
  return (
    <Alert
      color="red"
      variant="outline"
      role="alert"
      icon={<IconAlertTriangle aria-hidden />}
      title={names.length === 1 ? 'One field is wrong' : `${names.length} fields are wrong`}
    >
      <List size="sm">
        {names.map((name) => (
          <List.Item key={name} style={{ overflowWrap: 'anywhere' }}>
            <Anchor component="button" type="button" size="sm" onClick={() => lead(name)}>
              {LABELS[name]}
            </Anchor>
            <Text span size="sm">
              : {inert(faults[name] ?? '')}
            </Text>
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

/** To the field, wherever it stands. */
function lead(name: FieldName): void {
  const input = document.getElementById(fieldId(name));
  input?.scrollIntoView({ block: 'center' });
  input?.focus({ preventScroll: true });
}

/** What was wrong and still is. */
function keep(before: Faults, now: Faults): Faults {
  const kept: Faults = {};
  for (const name of FIELD_NAMES) {
    if (before[name] !== undefined && now[name] !== undefined) kept[name] = now[name];
  }
  return kept;
}

function without(faults: Faults, names: ReadonlySet<string> | undefined): Faults {
  const kept: Faults = {};
  for (const name of FIELD_NAMES) {
    const fault = faults[name];
    if (fault !== undefined && !names?.has(name)) kept[name] = fault;
  }
  return kept;
}

/** Which of the API's fields a change of the form is about. */
function fieldsIn(change: Partial<Draft>): string[] {
  return Object.keys(change).flatMap((name): readonly string[] => FIELDS[name] ?? [name]);
}

const FIELDS: Readonly<Record<string, readonly FieldName[]>> = {
  headers: ['customHeaders'],
  bearer: ['auth'],
  username: ['auth'],
  password: ['auth'],
  isV1: ['signatures'],
  isV1a: ['signatures'],
  kind: ['kind', 'url', 'template', 'templates'],
  rate: ['rateLimitEnabled', 'maxRequestsPerMinute', 'burst'],
  schedule: ['retrySchedule'],
  waits: ['retrySchedule'],
  initial: ['retrySchedule'],
  factor: ['retrySchedule'],
  max: ['retrySchedule'],
  jitter: ['retrySchedule'],
  giveUp: ['autoDisableAfter', 'autoDisableMinDuration'],
};
