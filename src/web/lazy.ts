import type { Response } from 'express';

/** Something that templates may read and that is not always in memory. Templates cannot wait, so whoever renders does. */
export interface LazyLocal {
  /** Whether a template has read it while it was not there. */
  readonly missed: boolean;
  /** Begins to look it up; undefined when it is there already. Never rejects. */
  lookUp(): Promise<void> | undefined;
}

const ofResponse = new WeakMap<Response, LazyLocal>();
/** Pages that have read it while it was not there: from then on it is looked up before they are rendered. */
const readers = new Set<string>();

/** Notes what the templates of a response may have to wait for. */
export const setLazyLocal = (res: Response, local: LazyLocal): void => void ofResponse.set(res, local);

/**
 * The page, at once when everything that it reads is in memory. Otherwise it is looked up and the page rendered after that;
 * a page that does not read it never waits.
 */
export function renderLazily(res: Response, page: string, render: () => string): string | Promise<string> {
  const local = ofResponse.get(res);
  if (local === undefined) return render();
  const before = readers.has(page) ? local.lookUp() : undefined;
  if (before !== undefined) return before.then(render);
  const html = render();
  if (!local.missed) return html;
  readers.add(page);
  return local.lookUp()?.then(render) ?? html;
}

/** Looks up what templates of the response may read, for a fragment that is known to read it. */
export const lookUpLazily = async (res: Response): Promise<void> => ofResponse.get(res)?.lookUp();
