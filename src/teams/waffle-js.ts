import type { Request } from 'express';
import type { Flags } from './flags';

interface Standing {
  is_active: boolean;
  last_modified: string;
}

/** How every flag, switch and sample stands for one request, by name. */
export interface WaffleStatus {
  flags: Record<string, Standing>;
  switches: Record<string, Standing>;
  samples: Record<string, Standing>;
}

function standings(
  items: Iterable<{ readonly name: string; readonly modifiedAt: Date }>,
  isActive: (name: string) => boolean,
): Record<string, Standing> {
  const found: Record<string, Standing> = Object.create(null);
  for (const { name, modifiedAt } of items) {
    found[name] = { is_active: isActive(name), last_modified: modifiedAt.toISOString() };
  }
  return found;
}

/** Asks everything once for a request; visitors are drawn as they would be by any page. */
export function waffleStatus(flags: Flags, req: Request): WaffleStatus {
  const { flags: all, switches, samples } = flags.snapshot();
  return {
    flags: standings(all.named, (name) => flags.flagIsActive(req, name)),
    switches: standings(switches.named, (name) => flags.switchIsActive(name)),
    samples: standings(samples.named, (name) => flags.sampleIsActive(name)),
  };
}

const ESCAPES: Record<string, string> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  "'": '\\u0027',
  '\\': '\\\\',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** A value as a JavaScript expression that stays one wherever it is put, and whose keys are never more than keys. */
const parsed = (value: unknown): string =>
  `JSON.parse('${JSON.stringify(value).replace(/[<>&'\\\u2028\u2029]/g, (sign) => ESCAPES[sign] ?? '')}')`;

const answersOf = (standing: Record<string, Standing>): Record<string, boolean> => {
  const answers: Record<string, boolean> = Object.create(null);
  for (const [name, { is_active }] of Object.entries(standing)) answers[name] = is_active;
  return answers;
};

/** The script that gives pages `waffle.flag_is_active(name)` and its siblings; unknown names get the given defaults. */
export function waffleScript(
  status: WaffleStatus,
  defaults: { flag: boolean; switch: boolean; sample: boolean },
): string {
  return `(function () {
  'use strict';
  function asker(answers, otherwise) {
    return function (name) {
      return Object.prototype.hasOwnProperty.call(answers, name) ? answers[name] : otherwise;
    };
  }
  var FLAGS = ${parsed(answersOf(status.flags))};
  var SWITCHES = ${parsed(answersOf(status.switches))};
  var SAMPLES = ${parsed(answersOf(status.samples))};
  (typeof window === 'undefined' ? globalThis : window).waffle = {
    FLAGS: FLAGS,
    SWITCHES: SWITCHES,
    SAMPLES: SAMPLES,
    flag_is_active: asker(FLAGS, ${defaults.flag}),
    switch_is_active: asker(SWITCHES, ${defaults.switch}),
    sample_is_active: asker(SAMPLES, ${defaults.sample})
  };
})();
`;
}
