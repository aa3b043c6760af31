// Progress of the set-up on stderr (stdout belongs to the program): a moving line while a step works on a terminal,
// one line when it is done. Plain Node >= 18, no packages: this runs before anything is installed.

const moving = process.stderr.isTTY === true && process.env.CI === undefined;

/** Runs one step; `work` may call `say(text)` to show what it is at. Prints one line when the step is done. */
export async function step(title, work) {
  const began = Date.now();
  const show = (text) => {
    if (moving)
      process.stderr.write(`\r\u001b[2K  ${title} … ${text}`.slice(0, process.stderr.columns || 100));
  };
  show('');
  const timer = setInterval(() => show(`${Math.round((Date.now() - began) / 1000)} s`), 1000);
  try {
    const outcome = await work(show);
    if (moving) process.stderr.write('\r\u001b[2K');
    process.stderr.write(`✔ ${outcome ?? title} (${((Date.now() - began) / 1000).toFixed(1)} s)\n`);
  } catch (error) {
    if (moving) process.stderr.write('\r\u001b[2K');
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** A failure that ends the program in one clear sentence with what to do. */
export class SetUpError extends Error {}

/** Prints a failure (a SetUpError as its sentence, anything else with its stack) and ends the process. */
export function fail(error) {
  if (error instanceof SetUpError) process.stderr.write(`✘ ${error.message}\n`);
  else process.stderr.write(`✘ Set-up failed unexpectedly: ${error?.stack ?? error}\n`);
  process.exit(1);
}
