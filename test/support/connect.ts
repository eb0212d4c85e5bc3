import type { OAuthProvider } from './oauth-provider';
import type { Visitor } from './test-app';

/** Connects somebody at a provider as their browser would, and gives where that leads them. */
export async function connectAt(visitor: Visitor, { slug }: OAuthProvider, query = ''): Promise<string> {
  const left = await visitor.get(`/integrations/${slug}/connect/${query}`).expect(303);
  const answer = await fetch(String(left.headers.location), { redirect: 'manual' });
  const back = new URL(String(answer.headers.get('location')));
  return String((await visitor.get(back.pathname + back.search)).headers.location);
}
