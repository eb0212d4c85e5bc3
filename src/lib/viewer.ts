/** The signed-in person as every layer sees them: who they are and what they may do. Loaded anew for each request. */
export interface Viewer {
  readonly id: number;
  readonly email: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly isStaff: boolean;
  readonly isSuperuser: boolean;
  /** Whether they belong to a producer and so may enter its portal. */
  readonly isProducer: boolean;
  readonly language: string;
  readonly timeZone: string;
  readonly theme: 'system' | 'light' | 'dark';
  readonly groups: readonly { readonly id: number; readonly name: string }[];
  /** `<app>.<view|add|change|delete>_<model>`, from the groups; superusers may do everything without them. */
  readonly permissions: ReadonlySet<string>;
}

/** Whether the person is active and holds the permission; superusers hold all. */
export const hasPermission = (viewer: Viewer, permission: string): boolean =>
  viewer.isActive && (viewer.isSuperuser || viewer.permissions.has(permission));

/** Who did something and from where, as the audit log keeps it. */
export interface Actor {
  readonly type: 'user' | 'command' | 'system';
  readonly id: number | null;
  readonly label: string;
  readonly address: string;
  readonly userAgent: string;
  readonly requestId: string;
}

/** The actor of work that nobody asked for in a request: a command on the machine, or the process itself. */
export const localActor = (type: 'command' | 'system', label: string): Actor => ({
  type,
  id: null,
  label,
  address: '',
  userAgent: '',
  requestId: '',
});
