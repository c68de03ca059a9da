/** What a handler knows of the caller. */
export interface Caller {
  /** True once the caller has left or its deadline has passed. */
  isGone: () => boolean
}

/** Answers a request with one message. */
export type Unary<Request, Response> = (
  request: Request,
  caller: Caller,
) => Response | Promise<Response>

/** Answers a request with messages one after the other. */
export type Streaming<Request, Response> = (
  request: Request,
  caller: Caller,
) => Iterable<Response> | Promise<Iterable<Response>>
