import type { OAuthProvider } from './oauth-provider';
import type { Visitor } from './test-app';

/** Follows somebody's browser to a provider, and gives the address of ours that it comes back to. */
export async function leaveFor(visitor: Visitor, { slug, url }: OAuthProvider, query = ''): Promise<string> {
  const left = await visitor.get(`/integrations/${slug}/connect/${query}`).expect(303);
  expect(left.headers.location).toMatch(url);
  const there = new URL(String(left.headers.location));
  const answer = await fetch(there, { redirect: 'manual' });
  const back = new URL(String(answer.headers.get('location')));
  expect(back.origin + back.pathname).toBe(there.searchParams.get('redirect_uri'));
  expect(back.pathname).toBe(`/integrations/${slug}/callback/`);
  return back.pathname + back.search;
}

/** Connects somebody at a provider as their browser would, and gives where that leads them. */
export async function connectAt(visitor: Visitor, provider: OAuthProvider, query = ''): Promise<string> {
  return String((await visitor.get(await leaveFor(visitor, provider, query))).headers.location);
}
