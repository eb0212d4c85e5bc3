/** A feature that producers have or do not have. */
export interface ProducerFeature {
  /** The column of `producers_featureflags`, which is also its name in the API. */
  readonly column: string;
  readonly name: string;
  /** What switching it on does, for staff. */
  readonly help: string;
  /** Its part of the portal: the address below `/dashboard/`, the words of the navigation, and the icon. */
  readonly page?: { readonly name: string; readonly label: string; readonly icon: string };
}

/**
 * Every feature that a producer has one by one, by its name in code. A further one is a line here and a migration that adds
 * its column; see docs/guides/adding-a-producer-flag.md.
 */
export const PRODUCER_FEATURES = {
  knowledgeBaseEnabled: {
    column: 'knowledge_base_enabled',
    name: 'Knowledge Base',
    help: 'Enable access to knowledge base articles and documentation',
    page: { name: 'knowledge-base', label: 'Knowledge Base', icon: 'fa-book-open' },
  },
  aiAgentsEnabled: {
    column: 'ai_agents_enabled',
    name: 'AI Agents',
    help: 'Enable AI assistant features (chatbot, recommendations)',
    page: { name: 'ai-assistant', label: 'AI Assistant', icon: 'fa-robot' },
  },
  additionalServicesEnabled: {
    column: 'additional_services_enabled',
    name: 'Additional Services',
    help: 'Enable additional services (marketing tools, analytics)',
    page: { name: 'services', label: 'Additional Services', icon: 'fa-wand-magic-sparkles' },
  },
} as const satisfies Record<string, ProducerFeature>;

/** A feature's name in code. */
export type FeatureFlagKey = keyof typeof PRODUCER_FEATURES;
/** A feature's column, and its name in the API. */
export type FeatureFlagColumn = (typeof PRODUCER_FEATURES)[FeatureFlagKey]['column'];
/** Which features a producer has. */
export type FeatureFlags = Readonly<Record<FeatureFlagKey, boolean>>;

/** All features with their names in code, in the order in which they are listed. */
export const producerFeatures = Object.entries(PRODUCER_FEATURES) as readonly [
  FeatureFlagKey,
  ProducerFeature & { readonly column: FeatureFlagColumn },
][];

/** Whether a producer has a feature. */
export const hasFeature = (flags: FeatureFlags, key: FeatureFlagKey): boolean => flags[key] === true;
