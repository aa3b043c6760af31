// Why a child ended, as errors in a person's words. lifecycle.ts asks when a child is gone.
import type { LiveDbErrorData } from '../../shared/errors.ts';
import type { Input, KilledFor, LifeRules } from './lifecycle.ts';

type Exit = Extract<Input, { type: 'exit' }>;

/** Why a child ended. `killedFor`: we ended it ourselves. */
export function endReason(killedFor: KilledFor | null, input: Exit, rules: LifeRules): LiveDbErrorData {
  switch (killedFor) {
    case 'person':
      return { code: 'killed', message: `The ${rules.name} was killed with the chaos button.` };
    case 'silence':
      return {
        code: 'hung',
        message: `The ${rules.name} gave no sign of life and was killed.`,
        remedy: 'If it comes again, look into its log for what it was doing.',
      };
    case 'start':
      return {
        code: 'start-timeout',
        message: `The ${rules.name} did not get ready within ${Math.round(rules.startTimeoutMs / 1000)} s.`,
        remedy: `Look into the log of the ${rules.name}, then start it again.`,
      };
    case 'drain':
    case null:
      break;
  }
  if (input.fatal !== null) return input.fatal.error;
  if (input.signal !== null) {
    return {
      code: 'killed-outside',
      message: `The ${rules.name} was ended by ${input.signal} from outside LiveDB.`,
    };
  }
  if (input.code === 0) {
    return { code: 'left', message: `The ${rules.name} ended by itself, asked to by someone else.` };
  }
  return {
    code: 'crashed',
    message: `The ${rules.name} ended with exit code ${input.code ?? 'unknown'} and gave no reason.`,
    remedy: `Look into the log of the ${rules.name}.`,
  };
}

/** Why a part was given up, `error` being the reason of its last end. */
export function crashLoop(error: LiveDbErrorData, rules: LifeRules): LiveDbErrorData {
  return {
    code: 'crash-loop',
    message: `The ${rules.name} crashed again and again and was given up. Last reason: ${error.message}`,
    remedy: error.remedy ?? `Look into the log of the ${rules.name}, remove the cause and start it again.`,
    details: error,
  };
}
