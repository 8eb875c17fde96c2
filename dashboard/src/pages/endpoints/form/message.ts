/** What a Discord or Slack message shows, as far as a preview goes: nothing in it does anything. */
export interface Piece {
  kind: 'text' | 'title' | 'field' | 'note' | 'image' | 'rule';
  /** Of a field. */
  name?: string;
  text: string;
}

export interface Shown {
  /** What stands before or outside of embeds and blocks. */
  text: string;
  groups: { color: string | undefined; pieces: Piece[] }[];
}

type Fields = Record<string, unknown>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export function discordMessage(body: string): Shown | undefined {
  const message = parsed(body);
  if (message === undefined) return undefined;
  return {
    text: textOf(message.content),
    groups: listOf(message.embeds).map((value) => {
      const embed = fieldsOf(value);
      return { color: colorOf(embed.color), pieces: embedPieces(embed) };
    }),
  };
}

function embedPieces(embed: Fields): Piece[] {
  const pieces: Piece[] = [
    { kind: 'note', text: textOf(fieldsOf(embed.author).name) },
    { kind: 'title', text: textOf(embed.title) },
    { kind: 'text', text: textOf(embed.description) },
    ...listOf(embed.fields).map((value): Piece => {
      const field = fieldsOf(value);
      return { kind: 'field', name: textOf(field.name), text: textOf(field.value) };
    }),
    { kind: 'image', text: textOf(fieldsOf(embed.image).url) || textOf(fieldsOf(embed.thumbnail).url) },
    { kind: 'note', text: textOf(fieldsOf(embed.footer).text) },
  ];
  return pieces.filter(({ text }) => text !== '');
}

const colorOf = (value: unknown): string | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffff
    ? `#${value.toString(16).padStart(6, '0')}`
    : undefined;

export function slackMessage(body: string): Shown | undefined {
  const message = parsed(body);
  if (message === undefined) return undefined;
  const pieces = listOf(message.blocks).flatMap((block) => blockPieces(fieldsOf(block)));
  // With blocks, `text` is for notifications only.
  return pieces.length === 0
    ? { text: textOf(message.text), groups: [] }
    : { text: '', groups: [{ color: undefined, pieces }] };
}

function blockPieces(block: Fields): Piece[] {
  const text = textOf(fieldsOf(block.text).text);
  switch (block.type) {
    case 'header':
      return [{ kind: 'title', text }];
    case 'section': {
      const fields = listOf(block.fields).map(
        (value): Piece => ({
          kind: 'text',
          text: textOf(fieldsOf(value).text),
        }),
      );
      return [...(text === '' ? [] : [{ kind: 'text' as const, text }]), ...fields];
    }
    case 'context':
      return listOf(block.elements).map((value) => {
        const element = fieldsOf(value);
        return { kind: 'note', text: textOf(element.text) || textOf(element.alt_text) };
      });
    case 'rich_text': {
      const said = richText(block);
      return said === '' ? [] : [{ kind: 'text', text: said }];
    }
    case 'divider':
      return [{ kind: 'rule', text: '' }];
    case 'image':
      return [{ kind: 'image', text: textOf(block.image_url) }];
    default:
      return [];
  }
}

function richText(block: Fields): string {
  const own = textOf(block.text) || (block.type === 'link' ? textOf(block.url) : '');
  return (
    own +
    listOf(block.elements)
      .map((element) => richText(fieldsOf(element)))
      .join('')
  );
}

function parsed(body: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return fieldsOf(value);
  } catch {
    return undefined;
  }
}
