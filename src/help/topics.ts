/** One page of help: what a screen is for and how to do the usual things on it. */
export interface Topic {
  readonly slug: string;
  readonly title: string;
  readonly summary: string;
  /** Whether only staff see it. */
  readonly staff: boolean;
  readonly sections: readonly { readonly title: string; readonly text?: string; readonly points?: readonly string[] }[];
}

export const topics: readonly Topic[] = [
  {
    slug: 'account',
    title: 'Your account',
    summary: 'Sign in, change your password, see where you are signed in.',
    staff: false,
    sections: [
      {
        title: 'You cannot sign in',
        points: [
          'Check the e-mail address first: the message is the same whichever part is wrong.',
          'Use “Forgot your password?” to get a link. It works once and for an hour.',
          'After several wrong tries in a row you wait a moment before the next one counts. The page says how long.',
        ],
      },
      {
        title: 'Somebody else may know your password',
        points: [
          'Change it under Account, Security. All other devices are signed out.',
          'Account, Sessions lists every device that is signed in; end the ones you do not know.',
        ],
      },
    ],
  },
  {
    slug: 'integrations',
    title: 'Integrations',
    summary: 'Connect the tools that your team works with, or ask for one that is not there yet.',
    staff: false,
    sections: [
      {
        title: 'Connect',
        text: 'A card with Connect is ready. It leads to the other service, where you allow the connection, and back.',
      },
      {
        title: 'Needs attention',
        text: 'The other service no longer takes the connection, or lets it run out. Work in the background waits until you reconnect; a line at the top of each page says so until then.',
        points: [
          'Reconnect leads to the other service and back, like Connect. Nothing that was there is lost.',
          'Check again asks the other service at once, up to six times in a minute. By itself a card is looked at every ten minutes.',
          'Disconnect ends the connection at the other service, too, where it offers that.',
        ],
      },
      {
        title: 'Switched off',
        text: 'The integration is off here at the moment. What you connected before is kept, and Disconnect ends it.',
      },
      {
        title: 'Coming Soon',
        text: 'A card with this badge is not ready. “I’m Interested” counts you once, and shows us what to build first.',
      },
    ],
  },
  {
    slug: 'integrations-set-up',
    title: 'Setting up integrations',
    summary: 'Register Flagstaff with a service and give it what it got there.',
    staff: true,
    sections: [
      {
        title: 'Register',
        points: [
          'Create an OAuth app in the developer settings of the service: Dropbox, Basecamp, Jira (Atlassian), Slack or GitHub.',
          'Its redirect address is the address of this server followed by /integrations/<service>/callback/, with the service in lower case.',
        ],
      },
      {
        title: 'Set the variables',
        text: 'Each service has two, <SERVICE>_CLIENT_ID and <SERVICE>_CLIENT_SECRET, as in DROPBOX_CLIENT_ID. Set them in the environment and start Flagstaff again. The page behind Connect lists which are missing; their values are never shown.',
      },
      {
        title: 'What others see meanwhile',
        text: 'Its card is there for everybody for whom its flag is on. Who is no staff reads that an administrator has to set it up, and never which variables are missing.',
      },
    ],
  },
  {
    slug: 'onboarding',
    title: 'Getting started',
    summary: 'Create your organization and go through the steps that are switched on.',
    staff: false,
    sections: [
      {
        title: 'The steps',
        points: [
          'Name your organization. Its short name becomes part of addresses.',
          'Wait for the first sync, or continue: it goes on in the background. With GitHub connected it reads the list of your repositories, which only you see.',
          'When GitHub fails half-way, Retry goes on where it stopped.',
          'Connect Jira and Slack where they are switched on, or skip them for now.',
        ],
      },
      { title: 'You left in between', text: 'Open Getting started again: it leads to the step where you stopped.' },
    ],
  },
  {
    slug: 'portal',
    title: 'The producer portal',
    summary: 'Shows, orders and money of your producer, and what else is switched on for it.',
    staff: false,
    sections: [
      {
        title: 'What you see',
        text: 'Dashboard, Shows, Orders, Finances and Support are always there. Knowledge Base, AI Assistant and Additional Services appear when they are switched on for your producer; a page that is open follows by itself.',
        points: [
          'You belong to several producers? Choose one by its name at the top. The choice is remembered.',
          'Times are shown by the clocks of your time zone, which you set under Account.',
        ],
      },
      {
        title: 'Shows',
        points: [
          'A draft is seen by your team only. On sale, everybody can buy tickets until it starts.',
          'There cannot be fewer places than tickets that are sold.',
          'Owners and managers who may publish add and change shows; everybody else looks at them.',
        ],
      },
      {
        title: 'Orders and money',
        points: [
          'Search finds numbers, buyers and shows. Export takes what the list shows, as a file for spreadsheets.',
          'Refunded orders do not count as sold. Our fee is taken from the total of each order.',
        ],
      },
    ],
  },
  {
    slug: 'portal-parts',
    title: 'Knowledge base, assistant, services and support',
    summary: 'Find an answer, ask for more, and write to us.',
    staff: false,
    sections: [
      {
        title: 'Knowledge base',
        points: [
          'Every word of a search must occur in an article; the beginning of a word is enough.',
          'At the end of an article, say whether it helped. You can change your answer.',
        ],
      },
      {
        title: 'AI assistant',
        text: 'Ask in your own words. It answers from our articles, names the ones it used, and says so when they hold no answer. Your questions are seen by you and by us.',
      },
      {
        title: 'Additional services',
        points: [
          'Owners and managers request a service with its form. The card then says where the request stands.',
          'We answer on the card, and whoever asked gets a mail.',
        ],
      },
      {
        title: 'Support',
        points: [
          'A ticket is read by everybody of your producer, and answered in the portal and by mail.',
          'Close it when it is settled. Writing into it opens it again.',
        ],
      },
    ],
  },
  {
    slug: 'portal-content',
    title: 'Content of the portal',
    summary: 'Write articles, answer requests and tickets of producers.',
    staff: true,
    sections: [
      {
        title: 'Articles',
        points: [
          'The title is what somebody would ask. Search weighs it most; the assistant begins with the summary.',
          'The text is Markdown: ## for a heading, numbers for steps. Below the form it stands as producers read it.',
          'Only published articles are found. A category appears with its first published article.',
          'Answers lists who found what helpful; the assistant’s questions with “Nothing found” show what is missing.',
        ],
      },
      {
        title: 'Additional services',
        points: [
          'A service is a card: a name, a sentence, a price in words, and benefits, one on each line.',
          'Move a request on with the actions of the list, or open it to add a sentence. Whoever asked gets a mail.',
        ],
      },
      {
        title: 'Support',
        text: 'Tickets with news come first. Write the answer below the conversation: the producer reads it in the portal, whoever opened the ticket and the contact get it by mail.',
      },
    ],
  },
  {
    slug: 'flags',
    title: 'Flags, switches and samples',
    summary: 'Turn features on and off without a deploy.',
    staff: true,
    sections: [
      {
        title: 'A flag',
        text: 'Decides for each person. Yes and No under Everyone settle it for all; Rules leaves it to the settings of the flag, of which the first that fits decides.',
        points: [
          'The sentence at the top of the form says what the flag does, also while you edit.',
          '“Try it for somebody” shows what one person gets, and which setting decided.',
          'A percentage always holds the same people; raising it only adds more.',
        ],
      },
      { title: 'A switch', text: 'One on or off for everybody alike.' },
      { title: 'A sample', text: 'On for a share of calls, drawn anew each time.' },
      {
        title: 'Missing names',
        text: 'Code asked for these, but nobody made them. Create makes one with the right name.',
      },
    ],
  },
  {
    slug: 'conditions',
    title: 'Flags by conditions and their use',
    summary: 'Say for whom a flag is on, see how flags fare, and who was given one.',
    staff: true,
    sections: [
      {
        title: 'Conditions',
        text: 'A flag is on when all required conditions hold and any other one does. Those with a lock come from a file or a variable of the installation; what is required there cannot be overridden here.',
        points: [
          'Each condition says beside its field what it takes. Undo takes a change back until somebody makes another.',
          '“Try it for somebody” tells what a person gets on a page at a time, and which conditions hold.',
        ],
      },
      {
        title: 'How flags fare',
        points: [
          'The list has every flag of every form with its use in 30 days. Clean-up shows those that may go, with the reason.',
          'Tick several to turn them on or off for everyone, or to archive them. A page asks first.',
          'Usage counts every answer by year, month, day and hour.',
        ],
      },
      {
        title: 'Who was given a flag',
        text: 'Under “Who was given it” a flag is told to keep rows of the people who ask for it, for all evaluations or a share of them. Those who may look at people find them there.',
      },
    ],
  },
  {
    slug: 'admin',
    title: 'Lists and forms of the admin',
    summary: 'Find, change, export and restore.',
    staff: true,
    sections: [
      {
        title: 'Find',
        points: [
          'Every word of a search must occur; put words that belong together in double quotes.',
          'Filters combine. The number beside a choice says how many rows it would leave.',
          'Click a column to sort by it, then another one to sort by both.',
          'The address holds all of it: copy it to show somebody the same list.',
        ],
      },
      {
        title: 'Change many at once',
        points: [
          'Tick rows, choose an action, Go. A page says what will really change before anything does.',
          '“Select all” takes every row that the filters leave, on all pages.',
          'The message afterwards offers Undo where the change can be taken back.',
        ],
      },
      {
        title: 'Somebody else saved first',
        text: 'Nothing you typed is lost: you see both versions and choose for each field which one to keep.',
      },
      { title: 'Who did what', text: 'History on each object, Recent actions on the front page, and the audit log.' },
    ],
  },
  {
    slug: 'shortcuts',
    title: 'Keys',
    summary: 'What the keyboard does everywhere.',
    staff: false,
    sections: [
      {
        title: 'Everywhere',
        points: [
          '/ moves to the search of the page.',
          'Esc closes a dialog or a menu.',
          'Tab and Shift Tab move, Enter opens, Space ticks.',
        ],
      },
    ],
  },
];

const BY_PATH: readonly [prefix: string, topic: string][] = [
  ['/admin/teams/', 'flags'],
  ['/admin/flags/', 'conditions'],
  ['/admin/knowledge/', 'portal-content'],
  ['/admin/assistant/', 'portal-content'],
  ['/admin/offers/', 'portal-content'],
  ['/admin/support/', 'portal-content'],
  ['/admin/', 'admin'],
  ['/integrations/', 'integrations'],
  ['/onboarding/', 'onboarding'],
  ['/dashboard/knowledge-base', 'portal-parts'],
  ['/dashboard/ai-assistant', 'portal-parts'],
  ['/dashboard/services', 'portal-parts'],
  ['/dashboard/support', 'portal-parts'],
  ['/dashboard/', 'portal'],
  ['/account/', 'account'],
  ['/login', 'account'],
];

/** The topic of a screen, by its address; none for screens without one. */
export const helpTopicFor = (path: string): string | undefined =>
  BY_PATH.find(([prefix]) => path.startsWith(prefix))?.[1];
