// Why a dead record is not sent, dismissed or taken back, in a person's words. Used by side-records.ts.
import { LiveDbError } from '../../shared/errors.ts';
import type { SideOutcome } from '../history/outcomes.ts';

export function unknownRecord(id: string): LiveDbError {
  return new LiveDbError({
    code: 'dead.unknown',
    message: `The dead topic has no record ${id}.`,
    remedy: 'It may have been deleted with the topic: list the records anew.',
  });
}

export function settledAlready({ state, sentTo }: SideOutcome): LiveDbError {
  if (state === 'dismissed') {
    return new LiveDbError({
      code: 'dead.dismissed',
      message: 'This record was dismissed.',
      remedy: 'Take that back first (dead.restore).',
    });
  }
  const where = sentTo === null ? '' : `: partition ${sentTo.partition}, offset ${sentTo.offset}`;
  return new LiveDbError({
    code: state === 'sent' ? 'dead.sent-already' : 'dead.in-doubt',
    message:
      state === 'sent'
        ? `This record was sent again already${where}. A second time would count it twice.`
        : 'The answer to sending this record was lost; it may stand in the topic.',
    remedy: state === 'sent' ? 'Nothing needs to be done.' : 'Send it again: LiveDB looks first.',
  });
}

export function cutOff(): LiveDbError {
  return new LiveDbError({
    code: 'dead.cut',
    message: 'The record was too large to be kept whole, so it cannot be sent as it was.',
    remedy: 'Give it a value, or publish it again from its source.',
  });
}

export function noEvent(reason: string): LiveDbError {
  return new LiveDbError({
    code: 'dead.not-an-event',
    message: `It is no event: ${reason}.`,
    remedy: 'Correct it and send it again; nothing was published.',
  });
}

export function alreadyCounted(id: string): LiveDbError {
  return new LiveDbError({
    code: 'dead.counted-already',
    message: `An event with the id ${id} was counted already; this one would double it.`,
    remedy: 'Give it an id of its own, or the mode "replay"; or dismiss it.',
  });
}

export function countUnknown(): LiveDbError {
  return new LiveDbError({
    code: 'dead.count-unknown',
    message:
      'The processor does not answer, so it is not known whether an event with this id was counted already.',
    remedy: 'Start the processor and send it again; nothing was published.',
  });
}

export function doubt(error: unknown): LiveDbError {
  return new LiveDbError(
    {
      code: 'dead.in-doubt',
      message: `Whether it arrived is not known: ${LiveDbError.dataOf(error).message}`,
      remedy: 'Send it again: LiveDB first looks whether it stands in the topic, and never sends it twice.',
    },
    { cause: error },
  );
}

export function notDismissed(): LiveDbError {
  return new LiveDbError({
    code: 'dead.not-dismissed',
    message: 'This record was not dismissed.',
    remedy: 'Nothing needs to be done.',
  });
}
