import { connection } from './connection';
import { isOfGateway, noAnswerInTime, TIMEOUT_SECONDS, unreachable } from './error';

/** fetch that ends in time, and says in words why there is no answer. */
export async function timedFetch(request: Request): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_SECONDS * 1000);
  const signal = AbortSignal.any([request.signal, timeout]);
  try {
    const response = await fetch(request, { signal });
    if (isOfGateway(response)) connection.failed();
    else connection.answered();
    return response;
  } catch (error) {
    if (request.signal.aborted) throw error;
    if (timeout.aborted) {
      throw noAnswerInTime(TIMEOUT_SECONDS);
    }
    connection.failed();
    throw unreachable();
  }
}
