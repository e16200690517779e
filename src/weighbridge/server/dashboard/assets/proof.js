// Checks in the browser that an entry stands in the ledger: the tree of RFC 9162, and the signed
// checkpoint of C2SP (https://c2sp.org/tlog-checkpoint). It asks this server alone, and believes it
// nothing: it hashes the entry, climbs to the root, and verifies who signed that root. Whatever it
// cannot check is never "proven".

const LENGTH = 32;
const DEEPEST = 126;
const encoder = new TextEncoder();

/** Something does not follow: the entry is not proven. */
export class NotProven extends Error {}

/** Something could not be looked at: nothing is known. */
export class NotKnown extends Error {}

const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");

const joined = (...parts) => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

const same = (one, other) =>
  one.length === other.length && one.every((byte, at) => byte === other[at]);

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

const nodeHash = (left, right) => sha256(joined(Uint8Array.of(1), left, right));

export const leafHash = (entry) => sha256(joined(Uint8Array.of(0), entry));

const readHash = (text) => {
  if (typeof text !== "string" || !/^[0-9a-f]{64}$/.test(text)) {
    throw new NotProven("a hash of the proof is not 64 hexadecimal digits");
  }
  return Uint8Array.from(text.match(/../g), (pair) => Number.parseInt(pair, 16));
};

const readPath = (path) => {
  if (!Array.isArray(path) || path.length > DEEPEST) throw new NotProven("the proof has no path");
  return path.map(readHash);
};

const readBase64 = (text) => {
  let binary;
  try {
    binary = atob(text);
  } catch {
    throw new NotProven("what must be base64 is not");
  }
  if (btoa(binary) !== text) throw new NotProven("what must be base64 has another spelling");
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
};

const readNumber = (text) => {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text)) throw new NotProven("a number is not of its form");
  return BigInt(text);
};

/** The root that a leaf and its path lead to; RFC 9162, 2.1.3.2. */
export const rootOf = async (leaf, index, size, path) => {
  if (index < 0n || index >= size) throw new NotProven(`a log of ${size} entries has none ${index}`);
  let [node, at, last] = [leaf, index, size - 1n];
  for (const sibling of path) {
    if (last === 0n) throw new NotProven("the path is longer than the tree is high");
    if (at & 1n || at === last) {
      node = await nodeHash(sibling, node);
      while (at && !(at & 1n)) [at, last] = [at >> 1n, last >> 1n];
    } else {
      node = await nodeHash(node, sibling);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  if (last !== 0n) throw new NotProven("the path ends before the root");
  return node;
};

/** Whether one tree is the beginning of another; RFC 9162, 2.1.4.2. */
export const hasGrown = async (first, second, firstRoot, secondRoot, path) => {
  if (first <= 0n || first > second) return false;
  if (first === second) return path.length === 0 && same(firstRoot, secondRoot);
  const nodes = first & (first - 1n) ? [...path] : [firstRoot, ...path];
  if (!nodes.length) return false;
  let [at, last] = [first - 1n, second - 1n];
  while (at & 1n) [at, last] = [at >> 1n, last >> 1n];
  let [old, now] = [nodes[0], nodes[0]];
  for (const node of nodes.slice(1)) {
    if (last === 0n) return false;
    if (at & 1n || at === last) {
      [old, now] = [await nodeHash(node, old), await nodeHash(node, now)];
      while (at && !(at & 1n)) [at, last] = [at >> 1n, last >> 1n];
    } else {
      now = await nodeHash(now, node);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  return last === 0n && same(old, firstRoot) && same(now, secondRoot);
};

/** Reads the log's key, NAME+ID+KEY; the id is that of the key. */
export const readKey = async (text) => {
  const parts = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text);
  if (!parts) throw new NotProven("the log's key is not of the form NAME+ID+KEY");
  const typed = readBase64(parts[3]);
  if (typed.length !== LENGTH + 1 || typed[0] !== 1) {
    throw new NotProven("the log's key is not an Ed25519 key");
  }
  const id = (await sha256(joined(encoder.encode(`${parts[1]}\n`), typed))).slice(0, 4);
  if (hex(id) !== parts[2]) throw new NotProven("the log's key has another id than its text says");
  return { name: parts[1], id, raw: typed.slice(1) };
};

/** Reads a checkpoint, a signed note; nothing of it is verified yet. */
export const readCheckpoint = (text) => {
  if (/[\x00-\x09\x0b-\x1f]/.test(text)) throw new NotProven("a note has no control characters");
  const end = text.lastIndexOf("\n\n");
  if (end < 0 || !text.endsWith("\n") || text.endsWith("\n\n")) {
    throw new NotProven("the checkpoint is not a signed note");
  }
  const lines = text.slice(0, end).split("\n");
  if (lines.length !== 3 || !lines[0]) {
    throw new NotProven("the checkpoint does not say origin, size and root, a line each");
  }
  const root = readBase64(lines[2]);
  if (root.length !== LENGTH) throw new NotProven("the root is not 32 bytes");
  const signatures = text.slice(end + 2, -1).split("\n").map((line) => {
    const parts = /^— ([^ ]+) ([^ ]+)$/.exec(line);
    if (!parts) throw new NotProven("a signature line is not of its form");
    const value = readBase64(parts[2]);
    return { name: parts[1], id: value.slice(0, 4), signature: value.slice(4) };
  });
  const signed = encoder.encode(text.slice(0, end + 1));
  return { origin: lines[0], size: readNumber(lines[1]), root, signed, signatures };
};

/** Verifies that the log's key signed a checkpoint. */
const verifySigned = async (checkpoint, key) => {
  if (checkpoint.origin !== key.name) {
    throw new NotProven(`the checkpoint is of the log ${checkpoint.origin}, the key of ${key.name}`);
  }
  const ours = checkpoint.signatures.filter((one) => one.name === key.name && same(one.id, key.id));
  if (ours.length !== 1) throw new NotProven("the log's key did not sign the checkpoint");
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key.raw, "Ed25519", false, ["verify"]);
  } catch (error) {
    if (error.name === "DataError") throw new NotProven("the log's key is not a key");
    throw new NotKnown("this browser cannot verify Ed25519 signatures");
  }
  if (!(await crypto.subtle.verify("Ed25519", imported, ours[0].signature, checkpoint.signed))) {
    throw new NotProven("the signature under the checkpoint is not by the log's key");
  }
};

/** Compares a checkpoint with the newest this browser has seen. */
const compareKept = async (kept, key, checkpoint, askGrowth) => {
  if (!kept) return "it is the first of this log that this browser sees";
  if (kept.key !== key) {
    throw new NotProven(
      "the log's key is another than this browser has seen before: owners may have replaced it " +
        "(`weighbridge log verify --remember` follows that), or this is another log",
    );
  }
  const [size, root] = [readNumber(kept.size), readHash(kept.root)];
  if (checkpoint.size < size) {
    throw new NotProven(
      `the log has ${checkpoint.size} entries, and had ${size}: entries were taken away, or an ` +
        "old state is shown",
    );
  }
  if (checkpoint.size === size) {
    if (!same(root, checkpoint.root)) {
      throw new NotProven(`the log has ${size} entries as before, and other ones: it was rewritten`);
    }
    return `the log is as this browser saw it last, with ${size} entries`;
  }
  const found = await askGrowth(String(size), String(checkpoint.size));
  if (!(await hasGrown(size, checkpoint.size, root, checkpoint.root, readPath(found.path)))) {
    throw new NotProven(`the log does not begin with the ${size} entries this browser saw before`);
  }
  return `the log begins with the ${size} entries that this browser saw before`;
};

/**
 * Checks that an entry stands in the log. `told` takes each step: its name, what came of it, and
 * the value that was computed. Returns what to keep of it.
 *
 * @throws {NotProven} Something does not follow.
 * @throws {NotKnown} Something could not be looked at.
 */
export const check = async ({ index, entry, proof, key, kept, askGrowth, told }) => {
  if (!globalThis.crypto?.subtle) {
    throw new NotKnown("this browser computes hashes on pages over HTTPS (or of this machine) alone");
  }
  if (String(proof.index) !== index) throw new NotProven("the proof is of another entry");
  const leaf = await leafHash(entry);
  told("Hash of the entry", `of its ${entry.length} bytes`, hex(leaf));
  const checkpoint = readCheckpoint(proof.checkpoint);
  if (checkpoint.size !== BigInt(proof.size)) throw new NotProven("the proof is of another size");
  const path = readPath(proof.path);
  const root = await rootOf(leaf, readNumber(index), checkpoint.size, path);
  told("Root computed", `with ${path.length} other hashes of the tree`, hex(root));
  told("Root signed", `for ${checkpoint.size} entries`, hex(checkpoint.root));
  if (!same(root, checkpoint.root)) throw new NotProven("the root computed is not the one signed");
  await verifySigned(checkpoint, await readKey(key));
  told("Signature", "is by the log's key", key);
  told("Since the last visit", await compareKept(kept, key, checkpoint, askGrowth), "");
  return { key, size: String(checkpoint.size), root: hex(checkpoint.root) };
};

const ask = async (address) => {
  const answer = await fetch(address, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) throw new NotKnown(`this server does not answer to ${address}`);
  return answer;
};

const KEPT = "weighbridge.ledger";

/** What this browser has seen of the log; a text that is damaged counts as another log's. */
const readKept = (text) => {
  if (text === null) return null;
  try {
    const { key, size, root } = JSON.parse(text);
    readNumber(size);
    readHash(root);
    return { key, size, root };
  } catch {
    return { key: "", size: "0", root: "" };
  }
};

const add = (parent, tag, text, name = "") => {
  const made = document.createElement(tag);
  made.textContent = text;
  if (name) made.className = name;
  parent.append(made);
  return made;
};

const run = async (section) => {
  const index = section.dataset.index;
  const steps = section.querySelector("ol");
  const verdict = section.querySelector("[role=status]");
  const say = (look, sign, word, why) => {
    section.dataset.verdict = look;
    verdict.className = `note ${look}`;
    verdict.textContent = "";
    const badge = add(verdict, "strong", "", `text-${look}`);
    add(badge, "span", `${sign} `).setAttribute("aria-hidden", "true");
    badge.append(word);
    verdict.append(` ${why}`);
  };
  steps.textContent = "";
  const told = (name, what, value) => {
    const step = add(steps, "li", "");
    add(step, "strong", `${name}: `);
    step.append(what);
    if (value) add(step, "code", value, "line");
  };
  try {
    const entry = new Uint8Array(
      await (await ask(`/v1/ledger/entries/${index}`)).arrayBuffer(),
    );
    const shown = document.getElementById("entry");
    if ("exact" in shown.dataset && !same(encoder.encode(shown.textContent), entry)) {
      throw new NotProven("this page shows other bytes than the ledger holds");
    }
    const proof = await (await ask(`/v1/ledger/proofs/${index}`)).json();
    const { logKey } = await (await ask("/v1/registry")).json();
    const kept = readKept(localStorage.getItem(KEPT));
    const askGrowth = async (first, size) =>
      (await ask(`/v1/ledger/consistency/${first}?size=${size}`)).json();
    const found = await check({ index, entry, proof, key: logKey, kept, askGrowth, told });
    localStorage.setItem(KEPT, JSON.stringify(found));
    say("good", "✓", "Proven.", `Entry ${index} stands in the ledger with exactly these bytes.`);
  } catch (error) {
    if (error instanceof NotProven) say("bad", "✕", "It does not prove it:", `${error.message}.`);
    else say("open", "?", "It could not be checked:", `${error.message}.`);
  }
};

if (globalThis.document) {
  const section = document.getElementById("proof");
  for (const one of section.querySelectorAll("[hidden]")) one.hidden = false;
  const again = section.querySelector("button");
  again.addEventListener("click", () => run(section));
  section.querySelector("[data-forget]").addEventListener("click", () => {
    localStorage.removeItem(KEPT);
    run(section);
  });
  run(section);
}
