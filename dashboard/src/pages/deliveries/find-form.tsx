import { ActionIcon, TextInput } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useApi } from '../../api/use-api';
import { find } from './find';

/** Goes straight to what has this id. */
export function FindForm() {
  const { tenant } = useApi();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const go = () => {
    const found = find(text);
    if (found === undefined) {
      setFault(text.trim() === '' ? 'Paste an id first.' : 'No id looks like this.');
      return;
    }
    const part = { delivery: 'deliveries', event: 'events', endpoint: 'endpoints', replay: 'replays' }[
      found.noun
    ];
    void navigate({ href: `/t/${tenant}/${part}/${encodeURIComponent(found.id)}` });
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      <TextInput
        aria-label="Go to an id"
        placeholder="Go to dlv_…, evt_… or eventId"
        value={text}
        error={fault}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setFault(null);
        }}
        autoComplete="off"
        spellCheck={false}
        maxLength={300}
        w={{ base: '100%', xs: 280 }}
        rightSection={
          <ActionIcon type="submit" variant="subtle" color="gray" aria-label="Go there">
            <IconArrowRight size={16} aria-hidden />
          </ActionIcon>
        }
      />
    </form>
  );
}
