import { hasPermission, type Viewer } from '../lib/viewer';
import { type AnyModel, permissionFor } from '../model';
import type { Inline, ModelAdmin } from './declare';
import { type Filter, filterFor } from './filters';

export interface AppEntry {
  app: string;
  label: string;
  url: string;
  models: {
    label: string;
    url: string;
    description: string;
    addUrl: string | null;
    canChange: boolean;
    icon: string;
    key: string;
  }[];
}

/** A page of the admin that is no list of a model: it stands in the navigation for whoever may look at the model it names. */
export interface AdminPage {
  readonly app: string;
  readonly label: string;
  readonly url: string;
  readonly icon: string;
  readonly description: string;
  /** The label of a model, as `app.model`. */
  readonly forViewersOf: string;
}

/** What a viewer may do with a model. Whoever may change may also look. */
export interface Abilities {
  view: boolean;
  add: boolean;
  change: boolean;
  delete: boolean;
}

const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** All models of the admin, by their labels. */
export class AdminSite {
  private readonly admins = new Map<string, ModelAdmin>();
  private readonly filters = new Map<ModelAdmin, readonly Filter[]>();

  constructor(
    admins: readonly ModelAdmin[],
    private readonly sections: Readonly<Record<string, string>>,
    private readonly pages: readonly AdminPage[] = [],
  ) {
    for (const admin of admins) {
      this.admins.set(admin.model.label, admin);
      this.filters.set(
        admin,
        admin.listFilter.map((entry) => (typeof entry === 'string' ? filterFor(admin.model, entry) : entry)),
      );
    }
  }

  all(): readonly ModelAdmin[] {
    return [...this.admins.values()];
  }

  find(label: string): ModelAdmin | undefined {
    return this.admins.get(label);
  }

  /** The model behind a label; the admin must know every model that another one points at. */
  model(label: string): AnyModel {
    const admin = this.admins.get(label);
    if (admin === undefined) throw new Error(`no admin is registered for ${label}`);
    return admin.model;
  }

  filtersOf(admin: ModelAdmin): readonly Filter[] {
    return this.filters.get(admin) ?? [];
  }

  sectionLabel(app: string): string {
    return this.sections[app] ?? capitalize(app);
  }

  abilities(admin: ModelAdmin, viewer: Viewer): Abilities {
    const may = (verb: 'view' | 'add' | 'change' | 'delete') => hasPermission(viewer, permissionFor(admin.model, verb));
    const change = admin.canChange && may('change');
    return {
      view: may('view') || may('change'),
      add: admin.canAdd && may('add'),
      change,
      delete: admin.canDelete && may('delete'),
    };
  }

  /** What a viewer may do with the rows of an inline: as their permissions for its model say, wherever it is shown. */
  inlineAbilities({ model, canDelete, readonly }: Inline, viewer: Viewer): Abilities {
    const may = (verb: 'view' | 'add' | 'change' | 'delete') => hasPermission(viewer, permissionFor(model, verb));
    return {
      view: may('view') || may('change'),
      add: !readonly && may('add'),
      change: !readonly && may('change'),
      delete: canDelete && !readonly && may('delete'),
    };
  }

  /** Every permission there is, by model: what a group can be given. */
  permissionChoices(): { group: string; choices: { value: string; text: string }[] }[] {
    return this.all().map((admin) => ({
      group: `${this.sectionLabel(admin.model.app)}: ${admin.model.nounPlural}`,
      choices: this.verbsOf(admin).map((verb) => ({ value: permissionFor(admin.model, verb), text: capitalize(verb) })),
    }));
  }

  private verbsOf(admin: ModelAdmin): ('view' | 'add' | 'change' | 'delete')[] {
    const change = permissionFor(admin.model, 'change'); // an action may ask for it where forms do not
    return [
      'view',
      ...(admin.canAdd ? (['add'] as const) : []),
      ...(admin.canChange || admin.actions.some(({ permission }) => permission === change)
        ? (['change'] as const)
        : []),
      ...(admin.canDelete ? (['delete'] as const) : []),
    ];
  }

  /** Apps and models that this person may at least look at; `words` narrows them by name. */
  appList(viewer: Viewer, words = ''): AppEntry[] {
    const needle = words.trim().toLowerCase();
    const apps = new Map<string, AppEntry>();
    for (const admin of this.admins.values()) {
      const can = this.abilities(admin, viewer);
      const label = capitalize(admin.model.nounPlural);
      const section = this.sectionLabel(admin.model.app);
      if (!can.view || (needle !== '' && !`${section} ${label}`.toLowerCase().includes(needle))) continue;
      const { app } = admin.model;
      const entry = apps.get(app) ?? { app, label: section, url: `/admin/${app}/`, models: [] };
      const url = modelUrl(admin.model);
      entry.models.push({
        label,
        url,
        description: admin.description,
        addUrl: can.add ? `${url}add/` : null,
        canChange: can.change,
        icon: admin.icon,
        key: admin.model.label,
      });
      apps.set(app, entry);
    }
    for (const { app, label, url, icon, description, forViewersOf } of this.pages) {
      const admin = this.admins.get(forViewersOf);
      const entry = apps.get(app);
      const named = needle === '' || `${this.sectionLabel(app)} ${label}`.toLowerCase().includes(needle);
      if (entry === undefined || admin === undefined || !named || !this.abilities(admin, viewer).view) continue;
      entry.models.push({ label, url, description, addUrl: null, canChange: false, icon, key: url });
    }
    return [...apps.values()];
  }
}

/** The address of a model's list. */
export const modelUrl = (model: { app: string; name: string }): string => `/admin/${model.app}/${model.name}/`;

/** The address of one object's form: by its id, or by its key where the feature has pages of its own. */
export const changeUrl = (model: { app: string; name: string }, id: number | string): string =>
  `${modelUrl(model)}${encodeURIComponent(id)}/change/`;
