// One numbered step of the wizard: its name, its fields, and what is wrong with them.
import type { ReactNode } from 'react';
import classes from './wizard.module.css';

interface Props {
  number: number;
  name: string;
  fault?: string | null;
  children: ReactNode;
}

export function Step({ number, name, fault = null, children }: Props) {
  return (
    <fieldset className={classes.step}>
      <legend>
        <span className={classes.number} aria-hidden="true">
          {number}
        </span>
        {name}
      </legend>
      {children}
      {fault !== null && (
        <p className={classes.fault} role="alert">
          {fault}
        </p>
      )}
    </fieldset>
  );
}
