/** The secret is not `whsec_` and 24 to 64 bytes in base64. */
export class WrongSecretError extends Error {}

/** What was sent and what came back: all that a vendor's programmer has to compare with her own. */
export interface Exchange {
  headers: Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string>;
  status: number;
  answer: unknown;
}

const PREFIX = "whsec_";
const SHORTEST = 24;
const LONGEST = 64;

/**
 * A delivery as a vendor's program makes it (Standard Webhooks 1.0.0): signed here, in the browser, by a secret that
 * goes nowhere. `status` 0: no answer came. Throws WrongSecretError.
 */
export async function deliver(source: string, secret: string, body: string, now: Date): Promise<Exchange> {
  const id = `thu-${crypto.randomUUID()}`;
  const timestamp = String(Math.floor(now.getTime() / 1000));
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": await signature(secret, `${id}.${timestamp}.${body}`),
  };
  try {
    const response = await fetch(`/webhooks/lms/${encodeURIComponent(source)}`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body,
      credentials: "omit",
    });
    return { headers, status: response.status, answer: await response.json() };
  } catch {
    return { headers, status: 0, answer: null };
  }
}

/** `v1,` and the HMAC-SHA256 of what is signed, in base64. Throws WrongSecretError. */
async function signature(secret: string, signed: string): Promise<string> {
  const key = await crypto.subtle.importKey("raw", keyOf(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const digest = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(signed));
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  const text = secret.trim();
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.from(atob(text.replace(PREFIX, "")), (letter) => letter.charCodeAt(0));
  } catch {
    throw new WrongSecretError();
  }
  if (!text.startsWith(PREFIX) || bytes.length < SHORTEST || bytes.length > LONGEST) throw new WrongSecretError();
  return bytes;
}
