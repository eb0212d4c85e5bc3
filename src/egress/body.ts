import { EgressError } from './errors';

interface Bounds {
  readonly maxBytes: number;
  readonly host: string;
  /** What to tell whoever reads when the connection fails. */
  readonly reasonOf: (error: unknown) => unknown;
  /** Ends the call and its connection. */
  readonly stop: AbortController;
  /** Called once nothing more is to come. */
  readonly end: () => void;
}

/** The same body piece by piece, as it is read; an error instead of the piece that would make it too large. */
export function boundedBody(
  body: ReadableStream<Uint8Array>,
  { maxBytes, host, reasonOf, stop, end }: Bounds,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (done) {
            end();
            controller.close();
            return;
          }
          bytes += value.byteLength;
          if (bytes > maxBytes) throw new EgressError('too_large', `${host} sent more than ${maxBytes} bytes`);
          controller.enqueue(value);
        } catch (error) {
          end();
          controller.error(error instanceof EgressError ? error : reasonOf(error));
          stop.abort();
        }
      },
      cancel: (reason: unknown) => {
        end();
        stop.abort(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
