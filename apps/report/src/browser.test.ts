import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { memoryFolder, tinyRun } from "./__fixtures__/memory-folder.ts";
import { smallTable } from "./__fixtures__/small-table.ts";
import { readRun } from "./read/read-run.ts";
import { renderReport } from "./render-report.ts";

const CHROMIUM = "/usr/bin/chromium";
const missing = existsSync(CHROMIUM) ? undefined : `${CHROMIUM} is not there`;

it.skipIf(!missing)(`in a browser: skipped, ${missing}`, ({ skip }) => skip());

describe.skipIf(missing)("in a browser", () => {
  let folder: string;
  let file: string;
  let browser: Browser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "report page "));
    file = join(folder, "report.html");
    const run = await readRun(memoryFolder(tinyRun));
    await writeFile(file, renderReport({ ...run, table: smallTable }));
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true });
  });

  /** The page from the disk, with all that it asked for and complained of. */
  async function open(options: { colorScheme?: "light" | "dark"; width?: number; javaScriptEnabled?: boolean } = {}) {
    const { width = 1200, ...rest } = options;
    const context = await browser.newContext({ viewport: { width, height: 900 }, ...rest });
    const page = await context.newPage();
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(pathToFileURL(file).href);
    return { page, requests, complaints };
  }

  it.each(["light", "dark"] as const)(
    "opens from the disk, %s, without a request or a complaint",
    async (colorScheme) => {
      const { page, requests, complaints } = await open({ colorScheme });
      expect(requests).toEqual([pathToFileURL(file).href]);
      expect(complaints).toEqual([]);
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("tiny");
      const sections = await page.getByRole("heading", { level: 2 }).allTextContents();
      expect(sections).toEqual(["Results", "Pairs", "Trainings", "Deltas side by side", "Merges", "Stages"]);
      await page.close();
    },
  );

  it("has a table with a caption, row and column headers, and charts with a name", async () => {
    const { page } = await open();
    const table = page.getByRole("table", { name: "Exact match in percent" });
    expect(await table.getByRole("rowheader").allTextContents()).toEqual(
      expect.arrayContaining(["base", "x-delta", "sum", "joint", "sft"]) as string[],
    );
    expect(await table.getByRole("columnheader").count()).toBe(6);
    expect(await page.getByRole("img", { name: "rewards/margins" }).count()).toBe(3);
    await page.close();
  });

  it("reads the same without scripts", async () => {
    const [plain, scripted] = [await open({ javaScriptEnabled: false }), await open()];
    expect(await plain.page.getByRole("main").textContent()).toBe(await scripted.page.getByRole("main").textContent());
  });

  it("is as wide as the window on a small screen; tables scroll by themselves", async () => {
    const { page } = await open({ width: 360 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
    await page.close();
  });

  it("fits on paper, whatever the screen's colours", async () => {
    const { page } = await open({ colorScheme: "dark", width: 718 }); // A4 between its margins
    await page.emulateMedia({ media: "print" });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(718);
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
    await page.close();
  });

  it.each(["light", "dark"] as const)("has text that stands out from its ground, %s", async (colorScheme) => {
    const { page } = await open({ colorScheme });
    const ratios = await page.evaluate(contrasts);
    expect(Object.entries(ratios).filter(([, ratio]) => ratio < 4.5)).toEqual([]);
    expect(Object.keys(ratios).length).toBeGreaterThan(4);
    await page.close();
  });
});

/** WCAG 2's contrast with the page's ground of every colour that some text has. Runs in the page. */
const contrasts = `(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = luminance(getComputedStyle(document.body).backgroundColor);
  const found = {};
  for (const element of document.querySelectorAll("main *, header *")) {
    if (element.matches("title, desc")) continue;
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "")) continue;
    const style = getComputedStyle(element);
    const colour = element instanceof SVGElement ? style.fill : style.color;
    const ink = luminance(colour);
    found[colour] = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
  }
  return found;
})()` as unknown as () => Record<string, number>;
