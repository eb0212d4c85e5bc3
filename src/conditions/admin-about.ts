import type { RequestHandler } from 'express';
import { z } from 'zod';
import { contextOf } from '../admin';
import { badRequest, HttpError } from '../lib/http-error';
import { type FormErrors, parseForm, typedValues } from '../web/forms';
import { type FlagPages, nameOf, readFlag, versionOf } from './admin-view';
import { ALSO, answer } from './admin-writes';
import { setDescription } from './keeping';
import { restoreConditions } from './restore';

const About = z.strictObject({
  description: z.string().max(5_000, { error: 'Use at most 5,000 characters.' }),
  version: z.string().max(64).default(''),
});
const Undo = z.strictObject({ request: z.string().regex(/^[0-9a-f-]{36}$/) });

/** Takes a change of conditions back, unless somebody has changed them since. */
export const postUndo =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const name = nameOf(req);
    await readFlag(pages, name);
    const parsed = parseForm(Undo, req.body);
    if (!parsed.ok) throw badRequest('This does not say what to undo.');
    const { actor } = contextOf(pages, req);
    const undone = await restoreConditions(pages.flags.writing(), actor, name, parsed.value.request);
    await answer(pages, req, res, {
      partial: 'partials/flags/stored.njk',
      also: [
        ...ALSO,
        { target: `#toast-${parsed.value.request}`, partial: 'partials/flags/nothing.njk', swap: 'delete' },
      ],
      data: { focusList: true },
      toast: undone
        ? { kind: 'success', text: 'Undone: the conditions are as they were.' }
        : { kind: 'warning', text: 'Somebody has changed the conditions since, so nothing was undone.' },
    });
  };

/** Changes what the flag is said to be for. */
export const postAbout =
  (pages: FlagPages): RequestHandler =>
  async (req, res) => {
    const name = nameOf(req);
    await readFlag(pages, name);
    const parsed = parseForm(About, req.body);
    const values = typedValues(req.body);
    const refuse = (status: 409 | 422, errors: FormErrors) =>
      answer(pages, req, res, {
        partial: 'partials/flags/about.njk',
        status,
        state: { about: { values, errors } },
        ...(status === 409 ? { toast: { kind: 'warning', text: 'Somebody else was faster. Nothing was saved.' } } : {}),
      });
    if (!parsed.ok) return refuse(422, parsed.errors);
    const { description, version } = parsed.value;
    const { actor } = contextOf(pages, req);
    try {
      await setDescription(pages.flags.writing(), actor, name, description, (before) => versionOf(before) === version);
    } catch (error) {
      if (!(error instanceof HttpError && error.status === 409)) throw error;
      const now = (await readFlag(pages, name)).info?.description ?? '';
      const told = `Somebody else has changed this meanwhile. It now says: “${now}”. Save again to keep what you typed instead.`;
      return refuse(409, { description: [told] });
    }
    await answer(pages, req, res, {
      partial: 'partials/flags/about.njk',
      toast: { kind: 'success', text: `Saved the description of ${name}.` },
    });
  };
