// What is sent again of dead records, and what became of each. Pure but for the command itself. Used by aside-dialog.tsx.
import type { ControlRoomApi } from '../../../shared/bridge.ts';
import type { CommandOutput } from '../../../shared/commands.ts';
import type { LiveDbErrorData } from '../../../shared/errors.ts';
import { MAX_SENT_AT_ONCE, type SideRecord } from '../../../shared/side-records.ts';

export interface Item {
  id: string;
  /** null: the bytes as they are. */
  value: string | null;
}

export interface Outcome {
  done: number;
  /** Why the others were refused, by id. */
  refused: ReadonlyMap<string, LiveDbErrorData>;
}

/** Whether its whole text is at hand to be corrected. */
export function isEditable({ value, encoding, cut, state }: SideRecord): boolean {
  return isOpen(state) && !cut && encoding === 'utf8' && value !== null;
}

/** Whether something can still be done about it. */
export function isOpen(state: SideRecord['state']): boolean {
  return state === 'waiting' || state === 'sending';
}

/** The selected records with every `find` replaced; those without it, or without a text, go as they are. */
export function itemsOf(records: readonly SideRecord[], find: string, replacement: string): Item[] {
  return records.map((record) => {
    const { id, value } = record;
    if (find === '' || value === null || !isEditable(record) || !value.includes(find))
      return { id, value: null };
    return { id, value: value.replaceAll(find, () => replacement) };
  });
}

/** Sends them in parts that one command takes. Rejects when a whole part was refused; those before it stay sent. */
export async function sendItems(
  execute: ControlRoomApi['execute'],
  items: readonly Item[],
): Promise<Outcome> {
  const answers: CommandOutput<'dead.send'> = [];
  for (let from = 0; from < items.length; from += MAX_SENT_AT_ONCE) {
    answers.push(...(await execute('dead.send', { items: items.slice(from, from + MAX_SENT_AT_ONCE) })));
  }
  return outcomeOf(answers);
}

export function outcomeOf(answers: CommandOutput<'dead.dismiss'> | CommandOutput<'dead.send'>): Outcome {
  const refused = new Map<string, LiveDbErrorData>();
  for (const answer of answers) if (!answer.ok) refused.set(answer.id, answer.error);
  return { done: answers.length - refused.size, refused };
}

/** "3 records sent, 1 refused". */
export function outcomeText({ done, refused }: Outcome, verb: string): string {
  const records = (count: number) => `${count} ${count === 1 ? 'record' : 'records'}`;
  if (done === 0) return `${records(refused.size)} not ${verb}`;
  return `${records(done)} ${verb}${refused.size === 0 ? '' : `, ${refused.size} refused`}`;
}
