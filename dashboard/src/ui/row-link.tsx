import { createLink } from '@tanstack/react-router';
import classes from './data-table.module.css';

/** The link of a row: it stands in the first cell, and the whole row leads there. */
export const RowLink = createLink(({ className = '', ...props }: React.ComponentProps<'a'>) => (
  <a {...props} className={`${classes.rowLink} ${className}`} />
));
