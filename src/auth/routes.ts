import type { Viewer } from '../lib/viewer';
import type { Services } from '../services';
import { Routes } from '../web/routes';
import { useGitHub } from './github';
import type { AppPassport } from './passport';
import { accountRoutes } from './routes-account';
import { gitHubRoutes } from './routes-github';
import { mailedLinkRoutes } from './routes-mailed-links';
import { setupRoutes } from './routes-setup';
import { signInRoutes } from './routes-sign-in';
import { tokenRoutes } from './routes-tokens';

/** Everything about accounts and sessions. `homeOf` says where somebody who is no staff begins. */
export function authRoutes(
  services: Services,
  passport: AppPassport,
  homeOf: (viewer: Viewer) => Promise<string> = async () => '/integrations/',
): Routes {
  useGitHub(passport, services);
  return new Routes()
    .mount(signInRoutes(services, passport, homeOf))
    .mount(mailedLinkRoutes(services))
    .mount(gitHubRoutes(services, passport))
    .mount(setupRoutes(services))
    .mount(accountRoutes(services))
    .mount(tokenRoutes(services));
}
