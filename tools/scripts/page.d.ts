// What the templates promise to the scripts, told to the type checker. Nothing here is served.

/** An element that a template made: the script that looks for it knows which one it is. */
interface PageElement extends HTMLElement {
  value: string;
  name: string;
  checked: boolean;
  disabled: boolean;
  open: boolean;
  method: string;
  action: string;
  src: string;
  href: string;
  files: FileList | null;
  form: PageElement;
  /** A form's fields by name. */
  elements: { [name: string]: PageElement } & { namedItem(name: string): PageElement | null };
  submit(): void;
  requestSubmit(): void;
  showModal(): void;
  play(): Promise<void>;
  pause(): void;
}

/** What happens on a page: the element it happened to, and what htmx says of it. */
interface PageEvent extends Event {
  readonly target: PageElement;
  readonly submitter: PageElement | null;
  readonly key: string;
  readonly persisted: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: htmx has no types of its own
  readonly detail: any;
}

interface ParentNode {
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): NodeListOf<PageElement>;
}
interface Element {
  closest(selector: string): PageElement | null;
}
interface Document {
  readonly activeElement: PageElement | null;
  getElementById(id: string): PageElement | null;
  addEventListener(type: string, listener: (event: PageEvent) => void, capture?: boolean): void;
}
interface Navigator {
  readonly connection?: { readonly saveData: boolean; readonly effectiveType: string };
}
interface Window {
  readonly htmx: { trigger(element: Element | null, event: string): void };
  readonly BarcodeDetector: new (how: { formats: string[] }) => {
    detect(from: Element): Promise<{ rawValue: string }[]>;
  };
}
/** The part of a service worker that shows what was pushed. */
interface PushWorker {
  readonly registration: { showNotification(title: string, how: object): Promise<void> };
  readonly clients: { openWindow(address: string): Promise<unknown> };
  readonly location: Location;
  addEventListener(type: "push", listener: (event: PushedEvent) => void): void;
  addEventListener(type: "notificationclick", listener: (event: ClickedEvent) => void): void;
}
interface PushedEvent extends Event {
  // biome-ignore lint/suspicious/noExplicitAny: the node's own words, read with a default for each
  readonly data: { json(): any } | null;
  waitUntil(done: Promise<unknown>): void;
}
interface ClickedEvent extends Event {
  readonly notification: { readonly data: { readonly url: string }; close(): void };
  waitUntil(done: Promise<unknown>): void;
}
/** Leaflet, as the map's page loads it. */
// biome-ignore lint/suspicious/noExplicitAny: Leaflet is loaded without its types
declare const L: any;
