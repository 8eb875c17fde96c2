import { Text, Title, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useId, useState } from 'react';
import classes from './section.module.css';

interface Props {
  title: string;
  children: React.ReactNode;
  /** What it is for. */
  about?: React.ReactNode;
  /** What it says now, in a line: such a section can be closed. */
  summary?: string;
  isOpenAtFirst?: boolean;
  /** Something in it is wrong, so it stays open. */
  isWrong?: boolean;
}

/** A part of the form: its name and what it is for beside its fields. */
export function Section({ title, children, about, summary, isOpenAtFirst = false, isWrong = false }: Props) {
  const id = useId();
  const [isOpened, setOpened] = useState(isOpenAtFirst);
  const isOpen = summary === undefined || isOpened || isWrong;
  return (
    <section className={classes.section} aria-labelledby={id}>
      <div>
        <Title order={2} id={id}>
          {summary === undefined ? (
            title
          ) : (
            <UnstyledButton
              className={classes.toggle ?? ''}
              aria-expanded={isOpen}
              aria-controls={`${id}-fields`}
              onClick={() => setOpened(!isOpen)}
            >
              <IconChevronRight size={18} className={classes.chevron ?? ''} aria-hidden />
              {title}
            </UnstyledButton>
          )}
        </Title>
        {about && isOpen && (
          <Text size="sm" c="dimmed" mt={4} component="div">
            {about}
          </Text>
        )}
      </div>
      <div className={classes.fields} id={`${id}-fields`}>
        {isOpen ? children : <div className={classes.summary}>{summary}</div>}
      </div>
    </section>
  );
}
