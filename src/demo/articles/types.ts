/** An article as the demo has it; its body is Markdown. */
export interface DemoArticle {
  readonly slug: string;
  readonly title: string;
  readonly summary: string;
  readonly body: string;
}
