import { Button, Group, SegmentedControl, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import classes from './code-block.module.css';
import { CopyButton } from './copy-button';
import { bytes } from './format';
import { beginning, inert, prettyJson, SHOWN_CHARACTERS } from './inert';

interface Props {
  text: string;
  /** What it is: said to screen readers, and the download's name is made from it. */
  label: string;
  /** Things over the text, beside the buttons. */
  children?: React.ReactNode;
  /** No buttons, as for one line to type. */
  bare?: boolean;
}

/** A text from anywhere, shown as it is: nothing in it does anything. Long ones are shown in part. */
export function CodeBlock({ text, label, children, bare = false }: Props) {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > SHOWN_CHARACTERS;
  const hasBar = isLong || children !== undefined;
  const shown = useMemo(() => inert(isWhole ? text : beginning(text)), [text, isWhole]);
  return (
    <figure className={classes.block} aria-label={label}>
      {!bare && (
        <Group className={classes.bar ?? ''} mod={{ over: !hasBar }} gap="xs" justify="space-between">
          {hasBar && <Group gap="xs">{children}</Group>}
          <Group gap={4}>
            {isLong && <Download text={text} name={label} />}
            <CopyButton value={text} label={`Copy: ${label}`} />
          </Group>
        </Group>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <pre className={classes.text} data-beside={!bare && !hasBar} tabIndex={0}>
        <code>{shown}</code>
      </pre>
      {isLong && !isWhole && (
        <Group className={classes.more ?? ''} justify="space-between">
          <Text size="sm">
            The first {bytes(SHOWN_CHARACTERS)} of {bytes(text.length)}.
          </Text>
          <Button variant="default" size="xs" onClick={() => setWhole(true)}>
            Show all
          </Button>
        </Group>
      )}
    </figure>
  );
}

/** JSON over several lines, or as it came. What is no JSON is shown as it came. */
export function JsonView({ text, label }: { text: string; label: string }) {
  const pretty = useMemo(() => prettyJson(text), [text]);
  const [form, setForm] = useState<string>('pretty');
  if (pretty === undefined) return <CodeBlock text={text} label={label} />;
  return (
    <CodeBlock text={form === 'pretty' ? pretty : text} label={label}>
      <SegmentedControl
        size="xs"
        value={form}
        onChange={setForm}
        aria-label={`How to show: ${label}`}
        data={[
          { value: 'pretty', label: 'Pretty' },
          { value: 'raw', label: 'Raw' },
        ]}
      />
    </CodeBlock>
  );
}

function Download({ text, name }: { text: string; name: string }) {
  const save = () => {
    const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.txt`;
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Button variant="subtle" size="xs" leftSection={<IconDownload size={14} aria-hidden />} onClick={save}>
      Download
    </Button>
  );
}
