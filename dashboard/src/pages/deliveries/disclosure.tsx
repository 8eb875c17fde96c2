import { useState } from 'react';
import classes from './disclosure.module.css';

/** Something that most do not need: closed, and not made before it is opened. */
export function Disclosure({ title, children }: { title: string; children: React.ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={classes.box} open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen && <div className={classes.inside}>{children}</div>}
    </details>
  );
}
