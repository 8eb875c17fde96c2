import { Divider, Text } from '@mantine/core';
import { inert } from '../../../ui/inert';
import { discordMessage, type Piece, slackMessage } from './message';
import classes from './message-view.module.css';

/** About how a channel would show it: the words and their order, without what the provider makes of its markup. */
export function MessageView({ kind, body }: { kind: 'discord' | 'slack'; body: string }) {
  const shown = kind === 'discord' ? discordMessage(body) : slackMessage(body);
  if (shown === undefined)
    return (
      <Text size="sm" c="dimmed">
        This message cannot be shown; look at its JSON.
      </Text>
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section className={classes.message} aria-label="The message" tabIndex={0}>
      {shown.text !== '' && <div>{inert(shown.text)}</div>}
      {shown.groups.map(({ color, pieces }, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: drawn as a whole each time
          key={index}
          className={classes.group}
          data-plain={kind === 'slack'}
          style={color === undefined ? {} : { borderLeftColor: color }}
        >
          {pieces.map((piece, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <One key={at} piece={piece} />
          ))}
        </div>
      ))}
    </section>
  );
}

function One({ piece: { kind, name, text } }: { piece: Piece }) {
  if (kind === 'rule') return <Divider />;
  if (kind === 'title') return <div className={classes.title}>{inert(text)}</div>;
  if (kind === 'note') return <div className={classes.note}>{inert(text)}</div>;
  // Nothing is loaded from elsewhere.
  if (kind === 'image') return <div className={classes.note}>Picture: {inert(text)}</div>;
  return (
    <div>
      {name !== undefined && <span className={classes.name}>{inert(name)}</span>}
      {inert(text)}
    </div>
  );
}
